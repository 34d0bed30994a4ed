//! What an answer to a request of tracking means.

use crate::{browser::Answer, error::AppError};

/// Reads an answer as far as [`Machine`](super::machine::Machine) has to know it; `None`: none came.
pub(super) fn outcome(answer: Option<Answer>) -> Result<(), AppError> {
    let Some(Answer { status, retry_after }) = answer else { return Err(AppError::Unreachable) };
    match status {
        200..300 => Ok(()),
        // Or the link is gone: the join that follows is then refused.
        404 => Err(AppError::SessionNotActive),
        429 => Err(AppError::TooManyRequests { retry_after: retry_after.unwrap_or_default() }),
        500.. => Err(AppError::Unavailable),
        // Refused for good: the link is closed, or the owner is looking.
        _ => Err(AppError::NotCounted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_their_status() {
        for (status, outcome_is) in [
            (200, Ok(())),
            (404, Err(AppError::SessionNotActive)),
            (410, Err(AppError::NotCounted)),
            (403, Err(AppError::NotCounted)),
            (400, Err(AppError::NotCounted)),
            (429, Err(AppError::TooManyRequests { retry_after: 7 })),
            (503, Err(AppError::Unavailable)),
            (502, Err(AppError::Unavailable)),
        ] {
            assert_eq!(outcome(Some(Answer { status, retry_after: Some(7) })), outcome_is, "{status}");
        }
        assert_eq!(outcome(None), Err(AppError::Unreachable));
    }
}
