//! The page for an address that no route answers, and how a page sets its status.

use leptos::prelude::*;
use leptos_meta::Title;

use super::site_header::SiteHeader;
use crate::{components::Message, error::AppError, model::address};

/// Says that there is nothing at this address, with status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(AppError::NotFound.status());
    view! {
        <Title text="Not found"/>
        <SiteHeader/>
        <Message title="Nothing here" text=AppError::NotFound.to_string()>
            <a class="button" href=address::HOME>"Documents"</a>
        </Message>
    }
    .into_any()
}

/// Sets the status of the page. Does nothing in the browser, where the page has arrived.
pub(super) fn set_status(status: u16) {
    #[cfg(feature = "ssr")]
    if let (Some(response), Ok(status)) =
        (use_context::<leptos_axum::ResponseOptions>(), axum::http::StatusCode::from_u16(status))
    {
        response.set_status(status);
    }
    #[cfg(not(feature = "ssr"))]
    let _ = status;
}
