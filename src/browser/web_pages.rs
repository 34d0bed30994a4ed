//! The scrolling element with the pages of a document: its size, what is scrolled, and where each page stands.

use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{HtmlElement, ResizeObserver};

use super::{
    Frame, Rect,
    web::{Guard, document, listen, window},
    web_items::item,
};

pub(super) fn element(id: &str) -> Option<HtmlElement> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The visible size of an element, without its scroll bars.
pub fn frame(id: &str) -> Option<Frame> {
    let element = element(id)?;
    Some(Frame { width: element.client_width().into(), height: element.client_height().into() })
}

/// Calls back with how far an element is scrolled down, whenever that changes.
pub fn on_scroll(id: &str, callback: impl Fn(f64) + 'static) -> Option<Guard> {
    let element = element(id)?;
    let scrolled = element.clone();
    Some(listen(&element, "scroll", Box::new(move |_| callback(scrolled.scroll_top().into()))))
}

/// Calls back when an element changes its size, before that is painted
/// ([Resize Observer](https://www.w3.org/TR/resize-observer/)): the window or a panel does, or the device is turned.
pub fn on_resize(id: &str, callback: impl Fn() + 'static) -> Option<Guard> {
    let element = element(id)?;
    let resized = Closure::<dyn FnMut()>::new(callback);
    let observer = ResizeObserver::new(resized.as_ref().unchecked_ref()).ok()?;
    observer.observe(&element);
    Some(Guard::new(Observation { observer, _callback: resized }))
}

/// Disconnects the observer when dropped, and keeps its callback alive until then.
struct Observation {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Observation {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Scrolls an element down to `top`, and sideways so that `middle` of its content, a share, is in the middle.
pub fn scroll_to(id: &str, top: f64, middle: f64) {
    let Some(element) = element(id) else { return };
    let left = middle * f64::from(element.scroll_width()) - f64::from(element.client_width()) / 2.0;
    element.set_scroll_left(left.round() as i32);
    element.set_scroll_top(top.round() as i32);
}

/// Which part of the content, a share, is in the middle of an element, from left to right.
pub fn middle(id: &str) -> f64 {
    element(id).map_or(0.5, |element| {
        let middle = f64::from(element.scroll_left()) + f64::from(element.client_width()) / 2.0;
        middle / f64::from(element.scroll_width().max(1))
    })
}

/// Gives an element the focus, so that keys scroll it.
pub fn focus(id: &str) {
    if let Some(element) = element(id) {
        let _ = element.focus();
    }
}

/// Scrolls by shares of the visible width and height; negative means left and up.
pub fn scroll_by(id: &str, across: f64, down: f64) {
    let Some(element) = element(id) else { return };
    let across = across * f64::from(element.client_width());
    let down = down * f64::from(element.client_height());
    element.set_scroll_left(element.scroll_left() + across.round() as i32);
    element.set_scroll_top(element.scroll_top() + down.round() as i32);
}

/// Sets a style of an element by its object, which the policy allows, other than an attribute. In whole pixels: the code
/// that writes fractions would be a tenth of the browser's program.
fn set_style(element: &HtmlElement, name: &str, pixels: f64) {
    let _ = element.style().set_property(name, &format!("{}px", pixels.round() as i32));
}

/// Gives an element its size, and says that what it holds is placed by hand now.
pub fn set_extent(id: &str, (width, height): (f64, f64)) {
    if let Some(canvas) = element(id) {
        set_style(&canvas, "width", width);
        set_style(&canvas, "height", height);
        let _ = canvas.set_attribute("data-placed", "");
    }
}

/// Places a page, the element in `id` with this `data-page`.
pub fn place_page(id: &str, page: u32, rect: Rect) {
    if let Some(page) = item(id, page) {
        set_style(&page, "top", rect.top);
        set_style(&page, "left", rect.left);
        set_style(&page, "width", rect.width);
        set_style(&page, "height", rect.height);
    }
}

/// How many pixels of the screen make a CSS pixel.
pub fn device_pixels() -> f64 {
    window().device_pixel_ratio()
}

/// Calls back when the device has a network again.
pub fn on_online(callback: impl Fn() + 'static) -> Guard {
    listen(&window(), "online", Box::new(move |_| callback()))
}

/// The query of the address, with its question mark; empty if there is none.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Replaces the query of the address and the number that this entry of the history holds, without navigation.
pub fn replace_query(query: &str, state: f64) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&state.into(), "", Some(&address(query)));
    }
}

/// The same in a new entry of the history, so that the reader can go back.
pub fn push_query(query: &str, state: f64) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&state.into(), "", Some(&address(query)));
    }
}

fn address(query: &str) -> String {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    format!("{path}{query}{}", location.hash().unwrap_or_default())
}

/// The number that this entry of the history holds; `None` when the reader came by a link.
pub fn history_state() -> Option<f64> {
    window().history().ok()?.state().unwrap_or(JsValue::NULL).as_f64()
}

/// Calls back when the reader went back or forward within the page.
pub fn on_history(callback: impl Fn() + 'static) -> Guard {
    listen(&window(), "popstate", Box::new(move |_| callback()))
}

/// Calls back when the browser is about to print, by whatever key or menu.
pub fn on_print(callback: impl Fn() + 'static) -> Guard {
    listen(&window(), "beforeprint", Box::new(move |_| callback()))
}

/// Opens the browser's print dialogue.
pub fn print() {
    let _ = window().print();
}
