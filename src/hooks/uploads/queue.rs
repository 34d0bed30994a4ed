//! The queue of uploads: which file is sent next, its progress and its outcome.

use serde::Deserialize;

use crate::{
    browser::SendProgress,
    error::AppError,
    model::{DocumentId, MAX_FILE_SIZE, MAX_TITLE_LENGTH},
};

/// Files that one tab uploads at once. The server accepts one more per owner, for another tab.
const MAX_CONCURRENT: usize = 3;

/// What a proxy refuses as too large never reaches the server.
const BY_PROXY: &str =
    "A proxy before the server refuses a file of this size. Ask its operator to raise the limit to 50 MB.";

/// The state of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Waiting for other uploads.
    Waiting,
    /// Being sent: so many per cent are sent.
    Sending(u8),
    /// Sent; the server is reading the file.
    Rendering,
    /// Uploaded.
    Done,
    /// Failed, with the reason as a sentence.
    Failed(String),
}

/// A chosen file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUpload {
    /// The upload's id, unique on the page.
    pub id: u32,
    /// The file's name.
    pub name: String,
    /// The state of the upload.
    pub state: UploadState,
    /// The new document, once it is uploaded.
    pub document: Option<DocumentId>,
    /// The document's first link, as far as it was asked for.
    pub link: NewLinkState,
}

/// The first link of an uploaded document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NewLinkState {
    /// Not asked for.
    #[default]
    None,
    /// Being made.
    Making,
    /// Made; the address, and whether it was copied.
    Made(String, bool),
    /// Not made, with the reason as a sentence.
    Failed(String),
}

/// The outcome of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadOutcome {
    /// Whether the file was uploaded.
    pub success: bool,
    /// The outcome as a sentence.
    pub message: String,
}

/// The chosen files, in order.
#[derive(Clone, Debug, Default)]
pub struct UploadQueue {
    uploads: Vec<FileUpload>,
    latest: u32,
}

/// The part of the server's answer that is read.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default)]
    error: String,
    #[serde(default)]
    document: Option<AnsweredDocument>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnsweredDocument {
    document_id: Option<DocumentId>,
}

impl UploadQueue {
    /// All uploads, in order.
    pub fn uploads(&self) -> &[FileUpload] {
        &self.uploads
    }

    /// The upload of this id.
    pub fn get(&self, id: u32) -> Option<&FileUpload> {
        self.uploads.iter().find(|upload| upload.id == id)
    }

    /// Adds a file. A file over [`MAX_FILE_SIZE`] fails at once.
    pub(super) fn add(&mut self, name: String, size: u64) -> (u32, Option<UploadOutcome>) {
        self.latest += 1;
        self.uploads.push(FileUpload {
            id: self.latest,
            name,
            state: UploadState::Waiting,
            document: None,
            link: NewLinkState::None,
        });
        let too_large = size > MAX_FILE_SIZE;
        let refused = AppError::TooLarge { limit: MAX_FILE_SIZE as usize };
        (self.latest, if too_large { self.finish(self.latest, Err(refused.to_string())) } else { None })
    }

    /// Removes finished uploads, which the list of documents shows, except those whose link is being made.
    pub(super) fn clear_done(&mut self) {
        self.uploads
            .retain(|upload| upload.state != UploadState::Done || upload.link == NewLinkState::Making);
    }

    /// Begins to make a link of an uploaded document, unless that was begun. Returns the document.
    pub(super) fn start_link(&mut self, id: u32) -> Option<DocumentId> {
        let upload = self.uploads.iter_mut().find(|upload| upload.id == id)?;
        let document = upload.document.clone()?;
        if !matches!(upload.link, NewLinkState::None | NewLinkState::Failed(_)) {
            return None;
        }
        upload.link = NewLinkState::Making;
        Some(document)
    }

    /// Notes what became of a link; returns it as a sentence.
    pub(super) fn set_link(&mut self, id: u32, link: NewLinkState) -> String {
        let message = match &link {
            NewLinkState::Made(_, true) => "Link made and copied.".to_owned(),
            NewLinkState::Made(_, false) => "Link made, but not copied.".to_owned(),
            NewLinkState::Failed(why) => format!("No link is made. {why}"),
            NewLinkState::None | NewLinkState::Making => String::new(),
        };
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id) {
            upload.link = link;
        }
        message
    }

    /// Removes an upload in any state.
    pub(super) fn remove(&mut self, id: u32) {
        self.uploads.retain(|upload| upload.id != id);
    }

    /// Returns the next upload to send, now in the state `Sending`; `None` if none waits or enough are sent.
    pub(super) fn start_next(&mut self) -> Option<u32> {
        let is_sending =
            |upload: &&FileUpload| matches!(upload.state, UploadState::Sending(_) | UploadState::Rendering);
        if self.uploads.iter().filter(is_sending).count() >= MAX_CONCURRENT {
            return None;
        }
        let next = self.uploads.iter_mut().find(|upload| upload.state == UploadState::Waiting)?;
        next.state = UploadState::Sending(0);
        Some(next.id)
    }

    /// Applies progress to an upload; returns the outcome once it is known.
    pub(super) fn apply(&mut self, id: u32, progress: SendProgress) -> Option<UploadOutcome> {
        let state = match progress {
            SendProgress::Sent { bytes, total } if total > 0.0 => {
                UploadState::Sending((100.0 * bytes / total).clamp(0.0, 100.0) as u8)
            }
            SendProgress::Sent { .. } => return None,
            SendProgress::AllSent => UploadState::Rendering,
            SendProgress::Answered(status, body) => return self.finish(id, read_answer(status, &body)),
            SendProgress::Lost => return self.finish(id, Err(AppError::Unreachable.to_string())),
        };
        self.set_state(id, state);
        None
    }

    fn finish(&mut self, id: u32, result: Result<Option<DocumentId>, String>) -> Option<UploadOutcome> {
        let name = self.get(id)?.name.clone();
        let (outcome, state) = match result {
            Ok(document) => {
                if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id) {
                    upload.document = document;
                }
                (UploadOutcome { success: true, message: format!("{name} is uploaded.") }, UploadState::Done)
            }
            Err(why) => {
                let message = format!("{name} is not uploaded. {why}");
                (UploadOutcome { success: false, message }, UploadState::Failed(why))
            }
        };
        self.set_state(id, state);
        Some(outcome)
    }

    fn set_state(&mut self, id: u32, state: UploadState) {
        if let Some(upload) = self.uploads.iter_mut().find(|upload| upload.id == id) {
            upload.state = state;
        }
    }
}

/// Reads the id of the uploaded document from the server's answer. An unknown answer comes from a proxy, so the server was not reached.
/// What an answer says. One without our envelope is of something in between, such as a proxy with a limit of its own.
fn read_answer(status: u16, body: &str) -> Result<Option<DocumentId>, String> {
    match serde_json::from_str::<Answer>(body) {
        Ok(answer) if answer.success => Ok(answer.document.and_then(|document| document.document_id)),
        Ok(answer) => Err(answer.error),
        Err(_) if status == 413 => Err(BY_PROXY.to_owned()),
        Err(_) => Err(AppError::Unreachable.to_string()),
    }
}

/// The title of a new document: the file's name without its extension.
pub(super) fn title_of(name: &str) -> String {
    let title = name.rsplit_once('.').map_or(name, |(title, _)| title).trim();
    let title = if title.is_empty() { name } else { title };
    title.chars().take(MAX_TITLE_LENGTH).collect()
}

#[cfg(test)]
mod tests;
