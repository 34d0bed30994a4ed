//! A button that puts a text on the clipboard.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::hooks::Clipboard;

/// Copies `text` and says for a moment that it did, or that the browser did not let it.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// The id of the element that says what it belongs to, if that is not obvious.
    #[prop(optional, into)]
    described_by: Option<String>,
    /// What it is, for those who hear the button.
    #[prop(default = "link")]
    what: &'static str,
    /// The clipboard, shared by all buttons of a page.
    clipboard: Clipboard,
) -> impl IntoView {
    let own = StoredValue::new(text);
    let outcome = move || {
        let copied = clipboard.copied.read();
        let copied = copied.as_ref().filter(|(text, _)| own.with_value(|own| own == text));
        copied.map(|(_, success)| *success)
    };
    let text = move |idle: &'static str| {
        Signal::derive(move || match outcome() {
            None => idle.to_owned(),
            Some(true) => "Copied".to_owned(),
            Some(false) => "Not copied".to_owned(),
        })
    };
    view! {
        <button
            type="button"
            class="button needs-script"
            aria-describedby=described_by
            on:click=move |_| clipboard.copy.run(own.get_value())
        >
            <Icon name=IconName::Copy/>
            {text("Copy")}
            <span class="visually-hidden">{format!(" {what}")}</span>
        </button>
        // Beside the button: what changes within one is not read out.
        <span class="visually-hidden" role="status">{text("")}</span>
    }
    .into_any()
}
