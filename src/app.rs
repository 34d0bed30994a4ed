//! The document shell, the application and its addresses.

mod fragments;

use leptos::{nonce::use_nonce, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    islands::HydrationMark,
    pages::{
        AccountEventsPage, AdminPage, AllAnalyticsPage, CorrectionsPage, DashboardPage, DeleteAccountPage,
        DocumentAnalyticsPage, DocumentPage, ForgotPage, HomePage, LinkPage, NewCorrectionPage, NotFoundPage,
        NoticesPage, PasskeysPage, PreviewPage, ReaderPage, ResetPage, SecondFactorPage, SettingsPage,
        SetupPage, SignInCodePage, SignInPage, StopMailsPage, ViewerPage, ViewersPage, VisitPage,
        WebhookPage,
    },
};

pub use fragments::{api_page, outline, page_text};

/// Marks a page whose program does not run: controls that need it are then not shown. A browser may have no WebAssembly,
/// as an iPhone's in Lockdown Mode, which is known before anything is painted; or the program could not be loaded, which
/// its loader below does not catch.
const MARK_PLAIN_PAGES: &str = r#"{
const mark = () => document.documentElement.dataset.plain = "";
if (typeof WebAssembly === "undefined") mark();
addEventListener("unhandledrejection", () => document.body?.hasAttribute("data-hydrated") || mark());
}"#;

/// Starts the program as soon as the page is whole. Leptos waits for an idle browser: a page in the background is idle once
/// in ten seconds at most, and a busy one never.
const START_PROGRAM: &str = r#"
requestIdleCallback = (start) => document.readyState === "loading" ? addEventListener("DOMContentLoaded", start) : start();"#;

/// The HTML document around the application.
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
                <script nonce=use_nonce()>{MARK_PLAIN_PAGES}</script>
                <script nonce=use_nonce()>{START_PROGRAM}</script>
                <HydrationScripts options islands=true/>
                <MetaTags/>
            </head>
            <body>
                <App/>
                <HydrationMark/>
            </body>
        </html>
    }
}

/// The application: which page answers which address. It runs on the server, which sends every page whole, with its
/// numbers and its status; the browser hydrates the islands of the page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    // leptos_meta writes the title into the page as it is; a document's title is text of its owner.
    let title = |page: String| {
        let title = if page.is_empty() { "Sightline".to_owned() } else { page + " · Sightline" };
        title.replace('&', "&amp;").replace('<', "&lt;")
    };
    view! {
        <Title formatter=title/>
        <Router>
            <FlatRoutes fallback=|| view! { <NotFoundPage/> }>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/setup/:token") view=SetupPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in/code") view=SignInCodePage ssr=SsrMode::Async/>
                <Route path=path!("/forgot") view=ForgotPage ssr=SsrMode::Async/>
                <Route path=path!("/reset/:token") view=ResetPage ssr=SsrMode::Async/>
                <Route path=path!("/stop-mails/:token") view=StopMailsPage ssr=SsrMode::Async/>
                <Route path=path!("/settings") view=SettingsPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/two-factor") view=SecondFactorPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/notices") view=NoticesPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/notices/:webhook") view=WebhookPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/passkeys") view=PasskeysPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/events") view=AccountEventsPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/delete") view=DeleteAccountPage ssr=SsrMode::Async/>
                <Route path=path!("/admin") view=AdminPage ssr=SsrMode::Async/>
                <Route path=path!("/documents/:document") view=DocumentPage ssr=SsrMode::Async/>
                <Route path=path!("/documents/:document/preview") view=PreviewPage ssr=SsrMode::Async/>
                <Route path=path!("/documents/:document/analytics") view=DocumentAnalyticsPage ssr=SsrMode::Async/>
                <Route path=path!("/analytics") view=AllAnalyticsPage ssr=SsrMode::Async/>
                <Route path=path!("/corrections") view=CorrectionsPage ssr=SsrMode::Async/>
                <Route path=path!("/corrections/new") view=NewCorrectionPage ssr=SsrMode::Async/>
                <Route path=path!("/readers/:reader") view=ReaderPage ssr=SsrMode::Async/>
                <Route path=path!("/links/:link/visits/:visit") view=VisitPage ssr=SsrMode::Async/>
                <Route path=path!("/links/:link") view=LinkPage ssr=SsrMode::Async/>
                <Route path=path!("/dashboard/:link") view=DashboardPage ssr=SsrMode::Async/>
                <Route path=path!("/dashboard/:link/viewers") view=ViewersPage ssr=SsrMode::Async/>
                <Route path=path!("/v/:link") view=ViewerPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}
