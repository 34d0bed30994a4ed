//! Reads the body of a viewer's action, and names the field that is wrong.

use serde::Deserialize;
use serde_json::Value;

use super::fields::{fields, json};
use crate::{
    error::AppError,
    model::{Heartbeat, Invalid, PageSeen, ViewerAction},
};

/// Reads JSON, whatever the content type: a beacon can only send `text/plain`.
pub(super) fn read(body: &[u8]) -> Result<ViewerAction, AppError> {
    match read_valid(body) {
        Some(action) => Ok(action),
        // Slower, but names the field that is wrong.
        None => read_field_by_field(body),
    }
}

/// Reads a valid action; heartbeats, the most frequent one, in one pass. `None` for everything else.
fn read_valid(body: &[u8]) -> Option<ViewerAction> {
    /// The name of the action, and the fields of a heartbeat, which the others have too or have not.
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct HeartbeatBody<'a> {
        #[serde(borrow)]
        action: &'a str,
        #[serde(borrow)]
        session_id: &'a str,
        current_page: Option<u32>,
        visible: Option<bool>,
        idle: Option<u32>,
        seen: Option<Vec<PageSeen>>,
        clicked: Option<Vec<String>>,
        printed: Option<bool>,
    }
    let HeartbeatBody { action, session_id, current_page, visible, idle, seen, clicked, printed } =
        serde_json::from_slice(body).ok()?;
    match action {
        "heartbeat" => {
            let session_id = session_id.parse().ok()?;
            let heartbeat = Heartbeat { session_id, current_page, visible, idle, seen, clicked, printed };
            Some(ViewerAction::Heartbeat(heartbeat))
        }
        "join" => serde_json::from_slice(body).ok().map(ViewerAction::Join),
        "leave" => serde_json::from_slice(body).ok().map(ViewerAction::Leave),
        _ => None,
    }
}

fn read_field_by_field(body: &[u8]) -> Result<ViewerAction, AppError> {
    let value = json(body)?;
    match value.get("action").and_then(Value::as_str) {
        Some("join") => Ok(ViewerAction::Join(fields(value)?)),
        Some("heartbeat") => Ok(ViewerAction::Heartbeat(fields(value)?)),
        Some("leave") => Ok(ViewerAction::Leave(fields(value)?)),
        _ => Err(Invalid::new("action", r#"must be "join", "heartbeat" or "leave""#).into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    #[test]
    fn actions_of_the_contract_are_read() {
        for good in [
            r#"{"action":"join","sessionId":"s","fingerprint":"f"}"#,
            r#"{"action":"join","sessionId":"s","fingerprint":"f","email":"a@b.c","currentPage":12,"epoch":3}"#,
            r#"{"action":"join","sessionId":"s","referrer":"news.example.org","returning":true}"#,
            r#"{"action":"heartbeat","sessionId":"s"}"#,
            r#"{"action":"heartbeat","sessionId":"s","currentPage":1,"visible":false,"idle":600,"unknown":1}"#,
            r#"{"action":"heartbeat","sessionId":"s","seen":[],"clicked":["mailto:\u0061@b.c"],"printed":true}"#,
            r#"{"action":"leave","sessionId":"s"}"#,
            r#"{"action":"leave","sessionId":"s","seen":[{"page":1,"thirds":7}],"clicked":null,"printed":false}"#,
            r#"{"action":"leave","sessionId":"s","duration":7,"epoch":9007199254740992}"#,
        ] {
            assert!(read(good.as_bytes()).is_ok(), "{good}: {:?}", read(good.as_bytes()));
        }
    }

    #[test]
    fn refusal_names_the_field() {
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
            (r#"{"action":"heartbeat","sessionId":"s","idle":-1}"#, "idle"),
            (r#"{"action":"heartbeat","sessionId":"s","idle":4294967296}"#, "idle"),
            (r#"{"action":"heartbeat","sessionId":"s","seen":5}"#, "seen"),
            (r#"{"action":"heartbeat","sessionId":"s","seen":[{"page":1}]}"#, "seen"),
            (r#"{"action":"heartbeat","sessionId":"s","seen":[{"page":-1,"thirds":1}]}"#, "seen"),
            (r#"{"action":"heartbeat","sessionId":"s","seen":[{"page":1,"thirds":-1}]}"#, "seen"),
            (r#"{"action":"heartbeat","sessionId":"s","seen":[{"page":1,"thirds":8}]}"#, "seen"),
            (r#"{"action":"heartbeat","sessionId":"s","clicked":"https://example.org"}"#, "clicked"),
            (r#"{"action":"heartbeat","sessionId":"s","clicked":[1]}"#, "clicked"),
            (r#"{"action":"heartbeat","sessionId":"s","printed":1}"#, "printed"),
            (r#"{"action":"leave","sessionId":"s","seen":[{"page":1,"thirds":300}]}"#, "seen"),
            (r#"{"action":"leave","sessionId":"s","printed":"yes"}"#, "printed"),
            (r#"{"action":"leave","sessionId":"s","duration":-5}"#, "duration"),
            (r#"{"action":"leave","sessionId":"s","duration":1e30}"#, "duration"),
        ] {
            let error = read(bad.as_bytes()).expect_err(bad);
            assert_eq!(error.status(), 400, "{bad}");
            assert!(error.to_string().contains(named), "{bad} answered {error}");
        }
    }

    fn nearly_an_action() -> impl Strategy<Value = String> {
        let field = prop_oneof![
            Just("action"),
            Just("sessionId"),
            Just("fingerprint"),
            Just("email"),
            Just("currentPage"),
            Just("epoch"),
            Just("referrer"),
            Just("returning"),
            Just("visible"),
            Just("idle"),
            Just("duration"),
            Just("seen"),
            Just("clicked"),
            Just("printed"),
            Just("more"),
        ];
        let value = prop_oneof![
            3 => prop_oneof![Just("\"join\""), Just("\"heartbeat\""), Just("\"leave\"")].prop_map(str::to_owned),
            2 => "\"[a-z0-9]{0,4}\"",
            2 => any::<u32>().prop_map(|number| number.to_string()),
            1 => any::<f64>().prop_map(|number| number.to_string()),
            1 => prop_oneof![Just("null"), Just("true"), Just("false"), Just("{}"), Just("[7]"), Just("[{\"page\":2,\"thirds\":3}]"), Just("\"\\u0000\"")]
                .prop_map(str::to_owned),
        ];
        let fields = vec((field, value), 0..5).prop_map(|fields| {
            fields.iter().map(|(name, value)| format!(",\"{name}\":{value}")).collect::<String>()
        });
        let action = prop_oneof![Just("join"), Just("heartbeat"), Just("leave")];
        (action, fields)
            .prop_map(|(action, fields)| format!("{{\"action\":\"{action}\",\"sessionId\":\"s\"{fields}}}"))
    }

    proptest! {
        #[test]
        fn any_body_is_refused_or_reads_back_the_same(
            body in prop_oneof![
                vec(any::<u8>(), 0..64),
                nearly_an_action().prop_map(String::into_bytes),
            ],
        ) {
            match read(&body) {
                Ok(action) => {
                    let written = serde_json::to_vec(&action).expect("JSON");
                    prop_assert_eq!(read(&written), Ok(action));
                }
                Err(error) => prop_assert_eq!(error.status(), 400),
            }
        }
    }
}
