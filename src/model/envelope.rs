//! The envelope of every JSON answer and event: `success`, and what was asked for or what went wrong.

use serde::Serialize;
use utoipa::ToSchema;

/// `"success": true` beside the fields of the answer.
#[derive(Serialize)]
pub struct Success<T> {
    success: bool,
    #[serde(flatten)]
    answer: T,
}

/// Wraps an answer, which must be a struct, a map or `()`.
pub fn success<T: Serialize>(answer: T) -> Success<T> {
    Success { success: true, answer }
}

/// `"success": false` with a message for a person and a code for a program.
#[derive(Serialize, ToSchema)]
pub struct Failure {
    success: bool,
    error: String,
    code: &'static str,
}

/// Wraps an error.
pub fn failure(error: String, code: &'static str) -> Failure {
    Failure { success: false, error, code }
}
