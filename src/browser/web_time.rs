//! The browser's time zone.

use js_sys::{Array, Date, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::JsValue;

/// Returns the IANA name of the browser's time zone.
pub fn time_zone() -> Option<String> {
    let options = DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// Converts `2026-12-31T23:59` from UTC to the browser's time zone; empty for what is no time.
pub fn utc_to_local(utc: &str) -> String {
    let date = Date::new(&format!("{utc}Z").into());
    // The offset of that instant: summer time counts.
    minutes(date.get_time() - date.get_timezone_offset() * 60_000.0)
}

/// Converts `2026-12-31T23:59` from the browser's time zone to UTC; empty for what is no time.
pub fn local_to_utc(local: &str) -> String {
    // ECMAScript reads a date and time without an offset as local (section "Date Time String Format").
    minutes(Date::new(&local.into()).get_time())
}

/// Unix milliseconds as a date and time in UTC, to the minute.
fn minutes(unix_millis: f64) -> String {
    if unix_millis.is_nan() {
        return String::new();
    }
    let text = String::from(Date::new(&unix_millis.into()).to_iso_string());
    text.get(..16).unwrap_or_default().to_owned()
}
