//! A button that copies a text.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::hooks::Clipboard;

/// Copies `text` to the clipboard, and shows for two seconds whether that succeeded.
#[component]
pub fn CopyButton(
    /// The text to copy.
    #[prop(into)]
    text: String,
    /// The id of the element that describes what the text belongs to.
    #[prop(optional, into)]
    described_by: Option<String>,
    /// What is copied, as screen readers read it after "Copy".
    #[prop(default = "link")]
    what: &'static str,
    /// The clipboard, shared by all buttons of the page.
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
        // Beside the button: screen readers do not announce changes inside one.
        <span class="visually-hidden" role="status">{text("")}</span>
    }
    .into_any()
}
