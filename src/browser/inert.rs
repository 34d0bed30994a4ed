//! The functions of `web*.rs` for builds without a browser: they do nothing and return empty values.

use std::{marker::PhantomData, time::Duration};

use super::{Answer, Frame, ItemPart, Rect, SendProgress, StreamEvent, Tap};

/// Ends a timer, a listener or a request when dropped; here there is nothing to end.
#[must_use = "dropping it ends what it guards"]
pub struct Guard;

/// Holds a value that must stay on the browser's one thread; here it is dropped at once, so the server never
/// moves it between threads.
pub struct Local<T>(PhantomData<fn() -> T>);

/// Gives the type a destructor, as in the browser: `clippy::drop_non_drop` rejects `drop` of a type without.
impl<T> Drop for Local<T> {
    fn drop(&mut self) {}
}

impl<T> Local<T> {
    /// Drops the value.
    pub fn new(_value: T) -> Self {
        Self(PhantomData)
    }

    /// Always `None`.
    pub fn with<R>(&self, _look: impl FnOnce(&T) -> R) -> Option<R> {
        None
    }
}

impl<T> Clone for Local<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

/// Never calls.
pub fn every(_period: Duration, _tick: impl FnMut() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn after(_delay: Duration, _then: impl FnOnce() + 'static) -> Guard {
    Guard
}

/// Always `false`.
pub fn is_visible() -> bool {
    false
}

/// Never calls.
pub fn on_visibility_change(_callback: impl Fn(bool) + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_touch(_callback: impl Fn() + Clone + 'static) -> [Guard; 5] {
    [Guard, Guard, Guard, Guard, Guard]
}

/// Never calls.
pub fn on_focus(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_page_hide(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_page_restored(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_storage_change(_key: String, _callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_key_press(_use_key: impl Fn(&str, bool) -> bool + 'static) -> Guard {
    Guard
}

/// Always zero.
pub fn monotonic() -> Duration {
    Duration::ZERO
}

/// Always zero.
pub fn unix_millis() -> u64 {
    0
}

/// Always `None`.
pub fn random_bits() -> Option<[u8; 16]> {
    None
}

/// Always `None`.
pub fn stored(_key: &str) -> Option<String> {
    None
}

/// Stores nothing; always `false`.
pub fn store(_key: &str, _text: &str) -> bool {
    false
}

/// Sends nothing.
pub fn send_beacon(_path: &str, _text: &str) {}

/// Opens nothing.
pub fn event_stream<const N: usize>(
    _path: &str,
    _names: [&'static str; N],
    _callback: impl Fn(StreamEvent) + Clone + 'static,
) -> Option<Guard> {
    None
}

/// Copies nothing and never calls.
pub fn copy_text(_text: &str, _on_done: impl FnOnce(bool) + 'static) {}

/// A file of the user; the server has none.
pub enum ChosenFile {}

impl ChosenFile {
    /// The file's name.
    pub fn name(&self) -> String {
        match *self {}
    }

    /// The file's size in bytes.
    pub fn size(&self) -> u64 {
        match *self {}
    }
}

/// Never calls.
pub fn on_files_chosen(_field: &str, _callback: impl Fn(Vec<ChosenFile>) + 'static) -> Option<Guard> {
    None
}

/// Never calls.
pub fn on_files_dropped(
    _on_hover: impl Fn(bool) + Clone + 'static,
    _callback: impl Fn(Vec<ChosenFile>) + 'static,
) -> [Guard; 3] {
    [Guard, Guard, Guard]
}

/// Sends nothing.
pub fn send_file(
    _method: &str,
    _path: &str,
    _file: &ChosenFile,
    _callback: impl Fn(SendProgress) + Clone + 'static,
) -> Option<Guard> {
    None
}

/// Loads nothing.
pub fn reload() {}

/// Marks nothing.
pub fn mark_hydrated() {}

/// Never calls.
pub fn on_manual_scroll(_callback: impl Fn() + Clone + 'static) -> [Guard; 3] {
    [Guard, Guard, Guard]
}

/// Always `None`.
pub fn frame(_id: &str) -> Option<Frame> {
    None
}

/// Never calls.
pub fn on_scroll(_id: &str, _callback: impl Fn(f64) + 'static) -> Option<Guard> {
    None
}

/// Never calls.
pub fn on_resize(_id: &str, _callback: impl Fn() + 'static) -> Option<Guard> {
    None
}

/// Scrolls nothing.
pub fn scroll_to(_id: &str, _top: f64, _middle: f64) {}

/// Always one half.
pub fn middle(_id: &str) -> f64 {
    0.5
}

/// Focuses nothing.
pub fn focus(_id: &str) {}

/// Scrolls nothing.
pub fn scroll_by(_id: &str, _across: f64, _down: f64) {}

/// Sets nothing.
pub fn set_extent(_id: &str, _extent: (f64, f64)) {}

/// Places nothing.
pub fn place_page(_id: &str, _page: u32, _rect: Rect) {}

/// Never calls.
pub fn on_tap(_id: &str, _callback: impl Fn(Tap) + Clone + 'static) -> Option<[Guard; 3]> {
    None
}

/// Never calls.
pub fn on_outgoing(_callback: impl Fn(String) + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_pointer_move(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_pinch(_id: &str, _callback: impl Fn(f64, f64) + Clone + 'static) -> Option<[Guard; 2]> {
    None
}

/// Never calls.
pub fn on_history(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never calls.
pub fn on_online(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Never answered.
pub async fn post(_path: String, _body: String) -> Option<Answer> {
    None
}

/// Never calls.
pub fn status_of(_path: &str, _callback: impl FnOnce(Option<u16>) + 'static) {}

/// Never calls.
pub fn on_print(_callback: impl Fn() + 'static) -> Guard {
    Guard
}

/// Prints nothing.
pub fn print() {}

/// Always 1.
pub fn device_pixels() -> f64 {
    1.0
}

/// Shows nothing.
pub fn show_items(_id: &str, _range: (u32, u32), _parts: &dyn Fn(u32) -> Vec<ItemPart>) {}

/// Sets nothing.
pub fn set_in_item(_id: &str, _page: u32, _part: ItemPart) {}

/// Loads nothing.
pub fn load_text(_id: &str, _page: u32) {}

/// Loads nothing.
pub fn load_texts(_id: &str) {}

/// Loads nothing.
pub fn load_html(_id: &str, _path: &str) {}

/// Never calls.
pub fn on_pictures(
    _id: &str,
    _callback: impl Fn(u32, Option<String>) + Clone + 'static,
) -> Option<[Guard; 2]> {
    None
}

/// Never calls.
pub fn on_retry(_id: &str, _callback: impl Fn() + 'static) -> Option<Guard> {
    None
}

/// Marks nothing.
pub fn set_broken(_id: &str, _page: u32, _is_broken: bool) {}

/// Loads nothing.
pub fn reload_broken(_id: &str) {}

/// Never calls.
pub fn on_page_link(_callback: impl Fn(u32) + 'static) -> Guard {
    Guard
}

/// Refuses nothing.
pub fn refuse_copying() -> Guard {
    Guard
}

/// Always `false`.
pub fn full_screen_available() -> bool {
    false
}

/// Shows nothing.
pub fn toggle_full_screen() {}

/// Never calls.
pub fn on_full_screen_change(_callback: impl Fn(bool) + 'static) -> Guard {
    Guard
}

/// Always empty.
pub fn query() -> String {
    String::new()
}

/// Changes nothing.
pub fn replace_query(_query: &str, _state: f64) {}

/// Changes nothing.
pub fn push_query(_query: &str, _state: f64) {}

/// Always `None`.
pub fn history_state() -> Option<f64> {
    None
}

/// Always `None`.
pub fn time_zone() -> Option<String> {
    None
}

/// Changes nothing.
pub fn localise_time(_field: &str, _zone: &str) -> Option<Guard> {
    None
}

/// Always empty.
pub fn referrer_host() -> String {
    String::new()
}

/// Always empty.
pub fn title() -> String {
    String::new()
}

/// Sets nothing.
pub fn set_title(_title: &str) {}
