//! The header of the owner's pages.

use leptos::prelude::*;

use super::{Icon, IconName};

/// Shows the product's name and, for a signed-in owner, the navigation.
#[component]
pub fn SiteHeader(
    /// Whether an owner is signed in.
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
