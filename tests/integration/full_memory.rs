//! Redis has reached its limit of memory: what goes on, what is refused, and what is said.

use serde_json::json;
use sightline::{
    error::AppError,
    model::{KeyId, LinkId, NewLink, address},
};

use crate::support::{
    browser::Browser,
    program::{Server, data_with_document_on},
    redis_server::RedisServer,
    test_app::{PASSWORD, TestApp},
};

/// A crawler that shows a preview of the link in a chat.
const PREVIEW: &str = "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)";

/// Fills a server beyond its limit, so that no command that needs memory is taken.
fn fill(redis: &RedisServer) {
    let memory: String = redis.query("INFO memory");
    let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:")).expect("a number");
    let used: u64 = used.trim().parse().expect("a number");
    let (mut connection, filler) = (redis.connect(), "x".repeat(1_000_000));
    for n in 0..8 {
        let set = redis::cmd("SET").arg(format!("filler:{n}")).arg(&filler).exec(&mut connection);
        set.expect("there is no limit yet");
    }
    redis.query::<()>(&format!("CONFIG SET maxmemory {}", used + 4_000_000));
}

fn empty(redis: &RedisServer) {
    redis.query::<()>("CONFIG SET maxmemory 0");
}

#[tokio::test]
async fn visitors_read_on_when_memory_is_full() {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.join("s2").await;
    fill(&app.redis);
    for (path, agent) in [
        (format!("/v/{}", app.link), "Mozilla/5.0"),
        (format!("/v/{}", app.link), PREVIEW),
        (format!("/v/{}/pages/1", app.link), "Mozilla/5.0"),
    ] {
        let page = Browser::new(&app).with_header("user-agent", agent).get(&path).await;
        assert_eq!(page.status, 200, "{path} for {agent}: {page}");
    }
    app.act("join", "s3", json!({})).await.refused(503, "unavailable");
    app.heartbeat("s1", 7).await;
    app.set_visible("s1", false).await;
    app.leave("s2").await;
    let seen = app.snapshot().await.active_viewers;
    assert_eq!((seen.len(), seen[0].current_page, seen[0].away), (1, Some(7), true));
    app.advance(6);
    app.state.sweeper().sweep().await.expect("what ends frees memory");
    assert_eq!(app.visits().await.len(), 2);
    empty(&app.redis);
    app.join("s3").await;
    assert_eq!(app.snapshot().await.metrics.total_views, 3);
}

/// What ends access or removes data, in an order in which each finds what it ends: the method, the path, the body.
fn endings(app: &TestApp, key: &KeyId, session: &str) -> Vec<(&'static str, String, String)> {
    let form = |function: &str, fields: String| ("FORM", function.to_owned(), fields);
    let link = |label: &str| format!("/api/links/{}-{label}", app.link);
    let renewed = "turquoise+ladder+seven";
    vec![
        ("PATCH", link("shut"), json!({ "enabled": false }).to_string()),
        ("PATCH", link("shut"), json!({ "expiresAt": app.now() - 1 }).to_string()),
        ("DELETE", link("gone"), String::new()),
        ("DELETE", "/api/readers/sealed%40example.com".to_owned(), String::new()),
        ("DELETE", "/api/readers/tail%40example.com".to_owned(), String::new()),
        ("DELETE", format!("/api/documents/{}", app.document), String::new()),
        form("revoke_api_key", format!("key_id={key}")),
        form("end_session", format!("session_id={session}")),
        form("remove_second_factor", format!("current={}", address::encode(PASSWORD))),
        form("change_password", format!("old={}&new={renewed}", address::encode(PASSWORD))),
    ]
}

