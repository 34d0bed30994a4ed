//! What a form that led back here had wrong.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::error::AppError;

/// A line of trouble where the address names some; nothing otherwise.
#[component]
pub(super) fn FormProblem() -> impl IntoView {
    let query = use_query_map().read_untracked();
    let code = query.get("problem")?;
    let error = AppError::of_query(&code, &query.get("about").unwrap_or_default())?;
    Some(view! { <p class="notice" role="alert">{error.to_string()}</p> }.into_any())
}

/// Whether a form that led here did its work: `?done=`, and which.
pub(super) fn is_done(what: &str) -> bool {
    use_query_map().read_untracked().get("done").is_some_and(|done| done == what)
}
