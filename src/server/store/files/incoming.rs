//! Files on their way in: written where nobody looks for them, and gone unless they were moved to their place.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use futures::{Stream, StreamExt};
use tokio::{
    fs::File,
    io::{AsyncWriteExt, BufWriter},
};
use tokio_util::bytes::Bytes;

use crate::server::store::random;

/// What is older was left behind by a server that was killed. No upload takes that long.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters of a random name: 60 bits.
const NAME_LENGTH: usize = 12;

/// The folder of files on their way in. Cheap to clone.
#[derive(Clone)]
pub(super) struct Incoming {
    folder: PathBuf,
}

/// A file that is being written. Dropping it removes the file, if it is still there.
pub(super) struct Draft {
    name: String,
    path: PathBuf,
}

/// Why a stream was not written to its end.
pub(super) enum WriteError {
    /// It goes on beyond the limit.
    TooLong,
    /// It ended with an error.
    Interrupted(String),
    /// It could not be stored.
    Storage(io::Error),
}

impl Incoming {
    /// Makes the folder and removes what was left behind in it.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let now = SystemTime::now();
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            // An age that is unknown is no reason to remove anything: a clock may have been set back.
            let age = entry.metadata()?.modified().ok().and_then(|then| now.duration_since(then).ok());
            if age.is_some_and(|age| age > STALE) {
                remove(&entry.path());
            }
        }
        Ok(Self { folder })
    }

    /// A file with a random name, for something to be written to.
    pub(super) fn draft(&self) -> io::Result<Draft> {
        let name = random::text(NAME_LENGTH)?;
        Ok(Draft { path: self.folder.join(&name), name })
    }

    /// Writes a stream to a file, piece by piece as they come, and makes sure that the disk has it.
    /// Returns the file and its size in bytes.
    pub(super) async fn write<E: ToString>(
        &self,
        pieces: impl Stream<Item = Result<Bytes, E>>,
        limit: u64,
    ) -> Result<(Draft, u64), WriteError> {
        let draft = self.draft().map_err(WriteError::Storage)?;
        // Opened here and now: a thread that opens it later could do so after the draft is gone.
        let file = std::fs::File::create_new(&draft.path).map_err(WriteError::Storage)?;
        let mut file = BufWriter::new(File::from_std(file));
        let mut size = 0;
        let mut pieces = std::pin::pin!(pieces);
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

    /// Where it is.
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
            tracing::error!(path = %path.display(), %error, "a file that nobody needs can not be removed");
        }
        _ => {}
    }
}
