//! The pages of a document as the server sends them.

use leptos::prelude::*;

use super::PagePicture;
use crate::{
    hooks::{PAGES_ID, first_pages},
    model::{ShownDocument, address},
};

/// Shows the requested page and a few behind it, with a template of all others. Without a script links lead on.
#[component]
pub fn DocumentPages(
    /// The document.
    document: ShownDocument,
    /// The page that the address names.
    requested: Option<String>,
) -> impl IntoView {
    let page_count = document.page_count();
    let (first, last) = first_pages(requested.as_deref(), page_count);
    let document = StoredValue::new(document);
    let pages = (first..=last)
        .map(|page| view! { <PagePicture document page=Some(page) is_start={page == first}/> })
        .collect_view();
    let earlier = first.saturating_sub(last - first + 1).max(1);
    view! {
        <div class="pages-canvas" id=PAGES_ID data-page-count=page_count.to_string()>
            <template><PagePicture document page=None/></template>
            {pages}
        </div>
        <nav class="pages-more" aria-label="More pages">
            {(first > 1).then(|| view! { <a href=address::page_here(earlier)>"Earlier pages"</a> })}
            {(last < page_count).then(|| view! { <a href=address::page_here(last + 1)>"Next pages"</a> })}
        </nav>
    }
    .into_any()
}
