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
    /// What it is, for those who do not see it beside the button: "link to Guide".
    #[prop(into)]
    what: String,
    /// The clipboard, shared by all buttons of a page.
    clipboard: Clipboard,
) -> impl IntoView {
    let own = StoredValue::new(text);
    let outcome = Memo::new(move |_| {
        let copied = clipboard.copied.read();
        let copied = copied.as_ref().filter(|(text, _)| own.with_value(|own| own == text));
        copied.map(|(_, worked)| *worked)
    });
    let icon =
        Signal::derive(move || if outcome.get() == Some(true) { IconName::Check } else { IconName::Copy });
    let label = move || match outcome.get() {
        None => "Copy",
        Some(true) => "Copied",
        Some(false) => "Not copied",
    };
    view! {
        <button
            type="button"
            class="button needs-script"
            on:click=move |_| clipboard.copy.run(own.get_value())
        >
            <Icon name=icon/>
            <span role="status">{label}</span>
            <span class="visually-hidden">" "{what}</span>
        </button>
    }
}
