//! Errors of uploads.

use std::io;

use super::{file::FileError, incoming::WriteError, renderer::TaskError};
use crate::{error::AppError, model::MAX_FILE_SIZE};

/// Why an upload was refused. The messages are for its sender.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file is over the limit; the rest of it was not read.
    #[error("The file is larger than the limit of {MAX_FILE_SIZE} bytes (50 MB).")]
    TooLarge,
    /// The file cannot be shown.
    #[error(transparent)]
    Refused(#[from] FileError),
    /// The upload ended early.
    #[error("The file did not arrive completely. Send it again.")]
    Interrupted,
    /// Too many uploads wait for their check.
    #[error("Too many files are being checked. Send it again shortly.")]
    Busy,
    /// The disk is full.
    #[error("There is no room for the file.")]
    NoRoom,
    /// Disk or storage failed.
    #[error("The file cannot be stored: {0}")]
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

impl From<TaskError> for UploadError {
    fn from(why: TaskError) -> Self {
        match why {
            TaskError::QueueFull => Self::Busy,
            TaskError::File(error) => {
                tracing::warn!(error, "a file cannot be checked");
                Self::Refused(FileError::Undrawable)
            }
            error @ (TaskError::Missing | TaskError::Server(_)) => Self::Storage(io::Error::other(error)),
        }
    }
}

impl From<UploadError> for AppError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge => Self::TooLarge { limit: MAX_FILE_SIZE as usize },
            UploadError::Refused(why) => Self::FileRefused(why.to_string()),
            UploadError::Interrupted => Self::BadRequest(error.to_string()),
            UploadError::Busy => Self::Full,
            UploadError::NoRoom => Self::NoRoom,
            UploadError::Storage(error) => {
                tracing::error!(%error, "an uploaded file cannot be stored");
                Self::Internal
            }
        }
    }
}
