//! Copying a text, and saying for a moment that it was done.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::{self, Local};

/// How long a button says that its text was copied.
const SHOWN_FOR: Duration = Duration::from_secs(2);

/// What [`use_clipboard`] returns.
#[derive(Clone, Copy)]
pub struct Clipboard {
    /// Copies a text.
    pub copy: Callback<String>,
    /// The text that was copied within the last two seconds, and whether that worked.
    pub copied: ReadSignal<Option<(String, bool)>>,
}

/// Copies texts for as many buttons as share it.
///
/// ## Server-Side Rendering
///
/// Nothing was ever copied on the server.
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
