//! The toolbar above a document.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::hooks::{DocumentReader, FIT, larger, smaller};

/// Shows the title and the controls for page, zoom, download and full screen.
#[component]
pub fn DocumentToolbar(
    /// The document's title.
    #[prop(into)]
    title: String,
    /// The document's number of pages.
    page_count: u32,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
    reader: DocumentReader,
    /// The address of the file, if visitors may download it.
    #[prop(default = None)]
    download: Option<Signal<String>>,
) -> impl IntoView {
    let current = reader.current;
    let turn = move |by: i32| reader.go_to.run(current.get_untracked().saturating_add_signed(by));
    let size = reader.size;
    let resize = move |to: fn(u32) -> u32| reader.set_size.run(to(size.get_untracked()));
    // Not inline: in an attribute the `view!` macro reads the first `>` as the end of the tag.
    let is_last = Signal::derive(move || current.get() >= page_count);
    let is_first = Signal::derive(move || current.get() == 1);
    let is_smallest = Signal::derive(move || smaller(size.get()) == size.get());
    let is_largest = Signal::derive(move || larger(size.get()) == size.get());
    let cannot_fill = Signal::derive(move || !reader.full_screen_available.get());
    let position = Signal::derive(move || format!("{} / {page_count}", current.get()));
    let percent = Signal::derive(move || format!("{}%", size.get()));
    view! {
        <header class="toolbar">
            <h1 class="toolbar-title" dir="auto">{title}</h1>
            <div class="toolbar-group" role="group" aria-label="Pages">
                <button type="button" class="tool needs-script" data-testid="previous-page"
                    aria-label="Previous page" title="Previous page (←)"
                    disabled=is_first on:click=move |_| turn(-1)>
                    <Icon name=IconName::Previous/>
                </button>
                <span class="toolbar-page needs-script" data-testid="page-indicator">
                    {position}
                </span>
                <button type="button" class="tool needs-script" data-testid="next-page"
                    aria-label="Next page" title="Next page (→)"
                    disabled=is_last on:click=move |_| turn(1)>
                    <Icon name=IconName::Next/>
                </button>
            </div>
            <div class="toolbar-group toolbar-zoom needs-script" role="group" aria-label="Size">
                <button type="button" class="tool" aria-label="Zoom out" title="Zoom out (−)"
                    data-testid="zoom-out" disabled=is_smallest on:click=move |_| resize(smaller)>
                    <Icon name=IconName::ZoomOut/>
                </button>
                <button type="button" class="tool tool-percent" title="Fit to the window (0)"
                    data-testid="zoom-fit" on:click=move |_| resize(|_| FIT)>
                    <span class="visually-hidden">"Fit to the window, now "</span>
                    {percent}
                </button>
                <button type="button" class="tool" aria-label="Zoom in" title="Zoom in (+)"
                    data-testid="zoom-in" disabled=is_largest on:click=move |_| resize(larger)>
                    <Icon name=IconName::ZoomIn/>
                </button>
            </div>
            {download.map(|address| view! {
                <a class="tool" href=address download="" aria-label="Download" title="Download"
                    data-testid="download">
                    <Icon name=IconName::Download/>
                </a>
            })}
            <button type="button" class="tool needs-script" data-testid="full-screen"
                aria-label="Full screen" title="Full screen (F)"
                aria-pressed=Signal::derive(move || reader.is_full_screen.get().to_string())
                hidden=cannot_fill
                on:click=move |_| reader.toggle_full_screen.run(())>
                <Icon name=IconName::FullScreen/>
            </button>
        </header>
    }
    .into_any()
}
