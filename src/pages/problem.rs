//! A page in place of one that can not be shown.

use leptos::prelude::*;
use leptos_meta::Title;

use super::not_found::set_status;
use crate::{components::Message, error::AppError};

/// Says why there is no page, with the status that belongs to it, and offers what helps.
pub(super) fn problem(error: &AppError) -> AnyView {
    set_status(error.status());
    let text = error.to_string();
    match error.status() {
        404 => view! {
            <Title text="Not found"/>
            <Message title="No document here" text>""</Message>
        }
        .into_any(),
        _ => view! {
            <Title text="Not available"/>
            <Message title="Not available right now" text>
                <a class="button" href="">"Try again"</a>
            </Message>
        }
        .into_any(),
    }
}
