//! Badges in other sites: who may frame them, what they show, and what they cost.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::LinkId;

use crate::support::{
    browser::Browser, events::Events, redis_server::RedisServer, reply::Reply, test_app::TestApp,
};

/// Makes a badge of the app's link.
async fn make(app: &TestApp, new: Value) -> Badge {
    let made = app.send(Method::POST, &path(&app.link), new.to_string()).await;
    assert_eq!(made.status, 201, "{made}");
    let badge = &made.json()["badge"];
    let text = |name: &str| badge[name].as_str().expect(name).to_owned();
    let url = text("url");
    let (_, token) = url.split_once("/embed/").expect("a token");
    let address = format!("/embed/{token}");
    Badge { id: text("badgeId"), address }
}

fn path(link: &LinkId) -> String {
    format!("/api/links/{link}/badges")
}

struct Badge {
    id: String,
    address: String,
}

impl Badge {
    /// Looks at it as a browser of another site, which sends no cookie.
    async fn look(&self, app: &TestApp, more: &str) -> Reply {
        Browser::new(app).get(&format!("{}{more}", self.address)).await
    }
}

fn ancestors(reply: &Reply) -> String {
    let policy = reply.header("content-security-policy");
    policy.split("frame-ancestors ").nth(1).expect("a rule").to_owned()
}

#[tokio::test]
async fn only_named_sites_may_frame_a_badge() {
    let app = TestApp::new().await;
    let named = make(&app, json!({ "sites": ["https://www.example.org/", "http://localhost:8080"] })).await;
    let page = named.look(&app, "").await.ok();
    assert_eq!(ancestors(&page), "http://localhost:8080 https://www.example.org");
    assert_eq!(page.header("x-frame-options"), "", "it knows no list");
    assert_eq!(page.header("set-cookie"), "");
    let unnamed = make(&app, json!({})).await.look(&app, "").await.ok();
    assert_eq!((ancestors(&unnamed).as_str(), unnamed.header("x-frame-options")), ("'none'", "DENY"));
    for path in [format!("/v/{}", app.link), "/sign-in".to_owned(), "/api".to_owned()] {
        let page = Browser::new(&app).get(&path).await.ok();
        assert_eq!((ancestors(&page).as_str(), page.header("x-frame-options")), ("'none'", "DENY"), "{path}");
    }
    for site in ["*", "https://a.b; script-src *", "https://a.b/path"] {
        let refused = app.send(Method::POST, &path(&app.link), json!({ "sites": [site] }).to_string()).await;
        refused.refused(400, "invalid_field");
    }
}

#[tokio::test]
async fn badge_shows_numbers_and_never_who() {
    let app = TestApp::new().await;
    app.join_with("one", json!({ "email": "ada@example.com" })).await;
    app.join("two").await;
    let (plain, counts) = (make(&app, json!({})).await, make(&app, json!({ "counts": true })).await);
    let data = plain.look(&app, ".json").await.ok();
    let expected = json!({ "success": true, "activeViewers": 2, "asOf": app.now() });
    assert_eq!(data.json(), expected);
    assert_eq!(data.header("cache-control"), "public, max-age=10");
    assert_eq!(data.header("access-control-allow-origin"), "*");
    let data = counts.look(&app, ".json").await.ok().json();
    assert_eq!((&data["activeViewers"], &data["totalViews"]), (&json!(2), &json!(2)));
    let picture = plain.look(&app, ".svg").await.ok();
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(picture.text().contains("aria-label=\"2 people are reading now\""), "{picture}");
    for (badge, more, has, lacks) in [
        (&plain, "", "data-theme=\"auto\" data-size=\"medium\"", "data-views"),
        (&plain, "?theme=dark&size=large", "data-theme=\"dark\" data-size=\"large\"", "data-views"),
        (&plain, "?theme=%22%3E%3Cscript%3E", "data-theme=\"auto\"", "<script>"),
        (&counts, "?size=small", "<b data-views>2</b> views", "data-size=\"medium\""),
    ] {
        let page = badge.look(&app, more).await.ok().text();
        assert!(page.contains(has) && !page.contains(lacks), "{more}: {page}");
        assert!(page.contains("<b data-active>2</b>"), "{page}");
        for secret in ["ada@", app.link.as_str(), "Twelve pages"] {
            assert!(!page.contains(secret), "{secret} is in {page}");
        }
    }
}

