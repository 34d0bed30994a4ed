//! Uploading files, several at once, each with its own progress and outcome.

mod queue;

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use leptos::{prelude::*, task::spawn_local};

pub use queue::{FileUpload, NewLinkState, UploadQueue, UploadState};
use queue::{UploadOutcome, title_of};

use crate::{
    api,
    browser::{self, ChosenFile, Guard, Local, SendProgress},
    model::{DocumentId, address},
};

/// The id of the file input.
pub const UPLOAD_INPUT_ID: &str = "upload-input";

/// What [`use_uploads`] and [`use_replacement`] return.
#[derive(Clone, Copy)]
pub struct Uploads {
    /// The chosen files and their progress.
    pub queue: ReadSignal<UploadQueue>,
    /// Whether files are being dragged over the page.
    pub dragging: ReadSignal<bool>,
    /// The outcome of the last finished upload, as a sentence for a live region.
    pub announcement: ReadSignal<String>,
    /// Removes the file of this id from the list, and aborts its upload.
    pub cancel: Callback<u32>,
    /// Makes a link to the uploaded document of this id, and copies its address.
    pub make_link: Callback<u32>,
}

/// Uploads each file that the owner chooses in the input [`UPLOAD_INPUT_ID`] or drops on the page as a new
/// document.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{
///     hooks::{UPLOAD_INPUT_ID, use_uploads},
/// };
///
/// #[component]
/// fn Upload() -> impl IntoView {
///     let uploads = use_uploads();
///     view! {
///         <input type="file" id=UPLOAD_INPUT_ID multiple=true/>
///         <p role="status">{uploads.announcement}</p>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// The queue is empty, and nothing is sent.
pub fn use_uploads() -> Uploads {
    start(Target::NewDocument)
}

/// Replaces a document's file with the one that the owner chooses in the input [`UPLOAD_INPUT_ID`], then
/// reloads the page.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{
///     hooks::{UPLOAD_INPUT_ID, use_replacement},
///     model::DocumentId,
/// };
///
/// #[component]
/// fn Replace(document_id: DocumentId) -> impl IntoView {
///     let uploads = use_replacement(document_id);
///     view! {
///         <input type="file" id=UPLOAD_INPUT_ID/>
///         <p role="status">{uploads.announcement}</p>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// The queue is empty, and nothing is sent.
pub fn use_replacement(document: DocumentId) -> Uploads {
    start(Target::Replace(document))
}

/// What becomes of an uploaded file.
enum Target {
    NewDocument,
    Replace(DocumentId),
}

fn start(target: Target) -> Uploads {
    let (queue, announcement) = (RwSignal::new(UploadQueue::default()), RwSignal::new(String::new()));
    let dragging = RwSignal::new(false);
    let accepts_drops = matches!(target, Target::NewDocument);
    let sender = Local::new(Rc::new(Sender { target, queue, announcement, files: RefCell::default() }));
    let canceller = sender.clone();
    let cancel = Callback::new(move |id| {
        canceller.with(|sender| sender.cancel(id));
    });
    // Reads no signal, so it runs once and is cleaned up with the owner.
    Effect::new(move |_| {
        let (chosen, dropped) = (sender.clone(), sender.clone());
        let add = |sender: &Local<Rc<Sender>>, files| {
            sender.with(|sender| sender.add_files(files));
        };
        let on_drop = accepts_drops.then(|| {
            let on_hover = move |over| {
                if dragging.get_untracked() != over {
                    dragging.set(over);
                }
            };
            browser::on_files_dropped(on_hover, move |files| add(&dropped, files))
        });
        let on_choice = browser::on_files_chosen(UPLOAD_INPUT_ID, move |files| add(&chosen, files));
        let guards = Local::new((on_drop, on_choice));
        on_cleanup(move || drop(guards));
    });
    Uploads {
        queue: queue.read_only(),
        dragging: dragging.read_only(),
        announcement: announcement.read_only(),
        cancel,
        make_link: make_link(queue, announcement),
    }
}

fn make_link(queue: RwSignal<UploadQueue>, announcement: RwSignal<String>) -> Callback<u32> {
    let settle = move |id, link| {
        // `None` once the page is gone.
        if let Some(message) = queue.try_update(|queue| queue.set_link(id, link)) {
            announcement.set(message);
        }
    };
    Callback::new(move |id| {
        let Some(document) = queue.try_update(|queue| queue.start_link(id)).flatten() else { return };
        spawn_local(async move {
            match api::new_link(document).await {
                Ok(link) => {
                    let url = link.viewer_url.clone();
                    browser::copy_text(&link.viewer_url, move |copied| {
                        settle(id, NewLinkState::Made(url, copied));
                    });
                }
                Err(error) => settle(id, NewLinkState::Failed(error.to_string())),
            }
        });
    })
}

/// Executes what the [`UploadQueue`] decides.
struct Sender {
    target: Target,
    queue: RwSignal<UploadQueue>,
    announcement: RwSignal<String>,
    /// Each listed file, and the guard of its request.
    files: RefCell<Vec<(u32, ChosenFile, Option<Guard>)>>,
}

impl Sender {
    fn add_files(self: &Rc<Self>, chosen: Vec<ChosenFile>) {
        let refused = self.queue.try_update(|queue| {
            queue.clear_done();
            let mut files = self.files.borrow_mut();
            files.retain(|(id, ..)| queue.get(*id).is_some());
            chosen
                .into_iter()
                .filter_map(|file| {
                    let (id, refused) = queue.add(file.name(), file.size());
                    files.push((id, file, None));
                    refused
                })
                .last()
        });
        self.finish(refused.flatten());
    }

    fn on_progress(self: &Rc<Self>, id: u32, progress: SendProgress) {
        self.finish(self.queue.try_update(|queue| queue.apply(id, progress)).flatten());
    }

    fn cancel(self: &Rc<Self>, id: u32) {
        self.queue.update(|queue| queue.remove(id));
        self.files.borrow_mut().retain(|(other, ..)| *other != id);
        self.finish(None);
    }

    /// Announces an outcome, if any, and starts the next uploads.
    fn finish(self: &Rc<Self>, outcome: Option<UploadOutcome>) {
        if let Some(UploadOutcome { success, message }) = outcome {
            self.announcement.set(message);
            if success && matches!(self.target, Target::Replace(_)) {
                browser::reload();
            }
        }
        while let Some(id) = self.queue.try_update(UploadQueue::start_next).flatten() {
            self.send(id);
        }
    }

    fn send(self: &Rc<Self>, id: u32) {
        let mut files = self.files.borrow_mut();
        let Some((_, file, sending)) = files.iter_mut().find(|(other, ..)| *other == id) else { return };
        let (method, path) = match &self.target {
            Target::NewDocument => ("POST", address::upload(&title_of(&file.name()))),
            Target::Replace(document) => ("PUT", address::document_file(document)),
        };
        let sender = Rc::downgrade(self);
        *sending = browser::send_file(method, &path, file, move |progress| report(&sender, id, progress));
        let is_on_its_way = sending.is_some();
        drop(files);
        if !is_on_its_way {
            self.on_progress(id, SendProgress::Lost);
        }
    }
}

fn report(sender: &Weak<Sender>, id: u32, progress: SendProgress) {
    if let Some(sender) = sender.upgrade() {
        sender.on_progress(id, progress);
    }
}
