//! Why the server cannot start.

use crate::error::AppError;

/// A message for the terminal: what is wrong and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    /// `message` is a sentence or two.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<AppError> for StartError {
    fn from(error: AppError) -> Self {
        Self(error.to_string())
    }
}
