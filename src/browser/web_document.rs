//! The document's pages in the browser: scrolling, visibility, full screen and the query of the address.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    DocumentFragment, Element, Event, HtmlImageElement, HtmlInputElement, HtmlTemplateElement,
    IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit, KeyboardEvent, MouseEvent,
    XmlHttpRequest,
};

use super::{
    InView,
    web::{Guard, document, listen, window},
};

/// Sets `data-hydrated` on the body; browser tests wait for it.
pub fn mark_hydrated() {
    if let Some(body) = document().body() {
        let _ = body.set_attribute("data-hydrated", "true");
    }
}

/// Puts a clone of the template `template` before all that the element `list` holds. The parts name by a selector
/// whose text, or whose value if it is an input, becomes which.
pub fn prepend_clone(template: &str, list: &str, parts: &[(&str, &str)]) {
    let clone = || {
        let template: HtmlTemplateElement = document().get_element_by_id(template)?.dyn_into().ok()?;
        let clone: DocumentFragment = template.content().clone_node_with_deep(true).ok()?.dyn_into().ok()?;
        for (selector, text) in parts {
            let part = clone.query_selector(selector).ok()??;
            match part.dyn_ref::<HtmlInputElement>() {
                Some(input) => input.set_value(text),
                None => part.set_text_content(Some(text)),
            }
        }
        document().get_element_by_id(list)?.prepend_with_node_1(&clone).ok()
    };
    let _ = clone();
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

/// Calls back with how much of each page is in view, whenever that changes by a fortieth of a page
/// ([Intersection Observer](https://www.w3.org/TR/intersection-observer/)).
///
/// Pages are the elements with `data-page` in the scrolling element of id `scroller`.
pub fn on_pages_in_view(scroller: &str, callback: impl Fn(Vec<InView>) + 'static) -> Option<Guard> {
    let root = document().get_element_by_id(scroller)?;
    let observed = Closure::<dyn FnMut(Array)>::new(move |entries: Array| {
        callback(entries.iter().filter_map(|entry| in_view(entry.dyn_ref()?)).collect());
    });
    let options = IntersectionObserverInit::new();
    options.set_root(Some(&root));
    // On a page two screens tall, a fortieth is a twentieth of a screen.
    let steps: Array = (0..=40).map(|step| JsValue::from(f64::from(step) / 40.0)).collect();
    options.set_threshold(&steps);
    let observer =
        IntersectionObserver::new_with_options(observed.as_ref().unchecked_ref(), &options).ok()?;
    for page in elements(&root, "[data-page]") {
        observer.observe(&page);
    }
    Some(Guard::new(Observation { observer, _callback: observed }))
}

/// Disconnects the observer when dropped, and keeps its callback alive until then.
struct Observation {
    observer: IntersectionObserver,
    _callback: Closure<dyn FnMut(Array)>,
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

fn in_view(entry: &IntersectionObserverEntry) -> Option<InView> {
    let page = page_number(&entry.target())?;
    let height = if entry.is_intersecting() { entry.intersection_rect().height() } else { 0.0 };
    let whole = entry.bounding_client_rect().height();
    Some(InView { page, height, share: if whole > 0.0 { height / whole } else { 0.0 } })
}

fn page_number(element: &Element) -> Option<u32> {
    element.get_attribute("data-page")?.parse().ok()
}

fn elements(root: &Element, selector: &str) -> Vec<Element> {
    let found = root.query_selector_all(selector).ok();
    let found = found.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at)));
    found.filter_map(|node| node.dyn_into().ok()).collect()
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

/// The share of a page, 0 to 1, above the upper edge of its scroller.
pub fn share_above(scroller: &str, page: u32) -> f64 {
    let Some((scroller, page)) = scroller_and_page(scroller, page) else { return 0.0 };
    let edge = scroller.get_bounding_client_rect().top();
    let rect = page.get_bounding_client_rect();
    if rect.height() > 0.0 { ((edge - rect.top()) / rect.height()).clamp(0.0, 1.0) } else { 0.0 }
}

/// Scrolls until `share` of a page is above the upper edge.
pub fn scroll_to_page(scroller: &str, page: u32, share: f64) {
    let Some((scroller, page)) = scroller_and_page(scroller, page) else { return };
    let frame = scroller.get_bounding_client_rect();
    let rect = page.get_bounding_client_rect();
    // From the top of a page, the margin above it stays in view.
    let margin = if share == 0.0 { 12.0 } else { 0.0 };
    let down = rect.top() - frame.top() + share * rect.height() - margin;
    scroller.set_scroll_top(scroller.scroll_top() + down.round() as i32);
}

