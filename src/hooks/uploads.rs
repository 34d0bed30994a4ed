//! Sending files to the server, several at once, each with its own way and its own end.

mod queue;

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use leptos::prelude::*;

use queue::{Ended, title_of};
pub use queue::{Queue, Upload, UploadState};

use crate::{
    browser::{self, ChosenFile, Guard, Local, SendProgress},
    model::DocumentId,
};

/// The id of the field in which files are chosen.
pub const UPLOAD_INPUT_ID: &str = "upload-input";

/// What [`use_uploads`] and [`use_replacement`] return.
#[derive(Clone, Copy)]
pub struct Uploads {
    /// The files that were chosen.
    pub queue: ReadSignal<Queue>,
    /// Files are held over the page and can be let go.
    pub dragging: ReadSignal<bool>,
    /// What ended last, and how.
    pub said: ReadSignal<String>,
    /// Takes a file off the list; what is on its way is not sent any further.
    pub cancel: Callback<u32>,
}

/// Makes a document of each file that is chosen in the field [`UPLOAD_INPUT_ID`] or let go over the page, and
/// calls `taken_in` after each.
///
/// ## Server-Side Rendering
///
/// Nothing was chosen on the server, and nothing is sent.
pub fn use_uploads(taken_in: Callback<()>) -> Uploads {
    start(Errand::Add(taken_in))
}

/// Puts the file that is chosen in the field [`UPLOAD_INPUT_ID`] in the place of a document's file, and loads the
/// page again once that is done.
///
/// ## Server-Side Rendering
///
/// Nothing was chosen on the server, and nothing is sent.
pub fn use_replacement(document: DocumentId) -> Uploads {
    start(Errand::Replace(document))
}

/// What the files are sent for.
enum Errand {
    Add(Callback<()>),
    Replace(DocumentId),
}

fn start(errand: Errand) -> Uploads {
    let (queue, said) = (RwSignal::new(Queue::default()), RwSignal::new(String::new()));
    let dragging = RwSignal::new(false);
    let takes_drops = matches!(errand, Errand::Add(_));
    let sender = Local::new(Rc::new(Sender { errand, queue, said, files: RefCell::default() }));
    let canceller = sender.clone();
    let cancel = Callback::new(move |id| {
        canceller.with(|sender| sender.cancel(id));
    });
    // Reads no signal, so it runs once and its cleanup is the owner's.
    Effect::new(move |_| {
        let (chosen, dropped) = (sender.clone(), sender.clone());
        let take = |sender: &Local<Rc<Sender>>, files| {
            sender.with(|sender| sender.take(files));
        };
        let on_drop = takes_drops.then(|| {
            let over = move |over| {
                if dragging.get_untracked() != over {
                    dragging.set(over);
                }
            };
            browser::on_files_dropped(over, move |files| take(&dropped, files))
        });
        let on_choice = browser::on_files_chosen(UPLOAD_INPUT_ID, move |files| take(&chosen, files));
        let guards = Local::new((on_drop, on_choice));
        on_cleanup(move || drop(guards));
    });
    Uploads { queue: queue.read_only(), dragging: dragging.read_only(), said: said.read_only(), cancel }
}

/// Carries out what the [`Queue`] decides.
struct Sender {
    errand: Errand,
    queue: RwSignal<Queue>,
    said: RwSignal<String>,
    /// Each file that is listed, and what ends its sending.
    files: RefCell<Vec<(u32, ChosenFile, Option<Guard>)>>,
}

impl Sender {
    fn take(self: &Rc<Self>, chosen: Vec<ChosenFile>) {
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
        self.end(refused.flatten());
    }

    fn hear(self: &Rc<Self>, id: u32, news: SendProgress) {
        self.end(self.queue.try_update(|queue| queue.hear(id, news)).flatten());
    }

    fn cancel(self: &Rc<Self>, id: u32) {
        self.queue.update(|queue| queue.remove(id));
        self.files.borrow_mut().retain(|(other, ..)| *other != id);
        self.end(None);
    }

    /// Whatever has ended makes room for the next.
    fn end(self: &Rc<Self>, ended: Option<Ended>) {
        if let Some(Ended { well, words }) = ended {
            self.said.set(words);
            match &self.errand {
                Errand::Add(taken_in) if well => taken_in.run(()),
                Errand::Replace(_) if well => browser::reload(),
                _ => {}
            }
        }
        while let Some(id) = self.queue.try_update(Queue::start_next).flatten() {
            self.send(id);
        }
    }

    fn send(self: &Rc<Self>, id: u32) {
        let mut files = self.files.borrow_mut();
        let Some((_, file, sending)) = files.iter_mut().find(|(other, ..)| *other == id) else { return };
        let (method, path) = match &self.errand {
            Errand::Add(_) => {
                let title = browser::encode_query_value(&title_of(&file.name()));
                ("POST", format!("/api/documents?title={title}"))
            }
            Errand::Replace(document) => ("PUT", format!("/api/documents/{document}/file")),
        };
        let sender = Rc::downgrade(self);
        *sending = browser::send_file(method, &path, file, move |news| report(&sender, id, news));
        let is_on_its_way = sending.is_some();
        drop(files);
        if !is_on_its_way {
            self.hear(id, SendProgress::Lost);
        }
    }
}

fn report(sender: &Weak<Sender>, id: u32, news: SendProgress) {
    if let Some(sender) = sender.upgrade() {
        sender.hear(id, news);
    }
}
