//! The address of a link, to be copied.

use leptos::prelude::*;

use crate::{
    components::CopyButton,
    hooks::{use_clipboard, use_copy_on_load},
};

/// Shows the address of a link with a button that copies it. That of a new link is copied at once, where the browser
/// lets a page do so without a click.
#[island]
pub(super) fn LinkAddress(
    /// The address.
    url: String,
    /// Whether the link was just made.
    is_new: bool,
) -> impl IntoView {
    let clipboard = use_clipboard();
    let is_copied = use_copy_on_load(is_new.then(|| url.clone()));
    let made = Signal::derive(move || {
        if is_copied.get() { "Link made and copied.".to_owned() } else { "Link made.".to_owned() }
    });
    view! {
        <p hidden=!is_new>{made}</p>
        <p class="link-line">
            <span class="link-address">{url.clone()}</span>
            <CopyButton text=url clipboard/>
        </p>
    }
    .into_any()
}
