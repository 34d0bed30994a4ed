//! The document around the pages: its title, its referrer, templates and full screen.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent};

use super::web::{Guard, document, listen, window};

/// Sets `data-hydrated` on the body; browser tests wait for it.
pub fn mark_hydrated() {
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "true");
    }
}

/// The host of the page that led here ([`document.referrer`][html]), 64 characters at most; empty when none did, or one
/// of this site.
///
/// [html]: https://html.spec.whatwg.org/multipage/dom.html#dom-document-referrer
pub fn referrer_host() -> String {
    let referrer = document().referrer();
    let host = referrer.split('/').nth(2).unwrap_or_default();
    let own = window().location().host().unwrap_or_default();
    if host == own || host.len() > 64 { String::new() } else { host.to_owned() }
}

/// Returns the title of the tab.
pub fn title() -> String {
    document().title()
}

/// Sets the title of the tab.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Calls back when the reader scrolls by wheel, touch or scroll bar.
pub fn on_manual_scroll(callback: impl Fn() + Clone + 'static) -> [Guard; 3] {
    // At the window, wheel and touch listeners are passive by default
    // (<https://dom.spec.whatwg.org/#default-passive-value>), so they never delay scrolling.
    ["wheel", "touchmove", "mousedown"].map(|name| {
        let callback = callback.clone();
        listen(&window(), name, Box::new(move |_: Event| callback()))
    })
}

/// Whether the browser can show the page in full screen ([Fullscreen](https://fullscreen.spec.whatwg.org/));
/// phones often cannot.
pub fn full_screen_available() -> bool {
    document().fullscreen_enabled()
}

/// Enters or leaves full screen.
pub fn toggle_full_screen() {
    let document = document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        let _ = root.request_fullscreen();
    }
}

/// Calls back with whether the page is in full screen, each time that changes.
pub fn on_full_screen_change(callback: impl Fn(bool) + 'static) -> Guard {
    listen(
        &document(),
        "fullscreenchange",
        Box::new(move |_| callback(document().fullscreen_element().is_some())),
    )
}

/// Calls back with the page to which a click on a link leads, an element with `data-page-link`. Clicks that open it
/// elsewhere are left to the browser.
pub fn on_page_link(callback: impl Fn(u32) + 'static) -> Guard {
    listen(
        &document(),
        "click",
        Box::new(move |event| {
            let is_plain = event.dyn_ref::<MouseEvent>().is_some_and(|click| {
                click.button() == 0
                    && !(click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key())
            });
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let link = target.and_then(|target| target.closest("[data-page-link]").ok().flatten());
            let page = link.and_then(|link| link.get_attribute("data-page-link")?.parse().ok());
            if let Some(page) = page.filter(|_| is_plain) {
                event.prevent_default();
                callback(page);
            }
        }),
    )
}

/// Refuses to copy what is selected on the page.
pub fn refuse_copying() -> Guard {
    listen(&document(), "copy", Box::new(|event| event.prevent_default()))
}
