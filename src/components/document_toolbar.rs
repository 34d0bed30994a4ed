//! The toolbar above a document.

use leptos::prelude::*;

use super::{Icon, IconName};
use crate::{
    hooks::{DocumentReader, Scale},
    model::address,
};

/// Shows the title and the controls for page, size, download, printing and full screen. Without a script pages are still
/// turned, by links and by the number that is typed.
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
    /// What [`use_printing`](crate::hooks::use_printing) returned, if visitors may print.
    #[prop(default = None)]
    print: Option<Callback<()>>,
) -> impl IntoView {
    view! {
        <header class="toolbar">
            <button type="button" class="tool needs-script" data-testid="panel"
                aria-label="Pages and outline" title="Pages and outline" aria-expanded=shown(reader.is_panel_open)
                on:click=move |_| reader.toggle_panel.run(())>
                <Icon name=IconName::Panel/>
            </button>
            <h1 class="toolbar-title" dir="auto">{title}</h1>
            {page_controls(page_count, reader)}
            {size_controls(reader)}
            {download.map(|address| view! {
                <a class="tool" href=address download="" aria-label="Download" title="Download"
                    data-testid="download">
                    <Icon name=IconName::Download/>
                </a>
            })}
            {print.map(|print| view! {
                <button type="button" class="tool tool-print needs-script" data-testid="print" aria-label="Print"
                    title="Print" on:click=move |_| print.run(())>
                    <Icon name=IconName::Print/>
                </button>
            })}
            <button type="button" class="tool needs-script" data-testid="full-screen"
                aria-label="Full screen" title="Full screen (F)"
                aria-pressed=shown(reader.is_full_screen)
                hidden=Signal::derive(move || !reader.full_screen_available.get())
                on:click=move |_| reader.toggle_full_screen.run(())>
                <Icon name=IconName::FullScreen/>
            </button>
        </header>
    }
    .into_any()
}

/// A state as the value of an attribute.
fn shown(state: ReadSignal<bool>) -> Signal<String> {
    Signal::derive(move || state.get().to_string())
}

/// The previous page, the number of the current one, which can be typed, and the next page.
fn page_controls(page_count: u32, reader: DocumentReader) -> AnyView {
    let current = reader.current;
    let understood = RwSignal::new(0_u32);
    let typed = move |text: String| {
        reader.go_to_typed.run(text);
        // What was typed is shown as it was understood.
        understood.update(|count| *count += 1);
    };
    let number = Signal::derive(move || {
        understood.track();
        current.get().to_string()
    });
    view! {
        <div class="toolbar-group" role="group" aria-label="Page">
            {turn(page_count, reader, -1)}
            <form class="toolbar-page" method="get" data-testid="page-indicator"
                on:submit=move |event| event.prevent_default()>
                <input class="toolbar-number" name="p" inputmode="numeric" autocomplete="off" aria-label="Page number"
                    value=current.get_untracked().to_string() prop:value=number
                    on:change=move |event| typed(event_target_value(&event))/>
                <span>{format!("/ {page_count}")}</span>
            </form>
            {turn(page_count, reader, 1)}
        </div>
    }
    .into_any()
}

/// The link to a page before or behind the current one. At the ends of the document it leads nowhere.
fn turn(page_count: u32, reader: DocumentReader, by: i32) -> AnyView {
    let (label, title, id, icon) = match by {
        -1 => ("Previous page", "Previous page (←)", "previous-page", IconName::Previous),
        _ => ("Next page", "Next page (→)", "next-page", IconName::Next),
    };
    let target = move || reader.current.get().saturating_add_signed(by).clamp(1, page_count);
    let is_end = Signal::derive(move || target() == reader.current.get());
    view! {
        <a class="tool" data-testid=id aria-label=label title=title
            href=Signal::derive(move || address::page_here(target()))
            aria-disabled=Signal::derive(move || is_end.get().to_string())
            on:click=move |click| {
                click.prevent_default();
                reader.go_to.run(untrack(target));
            }>
            <Icon name=icon/>
        </a>
    }
    .into_any()
}

fn size_controls(reader: DocumentReader) -> AnyView {
    let percent = reader.percent;
    let step = move |step: fn(u32) -> Option<Scale>| {
        if let Some(scale) = step(percent.get_untracked()) {
            reader.set_scale.run(scale);
        }
    };
    // Not inline: in an attribute the `view!` macro reads the first `>` as the end of the tag.
    let is_smallest = Signal::derive(move || Scale::smaller(percent.get()).is_none());
    let is_largest = Signal::derive(move || Scale::larger(percent.get()).is_none());
    view! {
        <div class="toolbar-group toolbar-zoom needs-script" role="group" aria-label="Size">
            <button type="button" class="tool" aria-label="Zoom out" title="Zoom out (−)"
                data-testid="zoom-out" disabled=is_smallest on:click=move |_| step(Scale::smaller)>
                <Icon name=IconName::ZoomOut/>
            </button>
            <button type="button" class="tool tool-percent" title="Comfortable size (0)"
                data-testid="zoom-reset" on:click=move |_| reader.set_scale.run(Scale::Comfortable)>
                <span class="visually-hidden">"Comfortable size, now "</span>
                {Signal::derive(move || format!("{}%", percent.get()))}
            </button>
            <button type="button" class="tool" aria-label="Zoom in" title="Zoom in (+)"
                data-testid="zoom-in" disabled=is_largest on:click=move |_| step(Scale::larger)>
                <Icon name=IconName::ZoomIn/>
            </button>
            {fit(reader, reader.is_fit_width, Scale::FitWidth)}
            {fit(reader, reader.is_fit_page, Scale::FitPage)}
        </div>
    }
    .into_any()
}

/// A button that fits pages to the window, and back.
fn fit(reader: DocumentReader, is_pressed: ReadSignal<bool>, to: Scale) -> AnyView {
    let (label, icon) = match to {
        Scale::FitWidth => ("Fit width", IconName::FitWidth),
        _ => ("Fit page", IconName::FitPage),
    };
    let toggle = move |_| {
        reader.set_scale.run(if is_pressed.get_untracked() { Scale::Comfortable } else { to });
    };
    view! {
        <button type="button" class="tool" aria-label=label title=label aria-pressed=shown(is_pressed) on:click=toggle>
            <Icon name=icon/>
        </button>
    }
    .into_any()
}
