//! Fingers and pointers: pinches, swipes, taps, and clicks on links.

use std::{cell::Cell, rc::Rc};

use js_sys::{Object, Reflect};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, EventTarget, MouseEvent, PointerEvent, TouchEvent, WheelEvent};

use super::{
    Tap,
    web::{Guard, document, listen, window},
};

/// From so many pixels a finger's movement is a swipe.
const SWIPE: f64 = 40.0;

/// Calls back with each click or tap on an element, but on links, buttons, fields and selected text, and with each
/// sideways swipe that the browser does not take for scrolling (`touch-action`).
pub fn on_tap(id: &str, callback: impl Fn(Tap) + Clone + 'static) -> Option<[Guard; 3]> {
    let element = document().get_element_by_id(id)?;
    let begun = Rc::new(Cell::new(None));
    let swiped = Rc::new(Cell::new(false));
    let down = Rc::clone(&begun);
    let (up, has_swiped, tapped, frame) =
        (Rc::clone(&begun), Rc::clone(&swiped), callback.clone(), element.clone());
    Some([
        listen(
            &element,
            "pointerdown",
            Box::new(move |event| {
                let finger = event.dyn_ref::<PointerEvent>().filter(|event| event.pointer_type() == "touch");
                down.set(finger.map(|event| (f64::from(event.client_x()), f64::from(event.client_y()))));
            }),
        ),
        listen(
            &element,
            "pointerup",
            Box::new(move |event| {
                swiped.set(false);
                let (Some((x, y)), Some(event)) = (up.take(), event.dyn_ref::<PointerEvent>()) else {
                    return;
                };
                let (across, down) = (f64::from(event.client_x()) - x, f64::from(event.client_y()) - y);
                if across.abs() > SWIPE && across.abs() > 2.0 * down.abs() {
                    swiped.set(true);
                    callback(Tap::Swipe { forward: across < 0.0 });
                }
            }),
        ),
        listen(
            &element,
            "click",
            Box::new(move |event| {
                let Some(mouse) = event.dyn_ref::<MouseEvent>() else { return };
                let has_selection =
                    window().get_selection().ok().flatten().is_some_and(|it| !it.is_collapsed());
                let taken = closest(&event, "a, button, input, summary").is_some();
                if has_swiped.take() || taken || has_selection || event.default_prevented() {
                    return;
                }
                let rect = frame.get_bounding_client_rect();
                let from_left = f64::from(mouse.client_x()) - rect.left();
                tapped(Tap::At { from_left, from_right: rect.width() - from_left });
            }),
        ),
    ])
}

/// The nearest element around an event's target that a selector names.
pub(super) fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

/// Calls back with the address of each link away from this site that is opened: it has the attribute `data-outgoing`.
pub fn on_outgoing(callback: impl Fn(String) + 'static) -> Guard {
    listen(
        &document(),
        "click",
        Box::new(move |event| {
            if let Some(address) =
                closest(&event, "[data-outgoing]").and_then(|link| link.get_attribute("href"))
            {
                callback(address);
            }
        }),
    )
}

/// Calls back when the pointer moves.
pub fn on_pointer_move(callback: impl Fn() + 'static) -> Guard {
    listen(&document(), "pointermove", Box::new(move |_| callback()))
}

/// Calls back with the factor by which two fingers, or a touchpad, want an element larger, and how far below its upper
/// edge. The browser's own zoom, which takes the toolbar along, is kept off.
pub fn on_pinch(id: &str, callback: impl Fn(f64, f64) + Clone + 'static) -> Option<[Guard; 2]> {
    let element = document().get_element_by_id(id)?;
    let apart = Rc::new(Cell::new(None::<f64>));
    let (by_wheel, edge) = (callback.clone(), element.clone());
    let below = move |y: f64| y - edge.get_bounding_client_rect().top();
    let below_wheel = below.clone();
    Some([
        listen_actively(&element, "touchmove", move |event| {
            let touches = event.dyn_ref::<TouchEvent>().map(TouchEvent::touches);
            let fingers = touches.filter(|touches| touches.length() == 2);
            let Some((one, other)) = fingers.and_then(|touches| Some((touches.get(0)?, touches.get(1)?)))
            else {
                apart.set(None);
                return;
            };
            event.prevent_default();
            let across = f64::from(other.client_x() - one.client_x());
            let down = f64::from(other.client_y() - one.client_y());
            let distance = (across * across + down * down).sqrt().max(1.0);
            if let Some(before) = apart.replace(Some(distance)) {
                callback(distance / before, below(f64::from(one.client_y() + other.client_y()) / 2.0));
            }
        }),
        listen_actively(&element, "wheel", move |event| {
            let Some(wheel) = event.dyn_ref::<WheelEvent>().filter(|wheel| wheel.ctrl_key()) else { return };
            event.prevent_default();
            // A notch of a wheel is 100 or 120, a step of a touchpad a few.
            let factor = (1.0 - wheel.delta_y() / 200.0).clamp(0.5, 1.5);
            by_wheel(factor, below_wheel(wheel.client_y().into()));
        }),
    ])
}

/// Removes its listener when dropped.
struct OptionListener {
    target: EventTarget,
    name: &'static str,
    is_capture: bool,
    closure: Closure<dyn FnMut(Event)>,
}

impl Drop for OptionListener {
    fn drop(&mut self) {
        let callback = self.closure.as_ref().unchecked_ref();
        let removed =
            self.target.remove_event_listener_with_callback_and_bool(self.name, callback, self.is_capture);
        drop(removed);
    }
}

/// Listens so that the callback can keep the browser from its own action
/// ([passive listeners](https://dom.spec.whatwg.org/#dom-addeventlisteneroptions-passive) cannot).
fn listen_actively(target: &EventTarget, name: &'static str, callback: impl FnMut(Event) + 'static) -> Guard {
    listen_with(target, name, "passive", Closure::new(callback))
}

/// Listens before the elements below do, also to events that they keep for themselves, such as those of pictures.
pub(super) fn listen_first(
    target: &EventTarget,
    name: &'static str,
    callback: impl FnMut(Event) + 'static,
) -> Guard {
    listen_with(target, name, "capture", Closure::new(callback))
}

fn listen_with(
    target: &EventTarget,
    name: &'static str,
    option: &str,
    closure: Closure<dyn FnMut(Event)>,
) -> Guard {
    let is_capture = option == "capture";
    let options = Object::new();
    let _ = Reflect::set(&options, &option.into(), &is_capture.into());
    let _ = target.add_event_listener_with_callback_and_add_event_listener_options(
        name,
        closure.as_ref().unchecked_ref(),
        options.unchecked_ref(),
    );
    Guard::new(OptionListener { target: target.clone(), name, is_capture, closure })
}
