//! `/documents/:document/preview`: the document as visitors would see it, for its owner and without a link.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{named::document_of_the_address, problem::problem, viewer::read};
use crate::api;

/// The document, or that there is none. Nothing is counted.
#[component]
pub fn PreviewPage() -> impl IntoView {
    let document = document_of_the_address();
    // Only the first page: the address follows the reader from then on.
    let page = use_query_map().read_untracked().get("p");
    view! {
        <Suspense>
            {move || {
                let (document, page) = (document.clone(), page.clone());
                Suspend::new(async move {
                    let loaded = match document {
                        Ok(document) => api::preview_document(document).await,
                        Err(error) => Err(error),
                    };
                    match loaded {
                        Ok(document) => view! {
                            <Title text=document.title.clone()/>
                            {read(document, None, page)}
                        }
                        .into_any(),
                        Err(error) => problem(&error),
                    }
                })
            }}
        </Suspense>
    }
}
