//! Two real servers on one Redis and one bucket, killed or overtaken at every step of sealing.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use sightline::server::store::{clock::system_now, link_keys::SEALS};
use tokio::{io::AsyncReadExt, time::timeout};

use crate::support::{
    polling::becomes,
    program::{DataDir, Server},
    redis_server::RedisServer,
    s3::{S3, When},
    test_app::TestApp,
};

/// What sealing asks of the bucket where there is one file: it writes another, merges both, and removes them.
///
/// Between these are its commands to Redis. Held before the first one, a server has noted that it writes a file; held
/// after it, the file exists and is not listed; held before the second, it is listed.
const STEPS: [&str; 7] = ["PUT", "GET", "GET", "PUT", "LIST", "DELETE", "DELETE"];
/// From so many visits on, the tail is sealed.
const SEAL_FROM: usize = 3;
/// Ends a test that hangs.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Longer than the lease of a link's work.
const LEASE_OF_WORK: i64 = 31_000;
/// Longer than a visit can be resumed, and than a file may be written.
const LEASE_OF_FILE: i64 = 11 * 60_000;

/// A server that seals, and restarts with the same folder.
struct Sealer {
    /// Its access key id.
    name: &'static str,
    data: Arc<DataDir>,
    server: Option<Server>,
}

/// Two servers that seal, and a third one that records visits.
struct Servers {
    recorder: TestApp,
    s3: S3,
    sealers: [Sealer; 2],
    /// The e-mail addresses of all visits, in order.
    recorded: Vec<String>,
}

impl Servers {
    /// Starts them; one file is sealed.
    async fn start() -> Self {
        let recorder = TestApp::with_redis(RedisServer::start(), |_| {}).await;
        // In a later month than Redis' clock, so that files are merged at once.
        recorder.set_clock(system_now() + 70 * 24 * 60 * 60_000);
        let sealers = ["one", "two"].map(|name| {
            let data = DataDir::new();
            data.keep_key(&recorder.api_key);
            Sealer { name, data, server: None }
        });
        let mut servers = Self { recorder, s3: S3::start().await, sealers, recorded: Vec::new() };
        servers.restart().await;
        servers.record(SEAL_FROM).await;
        servers.advance(LEASE_OF_FILE).await;
        servers.settle().await;
        servers
    }

    /// Starts those that do not run.
    async fn restart(&mut self) {
        for sealer in &mut self.sealers {
            if sealer.server.is_some() {
                continue;
            }
            let mut command = sealer.data.command(&["serve"], Some(&self.recorder.redis.url()));
            command.envs([
                ("SIGHTLINE_STORAGE", "s3://bucket/some/prefix"),
                ("SIGHTLINE_SEAL_FROM", &SEAL_FROM.to_string()),
                ("SIGHTLINE_SWEEP_INTERVAL_MS", "20"),
                ("SIGHTLINE_TEST_CLOCK", "true"),
                ("AWS_ENDPOINT", self.s3.address()),
                ("AWS_ALLOW_HTTP", "true"),
                ("AWS_REGION", "anywhere"),
                ("AWS_ACCESS_KEY_ID", sealer.name),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
            ]);
            sealer.server = Some(Server::start_as(command).await);
        }
        self.advance(0).await;
    }

    fn running(&self) -> impl Iterator<Item = &Server> {
        self.sealers.iter().filter_map(|sealer| sealer.server.as_ref())
    }

    /// Sets the clocks of all servers forward.
    async fn advance(&self, ms: i64) {
        self.recorder.advance_ms(ms);
        for server in self.running() {
            server.send("PUT", "/test/clock", &self.recorder.now().to_string()).await.ok();
        }
    }

    /// Has so many visitors come and go.
    async fn record(&mut self, count: usize) {
        for _ in 0..count {
            let session = format!("s{}", self.recorded.len());
            let email = format!("{session}@example.com");
            self.recorder.join_with(&session, json!({ "email": email, "currentPage": 1 })).await;
            self.recorder.leave(&session).await;
            self.recorded.push(email);
        }
    }

    async fn kill(&mut self, name: &str) {
        let sealer = self.sealers.iter_mut().find(|sealer| sealer.name == name).expect("one of the two");
        let server = sealer.server.take().expect("it runs");
        server.signal("KILL").await;
        assert_eq!(server.wait_for_exit().await.0, None, "ended by the signal");
    }

