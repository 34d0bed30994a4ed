//! `Idempotency-Key`: what a request made is not made again.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::support::{
    browser::Browser, pdf::Pdf, redis_server::RedisServer, reply::Reply, test_app::TestApp,
};

const KEY: &str = "idempotency-key";

fn by_key(app: &TestApp) -> Browser<'_> {
    Browser::new(app).with_key(&app.api_key)
}

async fn make_link(app: &TestApp, key: &str, body: &Value) -> Reply {
    let path = format!("/api/documents/{}/links", app.document);
    by_key(app).send("POST", &path, &[(KEY, key)], body.to_string()).await
}

async fn upload(app: &TestApp, key: &str, title: &str, file: Vec<u8>) -> Reply {
    by_key(app).send("POST", &format!("/api/documents?title={title}"), &[(KEY, key)], file).await
}

async fn links_of(app: &TestApp) -> usize {
    let document = app.get(&format!("/api/documents/{}", app.document)).await.ok().json();
    document["document"]["links"].as_array().expect("links").len()
}

#[tokio::test]
async fn repeated_request_gets_the_first_answer() {
    let app = TestApp::new().await;
    let body = json!({ "label": "For Ada", "password": "open sesame" });
    let first = make_link(&app, "\"one\"", &body).await;
    assert_eq!(first.status, 201, "{first}");
    for server in [&app, &app.second_server()] {
        for key in ["\"one\"", "one"] {
            let again = make_link(server, key, &body).await;
            assert_eq!((again.status, again.text()), (201, first.text()));
            assert_eq!(again.header("content-type"), "application/json");
        }
    }
    assert_eq!(links_of(&app).await, 2, "the app's link, and the new one");
    let another = make_link(&app, "two", &body).await;
    assert_ne!(another.text(), first.text());
    assert_eq!(links_of(&app).await, 3);

    let file = Pdf::with_box("[0 0 10 10]").bytes();
    let first = upload(&app, "file", "A", file.clone()).await;
    assert_eq!(first.status, 201, "{first}");
    assert_eq!(upload(&app, "file", "A", file).await.text(), first.text());
    let documents = app.get("/api/documents").await.ok().json();
    assert_eq!(documents["total"], 2, "the app's document, and the new one");
}

#[tokio::test]
async fn key_belongs_to_one_request() {
    let app = TestApp::new().await;
    make_link(&app, "one", &json!({ "label": "A" })).await;
    make_link(&app, "one", &json!({ "label": "B" })).await.refused(422, "key_reused");
    let file = Pdf::with_box("[0 0 10 10]").bytes();
    upload(&app, "one", "A", file.clone()).await.refused(422, "key_reused");
    upload(&app, "two", "A", file.clone()).await;
    upload(&app, "two", "B", file.clone()).await.refused(422, "key_reused");
    upload(&app, "two", "A", Pdf::with_box("[0 0 20 10]").bytes()).await.refused(422, "key_reused");
    assert_eq!(links_of(&app).await, 2);
    let message = make_link(&app, "a\\b", &json!({})).await.refused(400, "invalid_field");
    assert!(message.starts_with("Idempotency-Key "), "{message}");
}

#[tokio::test]
async fn keys_of_owners_are_apart() {
    let (ours, theirs) = (TestApp::new().await, TestApp::new().await);
    let [first, second] =
        [make_link(&ours, "one", &json!({})).await, make_link(&theirs, "one", &json!({})).await];
    assert_eq!((first.status, second.status), (201, 201));
    assert_ne!(first.text(), second.text());
    let path = format!("/api/documents/{}/links", ours.document);
    let anonymous = Browser::new(&ours).send("POST", &path, &[(KEY, "one")], "{}").await;
    anonymous.refused(401, "sign_in_required");
}

#[tokio::test]
async fn failed_request_leaves_its_key_free() {
    let app = TestApp::new().await;
    make_link(&app, "one", &json!({ "label": 5 })).await.refused(400, "invalid_field");
    assert_eq!(make_link(&app, "one", &json!({ "label": "A" })).await.status, 201);
}

#[tokio::test]
async fn second_request_waits_for_the_first() {
    let app = TestApp::new().await;
    let (pieces, body) = tokio::sync::mpsc::unbounded_channel::<Result<Vec<u8>, std::io::Error>>();
    let body = futures::stream::unfold(body, async |mut body| body.recv().await.map(|piece| (piece, body)));
    let mut browser = by_key(&app);
    let path = "/api/documents?title=A";
    let first = browser.send("POST", path, &[(KEY, "one")], Body::from_stream(body));
    let second = async {
        let file = Pdf::with_box("[0 0 10 10]").bytes();
        let records = format!("send:made-once:{{{}}}", app.owner.owner_id);
        while app.redis.command::<u64>(&["HLEN", &records]) == 0 {
            tokio::task::yield_now().await;
        }
        let told = upload(&app, "one", "A", file.clone()).await;
        told.refused(409, "still_running");
        assert_eq!(told.header("retry-after"), "1");
        pieces.send(Ok(file)).expect("it is read");
        drop(pieces);
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.status, 201, "{first}");
    let again = upload(&app, "one", "A", Pdf::with_box("[0 0 10 10]").bytes()).await;
    assert_eq!(again.text(), first.text());
}

