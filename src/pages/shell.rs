//! What pages have in common that the server reads something for: the header, and a page of its own where it cannot be
//! read.

use leptos::prelude::*;
use leptos_meta::{Meta, Title};
use leptos_router::hooks::use_params_map;

use super::{problem::problem, site_header::SiteHeader};
use crate::error::AppError;

/// A page of what `read` finds, for a signed-in owner.
pub fn owner_page<T, F>(
    title: &'static str,
    read: impl Fn() -> F + Send + Sync + 'static,
    sheet: fn(T) -> AnyView,
) -> impl IntoView
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    titled_owner_page(read, move |_| title.to_owned(), sheet)
}

/// The same with a title that tells what was found.
pub fn titled_owner_page<T, F>(
    read: impl Fn() -> F + Send + Sync + 'static,
    title: impl Fn(&T) -> String + Clone + Send + Sync + 'static,
    sheet: fn(T) -> AnyView,
) -> impl IntoView
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    page_of(read, move |found| {
        view! {
            <Title text=title(&found)/>
            <SiteHeader signed_in=true/>
            {sheet(found)}
        }
        .into_any()
    })
}

/// A page of what `read` finds, for anyone. No search engine lists it.
pub fn unlisted_page<T, F>(
    read: impl Fn() -> F + Send + Sync + 'static,
    sheet: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let page = page_of(read, move |found| {
        view! {
            <SiteHeader/>
            {sheet(found)}
        }
        .into_any()
    });
    view! {
        <Meta name="robots" content="noindex"/>
        {page}
    }
}

/// The same of the token in the address.
pub fn token_page<T, F>(read: fn(String) -> F, sheet: fn(String, T) -> AnyView) -> impl IntoView
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    let token = use_params_map().read_untracked().get("token").unwrap_or_default();
    let of_sheet = token.clone();
    unlisted_page(move || read(token.clone()), move |found| sheet(of_sheet.clone(), found))
}

/// What `read` finds, as `page` shows it, or its problem.
fn page_of<T, F>(
    read: impl Fn() -> F + Send + Sync + 'static,
    page: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Send + 'static,
    F: Future<Output = Result<T, AppError>> + Send + 'static,
{
    view! {
        <Suspense>
            {move || {
                let (reading, page) = (read(), page.clone());
                Suspend::new(async move {
                    match reading.await {
                        Ok(found) => page(found),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
    .into_any()
}
