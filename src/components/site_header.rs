//! The head of the owner's pages.

use leptos::prelude::*;

use super::{Icon, IconName};

/// The product's name, leading home.
#[component]
pub fn SiteHeader() -> impl IntoView {
    view! {
        <header class="site-header">
            <a class="brand" href="/">
                <Icon name=IconName::Logo/>
                "Sightline"
            </a>
        </header>
    }
    .into_any()
}
