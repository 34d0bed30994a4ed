//! The head of the owner's pages.

use leptos::prelude::*;

use super::{Icon, IconName};

/// The product's name, leading home, and the way to the settings for whoever is signed in.
#[component]
pub fn SiteHeader(
    /// Whether somebody is signed in.
    #[prop(optional)]
    signed_in: bool,
) -> impl IntoView {
    let navigation = signed_in.then(|| {
        view! {
            <nav class="site-nav" aria-label="Account">
                <a class="site-nav-item" href="/">"Documents"</a>
                <a class="site-nav-item" href="/settings">"Settings"</a>
                <form method="post" action="/sfn/sign_out">
                    <button type="submit" class="site-nav-item">"Sign out"</button>
                </form>
            </nav>
        }
    });
    view! {
        <header class="site-header">
            <a class="brand" href="/">
                <Icon name=IconName::Logo/>
                "Sightline"
            </a>
            {navigation}
        </header>
    }
    .into_any()
}
