//! The outline of a document.

use leptos::prelude::*;

use crate::model::{OutlineItem, address};

/// Shows the outline as nested lists of links; nothing if it is empty.
#[component]
pub fn Outline(
    /// The entries.
    items: Vec<OutlineItem>,
) -> AnyView {
    if items.is_empty() {
        return ().into_any();
    }
    let items = items.into_iter().map(|OutlineItem { title, page, items }| {
        let title = match page {
            Some(page) => view! {
                <a class="outline-link" href=address::page_here(page) data-page-link=page.to_string() dir="auto">
                    {title}
                </a>
            }
            .into_any(),
            None => view! { <span class="outline-link" dir="auto">{title}</span> }.into_any(),
        };
        view! { <li>{title}<Outline items/></li> }
    });
    view! { <ol class="outline">{items.collect_view()}</ol> }.into_any()
}
