//! Reads the body of an action, and says which field is wrong.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    error::AppError,
    model::{Heartbeat, Invalid, ViewerAction},
};

/// Reads JSON whatever the content type says: a beacon can only send `text/plain`.
pub(super) fn read(body: &[u8]) -> Result<ViewerAction, AppError> {
    match read_heartbeat(body) {
        Some(beat) => Ok(ViewerAction::Heartbeat(beat)),
        // Reading it field by field takes longer, and tells which one is wrong.
        None => read_field_by_field(body),
    }
}

/// A heartbeat without a fault, in one go: most actions are one. `None` for everything else.
fn read_heartbeat(body: &[u8]) -> Option<Heartbeat> {
    /// The fields of a heartbeat, and the word that makes it one.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Beat<'a> {
        #[serde(borrow)]
        action: &'a str,
        #[serde(borrow)]
        session_id: &'a str,
        current_page: Option<u32>,
        visible: Option<bool>,
    }
    let Beat { action, session_id, current_page, visible } = serde_json::from_slice(body).ok()?;
    let session_id = session_id.parse().ok()?;
    (action == "heartbeat").then_some(Heartbeat { session_id, current_page, visible })
}

fn read_field_by_field(body: &[u8]) -> Result<ViewerAction, AppError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| AppError::BadRequest(format!("The body is not JSON: {error}.")))?;
    match value.get("action").and_then(Value::as_str) {
        Some("join") => Ok(ViewerAction::Join(fields(value)?)),
        Some("heartbeat") => Ok(ViewerAction::Heartbeat(fields(value)?)),
        Some("leave") => Ok(ViewerAction::Leave(fields(value)?)),
        _ => Err(Invalid::new("action", r#"must be "join", "heartbeat" or "leave""#).into()),
    }
}

/// Reads an object of fields, and says which of them is wrong.
pub(super) fn read_fields<T: DeserializeOwned>(body: &[u8]) -> Result<T, AppError> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| AppError::BadRequest(format!("The body is not JSON: {error}.")))?;
    fields(value)
}

fn fields<T: DeserializeOwned>(value: Value) -> Result<T, AppError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.inner().to_string());
        match path.as_str() {
            // A missing field stands at no path; serde names it in the text.
            "." => AppError::BadRequest(format!("The body is not a right action: {reason}.")),
            _ => match reason.strip_prefix(&path) {
                // What an id's own rule says begins with the field's name.
                Some(rule) => Invalid::new(&*path, rule.trim_start()).into(),
                None => Invalid::new(&*path, format!("is wrong: {reason}")).into(),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_actions_of_the_contract_are_read() {
        for good in [
            r#"{"action":"join","sessionId":"s","fingerprint":"f"}"#,
            r#"{"action":"join","sessionId":"s","fingerprint":"f","email":"a@b.c","currentPage":12,"epoch":3}"#,
            r#"{"action":"heartbeat","sessionId":"s"}"#,
            r#"{"action":"heartbeat","sessionId":"s","currentPage":1,"visible":false,"unknown":1}"#,
            r#"{"action":"leave","sessionId":"s"}"#,
            r#"{"action":"leave","sessionId":"s","duration":7,"epoch":9007199254740992}"#,
        ] {
            assert!(read(good.as_bytes()).is_ok(), "{good}: {:?}", read(good.as_bytes()));
        }
    }

    #[test]
    fn what_is_refused_names_its_field() {
        for (bad, named) in [
            ("", "JSON"),
            ("{", "JSON"),
            ("[]", "action"),
            ("7", "action"),
            (r#"{"sessionId":"s"}"#, "action"),
            (r#"{"action":"dance","sessionId":"s"}"#, "action"),
            (r#"{"action":"join"}"#, "sessionId"),
            (r#"{"action":"join","sessionId":"a b"}"#, "sessionId must be 1 to 128"),
            (r#"{"action":"join","sessionId":7}"#, "sessionId"),
            (r#"{"action":"join","sessionId":"s","fingerprint":"<>"}"#, "fingerprint"),
            (r#"{"action":"join","sessionId":"s","currentPage":-1}"#, "currentPage"),
            (r#"{"action":"join","sessionId":"s","currentPage":1.5}"#, "currentPage"),
            (r#"{"action":"heartbeat","sessionId":"s","visible":"yes"}"#, "visible"),
            (r#"{"action":"leave","sessionId":"s","duration":-5}"#, "duration"),
            (r#"{"action":"leave","sessionId":"s","duration":1e30}"#, "duration"),
        ] {
            let error = read(bad.as_bytes()).expect_err(bad);
            assert_eq!(error.status(), 400, "{bad}");
            assert!(error.to_string().contains(named), "{bad} answered {error}");
        }
    }
}
