//! What becomes of the files that were chosen: which is sent next, how far it is, and how it ended.

use serde::Deserialize;

use crate::{
    browser::SendProgress,
    error::AppError,
    model::{MAX_FILE_SIZE, MAX_TITLE_LENGTH},
};

/// Files that are on their way at once. The server takes one more of an owner, so that another tab gets its turn.
const MAX_CONCURRENT: usize = 3;

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadState {
    /// Others are sent first.
    Waiting,
    /// Its bytes are on their way: so many per cent have left.
    Sending(u8),
    /// All bytes have left; the server looks at the file.
    Rendering,
    /// It was taken in.
    Done,
    /// It was not, and why.
    Failed(String),
}

/// One file that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileUpload {
    /// Tells it from others while the page stands.
    pub id: u32,
    /// The file's name.
    pub name: String,
    /// How far it is.
    pub state: UploadState,
}

/// How a file ended, for those who hear the page and for the list beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadOutcome {
    /// Whether it was taken in.
    pub success: bool,
    /// The same in a sentence.
    pub message: String,
}

/// The files that were chosen, in that order.
#[derive(Clone, Debug, Default)]
pub struct UploadQueue {
    uploads: Vec<FileUpload>,
    latest: u32,
}

/// What of the server's answer matters here.
#[derive(Deserialize)]
struct Answer {
    success: bool,
    #[serde(default)]
    error: String,
}

impl UploadQueue {
    /// All that are listed.
    pub fn uploads(&self) -> &[FileUpload] {
        &self.uploads
    }

    /// One of them.
    pub fn get(&self, id: u32) -> Option<&FileUpload> {
        self.uploads.iter().find(|upload| upload.id == id)
    }

    /// Lists a file; one that is too large has failed at once.
    pub(super) fn add(&mut self, name: String, size: u64) -> (u32, Option<UploadOutcome>) {
        self.latest += 1;
        self.uploads.push(FileUpload { id: self.latest, name, state: UploadState::Waiting });
        let too_large = size > MAX_FILE_SIZE;
        let refused = AppError::TooLarge { limit: MAX_FILE_SIZE as usize };
        (self.latest, if too_large { self.finish(self.latest, Err(refused.to_string())) } else { None })
    }

    /// Lets go of what was taken in: it stands in the list of documents.
    pub(super) fn clear_done(&mut self) {
        self.uploads.retain(|upload| upload.state != UploadState::Done);
    }

    /// Lets go of one file, whatever its state.
    pub(super) fn remove(&mut self, id: u32) {
        self.uploads.retain(|upload| upload.id != id);
    }

    /// The file to be sent now, if it is time for one. It counts as on its way from here on.
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

    /// Takes in what is heard of a file on its way; says how it ended, when it has.
    pub(super) fn apply(&mut self, id: u32, progress: SendProgress) -> Option<UploadOutcome> {
        let state = match progress {
            SendProgress::Sent { bytes, total } if total > 0.0 => {
                UploadState::Sending((100.0 * bytes / total).clamp(0.0, 100.0) as u8)
            }
            SendProgress::Sent { .. } => return None,
            SendProgress::AllSent => UploadState::Rendering,
            SendProgress::Answered(body) => return self.finish(id, read_answer(&body)),
            SendProgress::Lost => return self.finish(id, Err(AppError::Unreachable.to_string())),
        };
        self.set_state(id, state);
        None
    }

    fn finish(&mut self, id: u32, result: Result<(), String>) -> Option<UploadOutcome> {
        let name = self.get(id)?.name.clone();
        let (outcome, state) = match result {
            Ok(()) => {
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

/// An answer that is none of ours comes from something in between.
fn read_answer(body: &str) -> Result<(), String> {
    match serde_json::from_str::<Answer>(body) {
        Ok(answer) if answer.success => Ok(()),
        Ok(answer) => Err(answer.error),
        Err(_) => Err(AppError::Unreachable.to_string()),
    }
}

/// A document's first title: the name of its file, without what tells the kind of file.
pub(super) fn title_of(name: &str) -> String {
    let title = name.rsplit_once('.').map_or(name, |(title, _)| title).trim();
    let title = if title.is_empty() { name } else { title };
    title.chars().take(MAX_TITLE_LENGTH).collect()
}

#[cfg(test)]
mod tests;
