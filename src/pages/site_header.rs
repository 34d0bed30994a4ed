//! The header of the owner's pages.

use leptos::{nonce::use_nonce, prelude::*, server_fn::ServerFn};

use crate::{
    api,
    components::{Icon, IconName},
    model::address,
};

/// Shows the product's name and, for a signed-in owner, the navigation.
#[component]
pub(super) fn SiteHeader(
    /// Whether an owner is signed in.
    #[prop(optional)]
    signed_in: bool,
) -> impl IntoView {
    let navigation = signed_in.then(|| {
        view! {
            <nav class="site-nav" aria-label="Account">
                <a class="site-nav-item" href=address::HOME>"Documents"</a>
                <a class="site-nav-item" href=address::ANALYTICS>"Analytics"</a>
                <a class="site-nav-item" href=address::SETTINGS>"Settings"</a>
                <form method="post" action=api::SignOut::PATH>
                    <button type="submit" class="site-nav-item">"Sign out"</button>
                </form>
            </nav>
        }
    });
    view! {
        <header class="site-header">
            <a class="brand" href=address::HOME>
                <Icon name=IconName::Logo/>
                "Sightline"
            </a>
            {navigation}
            {signed_in.then(|| view! { <script type="module" src="/notices.js" nonce=use_nonce()></script> })}
        </header>
    }
    .into_any()
}