#[tokio::test]
async fn what_ends_something_works_when_memory_is_full() {
    let app = TestApp::with_redis(RedisServer::start(), |config| config.seal_from = 2).await;
    let (accounts, owner) = (&app.state.stores.accounts, &app.owner.owner_id);
    let document = app.state.stores.catalogue.document(&app.document).await.expect("a document");
    for label in ["shut", "gone"] {
        let id = format!("{}-{label}", app.link).parse().expect("a link id");
        let link = NewLink { link_id: Some(id), ..NewLink::default() };
        app.state.services.library.make_link(&document, link).await.expect("a link");
    }
    let shut: LinkId = format!("{}-shut", app.link).parse().expect("a link id");
    for (session, email) in
        [("s1", "sealed@example.com"), ("s2", "other@example.com"), ("s3", "tail@example.com")]
    {
        app.join_with(session, json!({ "email": email })).await;
        app.leave(session).await;
        app.advance(11);
        app.state.sweeper().sweep().await.expect("Redis answers");
    }
    assert_eq!(app.stored::<u32>("HLEN", "sealed", ""), 1, "two visits are sealed, one is not");
    let key = accounts.new_key(owner, "old", Default::default()).await.expect("a key").listed.key_id;
    let mut others = [Browser::signed_in(&app, owner).await, Browser::signed_in(&app, owner).await];
    let listed = accounts.sessions(owner, None).await.expect("sessions");
    let session = listed[0].session_id.as_str().to_owned();
    let mut browser = Browser::signed_in(&app, owner).await;
    let _: u32 = app.redis.command(&["HSET", "send:second-factors:{accounts}", owner.as_str(), "SECRET 0"]);

    fill(&app.redis);
    for path in [address::HOME.to_owned(), address::dashboard(&app.link), address::SETTINGS.to_owned()] {
        assert_eq!(browser.get(&path).await.status, 200, "{path}");
    }
    for (method, path, body) in endings(&app, &key, &session) {
        let reply = match method {
            "FORM" => browser.call(&path, &body).await,
            _ => app.send(method.parse().expect("a method"), &path, body.clone()).await,
        };
        assert_eq!(reply.status, 200, "{method} {path} {body}: {reply}");
        if path.ends_with("-shut") {
            let beat = Browser::new(&app).act(&shut, "heartbeat", json!({})).await;
            assert_eq!(beat.status, 410, "{body}: {beat}");
        }
    }
    Browser::new(&app).act(&shut, "heartbeat", json!({})).await.refused(404, "link_not_found");
    assert_eq!(accounts.keys(owner).await.expect("keys").len(), 1);
    assert_eq!(accounts.has_second_factor(owner).await, Ok(false));
    for other in &mut others {
        assert_eq!(other.get(address::SETTINGS).await.status, 401, "a new password ends all sessions");
    }
    assert_eq!(accounts.proven(&app.owner.email, PASSWORD).await.err(), Some(AppError::WrongCredentials));
    assert_eq!(browser.get(address::SETTINGS).await.status, 401, "there is no room for a new session");
    let refused = accounts.add("new@example.org", PASSWORD).await;
    assert_eq!(refused.err(), Some(AppError::Unavailable), "it is full to the end");
}

#[tokio::test]
async fn owner_can_leave_when_memory_is_full() {
    for leave in ["sign_out", "sign_out_everywhere", "delete_account"] {
        let app = TestApp::with_own_redis().await;
        let owner = &app.owner.owner_id;
        app.join("reader").await;
        let mut browser = Browser::signed_in(&app, owner).await;
        let mut other = Browser::signed_in(&app, owner).await;
        fill(&app.redis);
        let left = browser.form(leave, &format!("current={}", address::encode(PASSWORD))).await;
        assert_eq!((left.status, left.header("location")), (302, address::SIGN_IN), "{leave}: {left}");
        assert_eq!(browser.get(address::SETTINGS).await.status, 401, "{leave}");
        let others = if leave == "sign_out" { 200 } else { 401 };
        assert_eq!(other.get(address::SETTINGS).await.status, others, "{leave}");
        let link = Browser::new(&app).get(&format!("/v/{}", app.link)).await.status;
        assert_eq!(link, if leave == "delete_account" { 404 } else { 200 }, "{leave}");
    }
}

#[tokio::test]
async fn sealing_frees_memory_when_it_is_full() {
    let app = TestApp::with_redis(RedisServer::start(), |config| {
        (config.seal_from, config.keep_visits) = (3, Some(30));
    })
    .await;
    let visit = async |sessions: &[&str]| {
        for session in sessions {
            app.join(session).await;
            app.leave(session).await;
        }
        app.advance(11);
    };
    visit(&["a", "b", "c"]).await;
    app.state.sweeper().sweep().await.expect("Redis answers");
    visit(&["d", "e", "f", "g"]).await;
    fill(&app.redis);
    let sweep = async || app.state.sweeper().sweep().await;
    sweep().await.expect("sealing frees memory");
    assert_eq!((app.stored::<u32>("XLEN", "visits", ""), app.visits().await.len()), (0, 7));
    let lists = |count: u32| assert_eq!(app.stored::<u32>("HLEN", "sealed", ""), count);
    lists(2);
    // What is no longer kept goes too.
    app.advance(31 * 24 * 60);
    app.redis.query::<()>("DEL send:daily-turn:{sweep}");
    sweep().await.expect("removing frees memory");
    lists(0);
    assert_eq!(app.visits().await.len(), 0);
}

#[tokio::test]
async fn readiness_says_which_part_is_away() {
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let server = Server::start_as(data.command(&["serve"], Some(&redis.url()))).await;
    server.get("/readyz").await.ok();
    fill(&redis);
    let refused = server.get("/readyz").await;
    let said = refused.refused(503, "unavailable");
    assert!(said.contains("memory is full") && said.contains("maxmemory"), "{said}");
    assert_eq!(refused.json()["parts"], json!({ "redis": "ok", "writes": "refused" }));
    for _ in 0..50 {
        server.act("doc", "join", "s1").await.refused(503, "unavailable");
    }
    empty(&redis);
    server.get("/readyz").await.ok();
    redis.query::<()>("CONFIG SET min-replicas-to-write 1");
    let said = server.get("/readyz").await.refused(503, "unavailable");
    assert!(said.contains("min-replicas-to-write"), "{said}");
    redis.stop();
    let away = server.get("/readyz").await;
    away.refused(503, "unavailable");
    assert_eq!(away.json()["parts"]["redis"], "away");
    server.signal("TERM").await;
    let (_, log) = server.wait_for_exit().await;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("memory is full")).collect();
    assert!(lines.len() == 1 && lines[0].contains("CONFIG SET maxmemory"), "{log}");
}
