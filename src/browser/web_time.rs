//! The browser's time zone.

use js_sys::{Array, Date, Intl::DateTimeFormat, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlInputElement;

use super::web::{Guard, document, listen};

/// Turns an `<input type="datetime-local">` from UTC to the browser's time zone, until the guard is dropped, and names
/// the zone in the element `zone`. The form then sends the time in UTC by a hidden input of the same name.
pub fn localise_time(field: &str, zone: &str) -> Option<Guard> {
    let document = document();
    let input: HtmlInputElement = document.get_element_by_id(field)?.dyn_into().ok()?;
    let sent: HtmlInputElement = document.create_element("input").ok()?.dyn_into().ok()?;
    let name = time_zone()?;
    sent.set_type("hidden");
    sent.set_name(&input.name());
    sent.set_value(&input.value());
    // Not beside the field: hydration walks through the field's siblings at this moment, and would meet its own island
    // again and again.
    input.closest("form").ok()??.append_with_node_1(&sent).ok()?;
    input.remove_attribute("name").ok()?;
    input.set_value(&utc_to_local(&input.value()));
    document.get_element_by_id(zone)?.set_text_content(Some(&name));
    let typed = input.clone();
    Some(listen(&input, "input", Box::new(move |_| sent.set_value(&local_to_utc(&typed.value())))))
}

/// The IANA name of the browser's time zone.
pub fn time_zone() -> Option<String> {
    let options = DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &JsValue::from_str("timeZone")).ok()?.as_string()
}

/// Converts `2026-12-31T23:59` from UTC to the browser's time zone; empty for what is no time.
fn utc_to_local(utc: &str) -> String {
    let date = Date::new(&format!("{utc}Z").into());
    // The offset of that instant, so that summer time counts.
    minutes(date.get_time() - date.get_timezone_offset() * 60_000.0)
}

/// Converts `2026-12-31T23:59` from the browser's time zone to UTC; empty for what is no time. A date and time without
/// an offset is local ([ECMAScript](https://tc39.es/ecma262/#sec-date-time-string-format)).
fn local_to_utc(local: &str) -> String {
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
