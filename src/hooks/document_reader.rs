//! Reading a document: which page, how large, and what the keys and buttons do.

mod place;

use leptos::prelude::*;

pub use place::Zoom;
use place::{KeyCommand, key_command, most_in_view, page_within, query_with_page, update};

use crate::{
    browser::{self, InView, Local},
    model::timing::PAGE_SETTLES_AFTER,
};

/// The id of the element that scrolls the pages; each page in it carries `data-page`.
pub const PAGES_ID: &str = "document-pages";

/// What [`use_document_reader`] returns.
#[derive(Clone, Copy)]
pub struct DocumentReader {
    /// The page most in view, from 1.
    pub current: Signal<u32>,
    /// The page that the reader has stayed on for
    /// [`PAGE_SETTLES_AFTER`](crate::model::timing::PAGE_SETTLES_AFTER).
    pub settled: Signal<u32>,
    /// How large pages are shown.
    pub zoom: Signal<Zoom>,
    /// Whether the page fills the screen; `None` where that can not be had.
    pub full_screen: Signal<Option<bool>>,
    /// Goes to a page; beyond the ends, to the first or the last.
    pub go_to: Callback<u32>,
    /// Changes the size and keeps the place.
    pub set_zoom: Callback<Zoom>,
    /// Fills the screen, or no longer.
    pub toggle_full_screen: Callback<()>,
    /// Reports that the picture of a page did not load.
    pub report_broken: Callback<u32>,
    /// Loads the picture of a page again.
    pub retry: Callback<u32>,
    /// The pages whose picture had to be loaded again or is missing.
    pub troubles: Signal<Vec<Trouble>>,
}

/// A page whose picture did not load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The page, from 1.
    pub page: u32,
    /// How often the reader asked for it again.
    pub attempt: u32,
    /// Still missing.
    pub broken: bool,
}

/// Reads a document whose pages stand in the element [`PAGES_ID`].
///
/// `asked` is the page of the address (`?p=5`), where reading begins; the address then follows the
/// reader. Keys act on the whole page, except while somebody types in a field.
///
/// ## Server-Side Rendering
///
/// The signals hold the page that the address asks for, fitting the window, with no trouble.
pub fn use_document_reader(page_count: u32, asked: Option<String>) -> DocumentReader {
    let begin = page_within(asked.as_deref(), page_count);
    let current = RwSignal::new(begin);
    let settled = RwSignal::new(begin);
    let zoom = RwSignal::new(Zoom::FIT);
    let full_screen = RwSignal::new(None);
    let troubles = RwSignal::new(Vec::<Trouble>::new());
    let seen = StoredValue::new(Vec::<InView>::new());
    // A page that was asked for is the current one while any of it is seen, until the reader moves on
    // by hand: near the end of a document it may not be the page most in view.
    let target = StoredValue::new(Some(begin));

    let go_to = Callback::new(move |page: u32| {
        let page = page.clamp(1, page_count.max(1));
        target.set_value(Some(page));
        if current.get_untracked() != page {
            current.set(page);
        }
        browser::scroll_to_page(PAGES_ID, page, 0.0);
    });
    let set_zoom = Callback::new(move |to: Zoom| {
        if to == zoom.get_untracked() {
            return;
        }
        let page = current.get_untracked();
        let share = browser::share_above(PAGES_ID, page);
        target.set_value(Some(page));
        zoom.set(to);
        browser::before_paint(move || {
            browser::scroll_to_page(PAGES_ID, page, share);
            browser::centre(PAGES_ID);
        });
    });
    let toggle_full_screen = Callback::new(|()| browser::toggle_full_screen());
    let report_broken = Callback::new(move |page| mark_broken(troubles, page));
    let retry = Callback::new(move |page| {
        troubles.update(|troubles| {
            for trouble in troubles.iter_mut().filter(|trouble| trouble.page == page) {
                trouble.attempt += 1;
                trouble.broken = false;
            }
        });
    });

    let look = move |changed: Vec<InView>| {
        let page = seen.try_update_value(|seen| {
            update(seen, changed);
            let asked = target.try_get_value().flatten();
            let asked = asked.filter(|asked| seen.iter().any(|seen| seen.page == *asked));
            asked.or_else(|| most_in_view(seen, page_count))
        });
        if let Some(Some(page)) = page
            && current.try_get_untracked().is_some_and(|current| current != page)
        {
            current.set(page);
        }
    };
    let press = move |key: &str| {
        let page = current.try_get_untracked()?;
        let whole = seen.try_with_value(|seen| seen.iter().any(|s| s.page == page && s.share > 0.99))?;
        match key_command(key, browser::is_too_wide(PAGES_ID), !whole)? {
            KeyCommand::Next => go_to.run(page + 1),
            KeyCommand::Previous => go_to.run(page - 1),
            KeyCommand::First => go_to.run(1),
            KeyCommand::Last => go_to.run(page_count),
            KeyCommand::Scroll(across, down) => {
                target.set_value(None);
                browser::scroll_by(PAGES_ID, f64::from(across) / 100.0, f64::from(down) / 100.0);
            }
            KeyCommand::ZoomIn => set_zoom.run(zoom.get_untracked().larger()),
            KeyCommand::ZoomOut => set_zoom.run(zoom.get_untracked().smaller()),
            KeyCommand::ZoomFit => set_zoom.run(Zoom::FIT),
            KeyCommand::FullScreen => browser::toggle_full_screen(),
        }
        Some(())
    };

    // Reads no signal, so it runs once and its cleanup is the owner's.
    Effect::new(move |_| {
        if begin > 1 {
            browser::scroll_to_page(PAGES_ID, begin, 0.0);
        }
        for page in browser::broken_pages(PAGES_ID) {
            mark_broken(troubles, page);
        }
        if browser::can_fill_screen() {
            full_screen.set(Some(false));
        }
        let guards = Local::new((
            browser::on_pages_in_view(PAGES_ID, look),
            browser::on_moved_by_hand(move || target.set_value(None)),
            browser::on_key(move |key| press(key).is_some()),
            browser::on_full_screen(move |fills| full_screen.set(Some(fills))),
        ));
        on_cleanup(move || drop(guards));
    });
    Effect::new(move |_| {
        let page = current.get();
        if page != settled.get_untracked() {
            let timer = Local::new(browser::after(PAGE_SETTLES_AFTER, move || settled.set(page)));
            on_cleanup(move || drop(timer));
        }
    });
    Effect::new(move |_| {
        let before = browser::query();
        let after = query_with_page(&before, settled.get());
        if after != before {
            browser::replace_query(&after);
        }
    });

    DocumentReader {
        current: current.into(),
        settled: settled.into(),
        zoom: zoom.into(),
        full_screen: full_screen.into(),
        go_to,
        set_zoom,
        toggle_full_screen,
        report_broken,
        retry,
        troubles: troubles.into(),
    }
}

fn mark_broken(troubles: RwSignal<Vec<Trouble>>, page: u32) {
    troubles.update(|troubles| match troubles.iter_mut().find(|trouble| trouble.page == page) {
        Some(trouble) => trouble.broken = true,
        None => troubles.push(Trouble { page, attempt: 0, broken: true }),
    });
}
