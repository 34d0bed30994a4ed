//! Reads the JSON object of a body, and names the field that is wrong.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{error::AppError, model::Invalid};

/// Reads a JSON object. [`AppError::Invalid`] names the field that is wrong.
pub(super) fn read_fields<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    fields(json(body)?)
}

/// Reads JSON, of whatever kind.
pub(super) fn json(body: &[u8]) -> Result<Value, AppError> {
    serde_json::from_slice(body)
        .map_err(|error| AppError::BadRequest(format!("The body is not JSON: {error}.")))
}

/// The object that JSON is. [`AppError::Invalid`] names the field that is wrong.
pub(super) fn fields<T: DeserializeOwned>(value: Value) -> Result<T, AppError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.inner().to_string());
        match path.as_str() {
            // A missing field has no path; serde names it in the text.
            "." => AppError::BadRequest(format!("The body is invalid: {reason}.")),
            _ => match reason.strip_prefix(&path) {
                // The message of an id's own rule begins with the name of the field.
                Some(rule) => Invalid::new(&*path, rule.trim_start()).into(),
                None => Invalid::new(&*path, format!("is wrong: {reason}")).into(),
            },
        }
    })
}
