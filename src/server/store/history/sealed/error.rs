//! What can go wrong with sealed visits.

use parquet::errors::ParquetError;

use super::stats::FileName;

/// Why an operation on sealed files failed.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The file cannot be read, now or ever. The others can.
    #[error("the sealed file {file} is damaged: {damage}")]
    Damaged {
        /// Its path in the object store.
        file: String,
        /// Its name.
        name: FileName,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The file is not there: it was merged or removed since the list of files was read, or it is lost.
    #[error("the sealed file {file} is missing")]
    Missing {
        /// Its path in the object store.
        file: String,
        /// Its name.
        name: FileName,
    },
    /// The folder or the bucket does not answer.
    #[error("the storage of sealed visits failed: {0}")]
    Storage(#[from] object_store::Error),
    /// Visits that cannot be a file.
    #[error("visits cannot be sealed: {0}")]
    Unfit(#[from] Unfit),
    /// The server stops, or a decoder panicked.
    #[error("the work on sealed visits was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl SealedError {
    /// The file that cannot be read, where the others can.
    pub fn unreadable_file(&self) -> Option<FileName> {
        match self {
            Self::Damaged { name, .. } | Self::Missing { name, .. } => Some(*name),
            _ => None,
        }
    }
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(String);

impl Damage {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<ParquetError> for Damage {
    fn from(error: ParquetError) -> Self {
        Self(error.to_string())
    }
}

/// Why visits cannot be a file.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// There are none.
    #[error("there are none")]
    Empty,
    /// One file is merged with nothing.
    #[error("a merge takes at least two files")]
    Few,
    /// Their ids do not ascend, or one is there twice.
    #[error("their ids do not ascend")]
    Order,
    /// A time beyond that of Parquet, 2^63 ms.
    #[error("one was recorded in the year 292,278,994 or later")]
    Time,
    /// The writer failed.
    #[error("{0}")]
    Writer(#[from] ParquetError),
}
