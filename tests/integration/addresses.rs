//! The addresses of `model::address` against the router: each leads to a route, and each route has its address.

use axum::{
    body::Body,
    http::{Method, Request},
};
use sightline::model::{
    DocumentId, DocumentQuery, DocumentScope, HistoryQuery, HistoryScope, LinkId, ViewerLimit, address,
};

use crate::{authorization::routes, support::test_app::TestApp};

/// An address, the route that answers it, and the function or constant that makes it.
struct Made {
    by: &'static str,
    route: &'static str,
    address: String,
}

fn all(document: &DocumentId, link: &LinkId) -> Vec<Made> {
    let made = |by, route, address: &str| Made { by, route, address: address.to_owned() };
    let query = DocumentQuery { search: "a title & more".to_owned(), ..DocumentQuery::default() };
    let (page, one) = (DocumentScope::Page(query.clone()), DocumentScope::One(document.clone()));
    let visit = "1-0".parse().expect("a visit id");
    let reader = "a/b+c@example.com".parse().expect("a reader");
    let correction = "c1".parse().expect("an id");
    let subject = "reader:a&b=c@example.com".parse().expect("a subject");
    let after = "1~1-0~link".parse().expect("a cursor");
    let (webhook, delivery) = ("a".parse().expect("an id"), "msg_1".parse().expect("an id"));
    let mut all = vec![
        made("HOME", "/", address::HOME),
        made("SETTINGS", "/settings", address::SETTINGS),
        made("SIGN_IN", "/sign-in", address::SIGN_IN),
        made("sign_in_code", "/sign-in/code", &address::sign_in_code("/settings?a=b")),
        made("SECOND_FACTOR", "/settings/two-factor", address::SECOND_FACTOR),
        made("PASSKEYS", "/settings/passkeys", address::PASSKEYS),
        made("ADMIN", "/admin", address::ADMIN),
        made("ACCOUNT_EVENTS", "/settings/events", address::ACCOUNT_EVENTS),
        made("ACCOUNT_EVENTS_RECORD", "/api/account/events", address::ACCOUNT_EVENTS_RECORD),
        made("ACCOUNT_EXPORT", "/api/account", address::ACCOUNT_EXPORT),
        made("NOTICES", "/settings/notices", address::NOTICES),
        made("NOTICE_EVENTS", "/api/notices/events", address::NOTICE_EVENTS),
        made("webhook", "/settings/notices/{webhook}", &address::webhook(&webhook)),
        made("WEBHOOKS", "/api/webhooks", address::WEBHOOKS),
        made("NOTICE_MAILS", "/api/notices/mails", address::NOTICE_MAILS),
        made("webhook_record", "/api/webhooks/{webhook}", &address::webhook_record(&webhook)),
        made("webhook_part", "/api/webhooks/{webhook}/secret", &address::webhook_part(&webhook, "secret")),
        made("webhook_part", "/api/webhooks/{webhook}/test", &address::webhook_part(&webhook, "test")),
        made(
            "webhook_part",
            "/api/webhooks/{webhook}/deliveries",
            &address::webhook_part(&webhook, "deliveries"),
        ),
        made(
            "webhook_delivery",
            "/api/webhooks/{webhook}/deliveries/{delivery}",
            &address::webhook_delivery(&webhook, &delivery),
        ),
        made("DELETE_ACCOUNT", "/settings/delete", address::DELETE_ACCOUNT),
        made("DOCUMENTS", "/api/documents", address::DOCUMENTS),
        made("DOCUMENT_EVENTS", "/api/documents/events", address::DOCUMENT_EVENTS),
        made("STREAMS", "/api/events", address::STREAMS),
        made("STREAMS_WORKER", "/streams.js", address::STREAMS_WORKER),
        made("API_KEYS", "/api/keys", address::API_KEYS),
        made("api_key", "/api/keys/{key}", &address::api_key(&"no-such-key".parse().expect("a key's id"))),
        made("link_badges", "/api/links/{link}/badges", &address::link_badges(link)),
        made(
            "link_badge",
            "/api/links/{link}/badges/{badge}",
            &address::link_badge(link, &"no-such-badge".parse().expect("a badge's id")),
        ),
        made("badge", "/embed/{token}", &address::badge("no-such-token")),
        made("badge_events", "/embed/{token}/events", &address::badge_events("no-such-token")),
        made("API", "/api", address::API),
        made("API_DESCRIPTION", "/api/openapi.json", address::API_DESCRIPTION),
        made("HEALTH", "/healthz", address::HEALTH),
        made("READY", "/readyz", address::READY),
        made("TEST_CLOCK", "/test/clock", address::TEST_CLOCK),
        made("documents", "/", &address::documents(&query)),
        made("document_events", "/api/documents/events", &address::document_events(&page)),
        made("document_events", "/api/documents/{document}/events", &address::document_events(&one)),
        made("sign_in", "/sign-in", &address::sign_in("/settings?a=b")),
        made("with_cookie_check", "/sign-in", &address::with_cookie_check(address::SIGN_IN)),
        made("FORGOT", "/forgot", address::FORGOT),
        made("reset", "/reset/{token}", &address::reset("no such/token")),
        made("stop_mails", "/stop-mails/{token}", &address::stop_mails("no such/token")),
        made("setup", "/setup/{token}", &address::setup("no such/token")),
        made("document", "/documents/{document}", &address::document(document)),
        made("document_preview", "/documents/{document}/preview", &address::document_preview(document)),
        made("link", "/links/{link}", &address::link(link)),
        made("dashboard", "/dashboard/{link}", &address::dashboard(link)),
        made("viewers", "/dashboard/{link}/viewers", &address::viewers(link)),
        made("visits_of_reader", "/dashboard/{link}", &address::visits_of_reader(link, "ann+b@example.com")),
        made("ANALYTICS", "/analytics", address::ANALYTICS),
        made("document_analytics", "/documents/{document}/analytics", &address::document_analytics(document)),
        made("visit", "/links/{link}/visits/{visit}", &address::visit(link, &visit)),
        made("CORRECTIONS", "/corrections", address::CORRECTIONS),
        made("CORRECTION_RECORDS", "/api/corrections", address::CORRECTION_RECORDS),
        made("CORRECTION_PREVIEW", "/api/corrections/preview", address::CORRECTION_PREVIEW),
        made("correction_record", "/api/corrections/{correction}", &address::correction_record(&correction)),
        made(
            "new_correction",
            "/corrections/new",
            &address::new_correction(&subject, "?range=all&who=a%26b"),
        ),
        made("reader", "/readers/{reader}", &address::reader(&reader)),
        made(
            "older_visits_of_reader",
            "/readers/{reader}",
            &address::older_visits_of_reader(&reader, &after),
        ),
        made("reader_record", "/api/readers/{reader}", &address::reader_record(&reader)),
        made("viewer", "/v/{link}", &address::viewer(link)),
        made("viewer_on_page", "/v/{link}", &address::viewer_on_page(link, "5 & more")),
        made("viewer_opened_on", "/v/{link}", &address::viewer_opened_on(link, "5")),
        made("page_picture", "/v/{link}/pages/{page}", &address::page_picture(link, 1, None)),
        made(
            "with_width",
            "/v/{link}/pages/{page}",
            &address::with_width(&address::page_picture(link, 1, Some("version")), 640),
        ),
        made("download", "/v/{link}/download", &address::download(link)),
        made(
            "with_session",
            "/v/{link}/download",
            &address::with_session(&address::download(link), &"session".parse().expect("a session id")),
        ),
        made("upload", "/api/documents", &address::upload("A title & more")),
        made("document_record", "/api/documents/{document}", &address::document_record(document)),
        made("document_links", "/api/documents/{document}/links", &address::document_links(document)),
        made("link_record", "/api/links/{link}", &address::link_record(link)),
        made("document_file", "/api/documents/{document}/file", &address::document_file(document)),
        made(
            "document_page",
            "/api/documents/{document}/pages/{page}",
            &address::document_page(document, 1, "version"),
        ),
        made("thumbnail", "/api/documents/{document}/thumbnail", &address::thumbnail(document, "version")),
        made("qr_code", "/api/links/{link}/qr.svg", &address::qr_code(link)),
        made("realtime", "/api/send/realtime/{link}", &address::realtime(link)),
        made("visit_record", "/api/links/{link}/visits/{visit}", &address::visit_record(link, &visit)),
        made("visit_reader", "/api/links/{link}/visits/{visit}/reader", &address::visit_reader(link, &visit)),
        made(
            "realtime_events",
            "/api/send/realtime/{link}/events",
            &address::realtime_events(link, ViewerLimit::ALL),
        ),
    ];
    let records = [
        ("/api/links/{link}", address::link_record(link)),
        ("/api/documents/{document}", address::document_record(document)),
    ];
    for (route, record) in records {
        let text = address::page_text_below(&record, 1, Some("version"));
        all.push(made("page_text_below", format!("{route}/pages/{{page}}/text").leak(), &text));
        let outline = address::outline_below(&record, None);
        all.push(made("outline_below", format!("{route}/outline").leak(), &outline));
    }
    let scopes = [
        ("/api/links/{link}", HistoryScope::Link(link.clone())),
        ("/api/documents/{document}", HistoryScope::Document(document.clone())),
        ("/api", HistoryScope::Everything),
    ];
    for (page, (_, scope)) in
        ["/dashboard/{link}", "/documents/{document}/analytics", "/analytics"].into_iter().zip(&scopes)
    {
        all.push(made("analytics", page, &address::analytics(scope)));
    }
    for (base, scope) in scopes {
        for what in
            ["analytics", "visits", "visits.csv", "visits.ndjson", "visit-pages.csv", "visit-pages.ndjson"]
        {
            let address = address::history(&scope, what, &HistoryQuery::default());
            all.push(made("history", format!("{base}/{what}").leak(), &address));
        }
    }
    all
}

