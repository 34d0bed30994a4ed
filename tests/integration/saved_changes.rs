//! A change that is saved is answered so, whatever cannot be read afterwards.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{pdf::Pdf, test_app::TestApp};

/// An app whose Redis saves everything and refuses to give numbers.
async fn app_without_numbers() -> TestApp {
    let app = TestApp::with_own_redis().await;
    app.redis.query::<()>("ACL SETUSER default -lrange -zcount");
    app.get(&app.api()).await.refused(503, "unavailable");
    app
}

fn assert_row_without_numbers(row: &Value) {
    assert!(row["linkId"].is_string(), "{row}");
    assert_eq!((&row["totalViews"], &row["activeViewers"]), (&Value::Null, &Value::Null), "{row}");
}

#[tokio::test]
async fn saved_link_is_answered_without_its_numbers() {
    let app = app_without_numbers().await;
    let path = format!("/api/links/{}", app.link);
    let label = json!({ "label": "For Ada" }).to_string();
    let link = app.send(Method::PATCH, &path, label).await.ok().json()["link"].take();
    assert_eq!(link["label"], "For Ada");
    assert_row_without_numbers(&link);

    let path = format!("/api/documents/{}/links", app.document);
    let reply = app.send(Method::POST, &path, "").await;
    assert_eq!(reply.status, 201, "{reply}");
    assert_row_without_numbers(&reply.json()["link"]);

    app.redis.query::<()>("ACL SETUSER default +lrange +zcount");
    let saved = app.get(&format!("/api/links/{}", app.link)).await.ok().json();
    assert_eq!(saved["link"]["label"], "For Ada");
}

#[tokio::test]
async fn saved_document_is_answered_without_its_numbers() {
    let app = app_without_numbers().await;
    let path = format!("/api/documents/{}", app.document);
    let title = json!({ "title": " Another title " }).to_string();
    let renamed = app.send(Method::PATCH, &path, title).await.ok().json()["document"].take();
    assert_eq!(renamed["title"], "Another title");
    assert_row_without_numbers(&renamed["links"][0]);

    let file = Pdf::with_pages(3).bytes();
    let replaced = app.send(Method::PUT, &format!("{path}/file"), file).await.ok().json()["document"].take();
    assert_eq!((&replaced["title"], &replaced["pageCount"]), (&json!("Another title"), &json!(3)));
    assert_ne!(replaced["version"], renamed["version"]);
    assert_row_without_numbers(&replaced["links"][0]);

    app.redis.query::<()>("ACL SETUSER default +lrange +zcount");
    let saved = app.get(&path).await.ok().json()["document"].take();
    for field in ["title", "pageCount", "version"] {
        assert_eq!(saved[field], replaced[field]);
    }
    assert_eq!(saved["links"][0]["totalViews"], 0);
}

/// What is answered to a change is what is answered to a question afterwards.
#[tokio::test]
async fn change_is_answered_as_it_is_read_later() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let path = format!("/api/documents/{}", app.document);
    let title = json!({ "title": "Another" }).to_string();
    let renamed = app.send(Method::PATCH, &path, title).await.ok().json();
    assert_eq!(renamed, app.get(&path).await.ok().json());
    let replaced = app.send(Method::PUT, &format!("{path}/file"), Pdf::with_pages(2).bytes()).await.ok();
    assert_eq!(replaced.json(), app.get(&path).await.ok().json());
}

/// Redis holds back writes for longer than a request waits, and reads with them.
#[tokio::test]
async fn upload_without_an_answer_leaves_no_file() {
    let app = TestApp::with_own_redis().await;
    let files = || std::fs::read_dir(app.data_dir().join("files")).expect("a folder").count();
    let before = files();
    app.redis.query::<()>("ACL SETUSER default -sadd");
    let upload =
        async || app.send(Method::POST, "/api/documents?title=New", Pdf::with_pages(1).bytes()).await;
    upload().await.refused(503, "unavailable");
    assert_eq!(files(), before, "it is known at once that there is no such document");

    app.redis.query::<()>("ACL SETUSER default +sadd -hgetall");
    app.redis.query::<()>("ACL SETUSER default -hset");
    upload().await.refused(503, "unavailable");
    assert_eq!(files(), before + 1, "it is not known yet");
    app.redis.query::<()>("ACL SETUSER default +hset +hgetall");
    while files() > before {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
