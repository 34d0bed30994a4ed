//! The one shape of every JSON answer and of every event: what was asked for, or what went wrong.

use serde::Serialize;

use crate::error::AppError;

/// `"success": true` beside the fields of `what`, which must be a struct or a map.
pub fn success(what: impl Serialize) -> impl Serialize {
    Success { success: true, what }
}

/// `"success": false` with words for a person and a code for a program.
pub fn failure(error: &AppError) -> impl Serialize {
    Failure { success: false, error: error.to_string(), code: error.code() }
}

#[derive(Serialize)]
struct Success<T> {
    success: bool,
    #[serde(flatten)]
    what: T,
}

#[derive(Serialize)]
struct Failure {
    success: bool,
    error: String,
    code: &'static str,
}