#[tokio::test]
async fn revoked_badge_shows_nothing() {
    let app = TestApp::new().await;
    let (badge, other) = (make(&app, json!({})).await, make(&app, json!({})).await);
    badge.look(&app, "").await.ok();
    app.send(Method::DELETE, &format!("{}/{}", path(&app.link), badge.id), "").await.ok();
    for more in ["", ".svg"] {
        let gone = badge.look(&app, more).await;
        assert_eq!(gone.status, 404);
        assert!(gone.text().contains("no longer shown") && !gone.text().contains("data-active"), "{gone}");
    }
    badge.look(&app, ".json").await.refused(404, "not_found");
    other.look(&app, "").await.ok();
    app.send(Method::DELETE, &format!("{}/{}", path(&app.link), badge.id), "")
        .await
        .refused(404, "not_found");
    // A badge ends with its link, and does not come back with another at the same address.
    app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok();
    let again = json!({ "linkId": app.link }).to_string();
    app.send(Method::POST, &format!("/api/documents/{}/links", app.document), again).await;
    assert_eq!(other.look(&app.second_server(), ".json").await.status, 404);
}

#[tokio::test]
async fn second_server_shows_the_same_badge() {
    let app = TestApp::new().await;
    let badge = make(&app, json!({ "sites": ["https://example.org"] })).await;
    let second = app.second_server();
    let page = badge.look(&second, "").await.ok();
    assert_eq!(ancestors(&page), "https://example.org");
    let listed = second.get(&path(&app.link)).await.ok().json();
    let url = listed["badges"][0]["url"].as_str().expect("an address");
    assert!(url.ends_with(&badge.address), "its owner reads the address again: {url}");
}

/// A badge whose frames are sent each change at once.
async fn make_live(app: &TestApp) -> Badge {
    make(app, json!({ "sites": ["https://example.org"], "counts": true, "live": true })).await
}

#[tokio::test]
async fn live_badge_sends_numbers_and_never_who() {
    let app = TestApp::new().await;
    let badge = make_live(&app).await;
    let page = badge.look(&app, "").await.ok().text();
    assert!(page.contains("data-live"), "{page}");
    let (status, mut events) = Browser::new(&app).stream(&format!("{}/events", badge.address)).await;
    assert_eq!(status, 200);
    let first = events.next_named("numbers").await.data;
    assert_eq!((&first["activeViewers"], &first["totalViews"]), (&json!(0), &json!(0)));
    app.join_with("one", json!({ "email": "ada@example.com" })).await;
    // What changes no number is no event.
    app.heartbeat("one", 2).await;
    app.join("two").await;
    let mut seen = Vec::new();
    while seen.last() != Some(&json!(2)) {
        let event = events.next_named("numbers").await;
        assert_eq!(event.data.as_object().expect("an object").len(), 3, "{event:?}");
        seen.push(event.data["activeViewers"].clone());
    }
    assert!(seen == [json!(2)] || seen == [json!(1), json!(2)], "{seen:?}");
}

#[tokio::test]
async fn only_a_live_badge_has_a_stream() {
    let app = TestApp::new().await;
    let badge = make(&app, json!({ "sites": ["https://example.org"] })).await;
    let page = badge.look(&app, "").await.ok().text();
    assert!(!page.contains("data-live"), "{page}");
    for address in [badge.address.as_str(), "/embed/guessed"] {
        Browser::new(&app).get(&format!("{address}/events")).await.refused(404, "not_found");
    }
    app.send(Method::POST, &path(&app.link), r#"{"live":true}"#).await.refused(400, "invalid_field");
}

#[tokio::test]
async fn streams_of_a_badge_are_limited() {
    let app = TestApp::with_config(|config| {
        (config.max_streams, config.max_streams_per_address) = (1_000, 1_000);
    })
    .await;
    let badge = make_live(&app).await;
    let (events, browser) = (format!("{}/events", badge.address), Browser::new(&app));
    let mut open = Vec::new();
    for _ in 0..100 {
        let (status, stream) = browser.stream(&events).await;
        assert_eq!(status, 200);
        open.push(stream);
    }
    Browser::new(&app).get(&events).await.refused(429, "too_many_streams");
    open.pop();
    assert_eq!(browser.stream(&events).await.0, 200, "a closed one makes room");
}

/// Waits for what an announcement brings about: sooner than what was shown is forgotten by itself, after ten seconds, and than
/// streams look by themselves.
async fn at_once(ended: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(8), ended).await.expect("it is announced");
}

