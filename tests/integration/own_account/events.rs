//! The audit log.

use axum::http::Method;
use serde_json::json;
use sightline::model::AccountAction;

use super::{encoded, read, sign_in_form, signed_in};
use crate::support::{
    browser::Browser,
    test_app::{PASSWORD, TestApp},
};

/// The actions of the owner's account, the newest first.
async fn actions(app: &TestApp) -> Vec<AccountAction> {
    let events = app.state.stores.accounts.events(&app.owner.owner_id, 1_000).await.expect("Redis answers");
    events.into_iter().map(|event| event.action).collect()
}

/// Waits until the log holds this many events: a wrong password is noted after the answer.
async fn wait_for(app: &TestApp, events: usize) {
    while actions(app).await.len() < events {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn everything_that_matters_is_in_the_log() {
    let app = TestApp::new().await;
    let mut expected = Vec::new();
    let mut owner = Browser::new(&app);
    owner.call("sign_in", &sign_in_form(&app).replace("horse", "cart")).await;
    wait_for(&app, 1).await;
    expected.push(AccountAction::WrongPassword);
    let mut owner = signed_in(&app).await;
    expected.push(AccountAction::SignedIn);
    let made = owner.call("new_api_key", "label=report&scope=read").await.ok().json();
    expected.push(AccountAction::KeyMade);
    owner
        .call("revoke_api_key", &format!("key_id={}", made["listed"]["keyId"].as_str().expect("an id")))
        .await
        .ok();
    expected.push(AccountAction::KeyRevoked);
    let (documents, link) = (format!("/api/documents/{}", app.document), format!("{}-2", app.link));
    owner.json("POST", &format!("{documents}/links"), &json!({ "linkId": link })).await;
    expected.push(AccountAction::LinkMade);
    let secret = json!({ "password": "open sesame" });
    owner.json("PATCH", &format!("/api/links/{link}"), &secret).await.ok();
    expected.push(AccountAction::LinkChanged);
    owner.json("DELETE", &format!("/api/links/{link}"), &json!({})).await.ok();
    expected.push(AccountAction::LinkDeleted);
    owner.get(&format!("{documents}/file")).await.ok();
    expected.push(AccountAction::FileDownloaded);
    app.join_with("reader", json!({ "email": "reader@example.com" })).await;
    app.leave("reader").await;
    let visits = app.send(Method::GET, &format!("/api/links/{}/visits", app.link), "").await.ok().json();
    let visit = visits["visits"][0]["id"].as_str().expect("a visit").to_owned();
    owner.json("DELETE", &format!("/api/links/{}/visits/{visit}/reader", app.link), &json!({})).await.ok();
    expected.push(AccountAction::ReaderErased);
    owner.json("GET", "/api/account", &json!({})).await.ok();
    expected.push(AccountAction::AccountExported);
    owner.json("DELETE", &documents, &json!({})).await.ok();
    expected.push(AccountAction::DocumentDeleted);
    let new = "turquoise ladder seven";
    owner.call("change_password", &format!("old={}&new={}", encoded(PASSWORD), encoded(new))).await.ok();
    expected.push(AccountAction::PasswordChanged);
    let email = format!("new-{}", app.owner.email);
    owner.call("change_email", &format!("email={}&current={}", encoded(&email), encoded(new))).await.ok();
    expected.push(AccountAction::EmailChanged);
    owner.call("sign_out", "").await.ok();
    expected.push(AccountAction::SignedOut);
    expected.reverse();
    assert_eq!(actions(&app).await, expected);

    let events = app.state.stores.accounts.events(&app.owner.owner_id, 1_000).await.expect("Redis answers");
    let told = serde_json::to_string(&events).expect("JSON");
    let key = made["key"].as_str().expect("a key");
    for secret in [PASSWORD, new, "open sesame", key, &key[8..], "reader@example.com"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("report (sl_") && told.contains("password\""), "{told}");
}

#[tokio::test]
async fn owner_reads_their_own_events() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let html = owner.get("/settings/events").await.ok().text();
    assert!(html.contains("Signed in") && html.contains("Firefox on Linux"), "{html}");
    let events = owner.json("GET", "/api/account/events", &json!({})).await.ok().json();
    assert_eq!(events["events"][0]["action"], "signed_in");
    let email = format!("other-{}", app.owner.email);
    let other = app.state.stores.accounts.add(&email, PASSWORD).await.expect("an owner");
    let mut theirs = Browser::signed_in(&app, &other.owner_id).await;
    assert_eq!(read(&mut theirs, "account_events").await, json!([]));
}
