//! Whether the disk is full: told to the operator once, not at every write.

use std::{
    io::{self, ErrorKind},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long it is not told again.
const QUIET: Duration = Duration::from_secs(60 * 60);

/// The disk of a folder. Cheap to clone.
#[derive(Clone)]
pub(super) struct Room {
    folder: PathBuf,
    told: Arc<Mutex<Option<Instant>>>,
}

impl Room {
    pub(super) fn of(folder: PathBuf) -> Self {
        Self { folder, told: Arc::default() }
    }

    /// Whether a write failed because there is no room, which is logged.
    pub(super) fn is_lacking(&self, error: &io::Error) -> bool {
        let is_lacking = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if is_lacking && told.is_none_or(|told| told.elapsed() > QUIET) {
            *told = Some(Instant::now());
            let folder = self.folder.display();
            tracing::error!(%folder, %error, "there is no room: uploads are refused, and pages drawn are not kept");
        }
        is_lacking
    }
}
