//! A real server that is killed while visitors join, again and again: every event reaches every channel.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::json;
use sightline::server::store::clock::system_now;
use tokio::time::{sleep, timeout};

use crate::support::{
    dice::Dice,
    program::{DataDir, Server, data_with_document_on},
    receiver::WebhookReceiver,
    redis_server::RedisServer,
};

/// How often the server is killed.
const KILLS: usize = 6;
/// How many joins are answered before, at most.
const JOINS: u64 = 25;
/// How long after the last of them, at most, in microseconds: a join and its delivery take less.
const LATER: u64 = 20_000;
/// Longer than the lease of a link's outbox and of a channel, in milliseconds.
const LEASE: i64 = 31_000;
/// Ends a test that hangs; no limit of the program.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// The server, and the Redis that outlives it.
struct Killed {
    redis: Arc<RedisServer>,
    data: Arc<DataDir>,
    now: i64,
}

impl Killed {
    /// Starts it at a time when everything is due that an earlier one had taken.
    async fn start(&mut self) -> Arc<Server> {
        let mut command = self.data.command(&["serve"], Some(&self.redis.url()));
        command.envs([
            ("SIGHTLINE_TEST_CLOCK", "true"),
            ("SIGHTLINE_NO_LIMITS", "true"),
            ("SIGHTLINE_WEBHOOK_ALLOW", "127.0.0.0/8"),
        ]);
        let server = Server::start_as(command).await;
        self.now += LEASE;
        server.send("PUT", "/test/clock", &self.now.to_string()).await.ok();
        // Locks end by the clock of Redis.
        for lock in self.redis.query::<Vec<String>>("KEYS send:delivery-lock:*") {
            self.redis.query::<u64>(&format!("DEL {lock}"));
        }
        Arc::new(server)
    }
}

fn email(number: usize) -> String {
    format!("reader{number}@example.org")
}

/// Has one visitor after the other join until the server is gone. Returns the number of the last whose join was answered.
async fn join_until_killed(server: Arc<Server>, from: usize, answered: Arc<AtomicUsize>) -> usize {
    let mut number = from;
    loop {
        number += 1;
        let join = json!({ "action": "join", "sessionId": format!("s{number}"), "email": email(number) });
        match server.try_send("POST", "/api/send/realtime/doc", &join.to_string()).await {
            Ok(reply) => reply.ok(),
            Err(_) => return number,
        };
        answered.fetch_add(1, Relaxed);
    }
}

/// The numbers of the readers that a channel was told of, in the order in which it first was. An id belongs to one of them.
fn told(receiver: &WebhookReceiver) -> Vec<usize> {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut order = Vec::new();
    for received in receiver.received() {
        let email = received.json()["data"]["reader"]["email"].as_str().expect("an e-mail").to_owned();
        let number = email.trim_start_matches("reader").trim_end_matches("@example.org");
        let number = number.parse().expect("a number");
        let id = received.header("webhook-id").to_owned();
        match ids.insert(id.clone(), number) {
            Some(before) => assert_eq!(before, number, "{id} stands for two events"),
            None => order.push(number),
        }
    }
    order
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_server_loses_no_event() {
    let (mut dice, _) = Dice::new();
    let redis = RedisServer::start();
    let data = data_with_document_on(Some(&redis.url())).await;
    let mut killed = Killed { redis, data, now: system_now() };
    let receivers = [WebhookReceiver::start().await, WebhookReceiver::start().await];
    let mut server = killed.start().await;
    for receiver in &receivers {
        let webhook = json!({ "url": receiver.url(), "events": ["visit.started"] });
        assert_eq!(server.send("POST", "/api/webhooks", &webhook.to_string()).await.status, 201);
    }

    let (mut last, mut unanswered) = (0, Vec::new());
    for _ in 0..KILLS {
        let answered = Arc::new(AtomicUsize::new(0));
        let joining = tokio::spawn(join_until_killed(server.clone(), last, answered.clone()));
        let joins = dice.below(JOINS) as usize;
        while answered.load(Relaxed) < joins {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_micros(dice.below(LATER))).await;
        server.signal("KILL").await;
        last = joining.await.expect("it ends");
        unanswered.push(last);
        server = killed.start().await;
    }

    for receiver in &receivers {
        let is_lost = |told: &[usize], number: &usize| !unanswered.contains(number) && !told.contains(number);
        let all = async {
            while (1..=last).any(|number| is_lost(&told(receiver), &number)) {
                receiver.wait_for(receiver.received().len() + 1).await;
            }
        };
        if timeout(TEST_TIMEOUT, all).await.is_err() {
            let told = told(receiver);
            panic!(
                "never told of {:?}",
                (1..=last).filter(|number| is_lost(&told, number)).collect::<Vec<_>>()
            );
        }
        let told = told(receiver);
        assert!(told.is_sorted(), "not in order: {told:?}");
        let mut once = told.clone();
        once.dedup();
        assert_eq!(told, once, "an event had two ids");
    }
}
