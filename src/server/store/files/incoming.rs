//! Uploads in progress: drafts in a folder of their own, removed unless they are moved to storage.

use std::{
    io,
    path::{Path, PathBuf},
    pin::Pin,
    time::{Duration, SystemTime},
};

use futures::{Stream, StreamExt};
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
};
use tokio_util::bytes::Bytes;

use crate::server::store::random;

/// The age at which a draft counts as left behind by a killed server. No upload takes that long.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters of a random name: 60 bits.
const NAME_LENGTH: usize = 12;

/// The folder of drafts. Cheap to clone.
#[derive(Clone)]
pub(super) struct Incoming {
    folder: PathBuf,
}

/// A file being written. Dropping it removes the file, unless that was moved.
pub(super) struct Draft {
    name: String,
    path: PathBuf,
}

/// Why a stream was not written to a draft.
pub(super) enum WriteError {
    /// It is longer than the limit.
    TooLong,
    /// The stream ended with an error.
    Interrupted(String),
    /// The disk failed.
    Storage(io::Error),
}

impl Incoming {
    /// Creates the folder and removes drafts left behind in it.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let now = SystemTime::now();
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            // A draft of unknown age stays: a clock may have been set back.
            let age = entry.metadata()?.modified().ok().and_then(|then| now.duration_since(then).ok());
            if age.is_some_and(|age| age > STALE) {
                remove(&entry.path());
            }
        }
        Ok(Self { folder })
    }

    /// A draft with a random name. Creates no file yet.
    pub(super) fn draft(&self) -> io::Result<Draft> {
        let name = random::text(NAME_LENGTH)?;
        Ok(Draft { path: self.folder.join(&name), name })
    }

    /// Writes a stream of at most `limit` bytes to a draft and syncs it to disk. Returns the draft and its size in
    /// bytes.
    pub(super) async fn write<E: ToString>(
        &self,
        pieces: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<(Draft, u64), WriteError> {
        let mut pieces = std::pin::pin!(pieces);
        let written = self.try_write(pieces.as_mut(), limit).await;
        if matches!(written, Err(WriteError::Storage(_))) {
            // The rest is read all the same: a client that is still sending would not see the answer.
            let mut left = limit;
            while let Some(Ok(piece)) = pieces.next().await
                && let Some(less) = left.checked_sub(piece.len() as u64)
            {
                left = less;
            }
        }
        written
    }

    async fn try_write<E: ToString>(
        &self,
        mut pieces: Pin<&mut impl Stream<Item = Result<Bytes, E>>>,
        limit: u64,
    ) -> Result<(Draft, u64), WriteError> {
        let draft = self.draft().map_err(WriteError::Storage)?;
        // Opened on this thread: a blocking thread could create the file after the draft was dropped.
        let file = std::fs::File::create_new(&draft.path).map_err(WriteError::Storage)?;
        let mut file = BufWriter::new(File::from_std(file));
        let mut size = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| WriteError::Interrupted(error.to_string()))?;
            size += piece.len() as u64;
            if size > limit {
                return Err(WriteError::TooLong);
            }
            file.write_all(&piece).await.map_err(WriteError::Storage)?;
        }
        file.flush().await.map_err(WriteError::Storage)?;
        file.get_ref().sync_all().await.map_err(WriteError::Storage)?;
        Ok((draft, size))
    }
}

impl Draft {
    /// The random name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The path of its file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::error!(path = %path.display(), %error, "a draft cannot be removed");
        }
        _ => {}
    }
}