#[tokio::test]
async fn answer_with_a_secret_is_not_kept() {
    let app = TestApp::with_own_redis().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let body = json!({ "label": "build", "scope": "read", "days": 30 }).to_string();
    let made = owner.send("POST", "/api/keys", &[(KEY, "one")], body.clone()).await;
    assert_eq!(made.status, 201, "{made}");
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    owner.send("POST", "/api/keys", &[(KEY, "one")], body).await.refused(409, "already_made");
    make_link(&app, "two", &json!({ "password": "correct-horse" })).await;
    let everything = all_values(&app.redis);
    assert!(everything.contains("done "), "the records are there: {everything}");
    for secret in [&*key, "correct-horse"] {
        assert!(!everything.contains(secret), "{secret} is in Redis");
    }
    let listed = app.get("/api/keys").await.ok().json();
    let labels: Vec<&str> =
        listed["keys"].as_array().expect("keys").iter().filter_map(|key| key["label"].as_str()).collect();
    assert_eq!(labels, ["build", "tests"]);
    assert_eq!(listed["keys"][0]["scope"], "read");
    assert_eq!(listed["keys"][0]["expiresAt"], app.now() + 30 * 24 * 60 * 60 * 1_000);
}

fn all_values(redis: &RedisServer) -> String {
    let mut all = String::new();
    for name in redis.query::<Vec<String>>("KEYS *") {
        let values: Vec<String> = match &*redis.command::<String>(&["TYPE", &name]) {
            "hash" => redis.command(&["HGETALL", &name]),
            "string" => vec![redis.command(&["GET", &name])],
            _ => Vec::new(),
        };
        all += &format!("{name} {}\n", values.join(" "));
    }
    all
}

#[tokio::test]
async fn answers_are_kept_for_a_day() {
    let app = TestApp::new().await;
    let first = make_link(&app, "one", &json!({})).await;
    app.advance(24 * 60 - 1);
    assert_eq!(make_link(&app, "one", &json!({})).await.text(), first.text());
    app.advance(1);
    let another = make_link(&app, "one", &json!({})).await;
    assert_eq!(another.status, 201, "{another}");
    assert_ne!(another.text(), first.text());
}

#[tokio::test]
async fn an_owner_has_a_bounded_number_of_keys() {
    let app = TestApp::new().await;
    let store = &app.state.stores.made_once;
    let name = format!("send:made-once:{{{}}}", app.owner.owner_id);
    for number in 0..1_010 {
        store.begin(&app.owner.owner_id, &format!("key {number}")).await.expect("it begins");
    }
    for name in [name.clone(), name.replace("made-once", "made-once-by-time")] {
        let length = if name.contains("by-time") { "ZCARD" } else { "HLEN" };
        assert_eq!(app.redis.command::<u64>(&[length, &name]), 1_000, "{name}");
        let life: i64 = app.redis.command(&["PTTL", &name]);
        assert!((1..=24 * 60 * 60 * 1_000).contains(&life), "{name} lives for {life} ms");
    }
}

#[tokio::test]
async fn key_of_a_server_that_died_is_free_again() {
    use sightline::server::store::made_once::Known;
    let app = TestApp::new().await;
    let store = &app.state.stores.made_once;
    let begin = async || store.begin(&app.owner.owner_id, "one").await.expect("Redis answers");
    let Known::Nothing(first) = begin().await else { panic!("the key is new") };
    app.advance(14);
    assert_eq!(begin().await, Known::Running);
    app.advance(1);
    let Known::Nothing(second) = begin().await else { panic!("the lease has ended") };
    // The first one comes back to life, and changes nothing.
    store.end(&first, None).await.expect("Redis answers");
    assert_eq!(begin().await, Known::Running);
    store.end(&second, None).await.expect("Redis answers");
    assert!(matches!(begin().await, Known::Nothing(_)));
}

#[tokio::test]
async fn other_methods_and_visits_ignore_the_key() {
    let app = TestApp::new().await;
    let path = format!("/api/links/{}", app.link);
    for label in ["A", "B"] {
        let body = json!({ "label": label }).to_string();
        let changed = by_key(&app).send("PATCH", &path, &[(KEY, "one")], body).await.ok().json();
        assert_eq!(changed["link"]["label"], label);
    }
    app.send(Method::DELETE, &path, "").await.ok();
}
