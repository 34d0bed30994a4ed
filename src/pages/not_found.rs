//! The answer to an address that leads nowhere.

use leptos::prelude::*;
use leptos_meta::Title;

use super::problem::set_status;
use crate::{
    components::{Message, SiteHeader},
    error::AppError,
};

/// Says that there is nothing, with status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    set_status(AppError::NotFound.status());
    view! {
        <Title text="Not found"/>
        <SiteHeader/>
        <Message title="Nothing here" text=AppError::NotFound.to_string()>
            <a class="button" href="/">"All shared links"</a>
        </Message>
    }
}
