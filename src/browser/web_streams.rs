//! Event streams: one for all pages of this browser, or one of the page's own.

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventSource, MessageEvent, MessagePort, SharedWorker};

use super::{Guard, StreamEvent, web::listen};
use crate::model::address::STREAMS_WORKER;

thread_local! {
    /// The script of the worker could not be loaded.
    static HAS_NO_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Opens a stream of [server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html) and
/// calls back with events of these names.
///
/// All pages of a browser share one connection, by a [shared worker][worker]: over HTTP/1.1 a browser opens six to a
/// server, so that a seventh page would wait for ever. Where there is no such worker, the page has a connection of its own.
/// The stream closes at the first error and the caller reopens it: the browser's own reconnection has no
/// jitter, and ends for good at the first HTTP error.
///
/// [worker]: https://html.spec.whatwg.org/multipage/workers.html#shared-workers-introduction
pub fn event_stream<const N: usize>(
    path: &str,
    names: [&'static str; N],
    callback: impl Fn(StreamEvent) + Clone + 'static,
) -> Option<Guard> {
    shared_stream(path, names, callback.clone()).or_else(|_| own_stream(path, names, callback)).ok()
}

/// Leaves the worker when dropped.
struct SharedStream {
    port: MessagePort,
    _worker: SharedWorker,
    _listeners: [Guard; 2],
}

impl Drop for SharedStream {
    fn drop(&mut self) {
        let _ = self.port.post_message(&JsValue::FALSE);
        self.port.close();
    }
}

/// What is said between page and worker is written in `public/streams.js`.
fn shared_stream<const N: usize>(
    path: &str,
    names: [&'static str; N],
    callback: impl Fn(StreamEvent) + Clone + 'static,
) -> Result<Guard, JsValue> {
    if HAS_NO_WORKER.get() {
        return Err(JsValue::NULL);
    }
    let worker = SharedWorker::new(STREAMS_WORKER)?;
    let port = worker.port();
    let (answering, on_failure) = (port.clone(), callback.clone());
    let on_message = move |event: web_sys::Event| {
        let Some(text) = text_of(&event) else { return };
        let _ = answering.post_message(&JsValue::NULL);
        match text.split_once('\n') {
            Some((name, data)) => {
                if let Some(name) = names.into_iter().find(|known| *known == name) {
                    callback(StreamEvent::Message { name, data: data.to_owned() });
                }
            }
            None => callback(StreamEvent::Lost),
        }
    };
    let listeners = [
        listen(&port, "message", Box::new(on_message)),
        listen(
            &worker,
            "error",
            Box::new(move |_| {
                HAS_NO_WORKER.set(true);
                on_failure(StreamEvent::Lost);
            }),
        ),
    ];
    port.start();
    port.post_message(&path.into())?;
    Ok(Guard::new(SharedStream { port, _worker: worker, _listeners: listeners }))
}

/// Closes its stream when dropped.
struct OwnStream {
    source: EventSource,
    _listeners: Vec<Guard>,
}

impl Drop for OwnStream {
    fn drop(&mut self) {
        self.source.close();
    }
}

fn own_stream<const N: usize>(
    path: &str,
    names: [&'static str; N],
    callback: impl Fn(StreamEvent) + Clone + 'static,
) -> Result<Guard, JsValue> {
    let source = EventSource::new(path)?;
    let mut listeners = Vec::new();
    for name in names {
        let callback = callback.clone();
        listeners.push(listen(
            &source,
            name,
            Box::new(move |event| {
                if let Some(data) = text_of(&event) {
                    callback(StreamEvent::Message { name, data });
                }
            }),
        ));
    }
    let failed = source.clone();
    listeners.push(listen(
        &source,
        "error",
        Box::new(move |_| {
            failed.close();
            callback(StreamEvent::Lost);
        }),
    ));
    Ok(Guard::new(OwnStream { source, _listeners: listeners }))
}

fn text_of(event: &web_sys::Event) -> Option<String> {
    event.dyn_ref::<MessageEvent>()?.data().as_string()
}
