//! Why an upload was not taken in.

use std::io;

use super::{file::FileError, incoming::WriteError};
use crate::{error::AppError, model::MAX_FILE_SIZE};

/// Why an upload was not taken in. The texts are for whoever sent it.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file is over the limit; it was not read any further.
    #[error("The file is larger than {MAX_FILE_SIZE} bytes (50 MB), which is the most.")]
    TooLarge,
    /// It is not a file that can be shown.
    #[error(transparent)]
    Refused(#[from] FileError),
    /// It did not arrive as a whole.
    #[error("The file did not arrive as a whole. Send it again.")]
    Interrupted,
    /// It can not be stored.
    #[error("The file can not be stored: {0}")]
    Storage(#[from] io::Error),
}

impl From<WriteError> for UploadError {
    fn from(why: WriteError) -> Self {
        match why {
            WriteError::TooLong => Self::TooLarge,
            WriteError::Interrupted(error) => {
                tracing::debug!(error, "an upload was interrupted");
                Self::Interrupted
            }
            WriteError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge => Self::TooLarge { limit: MAX_FILE_SIZE as usize },
            UploadError::Refused(why) => Self::FileRefused(why.to_string()),
            UploadError::Interrupted => Self::BadRequest(error.to_string()),
            UploadError::Storage(error) => {
                tracing::error!(%error, "an uploaded file can not be stored");
                Self::Internal
            }
        }
    }
}