/// Scrolls sideways to the middle of the content.
pub fn centre_sideways(scroller: &str) {
    if let Some(scroller) = document().get_element_by_id(scroller) {
        scroller.set_scroll_left((scroller.scroll_width() - scroller.client_width()) / 2);
    }
}

/// Scrolls by shares of the visible width and height; negative means left and up.
pub fn scroll_by(scroller: &str, across: f64, down: f64) {
    if let Some(scroller) = document().get_element_by_id(scroller) {
        let across = across * f64::from(scroller.client_width());
        let down = down * f64::from(scroller.client_height());
        scroller.set_scroll_left(scroller.scroll_left() + across.round() as i32);
        scroller.set_scroll_top(scroller.scroll_top() + down.round() as i32);
    }
}

/// Whether the content is wider than its scroller.
pub fn overflows_sideways(scroller: &str) -> bool {
    let scroller = document().get_element_by_id(scroller);
    scroller.is_some_and(|scroller| scroller.scroll_width() > scroller.client_width() + 1)
}

fn scroller_and_page(scroller: &str, page: u32) -> Option<(Element, Element)> {
    let scroller = document().get_element_by_id(scroller)?;
    let page = scroller.query_selector(&format!("[data-page=\"{page}\"]")).ok()??;
    Some((scroller, page))
}

/// Calls `then` before the next paint, after pending changes of the document are made.
pub fn before_next_paint(then: impl FnOnce() + 'static) {
    let then = Closure::once_into_js(then);
    let _ = window().request_animation_frame(then.unchecked_ref());
}

/// Dispatches `error` again for each picture that failed before hydration attached its listener.
pub fn replay_image_errors(scroller: &str) {
    let Some(scroller) = document().get_element_by_id(scroller) else { return };
    for picture in elements(&scroller, "img") {
        let is_broken = picture.dyn_ref().is_some_and(|picture: &HtmlImageElement| {
            !picture.current_src().is_empty() && picture.complete() && picture.natural_width() == 0
        });
        if is_broken && let Ok(error) = Event::new("error") {
            let _ = picture.dispatch_event(&error);
        }
    }
}

/// Loads the text of a page, HTML of this server, into the page's `.page-text`, unless it is there or on its way. After a
/// failure it can be asked for again.
pub fn load_page_text(scroller: &str, page: u32, path: &str) {
    let load = || {
        let place = scroller_and_page(scroller, page)?.1.query_selector(".page-text").ok()??;
        if place.has_attribute(TEXT_STATE) {
            return None;
        }
        let request = XmlHttpRequest::new().ok()?;
        request.open("GET", path).ok()?;
        place.set_attribute(TEXT_STATE, "loading").ok()?;
        let answer = request.clone();
        let ended = Closure::once_into_js(move |_: Event| match (answer.status(), answer.response_text()) {
            (Ok(200), Ok(Some(text))) => {
                place.set_inner_html(&text);
                let _ = place.set_attribute(TEXT_STATE, "shown");
            }
            _ => drop(place.remove_attribute(TEXT_STATE)),
        });
        request.set_onloadend(Some(ended.unchecked_ref()));
        request.send().ok()
    };
    let _ = load();
}

/// The attribute of a page's `.page-text` that says whether the text is loaded.
const TEXT_STATE: &str = "data-text";

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

/// Calls back when the key is pressed that opens the browser's search, Ctrl or Command with F.
pub fn on_find(callback: impl Fn() + 'static) -> Guard {
    listen(
        &document(),
        "keydown",
        Box::new(move |event| {
            let is_find = event
                .dyn_ref::<KeyboardEvent>()
                .is_some_and(|key| (key.ctrl_key() || key.meta_key()) && key.key().eq_ignore_ascii_case("f"));
            if is_find {
                callback();
            }
        }),
    )
}

/// Refuses to copy what is selected on the page.
pub fn refuse_copying() -> Guard {
    listen(&document(), "copy", Box::new(|event| event.prevent_default()))
}

/// How many pixels of the screen a page is wide; 0 if it is not there.
pub fn page_pixels(scroller: &str, page: u32) -> f64 {
    let width = scroller_and_page(scroller, page).map(|(_, page)| page.get_bounding_client_rect().width());
    width.unwrap_or(0.0) * window().device_pixel_ratio()
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

/// The query of the address, with its question mark; empty if there is none.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Replaces the query of the address, without navigation or a new history entry.
pub fn replace_query(query: &str) {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let fragment = location.hash().unwrap_or_default();
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(&format!("{path}{query}{fragment}")));
    }
}
