//! Files that the user chooses or drops, and sending them.

use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement, ProgressEvent, XmlHttpRequest};

use super::{
    SendProgress,
    web::{Guard, document, listen, window},
};

/// A file that the user chose or dropped.
pub struct ChosenFile(File);

impl ChosenFile {
    /// The file's name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// The file's size in bytes.
    pub fn size(&self) -> u64 {
        self.0.size() as u64
    }
}

fn to_list(files: Option<FileList>) -> Vec<ChosenFile> {
    let files = files.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at)));
    files.map(ChosenFile).collect()
}

/// Calls back with the files chosen in the file input of id `field`, and empties it, so that the same file
/// can be chosen again. `None` if there is no such input.
pub fn on_files_chosen(field: &str, callback: impl Fn(Vec<ChosenFile>) + 'static) -> Option<Guard> {
    let field: HtmlInputElement = document().get_element_by_id(field)?.dyn_into().ok()?;
    let chosen = field.clone();
    Some(listen(
        &field,
        "change",
        Box::new(move |_| {
            let files = to_list(chosen.files());
            chosen.set_value("");
            callback(files);
        }),
    ))
}

/// Calls back when dragged files enter or leave the page, and with the files dropped on it. Otherwise the
/// browser would open a dropped file in place of the page.
pub fn on_files_dropped(
    on_hover: impl Fn(bool) + Clone + 'static,
    callback: impl Fn(Vec<ChosenFile>) + 'static,
) -> [Guard; 3] {
    let (on_enter, on_leave) = (on_hover.clone(), on_hover.clone());
    [
        on_drag("dragover", move |event| {
            event.prevent_default();
            on_enter(true);
        }),
        // A `relatedTarget` means that the drag moved to another element of the page.
        on_drag("dragleave", move |event| {
            if event.related_target().is_none() {
                on_leave(false);
            }
        }),
        on_drag("drop", move |event| {
            event.prevent_default();
            on_hover(false);
            callback(to_list(event.data_transfer().and_then(|dragged| dragged.files())));
        }),
    ]
}

/// Listens to drags of files; drags of text are left to the browser.
fn on_drag(name: &'static str, callback: impl Fn(&DragEvent) + 'static) -> Guard {
    let holds_files = |event: &DragEvent| {
        let dragged = event.data_transfer().map(|dragged| dragged.types());
        dragged.is_some_and(|types| types.includes(&"Files".into(), 0))
    };
    listen(
        &window(),
        name,
        Box::new(move |event| {
            if let Some(event) = event.dyn_ref::<DragEvent>().filter(|event| holds_files(event)) {
                callback(event);
            }
        }),
    )
}

/// Aborts the request when dropped; on a finished request that has no effect.
struct Sending {
    request: XmlHttpRequest,
    _listeners: [Guard; 4],
}

impl Drop for Sending {
    fn drop(&mut self) {
        let _ = self.request.abort();
    }
}

/// Sends a file as a request body to a path of this server and calls back with the progress, until the guard
/// is dropped. `None` if the browser refuses.
///
/// It uses [`XMLHttpRequest`](https://xhr.spec.whatwg.org/), because `fetch` reports no upload progress.
pub fn send_file(
    method: &str,
    path: &str,
    file: &ChosenFile,
    callback: impl Fn(SendProgress) + Clone + 'static,
) -> Option<Guard> {
    let request = XmlHttpRequest::new().ok()?;
    request.open(method, path).ok()?;
    let upload = request.upload().ok()?;
    let answer = request.clone();
    let [on_sent, on_all_sent, on_answer, on_error] = std::array::from_fn(|_| callback.clone());
    let listeners = [
        listen(
            &upload,
            "progress",
            Box::new(move |event: Event| {
                if let Some(event) = event.dyn_ref::<ProgressEvent>() {
                    on_sent(SendProgress::Sent { bytes: event.loaded(), total: event.total() });
                }
            }),
        ),
        listen(&upload, "load", Box::new(move |_| on_all_sent(SendProgress::AllSent))),
        listen(
            &request,
            "load",
            Box::new(move |_| {
                let body = answer.response_text().ok().flatten();
                on_answer(SendProgress::Answered(answer.status().unwrap_or(0), body.unwrap_or_default()));
            }),
        ),
        listen(&request, "error", Box::new(move |_| on_error(SendProgress::Lost))),
    ];
    request.send_with_opt_blob(Some(&file.0)).ok()?;
    Some(Guard::new(Sending { request, _listeners: listeners }))
}

/// Reloads the page.
pub fn reload() {
    let _ = window().location().reload();
}