    /// Every server that runs reads each visit once.
    async fn expect_each_once(&self) {
        let path = format!("/api/links/{}/visits.ndjson?range=all", self.recorder.link);
        let mut expected = self.recorded.clone();
        expected.sort();
        for server in self.running() {
            let mut lines = String::new();
            server.export(&path).await.read_to_string(&mut lines).await.expect("all of it");
            let visits = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            let mut read: Vec<String> =
                visits.map(|visit| visit["email"].as_str().expect("text").into()).collect();
            read.sort();
            assert_eq!(read, expected);
        }
    }

    /// The names of the files that count.
    fn listed(&self) -> Vec<String> {
        let mut listed: Vec<String> = self.recorder.stored("HKEYS", "sealed", "");
        listed.sort();
        listed
    }

    /// The names of the files that there are.
    fn files(&self) -> Vec<String> {
        let folder = format!("some/prefix/visits/{}/", self.recorder.link);
        let name = |path: String| {
            let file = path.strip_prefix(&folder).and_then(|file| file.strip_suffix(".parquet"));
            file.unwrap_or_else(|| panic!("{path} does not belong here")).to_owned()
        };
        self.s3.objects().into_iter().map(|(path, _)| name(path)).collect()
    }

    /// Waits until all visits that can be are in one file.
    async fn sealed(&self) {
        self.until("sealed", || {
            let is_short = self.recorder.stored::<usize>("XLEN", "visits", "") < SEAL_FROM;
            is_short && self.listed().len() == 1
        })
        .await;
    }

    /// Waits until the sealers have no work left: there is one file, which is listed, and none is being written.
    async fn settle(&self) {
        self.sealed().await;
        let due = format!("ZSCORE {SEALS} {}", self.recorder.link);
        self.until("settled", || {
            let has_work = self.recorder.redis.query::<Option<f64>>(&due).is_some();
            let is_writing = self.recorder.stored::<usize>("ZCARD", "writing", "") > 0;
            !has_work && !is_writing && self.files() == self.listed()
        })
        .await;
        let statistics: Vec<String> = self.recorder.stored("HVALS", "sealed", "");
        let sealed: Value = serde_json::from_str(&statistics[0]).expect("JSON");
        let in_tail: usize = self.recorder.stored("XLEN", "visits", "");
        assert_eq!(sealed["visits"].as_u64().expect("a number") as usize + in_tail, self.recorded.len());
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        assert!(becomes(holds).await, "not {what}: {:?} of {:?}", self.listed(), self.files());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_killed_at_any_step_leaves_every_visit_once() {
    let mut servers = Servers::start().await;
    for (step, method) in STEPS.into_iter().enumerate() {
        for when in [When::Before, When::After] {
            servers.record(SEAL_FROM).await;
            let held = servers.s3.hold(step, when);
            servers.advance(LEASE_OF_FILE).await;
            let held = timeout(TEST_TIMEOUT, held).await.expect("a server seals").expect("a request");
            assert_eq!(held.method, method, "step {step}");
            servers.record(1).await;
            servers.kill(&held.client).await;
            drop(held);
            servers.expect_each_once().await;

            servers.advance(LEASE_OF_WORK).await;
            servers.sealed().await;
            servers.expect_each_once().await;
            servers.advance(LEASE_OF_FILE).await;
            servers.settle().await;
            servers.restart().await;
            servers.expect_each_once().await;
        }
    }
}

/// A server that stops for longer than its lease, at any step, and then goes on.
#[tokio::test(flavor = "multi_thread")]
async fn server_overtaken_at_any_step_doubles_nothing() {
    let mut servers = Servers::start().await;
    for (step, method) in STEPS.into_iter().enumerate() {
        servers.record(SEAL_FROM).await;
        let held = servers.s3.hold(step, When::Before);
        servers.advance(LEASE_OF_FILE).await;
        let held = timeout(TEST_TIMEOUT, held).await.expect("a server seals").expect("a request");
        assert_eq!(held.method, method, "step {step}");
        servers.record(1).await;
        servers.advance(LEASE_OF_WORK).await;
        servers.sealed().await;
        held.go_on();
        servers.expect_each_once().await;

        servers.advance(LEASE_OF_FILE).await;
        servers.settle().await;
        servers.expect_each_once().await;
    }
}
