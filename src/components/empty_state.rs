//! The empty state of the widget.

use leptos::prelude::*;

use super::CopyButton;
use crate::hooks::Clipboard;

/// Shows a link without views and a button to copy its address.
#[component]
pub fn EmptyState(
    /// The address of the viewer page.
    #[prop(into)]
    viewer_url: String,
    /// The clipboard of the page.
    clipboard: Clipboard,
) -> impl IntoView {
    view! {
        <div class="empty" data-testid="viewer-list-empty">
            <p>"No active viewers right now"</p>
            <p>"No views yet. Share this link:"</p>
            <p class="link-line">
                <a class="link-address" href=viewer_url.clone() rel="external">{viewer_url.clone()}</a>
                <CopyButton text=viewer_url clipboard/>
            </p>
        </div>
    }
    .into_any()
}
