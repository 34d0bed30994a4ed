//! Reading a document: the current page, the zoom, keys and full screen.

mod navigation;

use leptos::prelude::*;

pub use navigation::{FIT, larger, smaller};
use navigation::{KeyCommand, key_command, most_in_view, page_within, query_with_page, update_in_view};

use crate::{
    browser::{self, InView, Local},
    model::timing::PAGE_SETTLES_AFTER,
};

/// The id of the scrolling element. Each page in it has the attribute `data-page`.
pub const PAGES_ID: &str = "document-pages";

/// What [`use_document_reader`] returns.
#[derive(Clone, Copy)]
pub struct DocumentReader {
    /// The page most in view, from 1.
    pub current: ReadSignal<u32>,
    /// The page on which the reader stayed for [`PAGE_SETTLES_AFTER`].
    pub settled: ReadSignal<u32>,
    /// The zoom in per cent; [`FIT`] fits the window.
    pub size: ReadSignal<u32>,
    /// Whether the browser supports full screen; phones often do not.
    pub full_screen_available: ReadSignal<bool>,
    /// Whether the page is in full screen.
    pub is_full_screen: ReadSignal<bool>,
    /// Goes to a page; numbers out of range go to the first or the last.
    pub go_to: Callback<u32>,
    /// Sets the zoom and keeps the position on the page.
    pub set_size: Callback<u32>,
    /// Enters or leaves full screen.
    pub toggle_full_screen: Callback<()>,
}

/// Follows the reader through the document in the element [`PAGES_ID`].
///
/// `requested` is the page of the address (`?p=5`), where reading starts; the address then follows the
/// settled page. Keys work everywhere except in form fields.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{components::DocumentViewer, hooks::use_document_reader, model::ShownDocument};
///
/// #[component]
/// fn Reader(document: ShownDocument) -> impl IntoView {
///     let reader = use_document_reader(document.page_count(), Some("5".to_owned()));
///     view! { <DocumentViewer document preview=false reader/> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// The signals hold the requested page, at a zoom that fits the window.
pub fn use_document_reader(page_count: u32, requested: Option<String>) -> DocumentReader {
    let start_page = page_within(requested.as_deref(), page_count);
    let current = RwSignal::new(start_page);
    let settled = RwSignal::new(start_page);
    let size = RwSignal::new(FIT);
    let full_screen_available = RwSignal::new(false);
    let is_full_screen = RwSignal::new(false);
    let in_view = StoredValue::new(Vec::<InView>::new());
    // A page that the reader jumped to is the current one while any of it is in view, until the reader
    // scrolls: near the end of a document it may not be the page most in view.
    let target = StoredValue::new(Some(start_page));

    let go_to = Callback::new(move |page: u32| {
        let page = page.clamp(1, page_count.max(1));
        target.set_value(Some(page));
        if current.get_untracked() != page {
            current.set(page);
        }
        browser::scroll_to_page(PAGES_ID, page, 0.0);
    });
    let set_size = Callback::new(move |to: u32| {
        if to == size.get_untracked() {
            return;
        }
        let page = current.get_untracked();
        let share = browser::share_above(PAGES_ID, page);
        target.set_value(Some(page));
        size.set(to);
        browser::before_next_paint(move || {
            browser::scroll_to_page(PAGES_ID, page, share);
            browser::centre_sideways(PAGES_ID);
        });
    });
    let toggle_full_screen = Callback::new(|()| browser::toggle_full_screen());

    let on_pages = move |changed: Vec<InView>| {
        let page = in_view.try_update_value(|in_view| {
            update_in_view(in_view, changed);
            let requested = target.try_get_value().flatten();
            let requested = requested.filter(|requested| in_view.iter().any(|seen| seen.page == *requested));
            requested.or_else(|| most_in_view(in_view, page_count))
        });
        if let Some(Some(page)) = page
            && current.try_get_untracked().is_some_and(|current| current != page)
        {
            current.set(page);
        }
    };
    let use_key = move |key: &str| {
        let page = current.try_get_untracked()?;
        let fully_visible = in_view
            .try_with_value(|in_view| in_view.iter().any(|seen| seen.page == page && seen.share > 0.99))?;
        match key_command(key, browser::overflows_sideways(PAGES_ID), !fully_visible)? {
            KeyCommand::Next => go_to.run(page + 1),
            KeyCommand::Previous => go_to.run(page - 1),
            KeyCommand::First => go_to.run(1),
            KeyCommand::Last => go_to.run(page_count),
            KeyCommand::Scroll(across, down) => {
                target.set_value(None);
                browser::scroll_by(PAGES_ID, f64::from(across) / 100.0, f64::from(down) / 100.0);
            }
            KeyCommand::ZoomIn => set_size.run(larger(size.get_untracked())),
            KeyCommand::ZoomOut => set_size.run(smaller(size.get_untracked())),
            KeyCommand::ZoomFit => set_size.run(FIT),
            KeyCommand::FullScreen => browser::toggle_full_screen(),
        }
        Some(())
    };

    // Reads no signal, so it runs once and is cleaned up with the owner.
    Effect::new(move |_| {
        if start_page > 1 {
            browser::scroll_to_page(PAGES_ID, start_page, 0.0);
        }
        browser::replay_image_errors(PAGES_ID);
        full_screen_available.set(browser::full_screen_available());
        let guards = Local::new((
            browser::on_pages_in_view(PAGES_ID, on_pages),
            browser::on_manual_scroll(move || target.set_value(None)),
            browser::on_key_press(move |key| use_key(key).is_some()),
            browser::on_full_screen_change(move |full| is_full_screen.set(full)),
        ));
        on_cleanup(move || drop(guards));
    });
    Effect::new(move |_| {
        let page = current.get();
        if page != settled.get_untracked() {
            let timer = Local::new(browser::after(PAGE_SETTLES_AFTER, move || {
                settled.set(page);
                browser::replace_query(&query_with_page(&browser::query(), page));
            }));
            on_cleanup(move || drop(timer));
        }
    });

    DocumentReader {
        current: current.read_only(),
        settled: settled.read_only(),
        size: size.read_only(),
        full_screen_available: full_screen_available.read_only(),
        is_full_screen: is_full_screen.read_only(),
        go_to,
        set_size,
        toggle_full_screen,
    }
}
