//! The real program with a redis-server of its own: starting, stopping, crashing, and what is kept.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use serde_json::json;
use tokio::{io::AsyncReadExt, process::Command, task::JoinSet};

use crate::support::{
    PROGRAM,
    pdf::Pdf,
    program::{DataDir, Server, kill, parse, run, sightline},
    redis_server::RedisServer,
};

/// A data folder with one small document at the link `doc`.
async fn with_document() -> Arc<DataDir> {
    let data = DataDir::new();
    let file = data.path().join("small.pdf");
    std::fs::write(&file, Pdf::with_box("[0 0 10 10]").bytes()).expect("a file");
    let share = ["share", file.to_str().expect("a plain path"), "--id", "doc"];
    let shared = run(&mut sightline(&share, data.path())).await;
    assert!(shared.status.success(), "{shared:?}");
    data
}

/// What the program says when it can not start.
async fn fails(command: &mut Command) -> String {
    let output = run(command).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Writes a program; another process does it, see `documents::counted`.
async fn script(path: &Path, lines: &str) {
    let write = r#"printf '#!/bin/sh\n%s\n' "$1" >"$0" && chmod +x "$0""#;
    let written = Command::new("sh").arg("-c").arg(write).arg(path).arg(lines).status().await;
    assert!(written.expect("sh runs").success());
}

#[tokio::test]
async fn the_first_start_shares_the_guide_and_prints_its_addresses() {
    let data = DataDir::new();
    let server = Server::start(&data).await;
    let origin = format!("http://{}", server.addr());
    for line in [
        format!("  Viewer page  {origin}/v/user-guide\n"),
        format!("  Dashboard    {origin}/dashboard/user-guide\n"),
        format!("  All links    {origin}/\n"),
    ] {
        assert!(server.greeting.contains(&line), "{}", server.greeting);
    }
    server.get("/readyz").await.ok();
    server.get("/v/user-guide").await.ok();
    server.act("user-guide", "join", "s1").await.ok();
    server.signal("TERM").await;
    assert_eq!(server.ended().await.0, Some(0));

    let again = Server::start(&data).await;
    let rows = again.send("POST", "/sfn/shared_links", "{}").await.ok().json();
    assert_eq!((rows.as_array().map(Vec::len), &rows[0]["totalViews"]), (Some(1), &json!(1)), "shared once");
}

#[tokio::test]
async fn without_a_sample_nothing_is_shared_at_the_first_start() {
    let data = DataDir::new();
    let mut command = sightline(&[], data.path()); // `serve` is the default
    let server = Server::start_as({
        command.env("SIGHTLINE_SAMPLE", "false");
        command
    })
    .await;
    assert!(!server.greeting.contains("/v/"), "{}", server.greeting);
    assert_eq!(server.send("POST", "/sfn/shared_links", "{}").await.ok().json(), json!([]));
}

#[tokio::test]
async fn told_to_stop_it_stops_redis_and_ends_well_and_keeps_everything() {
    let data = with_document().await;
    for (stop, views) in [("TERM", 1), ("INT", 2)] {
        let server = Server::start(&data).await;
        server.act("doc", "join", stop).await.ok();
        server.act("doc", "leave", stop).await.ok();
        assert_eq!(server.metrics("doc").await["totalViews"], views);
        let redis = data.redis_pid().expect("it runs");
        server.signal(stop).await;
        let (code, log) = server.ended().await;
        assert_eq!(code, Some(0), "{log}");
        assert!(!Path::new("/proc").join(&redis).exists(), "redis-server is gone when we are");
        assert_eq!(data.redis("PING"), None);
    }
}

/// The page is drawn by a program that waits until the test says so.
#[tokio::test]
async fn told_to_stop_it_answers_open_requests_first_and_keeps_redis_until_then() {
    let data = with_document().await;
    let (slow, began, go) = (data.path().join("slow"), data.path().join("began"), data.path().join("go"));
    let made = Command::new("mkfifo").args([&began, &go]).status().await;
    assert!(made.expect("mkfifo runs").success());
    let lines =
        format!("echo x >'{}'\nread go <'{}'\nexec '{PROGRAM}' \"$@\"", began.display(), go.display());
    script(&slow, &lines).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_PROGRAM", &slow);
    let server = Server::start_as(command).await;
    let mut open = server.open("GET", "/v/doc/pages/1", "").await.expect("it listens");
    tokio::fs::read(&began).await.expect("the page is being drawn");
    server.signal("TERM").await;
    server.says("stopping").await;
    assert!(data.redis("PING").is_some(), "Redis is stopped last");
    tokio::fs::write(&go, "x\n").await.expect("the page may be drawn");
    let mut answer = Vec::new();
    open.read_to_end(&mut answer).await.expect("an answer");
    assert_eq!(parse(&answer).expect("a whole answer").ok().header("content-type"), "image/png");
    assert_eq!(server.ended().await.0, Some(0));
    assert_eq!(data.redis("PING"), None);
}

/// Visitors join without a pause. Returns how many joins were answered, also after the server is gone.
fn load(server: &Arc<Server>) -> (Arc<AtomicU64>, JoinSet<()>) {
    let (answered, mut visitors) = (Arc::<AtomicU64>::default(), JoinSet::new());
    for visitor in 0..4 {
        let (server, answered) = (server.clone(), answered.clone());
        visitors.spawn(async move {
            for n in 0.. {
                let body = json!({ "action": "join", "sessionId": format!("v{visitor}-{n}") }).to_string();
                match server.try_send("POST", "/api/send/realtime/doc", &body).await {
                    Ok(reply) if reply.status == 200 => answered.fetch_add(1, Relaxed),
                    _ => return,
                };
            }
        });
    }
    (answered, visitors)
}

async fn until(answered: &AtomicU64, count: u64) {
    while answered.load(Relaxed) < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn killed_under_load_it_finds_its_redis_again_and_everything_it_acknowledged() {
    let data = with_document().await;
    let server = Arc::new(Server::start(&data).await);
    let (answered, visitors) = load(&server);
    until(&answered, 50).await;
    server.signal("KILL").await;
    visitors.join_all().await;
    let redis = data.redis_pid().expect("it goes on without us");
    let again = Server::start(&data).await;
    assert_eq!(data.redis_pid(), Some(redis), "used again, not fought");
    let views = again.metrics("doc").await["totalViews"].as_u64().expect("a number");
    let answered = answered.load(Relaxed);
    assert!((answered..=answered + 4).contains(&views), "{views} views, {answered} answered");
    again.signal("TERM").await;
    assert_eq!(again.ended().await.0, Some(0));
    assert_eq!(data.redis("PING"), None, "a server that was left behind is stopped as well");
}

#[tokio::test]
async fn a_redis_that_is_killed_under_load_is_started_again_with_everything_it_acknowledged() {
    let data = with_document().await;
    let server = Arc::new(Server::start(&data).await);
    let (answered, visitors) = load(&server);
    until(&answered, 50).await;
    let redis = data.redis_pid().expect("it runs");
    kill("KILL", &redis).await;
    visitors.join_all().await;
    server.is_ready().await;
    assert_ne!(data.redis_pid(), Some(redis));
    let views = server.metrics("doc").await["totalViews"].as_u64().expect("a number");
    let answered = answered.load(Relaxed);
    assert!((answered..=answered + 4).contains(&views), "{views} views, {answered} answered");
    server.act("doc", "join", "later").await.ok();
}

#[tokio::test]
async fn a_redis_that_was_left_behind_is_also_started_again() {
    let data = with_document().await;
    let server = Server::start(&data).await;
    server.act("doc", "join", "s1").await.ok();
    server.signal("KILL").await;
    server.ended().await;
    let again = Server::start(&data).await;
    kill("KILL", &data.redis_pid().expect("it runs")).await;
    again.says("redis-server is running again").await;
    again.is_ready().await;
    assert_eq!(again.metrics("doc").await["totalViews"], 1);
}

#[tokio::test]
async fn its_redis_listens_for_nobody_else_and_writes_everything_down() {
    let data = with_document().await;
    let _server = Server::start(&data).await;
    let mode =
        data.socket().parent().expect("a folder").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    for (setting, value) in [
        ("port", "0"),
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("maxmemory-policy", "noeviction"),
    ] {
        let said = data.redis(&format!("CONFIG GET {setting}")).expect("it answers");
        assert!(said.ends_with(&format!("\r\n{value}\r\n")), "{said:?}");
    }
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let data = with_document().await;
    let server = Server::start(&data).await;
    let said = fails(&mut sightline(&["serve"], data.path())).await;
    assert!(
        said.contains("Another Sightline is running on") && said.contains("SIGHTLINE_DATA_DIR"),
        "{said}"
    );
    server.get("/readyz").await.ok();
}

#[tokio::test]
async fn without_redis_it_says_how_to_install_it() {
    let data = DataDir::new();
    let said = fails(sightline(&["serve"], data.path()).env("PATH", data.path())).await;
    assert!(said.contains("apt-get install redis-server") && said.contains("SIGHTLINE_REDIS_URL"), "{said}");
}

#[tokio::test]
async fn a_redis_that_is_too_old_is_named() {
    let data = DataDir::new();
    script(&data.path().join("redis-server"), "echo 'Redis server v=6.2.14 sha=0:0'").await;
    let said = fails(sightline(&["serve"], data.path()).env("PATH", data.path())).await;
    assert!(
        said.contains("too old") && said.contains("6.2.14") && said.contains("Redis 7.0 or newer"),
        "{said}"
    );
}

#[tokio::test]
async fn where_there_is_only_valkey_it_is_used() {
    let data = with_document().await;
    let found = Command::new("sh").args(["-c", "command -v redis-server"]).output().await.expect("sh runs");
    let real = PathBuf::from(String::from_utf8(found.stdout).expect("a path").trim());
    std::os::unix::fs::symlink(real, data.path().join("valkey-server")).expect("a link");
    let mut command = sightline(&["serve"], data.path());
    command.env("PATH", data.path());
    Server::start_as(command).await.act("doc", "join", "s1").await.ok();
}

#[tokio::test]
async fn a_folder_too_deep_for_a_socket_is_refused_with_the_way_out() {
    let data = DataDir::new();
    let deep = data.path().join("x".repeat(100));
    let said = fails(&mut sightline(&["serve"], &deep)).await;
    assert!(said.contains("too long for a socket") && said.contains("SIGHTLINE_DATA_DIR"), "{said}");
}

#[tokio::test]
async fn an_address_in_use_is_named_and_no_redis_is_started() {
    let data = with_document().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = taken.local_addr().expect("an address").to_string();
    let said = fails(sightline(&["serve"], data.path()).env("SIGHTLINE_ADDR", &addr)).await;
    assert!(said.contains(&addr) && said.contains("can not be listened on"), "{said}");
    assert_eq!(data.redis("PING"), None);
}

#[tokio::test]
async fn a_redis_of_ones_own_is_used_and_its_faults_are_told() {
    let (data, redis) = (with_document().await, RedisServer::start());
    redis.ask::<()>("CONFIG SET maxmemory-policy allkeys-lru");
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_REDIS_URL", redis.url());
    let server = Server::start_as(command).await;
    server.says("maxmemory-policy is allkeys-lru").await;
    server.act("doc", "join", "s1").await.ok();
    assert_eq!(redis.ask::<u64>("GET send:views:{doc}"), 1);
    server.signal("TERM").await;
    assert_eq!(server.ended().await.0, Some(0));
    assert_eq!(redis.ask::<String>("PING"), "PONG", "it is not ours to stop");
    assert!(!data.socket().exists(), "and none of ours was started");
}

#[tokio::test]
async fn an_address_of_redis_that_can_not_be_read_is_named() {
    let data = DataDir::new();
    let said = fails(sightline(&["serve"], data.path()).env("SIGHTLINE_REDIS_URL", "localhost")).await;
    assert!(said.contains("SIGHTLINE_REDIS_URL can not be used"), "{said}");
}

#[tokio::test]
async fn settings_out_of_their_bounds_are_refused_by_name() {
    let data = DataDir::new();
    for (name, value) in [
        ("SIGHTLINE_ADDR", "nowhere"),
        ("SIGHTLINE_INACTIVE_AFTER", "5"),
        ("SIGHTLINE_RESUME_WITHIN", "-1"),
        ("SIGHTLINE_SAMPLE", "perhaps"),
    ] {
        let output = run(sightline(&["serve"], data.path()).env(name, value).stdout(Stdio::piped())).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let flag = name.trim_start_matches("SIGHTLINE_").to_lowercase().replace('_', "-");
        assert!(!output.status.success() && said.contains(&flag) && said.contains(value), "{name}: {said}");
    }
}
