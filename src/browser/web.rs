//! Timers, page lifecycle, storage and the clipboard.

use std::{any::Any, cell::Cell, rc::Rc, time::Duration};

use gloo_timers::callback::{Interval, Timeout};
use js_sys::{Function, Object, Promise, Reflect};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Event, EventTarget, HtmlElement, KeyboardEvent, PageTransitionEvent, Storage, StorageEvent,
    VisibilityState,
};

/// Ends a timer, a listener or a request when dropped.
#[must_use = "dropping it ends what it guards"]
pub struct Guard(#[expect(dead_code, reason = "held for its drop")] Box<dyn Any>);

impl Guard {
    pub(super) fn new(held: impl Any) -> Self {
        Self(Box::new(held))
    }
}

/// Holds a value that must stay on the browser's one thread, in a type that is `Send` and `Sync`.
pub struct Local<T>(SendWrapper<T>);

impl<T> Local<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(SendWrapper::new(value))
    }

    /// Calls `look` with the value; without a browser it returns `None`.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        Some(look(&self.0))
    }
}

impl<T: Clone> Clone for Local<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

pub(super) fn window() -> web_sys::Window {
    web_sys::window().expect("no window: this build runs only in a browser")
}

pub(super) fn document() -> web_sys::Document {
    window().document().expect("the window has no document")
}

/// Removes its listener when dropped.
struct Listener {
    target: EventTarget,
    name: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        // Fails only for an argument that is not a function.
        let _ = self.target.remove_event_listener_with_callback(self.name, callback);
    }
}

pub(super) fn listen(target: &EventTarget, name: &'static str, callback: Box<dyn FnMut(Event)>) -> Guard {
    let closure = Closure::wrap(callback);
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    Guard::new(Listener { target: target.clone(), name, closure })
}

fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

/// Calls `tick` every `period` until the guard is dropped. Browsers delay timers of hidden pages, Chrome to
/// [one call a minute](https://developer.chrome.com/blog/timer-throttling-in-chrome-88).
pub fn every(period: Duration, tick: impl FnMut() + 'static) -> Guard {
    Guard::new(Interval::new(millis(period), tick))
}

/// Calls `then` once after `delay`, unless the guard is dropped before.
pub fn after(delay: Duration, then: impl FnOnce() + 'static) -> Guard {
    Guard::new(Timeout::new(millis(delay), then))
}

/// Whether the page is visible
/// ([WHATWG HTML](https://html.spec.whatwg.org/multipage/interaction.html#page-visibility)). A prerendered
/// page is not.
pub fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Calls back with the visibility each time it changes (`visibilitychange`).
pub fn on_visibility_change(callback: impl Fn(bool) + 'static) -> Guard {
    listen(&document(), "visibilitychange", Box::new(move |_| callback(is_visible())))
}

/// Calls back when the window gets the focus.
pub fn on_focus(callback: impl Fn() + 'static) -> Guard {
    listen(&window(), "focus", Box::new(move |_| callback()))
}

/// Calls back when the reader touches the page: by pointer, key, wheel or finger. Often, while they do.
pub fn on_touch(callback: impl Fn() + Clone + 'static) -> [Guard; 5] {
    ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"].map(|name| {
        let callback = callback.clone();
        listen(&window(), name, Box::new(move |_| callback()))
    })
}

/// Calls back when the page is closed or enters the back-forward cache (`pagehide`): the last moment to send
/// something.
pub fn on_page_hide(callback: impl Fn() + 'static) -> Guard {
    listen(&window(), "pagehide", Box::new(move |_| callback()))
}

/// Calls back when the page returns from the back-forward cache, and not at its first load: `pageshow` with
/// [`persisted`][html].
///
/// [html]: https://html.spec.whatwg.org/multipage/nav-history-apis.html#the-pagetransitionevent-interface
pub fn on_page_restored(callback: impl Fn() + 'static) -> Guard {
    let persisted =
        |event: &Event| event.dyn_ref::<PageTransitionEvent>().is_some_and(PageTransitionEvent::persisted);
    listen(
        &window(),
        "pageshow",
        Box::new(move |event| {
            if persisted(&event) {
                callback();
            }
        }),
    )
}

/// Calls back when another tab changes this key in local storage
/// ([`storage` event](https://html.spec.whatwg.org/multipage/webstorage.html#the-storageevent-interface)).
pub fn on_storage_change(key: String, callback: impl Fn() + 'static) -> Guard {
    listen(
        &window(),
        "storage",
        Box::new(move |event| {
            // Without a key, the whole storage was cleared.
            let changed = event.dyn_ref::<StorageEvent>().and_then(StorageEvent::key);
            if changed.is_none_or(|changed| changed == key) {
                callback();
            }
        }),
    )
}

