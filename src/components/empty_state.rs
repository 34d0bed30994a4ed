//! What to do first: share the link.

use leptos::prelude::*;

use super::CopyButton;
use crate::hooks::Clipboard;

/// Nobody has opened the link yet.
#[component]
pub fn EmptyState(
    /// The address to hand to readers.
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