#[tokio::test]
async fn revoked_badge_ends_on_all_servers() {
    let app = TestApp::new().await;
    let second = app.second_server();
    let (revoked, deleted) = (make_live(&app).await, make_live(&app).await);
    let mut streams = Vec::new();
    for (badge, server) in [(&revoked, &app), (&revoked, &second), (&deleted, &second)] {
        badge.look(server, ".json").await.ok();
        let (_, mut events) = Browser::new(server).stream(&format!("{}/events", badge.address)).await;
        events.next_named("numbers").await;
        streams.push(events);
    }
    let ends = async |events: &mut Events| while events.try_next().await.is_some() {};
    app.send(Method::DELETE, &format!("{}/{}", path(&app.link), revoked.id), "").await.ok();
    for events in &mut streams[..2] {
        at_once(ends(events)).await;
    }
    let is_gone = async |badge: &Badge| while badge.look(&second, ".json").await.status != 404 {};
    at_once(is_gone(&revoked)).await;
    deleted.look(&second, ".json").await.ok();
    app.send(Method::DELETE, &format!("/api/links/{}", app.link), "").await.ok();
    at_once(ends(&mut streams[2])).await;
    at_once(is_gone(&deleted)).await;
}

/// Calls of scripts, and GETs of tokens, since the statistics were reset.
fn asked(redis: &RedisServer) -> (u64, u64) {
    let statistics: String = redis.query("INFO commandstats");
    let calls = |command: &str| {
        let line =
            statistics.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
        line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0)
    };
    (calls("evalsha") + calls("eval"), calls("get"))
}

#[tokio::test]
async fn many_who_look_cost_one_snapshot() {
    let app = TestApp::with_own_redis().await;
    let badge = make(&app, json!({ "sites": ["https://example.org"], "counts": true })).await;
    let _: String = app.redis.query("CONFIG RESETSTAT");
    let looks = (0..100).map(|number| badge.look(&app, ["", ".json", ".svg"][number % 3]));
    for reply in futures::future::join_all(looks).await {
        reply.ok();
    }
    assert_eq!(asked(&app.redis).0, 1, "one snapshot");
    // A guessed token is not asked for again and again either.
    let _: String = app.redis.query("CONFIG RESETSTAT");
    for _ in 0..10 {
        assert_eq!(Browser::new(&app).get("/embed/guessed.json").await.status, 404);
    }
    // Once more where the subscription to changes begins meanwhile.
    let (scripts, gets) = asked(&app.redis);
    assert!(scripts == 0 && (1..=2).contains(&gets), "{gets}");
}

#[tokio::test]
async fn redis_holds_no_token() {
    let app = TestApp::with_own_redis().await;
    let badge = make(&app, json!({})).await;
    let token = badge.address.rsplit('/').next().expect("a token").to_owned();
    assert_eq!(token.len(), 64);
    let names: Vec<String> = app.redis.query("KEYS *");
    let records: Vec<String> = app.redis.command(&["HGETALL", &format!("send:badges:{{{}}}", app.link)]);
    assert!(records.iter().any(|record| record.contains("digest")), "{records:?}");
    assert!(!names.iter().chain(&records).any(|text| text.contains(&token)), "{names:?} {records:?}");
}

#[tokio::test]
async fn links_page_makes_and_revokes_badges() {
    let app = TestApp::new().await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let page = format!("/links/{}", app.link);
    let fields = format!(
        "link_id={}&sites=https%3A%2F%2Fa.example%0D%0Ahttps%3A%2F%2Fb.example&counts=on&live=on",
        app.link
    );
    owner.form("add_badge", &fields).await;
    let shown = owner.get(&page).await.ok().text();
    assert!(shown.contains("https://a.example, https://b.example"), "{shown}");
    assert!(shown.contains("?size=small") && shown.contains(".svg)"), "{shown}");
    let listed = app.get(&path(&app.link)).await.ok().json();
    assert_eq!(listed["badges"][0]["live"], true);
    owner.form("add_badge", &format!("link_id={}&sites=nonsense", app.link)).await;
    let refused = owner.get(&page).await.ok().text();
    assert!(refused.contains(">nonsense</textarea>") && refused.contains("aria-invalid"), "{refused}");
    let id = app.get(&path(&app.link)).await.ok().json()["badges"][0]["badgeId"]
        .as_str()
        .expect("an id")
        .to_owned();
    owner.form("revoke_badge", &format!("link_id={}&badge_id={id}", app.link)).await;
    assert!(!owner.get(&page).await.ok().text().contains("a.example"));
}

#[tokio::test]
async fn a_link_has_a_bounded_number_of_badges() {
    let app = TestApp::new().await;
    for _ in 0..20 {
        make(&app, json!({})).await;
    }
    let refused = app.send(Method::POST, &path(&app.link), "{}").await.refused(400, "bad_request");
    assert!(refused.contains("20 badges"), "{refused}");
}
