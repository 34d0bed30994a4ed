//! Which answers are compressed, for which requests.

use axum::{body::Body, http::Request};

use crate::support::{pdf::Pdf, reply::Reply, test_app::TestApp};

/// What Chrome accepts over https.
const CHROME: &str = "gzip, deflate, br, zstd";

/// Asks as the owner does by key, so that no cookie is sent.
async fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Reply {
    let key = format!("Bearer {}", app.api_key);
    let mut request = Request::get(path).header("authorization", key);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.request(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn pages_and_json_are_compressed_as_asked() {
    let app = TestApp::new().await;
    for n in 0..20 {
        app.join(&format!("viewer-{n}")).await;
    }
    let analytics = format!("/api/links/{}/analytics", app.link);
    let paths = [format!("/v/{}", app.link), "/nothing/here".to_owned(), app.api(), analytics];
    for path in paths {
        let plain = get(&app, &path, &[]).await;
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert_eq!(plain.header("vary"), "accept-encoding", "{path}: caches must not mix them up");
        for (accepted, encoding) in [
            (CHROME, "br"),
            ("gzip", "gzip"),
            ("br;q=0.5, gzip", "gzip"),
            ("br;q=0, gzip;q=0.1, identity;q=0.2", ""),
            ("zstd", ""),
            ("identity", ""),
        ] {
            let reply = get(&app, &path, &[("accept-encoding", accepted)]).await;
            assert_eq!(reply.status, plain.status, "{path} {accepted}");
            assert_eq!(reply.header("content-encoding"), encoding, "{path} {accepted}");
            assert_eq!(reply.header("vary"), "accept-encoding", "{path} {accepted}");
            let is_smaller = reply.body.len() < plain.body.len() * 2 / 3;
            assert_eq!(is_smaller, !encoding.is_empty(), "{path} {accepted}: {}", reply.body.len());
        }
    }
}

#[tokio::test]
async fn files_pictures_and_small_answers_stay_as_they_are() {
    let app = TestApp::new().await;
    app.join("viewer").await;
    let (link, document) = (&app.link, &app.document);
    for path in [
        format!("/v/{link}/pages/1"),
        format!("/api/documents/{document}/thumbnail"),
        format!("/api/documents/{document}/file"),
        format!("/api/links/{link}/qr.svg"),
        format!("/api/links/{link}/visits.csv"),
        format!("/api/links/{link}/visits.ndjson"),
        "/readyz".to_owned(),
        "/api/nothing/here".to_owned(),
    ] {
        let reply = get(&app, &path, &[("accept-encoding", CHROME)]).await;
        assert_eq!(reply.header("content-encoding"), "", "{path}: {reply}");
    }
}

#[tokio::test]
async fn event_streams_are_never_compressed() {
    let app = TestApp::new().await;
    for path in [format!("{}/events", app.api()), "/api/documents/events".to_owned()] {
        let request = Request::get(&path)
            .header("authorization", format!("Bearer {}", app.api_key))
            .header("accept-encoding", CHROME)
            .body(Body::empty())
            .expect("a request");
        let response = app.response(request).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream", "{path}");
        // Named, so that a proxy does not compress it either.
        assert_eq!(response.headers()["content-encoding"], "identity", "{path}");
    }
}

/// The length of such an answer would tell whether a guess in its address is also in the page.
#[tokio::test]
async fn guesses_of_another_site_are_answered_uncompressed() {
    let app = TestApp::new().await;
    let link = &app.link;
    for (path, site, encoding) in [
        ("/analytics?who=a".to_owned(), "cross-site", ""),
        ("/analytics?who=a".to_owned(), "same-site", ""),
        ("/analytics?who=a".to_owned(), "same-origin", "br"),
        ("/analytics?who=a".to_owned(), "none", "br"),
        (format!("/v/{link}?p=guess"), "cross-site", ""),
        (format!("/v/{link}"), "cross-site", "br"),
    ] {
        let headers = [("cookie", "theme=dark"), ("sec-fetch-site", site), ("accept-encoding", CHROME)];
        let reply = get(&app, &path, &headers).await;
        assert_eq!(reply.header("content-encoding"), encoding, "{path} {site}");
    }
}

#[tokio::test]
async fn html_of_200_pages_is_at_most_8_kb() {
    let app = TestApp::new().await;
    let link = app.share(Pdf::with_pages(200).bytes()).await;
    let reply = get(&app, &format!("/v/{link}"), &[("accept-encoding", CHROME)]).await.ok();
    assert_eq!(reply.header("content-encoding"), "br");
    assert!(reply.body.len() <= 8_000, "{} bytes", reply.body.len());
}
