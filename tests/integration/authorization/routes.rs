//! The table of all routes with their access rules, and a check that it is complete.

use crate::support::described;

/// One path with one method.
pub struct Row {
    pub method: &'static str,
    /// As the router has it, with placeholders.
    pub path: &'static str,
    pub query: &'static str,
    pub content: Content,
    pub answer: Answer,
}

/// The body of a request.
#[derive(Clone, Copy)]
pub enum Content {
    Nothing,
    Json(&'static str),
    Form(&'static str),
    File,
}

/// The access rule of a route.
#[derive(Clone, Copy)]
pub enum Answer {
    /// Any owner; each gets their own.
    Owners,
    /// Any owner, for their own account; of API keys only those that may manage it.
    Account,
    /// The owner of the resource alone; other owners get 404 with this code.
    OwnersOf(&'static str),
    /// Not only owners: the status for each requester, in the order of `REQUESTERS`.
    ByRequester([u16; 5]),
}

use Answer::{Account, ByRequester, Owners, OwnersOf};
use Content::{File, Form, Json, Nothing};

const DOCUMENT: Answer = OwnersOf("document_not_found");
const LINK: Answer = OwnersOf("link_not_found");
/// Open to all, except that a revoked API key is refused.
const OPEN: Answer = ByRequester([200, 200, 200, 200, 401]);
/// A visit that is not kept, of the owner's link and of another's; a reader without visits.
const VISIT: Answer = ByRequester([401, 404, 404, 404, 401]);
/// The oldest account alone, which none of them has.
const OPERATOR: Answer = ByRequester([401, 404, 404, 404, 401]);
/// A webhook of the owner.
const WEBHOOK: Answer = OwnersOf("not_found");
/// Owners who are signed in, and no API key.
const SIGNED_IN: Answer = ByRequester([401, 200, 200, 401, 401]);
/// A form that asks for the password, which is wrong.
const WRONG_PASSWORD: Answer = ByRequester([401, 403, 403, 403, 401]);
/// Mails of any owner, where the server sends none.
const NO_MAIL: Answer = ByRequester([401, 403, 403, 403, 401]);
/// A correction of an owner without visits.
const NOTHING_TO_LEAVE_OUT: Answer = ByRequester([401, 400, 400, 400, 401]);
const JOIN: Answer = ByRequester([200, 200, 403, 403, 401]);

/// All routes.
pub fn rows() -> Vec<Row> {
    [pages(), account(), documents(), links(), history(), notices(), readers(), functions(), forms()]
        .into_iter()
        .flatten()
        .collect()
}

fn row(method: &'static str, path: &'static str, content: Content, answer: Answer) -> Row {
    let (path, query) = path.split_once('?').map_or((path, ""), |(path, _)| (path, "?title=Another"));
    Row { method, path, query, content, answer }
}

fn pages() -> Vec<Row> {
    vec![
        row("GET", "/", Nothing, Owners),
        row("GET", "/settings", Nothing, Owners),
        row("GET", "/settings/two-factor", Nothing, SIGNED_IN),
        row("GET", "/admin", Nothing, OPERATOR),
        row("GET", "/settings/notices", Nothing, Owners),
        row("GET", "/settings/notices/{webhook}", Nothing, WEBHOOK),
        row("GET", "/settings/events", Nothing, Owners),
        row("GET", "/settings/passkeys", Nothing, Owners),
        row("GET", "/settings/delete", Nothing, Account),
        row("GET", "/sign-in/code", Nothing, ByRequester([200; 5])),
        row("GET", "/documents/{document}", Nothing, DOCUMENT),
        row("GET", "/documents/{document}/preview", Nothing, DOCUMENT),
        row("GET", "/documents/{document}/analytics", Nothing, DOCUMENT),
        row("GET", "/analytics", Nothing, Owners),
        row("GET", "/links/{link}/visits/{visit}", Nothing, VISIT),
        row("GET", "/corrections", Nothing, Owners),
        row("GET", "/corrections/new", Nothing, Owners),
        row("GET", "/readers/{reader}", Nothing, VISIT),
        row("GET", "/links/{link}", Nothing, LINK),
        row("GET", "/dashboard/{link}", Nothing, LINK),
        row("GET", "/dashboard/{link}/viewers", Nothing, LINK),
        row("GET", "/sign-in", Nothing, ByRequester([200; 5])),
        row("GET", "/setup/{token}", Nothing, ByRequester([404; 5])),
        row("GET", "/forgot", Nothing, ByRequester([404; 5])),
        row("GET", "/reset/{token}", Nothing, ByRequester([404; 5])),
        row("GET", "/stop-mails/{token}", Nothing, ByRequester([404; 5])),
        row("GET", "/v/{link}", Nothing, OPEN),
    ]
}

fn account() -> Vec<Row> {
    const REVOKED: Answer = ByRequester([401, 404, 200, 403, 401]);
    vec![
        row("GET", "/api/account", Nothing, Account),
        row("GET", "/api/account/events", Nothing, Owners),
        row("GET", "/api/keys", Nothing, Owners),
        row("POST", "/api/keys", Json(r#"{"label":"another"}"#), Account),
        row("DELETE", "/api/keys/{key}", Nothing, REVOKED),
    ]
}

fn documents() -> Vec<Row> {
    vec![
        row("GET", "/api/documents", Nothing, Owners),
        row("POST", "/api/documents?title", File, Owners),
        row("GET", "/api/documents/events", Nothing, Owners),
        row("GET", "/api/events", Nothing, Owners),
        row("GET", "/api/documents/{document}", Nothing, DOCUMENT),
        row("GET", "/api/documents/{document}/events", Nothing, DOCUMENT),
        row("PATCH", "/api/documents/{document}", Json(r#"{"title":"Another"}"#), DOCUMENT),
        row("DELETE", "/api/documents/{document}", Nothing, DOCUMENT),
        row("GET", "/api/documents/{document}/file", Nothing, DOCUMENT),
        row("PUT", "/api/documents/{document}/file", File, DOCUMENT),
        row("GET", "/api/documents/{document}/pages/{page}", Nothing, DOCUMENT),
        row("GET", "/api/documents/{document}/pages/{page}/text", Nothing, DOCUMENT),
        row("GET", "/api/documents/{document}/outline", Nothing, DOCUMENT),
        row("GET", "/api/documents/{document}/thumbnail", Nothing, DOCUMENT),
        row("POST", "/api/documents/{document}/links", Json("{}"), DOCUMENT),
    ]
}

fn links() -> Vec<Row> {
    vec![
        row("GET", "/api/links/{link}", Nothing, LINK),
        row("PATCH", "/api/links/{link}", Json(r#"{"enabled":false}"#), LINK),
        row("DELETE", "/api/links/{link}", Nothing, LINK),
        row("GET", "/api/links/{link}/qr.svg", Nothing, LINK),
        row("GET", "/api/links/{link}/badges", Nothing, LINK),
        row("POST", "/api/links/{link}/badges", Json("{}"), LINK),
        row("DELETE", "/api/links/{link}/badges/{badge}", Nothing, VISIT),
        row("GET", "/api/send/realtime/{link}", Nothing, LINK),
        row("GET", "/api/send/realtime/{link}/events", Nothing, LINK),
    ]
}

fn notices() -> Vec<Row> {
    vec![
        row("GET", "/api/webhooks", Nothing, Owners),
        row("POST", "/api/webhooks", Json(r#"{"url":"https://example.org/"}"#), Owners),
        row("GET", "/api/webhooks/{webhook}", Nothing, WEBHOOK),
        row("PATCH", "/api/webhooks/{webhook}", Json(r#"{"enabled":false}"#), WEBHOOK),
        row("DELETE", "/api/webhooks/{webhook}", Nothing, WEBHOOK),
        row("POST", "/api/webhooks/{webhook}/secret", Nothing, WEBHOOK),
        row("POST", "/api/webhooks/{webhook}/test", Nothing, WEBHOOK),
        row("GET", "/api/webhooks/{webhook}/deliveries", Nothing, WEBHOOK),
        row(
            "POST",
            "/api/webhooks/{webhook}/deliveries/{delivery}",
            Nothing,
            ByRequester([401, 404, 404, 404, 401]),
        ),
        row("GET", "/api/notices/events", Nothing, Owners),
        row("GET", "/api/notices/mails", Nothing, NO_MAIL),
        row("PATCH", "/api/notices/mails", Json(r#"{"on":false}"#), NO_MAIL),
    ]
}

fn history() -> Vec<Row> {
    let mut rows = Vec::new();
    for (base, answer) in
        [("/api/links/{link}", LINK), ("/api/documents/{document}", DOCUMENT), ("/api", Owners)]
    {
        for rest in
            ["analytics", "visits", "visits.csv", "visits.ndjson", "visit-pages.csv", "visit-pages.ndjson"]
        {
            rows.push(row("GET", format!("{base}/{rest}").leak(), Nothing, answer));
        }
    }
    rows.extend([
        row("GET", "/api/links/{link}/visits/{visit}", Nothing, VISIT),
        row("PATCH", "/api/links/{link}/visits/{visit}", Json(r#"{"archived":true}"#), VISIT),
        row("DELETE", "/api/links/{link}/visits/{visit}/reader", Nothing, VISIT),
        row("GET", "/api/corrections", Nothing, Owners),
        row("GET", "/api/corrections/preview", Nothing, Owners),
        // They have no visits.
        row("POST", "/api/corrections", Nothing, NOTHING_TO_LEAVE_OUT),
        row("DELETE", "/api/corrections/{correction}", Nothing, VISIT),
        row("GET", "/api/readers/{reader}", Nothing, VISIT),
        row("DELETE", "/api/readers/{reader}", Nothing, VISIT),
    ]);
    rows
}

fn readers() -> Vec<Row> {
    vec![
        row("GET", "/v/{link}/pages/{page}", Nothing, OPEN),
        row("GET", "/api/links/{link}/pages/{page}/text", Nothing, OPEN),
        row("GET", "/api/links/{link}/outline", Nothing, OPEN),
        row("GET", "/v/{link}/download", Nothing, OPEN),
        row("POST", "/api/send/realtime/{link}", Json(r#"{"action":"join","sessionId":"s"}"#), JOIN),
        row("GET", "/embed/{token}", Nothing, ByRequester([404; 5])),
        row("GET", "/embed/{token}/events", Nothing, ByRequester([404; 5])),
        row("GET", "/api", Nothing, ByRequester([200; 5])),
        row("GET", "/api/openapi.json", Nothing, ByRequester([200; 5])),
        row("GET", "/healthz", Nothing, ByRequester([200; 5])),
        row("GET", "/readyz", Nothing, ByRequester([200; 5])),
    ]
}

fn functions() -> Vec<Row> {
    const SESSION: &str = r#"{"link_id":"{link}","heartbeat":{"sessionId":"s"},"leave":{"sessionId":"s"}}"#;
    vec![
        row("POST", "/sfn/notice", Json("{}"), Owners),
        row("POST", "/sfn/server_status", Json("{}"), OPERATOR),
        row("POST", "/sfn/runs_server", Json("{}"), Owners),
        row("POST", "/sfn/who_am_i", Json("{}"), Owners),
        row("POST", "/sfn/documents", Json("{}"), Owners),
        row("POST", "/sfn/new_link", Json(r#"{"document_id":"{document}"}"#), DOCUMENT),
        row("POST", "/sfn/document", Json(r#"{"document_id":"{document}"}"#), DOCUMENT),
        row("POST", "/sfn/preview_document", Json(r#"{"document_id":"{document}"}"#), DOCUMENT),
        row("POST", "/sfn/badges", Json(r#"{"link_id":"{link}"}"#), LINK),
        row("POST", "/sfn/link", Json(r#"{"link_id":"{link}"}"#), LINK),
        row("POST", "/sfn/open_link", Json(r#"{"link_id":"{link}"}"#), OPEN),
        row("POST", "/sfn/link_dashboard", Json(r#"{"link_id":"{link}"}"#), LINK),
        row("POST", "/sfn/link_viewers", Json(r#"{"link_id":"{link}"}"#), LINK),
        row("POST", "/sfn/analytics_page", Json(r#"{"scope":"everything","query":{}}"#), Owners),
        row("POST", "/sfn/corrections", Json("{}"), Owners),
        row("POST", "/sfn/correction_preview", Json(r#"{"new":{"of":"all","query":{}}}"#), Owners),
        row("POST", "/sfn/reader", Json(r#"{"reader":"unknown@example.com"}"#), VISIT),
        row("POST", "/sfn/visit", Json(r#"{"link_id":"{link}","visit_id":"1-0"}"#), VISIT),
        row("POST", "/sfn/time_zone", Json("{}"), Owners),
        row("POST", "/sfn/note_time_zone", Json(r#"{"zone":"Europe/Berlin"}"#), Owners),
        row("POST", "/sfn/realtime_snapshot", Json(r#"{"link_id":"{link}"}"#), LINK),
        row("POST", "/sfn/join", Json(r#"{"link_id":"{link}","join":{"sessionId":"s"}}"#), JOIN),
        row("POST", "/sfn/heartbeat", Json(SESSION), ByRequester([404; 5])),
        row("POST", "/sfn/leave", Json(SESSION), ByRequester([200; 5])),
        row("POST", "/sfn/api_keys", Json("{}"), Owners),
        row("POST", "/sfn/webhooks", Json("{}"), Owners),
        row("POST", "/sfn/mail_settings", Json("{}"), Owners),
        row("POST", "/sfn/stoppable_mails", Json(r#"{"token":"none"}"#), ByRequester([404; 5])),
        row("POST", "/sfn/webhook_log", Json(r#"{"webhook_id":"{webhook}"}"#), WEBHOOK),
        row("POST", "/sfn/password_strength", Json(r#"{"password":"x","email":""}"#), ByRequester([200; 5])),
        row("POST", "/sfn/owner_sessions", Json("{}"), Owners),
        row("POST", "/sfn/second_factor", Json("{}"), Owners),
        row("POST", "/sfn/second_factor_setup", Json("{}"), SIGNED_IN),
        row("POST", "/sfn/passkeys", Json("{}"), Owners),
        row(
            "POST",
            "/sfn/begin_passkey",
            Json(r#"{"current":"wrong"}"#),
            ByRequester([401, 403, 403, 401, 401]),
        ),
        row(
            "POST",
            "/sfn/add_passkey",
            Json(r#"{"name":"x","credential":{}}"#),
            ByRequester([401, 403, 403, 401, 401]),
        ),
        row("POST", "/sfn/begin_passkey_sign_in", Json("{}"), ByRequester([403, 403, 403, 403, 401])),
        row(
            "POST",
            "/sfn/sign_in_passkey",
            Json(r#"{"credential":{}}"#),
            ByRequester([403, 403, 403, 403, 401]),
        ),
        row("POST", "/sfn/account_events", Json("{}"), Owners),
        row("POST", "/sfn/account_contents", Json("{}"), Account),
        row("POST", "/sfn/sends_mail", Json("{}"), ByRequester([200; 5])),
        row("POST", "/sfn/may_reset", Json(r#"{"token":"no-such-token"}"#), ByRequester([200; 5])),
        row("POST", "/sfn/may_set_up", Json(r#"{"token":"no-such-token"}"#), ByRequester([200; 5])),
    ]
}

fn forms() -> Vec<Row> {
    const SIGN_IN: &str = "email=unknown%40example.com&password=none";
    const SET_UP: &str = "token=no-such-token&email=a%40example.com&password=correct+horse+battery";
    const WEBHOOK_FORM: &str = "settings[url]=https%3A%2F%2Fexample.org%2F&settings[events][]=link.busy";
    const CHANGED_WEBHOOK: &str =
        "webhook_id={webhook}&settings[url]=https%3A%2F%2Fexample.org%2F&settings[events][]=link.busy";
    const CHANGE: &str = "old=correct+horse+battery&new=correct+horse+battery";
    vec![
        row("POST", "/sfn/set_up", Form(SET_UP), ByRequester([404, 404, 404, 404, 401])),
        row(
            "POST",
            "/sfn/forgot_password",
            Form("email=a%40example.com"),
            ByRequester([404, 404, 404, 404, 401]),
        ),
        row(
            "POST",
            "/sfn/reset_password",
            Form("token=none&new=none"),
            ByRequester([404, 404, 404, 404, 401]),
        ),
        row("POST", "/sfn/sign_in", Form(SIGN_IN), ByRequester([401; 5])),
        row("POST", "/sfn/sign_out", Form(""), OPEN),
        row("POST", "/sfn/sign_out_everywhere", Form(""), Account),
        row("POST", "/sfn/sign_in_code", Form("code=123456"), ByRequester([401; 5])),
        row("POST", "/sfn/change_password", Form(CHANGE), Account),
        row("POST", "/sfn/change_email", Form("email=new%40example.com&current=wrong"), WRONG_PASSWORD),
        row("POST", "/sfn/new_api_key", Form("label=another"), Account),
        row("POST", "/sfn/revoke_api_key", Form("key_id={key}"), ByRequester([401, 404, 200, 403, 401])),
        row("POST", "/sfn/end_session", Form("session_id=none"), ByRequester([401, 404, 404, 403, 401])),
        row(
            "POST",
            "/sfn/begin_second_factor",
            Form("current=wrong"),
            ByRequester([401, 403, 403, 401, 401]),
        ),
        row(
            "POST",
            "/sfn/confirm_second_factor",
            Form("code=123456"),
            ByRequester([401, 404, 404, 401, 401]),
        ),
        row("POST", "/sfn/remove_second_factor", Form("current=wrong"), WRONG_PASSWORD),
        row("POST", "/sfn/remove_passkey", Form("passkey_id=none&password=wrong"), WRONG_PASSWORD),
        row("POST", "/sfn/delete_account", Form("current=wrong"), WRONG_PASSWORD),
        row("POST", "/sfn/set_time_zone", Form("zone=UTC"), Owners),
        row("POST", "/sfn/set_mails", Form("new_links=first"), NO_MAIL),
        row("POST", "/sfn/stop_mails", Form("token=none"), ByRequester([404, 404, 404, 404, 401])),
        row("POST", "/sfn/add_webhook", Form(WEBHOOK_FORM), Owners),
        row("POST", "/sfn/change_webhook", Form(CHANGED_WEBHOOK), WEBHOOK),
        row("POST", "/sfn/delete_webhook", Form("webhook_id={webhook}"), WEBHOOK),
        row("POST", "/sfn/rotate_webhook", Form("webhook_id={webhook}"), WEBHOOK),
        row("POST", "/sfn/test_webhook", Form("webhook_id={webhook}"), WEBHOOK),
        row(
            "POST",
            "/sfn/send_again",
            Form("webhook_id={webhook}&delivery_id=none"),
            ByRequester([401, 404, 404, 404, 401]),
        ),
        row("POST", "/sfn/archive_visit", Form("link_id={link}&visit_id=1-0"), VISIT),
        row("POST", "/sfn/leave_out", Form("of=all&query=&as_of=0"), NOTHING_TO_LEAVE_OUT),
        row("POST", "/sfn/bring_back", Form("correction_id=none"), VISIT),
        row("POST", "/sfn/erase_reader", Form("link_id={link}&visit_id=1-0"), VISIT),
        row("POST", "/sfn/erase_visits_of", Form("reader=unknown%40example.com"), VISIT),
        row(
            "POST",
            "/sfn/confirm_email",
            Form("link_id={link}&code=123456"),
            ByRequester([403, 403, 403, 403, 401]),
        ),
        row("POST", "/sfn/send_another_code", Form("link_id={link}"), ByRequester([403, 403, 403, 403, 401])),
        row("POST", "/sfn/pass_gate", Form("link_id={link}"), OPEN),
        row("POST", "/sfn/rename_document", Form("document_id={document}&title=Another"), DOCUMENT),
        row("POST", "/sfn/describe_image", Form("document_id={document}&alt=A+chart"), DOCUMENT),
        row("POST", "/sfn/delete_document", Form("document_id={document}"), DOCUMENT),
        row("POST", "/sfn/add_link", Form("document_id={document}"), DOCUMENT),
        row("POST", "/sfn/change_link", Form("link_id={link}&settings%5Blabel%5D=Another"), LINK),
        row("POST", "/sfn/add_badge", Form("link_id={link}&sites=https%3A%2F%2Fexample.org"), LINK),
        row("POST", "/sfn/revoke_badge", Form("link_id={link}&badge_id=none"), VISIT),
        row("POST", "/sfn/delete_link", Form("link_id={link}&document_id={document}"), LINK),
    ]
}

/// Fails unless the table has a row for the route.
fn assert_row(method: &str, path: &str) {
    let found = rows().iter().any(|row| row.method == method && row.path == path);
    assert!(found, "{method} {path} has no row: add its access rule");
}

#[test]
fn every_server_function_has_a_row() {
    let files =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/api")).expect("the functions' files");
    let read = |file: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(file?.path());
    let source: String = files.map(read).collect::<Result<_, _>>().expect("sources");
    let names: Vec<&str> =
        source.split("endpoint = \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(
        names.len(),
        source.matches("\npub async fn ").count(),
        "each server function names its endpoint"
    );
    for name in names {
        assert_row("POST", &format!("/sfn/{name}"));
    }
}

#[test]
fn every_rest_route_has_a_row() {
    for operation in described::operations() {
        assert_row(&operation.method, &operation.path);
    }
    for row in rows().iter().filter(|row| row.path.starts_with("/api/")) {
        let is_described =
            described::operations().iter().any(|known| known.method == row.method && known.path == row.path);
        assert!(is_described, "{} {} is not described", row.method, row.path);
    }
}

#[test]
fn every_page_has_a_row() {
    let source = include_str!("../../../src/app.rs");
    for page in source.split("path!(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let segments: Vec<String> = page
            .split('/')
            .map(|segment| segment.strip_prefix(':').map_or(segment.to_owned(), |name| format!("{{{name}}}")))
            .collect();
        assert_row("GET", &segments.join("/"));
    }
}
