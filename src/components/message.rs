//! A page's worth of one message, and a line of trouble beside something else.

use leptos::prelude::*;

use crate::error::AppError;

/// A page that has only this to say.
#[component]
pub fn Message(
    /// In a few words.
    title: &'static str,
    /// In a sentence: what to do now.
    #[prop(into)]
    text: String,
    /// Where to go from here.
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

/// What went wrong, in a line that comes and goes.
#[component]
pub fn ErrorNotice(
    /// What went wrong, if anything did.
    #[prop(into)]
    error: Signal<Option<AppError>>,
) -> impl IntoView {
    let text = Signal::derive(move || error.read().as_ref().map(AppError::to_string).unwrap_or_default());
    // Hidden, not taken away: an alert is read out when its text changes.
    view! { <p class="notice" role="alert" hidden=move || text.read().is_empty()>{text}</p> }.into_any()
}
