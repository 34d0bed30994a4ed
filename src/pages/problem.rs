//! A page in place of one that cannot be shown.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{not_found::set_status, sign_in::sign_in_first, site_header::SiteHeader};
use crate::{components::Message, error::AppError, model::address};

/// Says to an owner why there is no page, with the status of the error, and offers what helps.
pub(super) fn problem(error: &AppError) -> AnyView {
    let page = match error {
        AppError::SignInRequired => sign_in_first(),
        _ => message(error, error.to_string()),
    };
    view! {
        <SiteHeader/>
        {page}
    }
    .into_any()
}

/// Says to a visitor why there is no document.
pub(super) fn problem_for_visitors(error: &AppError) -> AnyView {
    view! {
        <SiteHeader/>
        {message(error, error.for_visitors())}
    }
    .into_any()
}

fn message(error: &AppError, text: String) -> AnyView {
    set_status(error.status());
    let (title, heading) = match error {
        AppError::LinkOff => ("Link closed", "This link is closed"),
        AppError::LinkExpired => ("Link expired", "This link has expired"),
        AppError::FileMissing => ("File missing", "The file is missing"),
        AppError::NotFound => ("Not found", "Nothing here"),
        _ if error.status() == 404 => ("Not found", "No document here"),
        _ => ("Not available", "Not available right now"),
    };
    // The only thing that a page forbids is everything, before the second factor that the server requires.
    let set_up = matches!(error, AppError::Forbidden(_)).then(|| {
        view! { <a class="button" href=address::SECOND_FACTOR>"Set up two-factor sign-in"</a> }
    });
    let again = (error.status() >= 500).then(|| view! { <a class="button" href="">"Try again"</a> });
    view! {
        <Title text=title/>
        <Message title=heading text>{set_up}{again}</Message>
    }
    .into_any()
}
