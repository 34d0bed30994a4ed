//! What an answer to a request of tracking means.

use crate::{browser::Answer, error::AppError};

/// Reads an answer as far as [`Machine`](super::machine::Machine) has to know it; `None`: none came.
pub(super) fn outcome(answer: Option<Answer>) -> Result<(), AppError> {
    let Some(Answer { status, retry_after, body }) = answer else { return Err(AppError::Unreachable) };
    match status {
        200..300 => Ok(()),
        404 if body.contains(AppError::SessionNotActive.code()) => Err(AppError::SessionNotActive),
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
    fn answers_are_read_by_status_and_code() {
        for (status, body, outcome_is) in [
            (200, r#"{"success":true}"#, Ok(())),
            (404, r#"{"success":false,"code":"session_not_active"}"#, Err(AppError::SessionNotActive)),
            (404, r#"{"success":false,"code":"link_not_found"}"#, Err(AppError::NotCounted)),
            (410, "", Err(AppError::NotCounted)),
            (403, "", Err(AppError::NotCounted)),
            (429, "", Err(AppError::TooManyRequests { retry_after: 7 })),
            (503, "", Err(AppError::Unavailable)),
            (502, "<html>", Err(AppError::Unavailable)),
        ] {
            let answer = Answer { status, retry_after: Some(7), body: body.to_owned() };
            assert_eq!(outcome(Some(answer)), outcome_is, "{status} {body}");
        }
        assert_eq!(outcome(None), Err(AppError::Unreachable));
    }
}
