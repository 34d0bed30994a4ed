//! The slim bar above a document.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::hooks::{DocumentReader, Zoom};

/// Title, page, size and full screen.
#[component]
pub fn DocumentToolbar(
    /// The document's title.
    #[prop(into)]
    title: String,
    /// The document's number of pages.
    page_count: u32,
    /// Who reads.
    reader: DocumentReader,
) -> impl IntoView {
    let current = reader.current;
    let turn = move |by: i32| reader.go_to.run(current.get_untracked().saturating_add_signed(by));
    let zoom = move |to: fn(Zoom) -> Zoom| reader.set_zoom.run(to(reader.zoom.get_untracked()));
    // Not written where it is used: the macro takes the first `>` in there for the end of the tag.
    let is_last = move || current.get() >= page_count;
    let is_largest = move || reader.zoom.get().larger() == reader.zoom.get();
    let is_smallest = move || reader.zoom.get().smaller() == reader.zoom.get();
    view! {
        <header class="toolbar">
            <h1 class="toolbar-title">{title}</h1>
            <div class="toolbar-group" role="group" aria-label="Pages">
                <button type="button" class="tool needs-script" data-testid="previous-page"
                    aria-label="Previous page" title="Previous page (←)"
                    disabled=move || current.get() == 1 on:click=move |_| turn(-1)>
                    <Icon name=IconName::Previous/>
                </button>
                <span class="toolbar-page" data-testid="page-indicator">
                    {move || format!("{} / {page_count}", current.get())}
                </span>
                <button type="button" class="tool needs-script" data-testid="next-page"
                    aria-label="Next page" title="Next page (→)"
                    disabled=is_last on:click=move |_| turn(1)>
                    <Icon name=IconName::Next/>
                </button>
            </div>
            <div class="toolbar-group toolbar-zoom needs-script" role="group" aria-label="Size">
                <button type="button" class="tool" aria-label="Zoom out" title="Zoom out (−)"
                    data-testid="zoom-out" disabled=is_smallest on:click=move |_| zoom(Zoom::smaller)>
                    <Icon name=IconName::ZoomOut/>
                </button>
                <button type="button" class="tool tool-percent" title="Fit to the window (0)"
                    data-testid="zoom-fit" on:click=move |_| zoom(|_| Zoom::FIT)>
                    <span class="visually-hidden">"Fit to the window, now "</span>
                    {move || format!("{}%", reader.zoom.get().percent())}
                </button>
                <button type="button" class="tool" aria-label="Zoom in" title="Zoom in (+)"
                    data-testid="zoom-in" disabled=is_largest on:click=move |_| zoom(Zoom::larger)>
                    <Icon name=IconName::ZoomIn/>
                </button>
            </div>
            {move || reader.full_screen.get().map(|fills| view! {
                <button type="button" class="tool" data-testid="full-screen"
                    aria-label="Full screen" aria-pressed=fills.to_string() title="Full screen (F)"
                    on:click=move |_| reader.toggle_full_screen.run(())>
                    <Icon name=if fills { IconName::Window } else { IconName::FullScreen }/>
                </button>
            })}
        </header>
    }
    .into_any()
}
