//! Records that a newer version of the server has written: unknown fields are ignored, and kept when the record is
//! written again.

use axum::http::Method;
use redis::FromRedisValue;
use serde_json::{Value, json};

use crate::support::{browser::Browser, pdf::Pdf, test_app::TestApp};

const OWNERS: &str = "send:owners:{accounts}";

impl TestApp {
    fn ask<T: FromRedisValue>(&self, words: &[&str]) -> T {
        self.redis.command(words)
    }

    /// Adds a field to a record of text, in a hash.
    fn append(&self, key: &str, field: &str, more: &str) {
        let record: String = self.ask(&["HGET", key, field]);
        let _: i64 = self.ask(&["HSET", key, field, &(record + more)]);
    }

    /// Adds a field to a record of JSON, in a hash.
    fn add_field(&self, key: &str, field: &str, add: impl Fn(&mut Value)) {
        let record: String = self.ask(&["HGET", key, field]);
        let mut json = serde_json::from_str(&record).expect("JSON");
        add(&mut json);
        let _: i64 = self.ask(&["HSET", key, field, &json.to_string()]);
    }
}

/// What every page of owner and visitor answers, whatever was added.
async fn pages_are_shown(app: &TestApp, browser: &mut Browser<'_>) {
    for path in [
        "/".to_owned(),
        "/settings".to_owned(),
        format!("/documents/{}", app.document),
        format!("/dashboard/{}", app.link),
        format!("/v/{}", app.link),
    ] {
        let page = browser.get(&path).await;
        assert!(page.status < 400, "{path}: {page}");
    }
    let visitor = Browser::new(app).get(&format!("/v/{}", app.link)).await;
    assert_eq!(visitor.status, 200, "{visitor}");
}

#[tokio::test]
async fn newer_fields_of_accounts_are_kept() {
    let app = TestApp::with_own_redis().await;
    let owner = app.owner.owner_id.to_string();
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    app.append(OWNERS, &owner, " newer=1 field=2");
    let [session]: [String; 1] =
        app.ask::<Vec<String>>(&["KEYS", "send:session:*"]).try_into().expect("one session");
    let record: String = app.ask(&["GET", &session]);
    let _: String = app.ask(&["SET", &session, &format!("{record}\nnewer=1"), "KEEPTTL"]);
    let keys = format!("send:api-keys-of:{{accounts}}:{owner}");
    let [key]: [String; 1] = app.ask::<Vec<String>>(&["HKEYS", &keys]).try_into().expect("one key");
    app.append(&keys, &key, "\nnewer=1");

    pages_are_shown(&app, &mut browser).await;
    let settings = browser.get("/settings").await.ok().text();
    assert!(settings.contains("tests") && !settings.contains("newer"), "{settings}");
    app.snapshot().await;
    let accounts = &app.state.stores.accounts;
    accounts.set_password(&app.owner.owner_id, "another battery staple").await.expect("it is set");
    let record: String = app.ask(&["HGET", OWNERS, &owner]);
    assert!(record.ends_with(" newer=1 field=2") && record.contains(" 1 $argon2id$"), "{record}");
    assert_eq!(browser.get("/settings").await.status, 401, "the session has ended");
    accounts.proven(&app.owner.email, "another battery staple").await.expect("the owner");
    accounts.revoke_key(&app.owner.owner_id, &key.parse().expect("an id")).await.expect("it is revoked");
    assert_eq!(app.get(&app.api()).await.status, 401);
}

