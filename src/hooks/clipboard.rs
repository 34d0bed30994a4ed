//! Copying text to the clipboard.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::{self, Local};

/// How long the outcome of a copy is shown.
const SHOWN_FOR: Duration = Duration::from_secs(2);

/// What [`use_clipboard`] returns.
#[derive(Clone, Copy)]
pub struct Clipboard {
    /// Copies a text to the clipboard.
    pub copy: Callback<String>,
    /// The text copied in the last two seconds, and whether copying succeeded; `None` otherwise.
    pub copied: ReadSignal<Option<(String, bool)>>,
}

/// Copies texts to the clipboard. Any number of buttons can share one.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_clipboard;
///
/// #[component]
/// fn ShareButton(url: String) -> impl IntoView {
///     let clipboard = use_clipboard();
///     let label = move || if clipboard.copied.read().is_some() { "Copied" } else { "Copy link" };
///     view! { <button on:click=move |_| clipboard.copy.run(url.clone())>{label}</button> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// `copied` is `None`.
pub fn use_clipboard() -> Clipboard {
    let copied = RwSignal::new(None::<(String, bool)>);
    let copy = Callback::new(move |text: String| {
        let copied_text = text.clone();
        browser::copy_text(&text, move |success| copied.set(Some((copied_text, success))));
    });
    Effect::new(move |_| {
        if copied.read().is_some() {
            let timer = Local::new(browser::after(SHOWN_FOR, move || copied.set(None)));
            on_cleanup(move || drop(timer));
        }
    });
    Clipboard { copy, copied: copied.read_only() }
}

/// Copies a text, if there is one, as soon as the page is interactive. The signal is `true` once that succeeded: many
/// browsers let a page write to the clipboard only during a click.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::use_copy_on_load;
///
/// # let _owner = Owner::new_root(None);
/// let is_copied = use_copy_on_load(Some("https://docs.example.com/v/abc".to_owned()));
/// let text = move || if is_copied.get() { "Link made and copied." } else { "Link made." };
/// ```
///
/// ## Server-Side Rendering
///
/// The signal is `false`.
pub fn use_copy_on_load(text: Option<String>) -> ReadSignal<bool> {
    let is_copied = RwSignal::new(false);
    Effect::new(move |_| {
        if let Some(text) = &text {
            browser::copy_text(text, move |success| is_copied.set(success));
        }
    });
    is_copied.read_only()
}
