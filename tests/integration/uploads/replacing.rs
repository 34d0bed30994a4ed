//! Replacing a document's file while viewers read it.

use axum::http::Method;
use serde_json::json;

use super::files;
use crate::support::{
    browser::Browser,
    pdf::Pdf,
    test_app::{PAGES, TestApp},
};

const DAY: i64 = 24 * 60 * 60 * 1_000;

async fn version(app: &TestApp) -> String {
    app.state.stores.catalogue.document(&app.document).await.expect("the document").file.version
}

async fn replace(app: &TestApp, pages: usize) {
    let path = format!("/api/documents/{}/file", app.document);
    let reply = app.send(Method::PUT, &path, Pdf::with_pages(pages).bytes()).await.ok();
    assert_eq!(reply.json()["document"]["pageCount"], pages);
}

/// Removes the previous file once it is old enough, as the sweeper does.
async fn sweep(app: &TestApp) {
    app.state.services.library.remove_previous_files(100).await.expect("Redis answers");
}

#[tokio::test]
async fn viewers_keep_the_old_file_newcomers_get_new() {
    let app = TestApp::with_own_redis().await;
    let mut reader = Browser::new(&app);
    let page = |page: u32, version: &str| format!("/v/{}/pages/{page}?v={version}", app.link);
    let old = version(&app).await;
    reader.get(&page(1, &old)).await.ok();
    reader.act(&app.link, "join", json!({ "currentPage": 11 })).await.ok();
    replace(&app, 2).await;
    let new = version(&app).await;
    assert_ne!(old, new);
    // A page that was not rendered before.
    let last = reader.get(&page(PAGES, &old)).await.ok();
    assert!(last.body.starts_with(b"\x89PNG") && last.header("cache-control").contains("immutable"));
    reader.act(&app.link, "heartbeat", json!({ "currentPage": PAGES })).await.ok();
    let html = Browser::new(&app).get(&format!("/v/{}", app.link)).await.ok().text();
    assert!(html.contains(&new) && !html.contains(&old), "new visitors get the new one");
    assert_eq!(reader.get(&page(2, &new)).await.status, 200);
    reader.get(&page(3, &new)).await.refused(404, "not_found");
    let link = app.get(&format!("/api/links/{}", app.link)).await.ok().json()["link"].take();
    assert_eq!(
        (&link["totalViews"], &link["activeViewers"], &link["pageCount"]),
        (&json!(1), &json!(1), &json!(2))
    );
    app.set_clock(app.now() + DAY - 1);
    sweep(&app).await;
    reader.get(&page(PAGES, &old)).await.ok();
    app.advance_ms(1);
    sweep(&app).await;
    reader.get(&page(PAGES, &old)).await.refused(404, "not_found");
    assert!(!files(app.data_dir()).iter().any(|path| path.contains(&old)), "no old file is left");
    reader.act(&app.link, "join", json!({ "currentPage": PAGES })).await.refused(400, "invalid_field");
    reader.get(&page(1, &new)).await.ok();
}

#[tokio::test]
async fn quick_replacements_keep_the_last_two_files() {
    let app = TestApp::with_own_redis().await;
    let mut versions = vec![version(&app).await];
    for pages in [2, 3] {
        replace(&app, pages).await;
        versions.push(version(&app).await);
    }
    let mut reader = Browser::new(&app);
    for (version, status) in versions.iter().zip([404, 200, 200]) {
        let reply = reader.get(&format!("/v/{}/pages/1?v={version}", app.link)).await;
        assert_eq!(reply.status, status, "{version}: {reply}");
        let has_files = files(app.data_dir()).iter().any(|path| path.contains(version.as_str()));
        assert_eq!(has_files, status == 200, "{version}");
    }
}

#[tokio::test]
async fn concurrent_replacements_leave_no_orphaned_file() {
    let app = TestApp::with_own_redis().await;
    let path = format!("/api/documents/{}/file", app.document);
    let (one, other) = (Pdf::with_pages(1).bytes(), Pdf::with_pages(2).bytes());
    let (one, other) = tokio::join!(app.send(Method::PUT, &path, one), app.send(Method::PUT, &path, other));
    assert_eq!((one.status, other.status), (200, 200), "{one} {other}");
    let document = app.state.stores.catalogue.document(&app.document).await.expect("the document");
    let known = [Some(&document.file), document.previous.as_ref().map(|previous| &previous.file)];
    let home = app.data_dir().join("files");
    for file in files(&home) {
        assert!(known.iter().flatten().any(|known| file.ends_with(&known.version)), "{file}: {known:?}");
    }
}
