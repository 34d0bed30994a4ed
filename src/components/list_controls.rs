//! Search and order of the list of documents: links and a plain form, which work without script.

use leptos::prelude::*;

use crate::model::{DocumentQuery, DocumentSort, MAX_TITLE_LENGTH, address};

/// Shows a search field, and a link for each order.
#[component]
pub fn ListControls(
    /// What is shown now.
    query: DocumentQuery,
) -> impl IntoView {
    let sorts = DocumentSort::ALL.map(|sort| sort_link(&query, sort));
    // A search keeps the order.
    let order = (query.sort != DocumentSort::default() || !query.descending).then(|| {
        view! {
            <input type="hidden" name="sort" value=query.sort.as_str()/>
            <input type="hidden" name="direction" value=query.direction()/>
        }
    });
    view! {
        <div class="list-controls">
            <form class="list-search" role="search" method="get" action=address::HOME>
                {order}
                <input type="search" name="q" value=query.search.clone() dir="auto" aria-label="Search titles"
                    placeholder="Search titles" maxlength=MAX_TITLE_LENGTH.to_string()/>
                <button type="submit" class="button">"Search"</button>
            </form>
            <nav class="list-sorts" aria-label="Sort by">{sorts.collect_view()}</nav>
        </div>
    }
    .into_any()
}

fn sort_link(query: &DocumentQuery, sort: DocumentSort) -> impl IntoView + use<> {
    let is_current = query.sort == sort;
    let label = match sort {
        DocumentSort::Name => "Name",
        DocumentSort::Date => "Date",
        DocumentSort::Viewed => "Last view",
    };
    let direction = is_current.then(|| {
        let (arrow, words) = if query.descending { ("↓", ", descending") } else { ("↑", ", ascending") };
        view! { <span aria-hidden="true">{arrow}</span><span class="visually-hidden">{words}</span> }
    });
    view! {
        <a class="button" href=address::documents(&query.sorted_by(sort))
            aria-current=is_current.then_some("true")>
            {label}{direction}
        </a>
    }
}
