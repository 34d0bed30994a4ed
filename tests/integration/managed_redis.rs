//! The real program with its managed redis-server: starts, stops, crashes, and the data that survives.

use std::{
    ops::RangeInclusive,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;
use tokio::{io::AsyncReadExt, process::Command, sync::watch, task::JoinSet};

use crate::support::{
    PROGRAM,
    program::{DataDir, Server, data_with_document, kill, parse, run, sightline, write_script},
};

#[tokio::test]
async fn first_start_shares_guide_and_prints_addresses() {
    let data = DataDir::new();
    let server = Server::start(&data).await;
    let origin = format!("http://{}", server.addr());
    for line in [
        format!("  Viewer page    {origin}/v/user-guide\n"),
        format!("  Dashboard      {origin}/dashboard/user-guide\n"),
        format!("  First account  {origin}/setup/"),
    ] {
        assert!(server.startup_output.contains(&line), "{}", server.startup_output);
    }
    server.get("/readyz").await.ok();
    server.get("/v/user-guide").await.ok();
    server.act_ok("user-guide", "join", "s1").await;
    server.signal("TERM").await;
    assert_eq!(server.wait_for_exit().await.0, Some(0));

    data.add_owner(None).await;
    let again = Server::start(&data).await;
    let documents = again.get("/api/documents").await.ok().json()["documents"].take();
    assert_eq!(documents.as_array().map(Vec::len), Some(1), "shared once");
    assert_eq!(documents[0]["links"][0]["totalViews"], 1, "the first owner owns it");
}

#[tokio::test]
async fn first_start_without_sample_shares_nothing() {
    let data = DataDir::new();
    let mut command = sightline(&[], data.path()); // `serve` is the default
    let server = Server::start_as({
        command.env("SIGHTLINE_SAMPLE", "false");
        command
    })
    .await;
    assert!(!server.startup_output.contains("/v/"), "{}", server.startup_output);
    assert_eq!(server.get("/v/user-guide").await.status, 404);
}

#[tokio::test]
async fn shutdown_stops_redis_and_keeps_data() {
    let data = data_with_document().await;
    for (stop, views) in [("TERM", 1), ("INT", 2)] {
        let server = Server::start(&data).await;
        server.act_ok("doc", "join", stop).await;
        server.act_ok("doc", "leave", stop).await;
        assert_eq!(server.metrics("doc").await["totalViews"], views);
        let redis = data.redis_pid().expect("it is running");
        server.signal(stop).await;
        let (code, log) = server.wait_for_exit().await;
        assert_eq!(code, Some(0), "{log}");
        assert!(!Path::new("/proc").join(&redis).exists(), "redis-server has ended with the program");
        assert_eq!(data.redis_command("PING"), None);
    }
}

/// A wrapper of the program that renders no PDF until the test releases it.
struct BlockedRenderer {
    program: PathBuf,
    started: PathBuf,
    release_pipe: PathBuf,
}

impl BlockedRenderer {
    async fn new(data: &DataDir) -> Self {
        let [program, started, release_pipe] =
            ["slow", "started", "release"].map(|name| data.path().join(name));
        let made = Command::new("mkfifo").args([&started, &release_pipe]).status().await;
        assert!(made.expect("mkfifo runs").success());
        let (signal, wait) = (started.display(), release_pipe.display());
        write_script(&program, &format!("echo x >'{signal}'\nread go <'{wait}'\nexec '{PROGRAM}' \"$@\""))
            .await;
        Self { program, started, release_pipe }
    }

    async fn wait_until_started(&self) {
        tokio::fs::read(&self.started).await.expect("rendering begins");
    }

    async fn release(&self) {
        tokio::fs::write(&self.release_pipe, "x\n").await.expect("the renderer waits");
    }
}

#[tokio::test]
async fn shutdown_answers_open_requests_before_stopping_redis() {
    let data = data_with_document().await;
    let slow = BlockedRenderer::new(&data).await;
    let mut command = sightline(&["serve"], data.path());
    command.env("SIGHTLINE_PROGRAM", &slow.program);
    let server = Server::start_as(command).await;
    let mut open = server.open("GET", "/v/doc/pages/1", "").await.expect("a connection");
    slow.wait_until_started().await;
    server.signal("TERM").await;
    server.wait_for_log("stopping").await;
    assert!(data.redis_command("PING").is_some(), "Redis stops last");
    slow.release().await;
    let mut answer = Vec::new();
    open.read_to_end(&mut answer).await.expect("an answer");
    assert_eq!(parse(&answer).expect("a whole answer").ok().header("content-type"), "image/png");
    assert_eq!(server.wait_for_exit().await.0, Some(0));
    assert_eq!(data.redis_command("PING"), None);
}

/// The first start is interrupted while it checks the guide.
#[tokio::test]
async fn interrupted_first_start_leaves_nothing_and_can_repeat() {
    for stop in ["TERM", "INT"] {
        let data = DataDir::new();
        let slow = BlockedRenderer::new(&data).await;
        let mut starting = sightline(&["serve"], data.path())
            .env("SIGHTLINE_PROGRAM", &slow.program)
            .spawn()
            .expect("the program starts");
        slow.wait_until_started().await;
        assert!(data.redis_command("PING").is_some(), "Redis starts before the guide is shared");
        kill(stop, &starting.id().expect("it is running").to_string()).await;
        assert_eq!(starting.wait().await.expect("its status").code(), Some(0), "SIG{stop}");
        assert_eq!(data.redis_command("PING"), None);
        let server = Server::start(&data).await;
        assert!(server.startup_output.contains("/v/user-guide"), "{}", server.startup_output);
    }
}

#[tokio::test]
async fn failed_start_leaves_no_redis_running() {
    let data = DataDir::new();
    let output = run(sightline(&["serve"], data.path()).env("SIGHTLINE_PROGRAM", "/nowhere")).await;
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(data.redis_command("PING"), None);
}

/// Visitors who send joins without a pause.
struct Load {
    visitors: JoinSet<()>,
    tried: watch::Sender<u64>,
    answered: watch::Sender<u64>,
}

impl Load {
    fn start(server: &Arc<Server>) -> Self {
        let mut load =
            Self { visitors: JoinSet::new(), tried: watch::Sender::new(0), answered: watch::Sender::new(0) };
        for visitor in 0..4 {
            let (server, tried, answered) = (server.clone(), load.tried.clone(), load.answered.clone());
            load.visitors.spawn(async move {
                for n in 0.. {
                    tried.send_modify(|count| *count += 1);
                    let body =
                        json!({ "action": "join", "sessionId": format!("v{visitor}-{n}") }).to_string();
                    match server.try_send("POST", "/api/send/realtime/doc", &body).await {
                        Ok(reply) if reply.status == 200 => answered.send_modify(|count| *count += 1),
                        _ => tokio::task::yield_now().await,
                    }
                }
            });
        }
        load
    }

    /// Returns once this many joins have been answered.
    async fn wait_for(&self, count: u64) {
        self.answered.subscribe().wait_for(|answered| *answered >= count).await.expect("visitors join");
    }

    /// Ends the load. Returns the possible number of views: at least the joins answered, at most the joins sent.
    async fn stop(mut self) -> RangeInclusive<u64> {
        self.visitors.shutdown().await;
        *self.answered.borrow()..=*self.tried.borrow()
    }
}

#[tokio::test]
async fn killed_server_loses_no_acknowledged_view() {
    let data = data_with_document().await;
    let server = Arc::new(Server::start(&data).await);
    let load = Load::start(&server);
    load.wait_for(50).await;
    server.signal("KILL").await;
    let expected = load.stop().await;
    let redis = data.redis_pid().expect("redis-server outlives the program");
    let again = Server::start(&data).await;
    assert_eq!(data.redis_pid(), Some(redis), "the same redis-server is adopted");
    let views = again.metrics("doc").await["totalViews"].as_u64().expect("a number");
    assert!(expected.contains(&views), "{views} views, not {expected:?}");
    again.signal("TERM").await;
    assert_eq!(again.wait_for_exit().await.0, Some(0));
    assert_eq!(data.redis_command("PING"), None, "an adopted redis-server is stopped too");
}

#[tokio::test]
async fn killed_redis_restarts_with_every_acknowledged_view() {
    let data = data_with_document().await;
    let server = Arc::new(Server::start(&data).await);
    let mut dashboard = server.events("doc").await;
    let load = Load::start(&server);
    load.wait_for(50).await;
    let redis = data.redis_pid().expect("it is running");
    kill("KILL", &redis).await;
    let expected = load.stop().await;
    server.wait_until_ready().await;
    assert_ne!(data.redis_pid(), Some(redis));
    let views = server.metrics("doc").await["totalViews"].as_u64().expect("a number");
    assert!(expected.contains(&views), "{views} views, not {expected:?}");
    server.act_ok("doc", "join", "later").await;
    dashboard.until(|seen| seen.metrics.total_views == views + 1).await;
}

#[tokio::test]
async fn adopted_redis_is_restarted_when_killed() {
    let data = data_with_document().await;
    let server = Server::start(&data).await;
    server.act_ok("doc", "join", "s1").await;
    server.signal("KILL").await;
    server.wait_for_exit().await;
    let again = Server::start(&data).await;
    kill("KILL", &data.redis_pid().expect("it is running")).await;
    again.wait_for_log("redis-server is running again").await;
    again.wait_until_ready().await;
    assert_eq!(again.metrics("doc").await["totalViews"], 1);
}

#[tokio::test]
async fn managed_redis_is_private_and_durable() {
    let data = data_with_document().await;
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
        let said = data.redis_command(&format!("CONFIG GET {setting}")).expect("Redis answers");
        assert!(said.ends_with(&format!("\r\n{value}\r\n")), "{said:?}");
    }
}