/// Calls back with each key press and whether Shift was held; if `use_key` returns `true`, the browser's own action is
/// suppressed.
///
/// Presses with Ctrl, Alt or Meta, and presses in a form field, are left to the browser, and so is the key that presses
/// a button.
pub fn on_key_press(use_key: impl Fn(&str, bool) -> bool + 'static) -> Guard {
    listen(
        &document(),
        "keydown",
        Box::new(move |event| {
            let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
            let combined = key.ctrl_key() || key.alt_key() || key.meta_key() || key.is_composing();
            let presses = key.key() == " " && is_in(&event, "a, button, summary");
            if event.default_prevented() || combined || presses || is_in(&event, FIELDS) {
                return;
            }
            if use_key(&key.key(), key.shift_key()) {
                event.prevent_default();
            }
        }),
    )
}

/// What takes typed text.
const FIELDS: &str = "input, textarea, select, [contenteditable]:not([contenteditable=false])";

fn is_in(event: &Event, selector: &str) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|element| element.closest(selector).ok().flatten())
        .is_some()
}

/// Time since the page was loaded, on a monotonic clock
/// ([High Resolution Time](https://www.w3.org/TR/hr-time-3/)).
pub fn monotonic() -> Duration {
    let millis = window().performance().map_or(0.0, |performance| performance.now());
    Duration::from_micros((millis * 1000.0) as u64)
}

/// Unix milliseconds of the device's clock, which may be wrong.
pub fn unix_millis() -> u64 {
    js_sys::Date::now() as u64
}

/// 128 bits from a cryptographic source ([Web Cryptography](https://www.w3.org/TR/webcrypto/)); `None`
/// without one.
pub fn random_bits() -> Option<[u8; 16]> {
    let mut bits = [0; 16];
    window().crypto().ok()?.get_random_values_with_u8_array(&mut bits).ok()?;
    Some(bits)
}

/// Local storage; `None` if the browser forbids it, which throws on access.
fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Reads a key of local storage, which all tabs share and which survives restarts.
pub fn stored(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Writes a key of local storage; `false` if the browser refuses.
pub fn store(key: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

/// Posts a text in a request that outlives the page ([Beacon](https://www.w3.org/TR/beacon/)). The outcome is
/// unknown.
pub fn send_beacon(path: &str, text: &str) {
    let queued = window().navigator().send_beacon_with_opt_str(path, Some(text));
    if queued != Ok(true) {
        let _ = fetch_keepalive(path, text);
    }
}

/// Stands in where beacons are missing or their queue is full. `web_sys::RequestInit` has no `keepalive`, so
/// the call goes through `Reflect`.
fn fetch_keepalive(path: &str, text: &str) -> Result<(), JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"method".into(), &"POST".into())?;
    Reflect::set(&options, &"body".into(), &text.into())?;
    Reflect::set(&options, &"keepalive".into(), &true.into())?;
    let fetch: Function = Reflect::get(&window(), &"fetch".into())?.dyn_into()?;
    fetch.call2(&window(), &path.into(), &options)?;
    Ok(())
}

/// Copies a text to the clipboard and calls back with the success.
pub fn copy_text(text: &str, on_done: impl FnOnce(bool) + 'static) {
    let on_done = Rc::new(Cell::new(Some(on_done)));
    let finish = move |copied: bool| {
        if let Some(on_done) = on_done.take() {
            on_done(copied);
        }
    };
    let Ok(promise) = write_clipboard(text) else {
        finish(copy_by_selection(text).unwrap_or(false));
        return;
    };
    let finish_refused = finish.clone();
    let text = text.to_owned();
    let resolved = Closure::once_into_js(move |_: JsValue| finish(true));
    let rejected =
        Closure::once_into_js(move |_: JsValue| finish_refused(copy_by_selection(&text).unwrap_or(false)));
    if let Ok(then) = Reflect::get(&promise, &"then".into())
        && let Some(then) = then.dyn_ref::<Function>()
    {
        let _ = then.call2(&promise, &resolved, &rejected);
    }
}

/// Uses the [Clipboard API](https://www.w3.org/TR/clipboard-apis/), which exists only in secure contexts:
/// over https and on localhost.
fn write_clipboard(text: &str) -> Result<Promise, JsValue> {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into())?;
    let write: Function = Reflect::get(&clipboard, &"writeText".into())?.dyn_into()?;
    write.call1(&clipboard, &text.into())?.dyn_into()
}

/// Selects the text in a hidden field and runs the deprecated `execCommand("copy")`, which needs no secure
/// context.
fn copy_by_selection(text: &str) -> Result<bool, JsValue> {
    let document = document();
    let body = document.body().ok_or(JsValue::NULL)?;
    let field: HtmlElement = document.create_element("textarea")?.dyn_into()?;
    field.set_class_name("visually-hidden");
    field.set_attribute("aria-hidden", "true")?;
    Reflect::set(&field, &"value".into(), &text.into())?;
    body.append_child(&field)?;
    let select: Function = Reflect::get(&field, &"select".into())?.dyn_into()?;
    select.call0(&field)?;
    let command: Function = Reflect::get(&document, &"execCommand".into())?.dyn_into()?;
    let copied = command.call1(&document, &"copy".into())?.is_truthy();
    body.remove_child(&field)?;
    Ok(copied)
}
