//! Exporting and deleting one's own account.

use axum::http::Method;
use serde_json::json;
use sightline::error::AppError;

use super::{encoded, signed_in, status};
use crate::support::{
    browser::{Browser, error_of},
    test_app::{PASSWORD, TestApp},
};

#[tokio::test]
async fn export_holds_what_the_account_holds() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    app.join("reader").await;
    app.leave("reader").await;
    let made = app.send(Method::POST, &format!("/api/corrections?of=link:{}", app.link), "").await.json();
    let reply = owner.json("GET", "/api/account", &json!({})).await.ok();
    assert!(reply.header("content-disposition").starts_with("attachment"), "{reply}");
    let export = reply.json();
    assert_eq!(export["email"], app.owner.email.as_str());
    assert_eq!(export["apiKeys"][0]["label"], "tests");
    assert_eq!(export["sessions"][0]["device"], "Firefox on Linux");
    assert_eq!(export["documents"][0]["title"], "Twelve pages");
    assert_eq!(export["documents"][0]["links"][0]["linkId"], app.link.as_str());
    assert_eq!(export["corrections"], json!([made["correction"]]));
    assert_eq!(export["corrections"][0]["visits"], 1);
    assert_eq!(export["events"][0]["action"], "visits_left_out");
    assert!(!reply.text().contains(&app.api_key[8..]));
}

#[tokio::test]
async fn deleting_the_account_takes_everything_along() {
    let app = TestApp::new().await;
    app.join("reader").await;
    let mut owner = signed_in(&app).await;
    let again = [("idempotency-key", "one")];
    let mut program = Browser::new(&app).with_key(&app.api_key);
    program.send("POST", &format!("/api/links/{}/badges", app.link), &again, "{}").await;
    let kept =
        ["made-once", "made-once-by-time"].map(|noun| format!("send:{noun}:{{{}}}", app.owner.owner_id));
    let count_kept = || app.redis.command::<u64>(&["EXISTS", &kept[0], &kept[1]]);
    assert_eq!(count_kept(), 2);
    let html = owner.get("/settings/delete").await.ok().text();
    assert!(html.contains("1 document") && html.contains("1 link") && html.contains("1 API key"), "{html}");
    let reply = owner.call("delete_account", "current=wrong").await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"));
    assert_eq!(status(&mut owner).await, 200);
    let reply = owner.form("delete_account", &format!("current={}", encoded(PASSWORD))).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/sign-in"));
    assert_eq!(status(&mut owner).await, 401);
    assert_eq!(Browser::new(&app).get(&format!("/v/{}", app.link)).await.status, 404);
    let mut program = Browser::new(&app).with_key(&app.api_key);
    program.json("GET", "/api/documents", &json!({})).await.refused(401, "wrong_api_key");
    let stores = &app.state.stores;
    assert_eq!(stores.accounts.find(&app.owner.email).await, Ok(None));
    assert_eq!(stores.catalogue.document(&app.document).await.err(), Some(AppError::DocumentNotFound));
    assert!(!app.data_dir().join("files").join(app.document.as_str()).exists());
    assert_eq!(count_kept(), 0, "nor what requests were answered");
    assert_eq!(stores.accounts.events(&app.owner.owner_id, 10).await, Ok(Vec::new()));
    assert_eq!(stores.accounts.sessions(&app.owner.owner_id, None).await, Ok(Vec::new()));
}
