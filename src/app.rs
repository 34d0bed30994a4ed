//! The document shell, the application and its addresses.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, ServerMetaContext, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    hooks::use_hydration_mark,
    pages::{DashboardPage, HomePage, NotFoundPage, ViewerPage},
};

/// The HTML around the application, as the server sends it.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <HashedStylesheet options=options.clone() id="sightline"/>
                <AutoReload options=options.clone()/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The application. Every page is sent whole, with its numbers and its status, and then taken over.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    use_hydration_mark();
    // On the server leptos_meta writes the title into the page as it is, on the browser it sets a text; a
    // document's title is whatever somebody typed.
    let is_written_as_html = use_context::<ServerMetaContext>().is_some();
    let title = move |page: String| {
        let title = if page.is_empty() { "Sightline".to_owned() } else { page + " · Sightline" };
        if is_written_as_html { title.replace('&', "&amp;").replace('<', "&lt;") } else { title }
    };
    view! {
        <Title formatter=title/>
        <Router>
            <FlatRoutes fallback=|| view! { <NotFoundPage/> }>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/dashboard/:link") view=DashboardPage ssr=SsrMode::Async/>
                <Route path=path!("/v/:link") view=ViewerPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}