fn samples() -> Vec<Made> {
    all(&"document".parse().expect("a document's id"), &"link".parse().expect("a link id"))
}

#[test]
fn every_function_of_the_module_is_tested() {
    /// They make no path of their own.
    const PARTS: [&str; 7] =
        ["absolute", "authenticator", "encode", "is_viewer", "page_below", "page_here", "COOKIE_CHECK"];
    let source = include_str!("../../src/model/address.rs");
    let names = |keyword: &str, end: char| -> Vec<&str> {
        source.split(keyword).skip(1).filter_map(|rest| rest.split(end).next()).collect()
    };
    let samples = samples();
    for name in [names("\npub fn ", '('), names("\npub const ", ':')].concat() {
        let is_tested = samples.iter().any(|made| made.by == name);
        assert!(is_tested || PARTS.contains(&name), "{name} is not tested");
    }
}

#[test]
fn only_viewer_pages_are_for_visitors() {
    for made in samples() {
        let path = made.address.split('?').next().unwrap_or_default();
        let is_viewer = ["viewer", "viewer_on_page", "viewer_opened_on"].contains(&made.by);
        assert_eq!(address::is_viewer(path), is_viewer, "{}", made.address);
    }
}

#[test]
fn every_route_has_an_address() {
    let samples = samples();
    for row in routes::rows() {
        let is_function = row.path.starts_with("/sfn/");
        let has_address = samples.iter().any(|made| made.route == row.path);
        assert!(is_function || has_address, "{} {} has no function in model::address", row.method, row.path);
    }
}

#[tokio::test]
async fn every_address_is_answered_by_its_route() {
    let app = TestApp::new().await;
    for Made { by, route, address } in all(&app.document, &app.link) {
        let path = address.split('?').next().unwrap_or_default();
        let (path, route): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), route.split('/').collect());
        assert_eq!(path.len(), route.len(), "{by}: {address}");
        let fits = |(segment, pattern): (&&str, &&str)| segment == pattern || pattern.starts_with('{');
        assert!(path.iter().zip(&route).all(fits), "{by}: {address}");
        // No route takes TRACE: one that exists refuses the method, the fallback finds nothing.
        let request = Request::builder().method(Method::TRACE).uri(&address).body(Body::empty());
        let status = app.request(request.expect("a request")).await.status;
        assert_eq!(status, 405, "{by}: {address}");
    }
}
