//! A page in place of one that can not be shown.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{not_found::set_status, sign_in::sign_in_first};
use crate::{
    components::{Message, SiteHeader},
    error::AppError,
};

/// Says why there is no page, with the status that belongs to it, and offers what helps.
pub(super) fn problem(error: &AppError) -> AnyView {
    let page = match error {
        AppError::SignInRequired => sign_in_first(),
        _ => {
            set_status(error.status());
            let text = error.to_string();
            let (title, heading) = match error {
                AppError::LinkOff => ("Link closed", "This link is closed"),
                AppError::LinkExpired => ("Link expired", "This link has expired"),
                AppError::NotFound => ("Not found", "Nothing here"),
                _ if error.status() == 404 => ("Not found", "No document here"),
                _ => ("Not available", "Not available right now"),
            };
            let again = (error.status() >= 500).then(|| view! { <a class="button" href="">"Try again"</a> });
            view! {
                <Title text=title/>
                <Message title=heading text>{again}</Message>
            }
            .into_any()
        }
    };
    view! {
        <SiteHeader/>
        {page}
    }
    .into_any()
}
