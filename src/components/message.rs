//! A full-page message and an inline error.

use leptos::prelude::*;

use super::is_empty;

use crate::error::AppError;

/// Shows a message as the whole content of a page.
#[component]
pub fn Message(
    /// The heading.
    title: &'static str,
    /// What happened and what to do, in a sentence.
    #[prop(into)]
    text: String,
    /// Links to go on with.
    children: Children,
) -> impl IntoView {
    view! {
        <main class="message">
            <h1>{title}</h1>
            <p>{text}</p>
            <p class="message-actions">{children()}</p>
        </main>
    }
    .into_any()
}

/// Shows an error in a line, while there is one.
#[component]
pub fn ErrorNotice(
    /// The error, if any.
    #[prop(into)]
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let text = Signal::derive(move || error.read().as_ref().map(AppError::to_string).unwrap_or_default());
    // Hidden rather than removed: screen readers announce an alert when its text changes.
    view! { <p class="notice" role="alert" hidden=is_empty(text)>{text}</p> }.into_any()
}
