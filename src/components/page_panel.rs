//! The panel beside the pages: small pictures of them.

use leptos::prelude::*;

use crate::{hooks::DocumentReader, model::ShownDocument};

/// Shows small pictures of the pages around the current one, each of which leads to its page. They load when they come
/// into view.
#[component]
pub fn PagePanel(
    /// The document.
    document: StoredValue<ShownDocument>,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
    reader: DocumentReader,
) -> impl IntoView {
    let window = move || {
        let (first, last) = reader.window.get();
        first..=last
    };
    let thumbnail = move |page: u32| {
        let (path, size) =
            document.with_value(|document| (document.page_path(page), document.pages.of(page)));
        let is_current = Signal::derive(move || (reader.current.get() == page).then_some("page"));
        let size = size.map(|size| (size.width.to_string(), size.height.to_string())).unwrap_or_default();
        view! {
            <li>
                <a class="thumbnail-link" href=format!("?p={page}") aria-current=is_current
                    on:click=move |click| {
                        click.prevent_default();
                        reader.go_to.run(page);
                    }>
                    // `loading` before `src`, which would otherwise load the picture at once.
                    <img class="thumbnail-picture" loading="lazy" decoding="async" alt="" width=size.0 height=size.1
                        src=path/>
                    <span><span class="visually-hidden">"Page "</span>{page}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="panel" aria-label="Pages">
            <ol class="thumbnails"><For each=window key=|page| *page children=thumbnail/></ol>
        </nav>
    }
    .into_any()
}
