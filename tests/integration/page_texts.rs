//! The texts and outlines of pages over REST, and the settings that go with them.

use axum::{
    body::Body,
    http::{Method, Request},
};
use serde_json::{Value, json};
use sightline::model::LinkId;

use crate::support::{browser::Browser, pdf::Pdf, reply::Reply, test_app::TestApp};

/// An app with a document of one page: a line, a link to the page, and an outline. Returns the link.
async fn with_text() -> (TestApp, String, LinkId) {
    let app = TestApp::new().await;
    let pdf = Pdf::with_text(
        "BT /F 10 Tf 20 100 Td (<Hello> & welcome) Tj ET",
        "/Annots[8 0 R]",
        "/Outlines 9 0 R",
        &[
            "<</Type/Annot/Subtype/Link/Rect[20 100 80 120]/Dest[3 0 R/Fit]>>",
            "<</Type/Outlines/First 10 0 R>>",
            "<</Title(<Part> one)/Dest[3 0 R/Fit]>>",
        ],
    );
    let reply = app.send(Method::POST, "/api/documents?title=Text", pdf.bytes()).await;
    assert_eq!(reply.status, 201, "{reply}");
    let document = reply.json()["document"]["documentId"].as_str().expect("an id").to_owned();
    let link = format!("{}-text", app.link);
    let body = json!({"linkId": link}).to_string();
    let reply = app.send(Method::POST, &format!("/api/documents/{document}/links"), body).await;
    assert_eq!(reply.status, 201, "{reply}");
    (app, document, link.parse().expect("a link"))
}

async fn get_as(app: &TestApp, path: &str, accept: &str) -> Reply {
    let request = Request::get(path)
        .header("accept", accept)
        .header("authorization", format!("Bearer {}", app.api_key));
    app.request(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn text_and_outline_are_html_or_json() {
    let (app, document, link) = with_text().await;
    for record in [format!("/api/links/{link}"), format!("/api/documents/{document}")] {
        let path = format!("{record}/pages/1/text");
        let html = get_as(&app, &path, "*/*").await.ok();
        assert!(html.header("content-type").starts_with("text/html"), "{record}");
        assert_eq!((html.header("cache-control"), html.header("vary")), ("no-store", "Accept"));
        assert!(html.text().contains("&lt;Hello&gt; &amp; welcome"), "{html}");
        assert!(html.text().contains(r#"href="?p=1""#), "{html}");
        let text = get_as(&app, &path, "application/json").await.ok().json();
        assert_eq!(text["text"]["blocks"][0]["lines"][0]["pieces"][0]["text"], "<Hello> & welcome");
        assert_eq!(text["text"]["links"][0]["target"], json!({"page": 1}));

        let path = format!("{record}/outline");
        let html = get_as(&app, &path, "text/html").await.ok().text();
        assert!(html.contains("&lt;Part&gt; one") && html.contains(r#"href="?p=1""#), "{html}");
        let outline = get_as(&app, &path, "application/json").await.ok().json();
        assert_eq!(outline["outline"], json!([{"title": "<Part> one", "page": 1}]));

        let version = app.get(&format!("/api/documents/{document}")).await.ok().json();
        let version = version["document"]["version"].as_str().expect("a version").to_owned();
        for path in [format!("{record}/pages/1/text?v={version}"), format!("{record}/outline?v={version}")] {
            let kept = get_as(&app, &path, "*/*").await.ok();
            assert_eq!(kept.header("cache-control"), "private, max-age=31536000, immutable", "{path}");
        }
        get_as(&app, &format!("{record}/outline?v=other"), "*/*").await.refused(404, "not_found");
        for page in ["0", "2", "x", "4294967296"] {
            let refused = get_as(&app, &format!("{record}/pages/{page}/text"), "*/*").await;
            refused.refused(404, "not_found");
        }
    }
}

#[tokio::test]
async fn text_stands_behind_the_gate() {
    let (app, _, link) = with_text().await;
    let paths = [format!("/api/links/{link}/pages/1/text"), format!("/api/links/{link}/outline")];
    let mut visitor = Browser::new(&app);
    for path in &paths {
        visitor.get(path).await.ok();
    }
    app.send(Method::PATCH, &format!("/api/links/{link}"), r#"{"password":"sesame"}"#).await.ok();
    for path in &paths {
        visitor.get(path).await.refused(403, "gate_closed");
    }
    app.send(Method::PATCH, &format!("/api/links/{link}"), r#"{"password":null,"enabled":false}"#).await.ok();
    for path in &paths {
        visitor.get(path).await.refused(410, "link_off");
    }
}

#[tokio::test]
async fn copying_follows_downloads_unless_set() {
    let app = TestApp::new().await;
    let path = format!("/api/links/{}", app.link);
    for (change, copying, allowed) in [
        (json!({}), "download", false),
        (json!({"download": true}), "download", true),
        (json!({"copying": "off"}), "off", false),
        (json!({"download": false, "copying": "on"}), "on", true),
        (json!({"copying": "download"}), "download", false),
    ] {
        let link = app.send(Method::PATCH, &path, change.to_string()).await.ok().json();
        assert_eq!(link["link"]["copying"], copying, "{change}");
        let html = app.get(&format!("/v/{}", app.link)).await.ok().text();
        let state = if allowed { r#"data-copying="on""# } else { r#"data-copying="off""# };
        assert!(html.contains(state), "{change}");
    }
    let said = app.send(Method::PATCH, &path, r#"{"copying":"never"}"#).await.refused(400, "invalid_field");
    assert!(said.contains("copying"), "{said}");
}

#[tokio::test]
async fn image_is_described_in_its_viewer() {
    let app = TestApp::new().await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(20, 10).write_to(&mut png, image::ImageFormat::Png).expect("a PNG");
    let reply = app.send(Method::POST, "/api/documents?title=Chart", png.into_inner()).await;
    let document = reply.json()["document"]["documentId"].as_str().expect("an id").to_owned();
    let link = format!("{}-chart", app.link);
    let body = json!({"linkId": link}).to_string();
    app.send(Method::POST, &format!("/api/documents/{document}/links"), body).await;
    let path = format!("/api/documents/{document}");
    let change = async |body: Value| app.send(Method::PATCH, &path, body.to_string()).await;
    let viewer = async || app.get(&format!("/v/{link}")).await.ok().text();
    assert!(viewer().await.contains(r#"alt="Page 1 of 1""#));
    let changed = change(json!({"alt": " Sales\n<rise> "})).await.ok().json();
    assert_eq!(
        (&changed["document"]["alt"], &changed["document"]["title"]),
        (&json!("Sales <rise>"), &json!("Chart"))
    );
    assert!(
        viewer().await.contains(r#"alt="Sales &lt;rise&gt;""#)
            || viewer().await.contains(r#"alt="Sales <rise>""#)
    );
    let renamed = change(json!({"title": "Chart 2"})).await.ok().json();
    assert_eq!(renamed["document"]["alt"], "Sales <rise>", "a title leaves it alone");
    change(json!({"alt": "x".repeat(1_000)})).await.ok();
    let said = change(json!({"alt": "x".repeat(1_001)})).await.refused(400, "invalid_field");
    assert!(said.contains("alt"), "{said}");
    change(json!({"alt": ""})).await.ok();
    assert!(viewer().await.contains(r#"alt="Page 1 of 1""#));
    assert!(change(json!({})).await.refused(400, "invalid_field").contains("title"));
}