#[tokio::test]
async fn newer_fields_of_documents_and_links_are_kept() {
    let app = TestApp::with_own_redis().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let (document, link) =
        (format!("send:document:{{{}}}", app.document), format!("send:link:{{{}}}", app.link));
    for record in [&document, &link] {
        let _: i64 = app.ask(&["HSET", record, "newer", "kept"]);
    }
    app.add_field(&document, "file", |file| {
        file["newer"] = json!({ "of": [1] });
        file["pages"][0]["newer"] = json!(true);
        file["remarks"] =
            json!([{ "kind": "newer", "of": 1 }, { "kind": "pageCount", "stated": 3, "shown": 2 }]);
    });
    pages_are_shown(&app, &mut browser).await;
    let html = browser.get(&format!("/documents/{}", app.document)).await.text();
    assert!(html.contains("The file says that it has 3 pages"), "{html}");

    let patch = async |path: String, body: Value| app.send(Method::PATCH, &path, body.to_string()).await.ok();
    patch(format!("/api/documents/{}", app.document), json!({ "title": "Renamed" })).await;
    patch(format!("/api/links/{}", app.link), json!({ "label": "Relabelled" })).await;
    let file = format!("/api/documents/{}/file", app.document);
    app.send(Method::PUT, &file, Pdf::with_pages(2).bytes()).await.ok();
    pages_are_shown(&app, &mut browser).await;
    for (record, field, value) in [(&document, "title", "Renamed"), (&link, "label", "Relabelled")] {
        assert_eq!(app.ask::<String>(&["HGET", record, field]), value);
        assert_eq!(app.ask::<String>(&["HGET", record, "newer"]), "kept", "{record}");
    }
    app.add_field(&document, "previous", |previous| previous["newer"] = json!(1));
    let previous: Value =
        serde_json::from_str(&app.ask::<String>(&["HGET", &document, "previous"])).expect("JSON");
    assert_eq!(
        (&previous["file"]["newer"]["of"][0], &previous["file"]["remarks"][0]["of"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(previous["replacedAt"], app.now());

    app.advance(24 * 60);
    app.state.services.library.remove_previous_files(100).await.expect("Redis answers");
    assert_eq!(app.ask::<String>(&["HGET", &document, "previous"]), "null");
    pages_are_shown(&app, &mut browser).await;
}

#[tokio::test]
async fn newer_fields_of_viewers_and_visits_are_kept() {
    let app = TestApp::with_config(|config| config.seal_from = 2).await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let viewer = json!({ "email": "ada@example.org", "currentPage": 1 });
    app.join_with("s1", viewer.clone()).await;
    let (active, gone) = (app.redis_key("active"), app.redis_key("gone-record"));
    app.append(&active, "s1", " newer field");
    let record = || app.ask::<String>(&["HGET", &active, "s1"]);

    pages_are_shown(&app, &mut browser).await;
    assert_eq!(app.snapshot().await.active_viewers[0].email.as_deref(), Some("ada@example.org"));
    app.heartbeat("s1", 2).await;
    assert!(
        record().starts_with("b2 ") && record().ends_with(" ada@example.org newer field"),
        "{}",
        record()
    );
    app.leave("s1").await;
    let kept: Vec<String> = app.ask(&["HVALS", &gone]);
    assert!(kept[0].ends_with(" ada@example.org newer field"), "{kept:?}");
    app.join_with("s1", viewer).await;
    assert!(record().ends_with(" ada@example.org newer field"), "{}", record());
    app.leave("s1").await;

    let entries: Vec<(String, Vec<String>)> = app.stored("XRANGE", "visits", "- +");
    let packed = format!("{} newer field", entries[0].1[1]);
    let _: String = app.ask(&["XADD", &app.redis_key("visits"), "*", "v", &packed, "newer", "1"]);
    let download = format!("{} ------ bob@example.org newer field", app.now());
    let _: String = app.ask(&["XADD", &app.redis_key("downloads"), "*", "d", &download, "newer", "1"]);
    let emails = async || {
        let visits = app.visits().await;
        let mut emails: Vec<String> = visits.into_iter().filter_map(|visit| visit.email).collect();
        emails.sort();
        emails
    };
    let all = ["ada@example.org", "ada@example.org", "bob@example.org"];
    assert_eq!(emails().await, all);
    pages_are_shown(&app, &mut browser).await;

    app.advance(11);
    app.state.stores.visits.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
    let sealed = app.redis_key("sealed");
    let files: Vec<String> = app.ask(&["HKEYS", &sealed]);
    assert_eq!(files.len(), 1, "sealed");
    app.add_field(&sealed, &files[0], |statistics| statistics["newer"] = json!([1]));
    assert_eq!(emails().await, all);
    pages_are_shown(&app, &mut browser).await;
}
