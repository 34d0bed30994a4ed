//! A real server that is killed while visitors join, and is started again on the same Redis.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::json;
use sightline::server::store::clock::system_now;
use tokio::{process::Command, time::sleep};

use super::{
    dice::Dice,
    program::{DataDir, Server, data_with_document_on},
    redis_server::RedisServer,
};

/// How often the server is killed.
pub const KILLS: usize = 6;

/// How many joins are answered before, at most.
const JOINS: u64 = 25;
/// How long after the last of them, at most, in microseconds: a join and what is sent of it take less.
const LATER: u64 = 20_000;

/// The server, and the Redis that outlives it.
pub struct KilledServer {
    pub redis: Arc<RedisServer>,
    data: Arc<DataDir>,
    set: Box<dyn Fn(&mut Command) + Send + Sync>,
    /// How far the clock goes at each start, in milliseconds: longer than what a server takes is leased to it.
    step: i64,
    pub now: i64,
    pub server: Arc<Server>,
    /// The number of the last visitor.
    pub last: usize,
    /// Visitors whose joins were not answered: they may be in or not.
    pub unanswered: Vec<usize>,
}

impl KilledServer {
    /// Starts one with a document at the link `doc`. `set` is called before each start.
    pub async fn start(step: i64, set: impl Fn(&mut Command) + Send + Sync + 'static) -> Self {
        let redis = RedisServer::start();
        let data = data_with_document_on(Some(&redis.url())).await;
        let now = system_now();
        let server = start(&redis, &data, &set, now).await;
        Self { redis, data, set: Box::new(set), step, now, server, last: 0, unanswered: Vec::new() }
    }

    /// Has visitors join, each with an e-mail address of their own, kills the server among them, and starts it again.
    pub async fn kill_among_joins(&mut self, dice: &mut Dice) {
        let answered = Arc::new(AtomicUsize::new(0));
        let joining = tokio::spawn(join_until_killed(self.server.clone(), self.last, answered.clone()));
        let joins = dice.below(JOINS) as usize;
        while answered.load(Relaxed) < joins {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_micros(dice.below(LATER))).await;
        self.server.signal("KILL").await;
        self.last = joining.await.expect("it ends");
        self.unanswered.push(self.last);
        self.now += self.step;
        // Locks end by the clock of Redis.
        for lock in self.redis.query::<Vec<String>>("KEYS send:delivery-lock:*") {
            self.redis.query::<u64>(&format!("DEL {lock}"));
        }
        self.server = start(&self.redis, &self.data, &self.set, self.now).await;
    }

    /// Moves the clock as a start does.
    pub async fn step(&mut self) {
        self.now += self.step;
        self.server.send("PUT", "/test/clock", &self.now.to_string()).await.ok();
    }

    /// The visitors whose joins were answered, but for those that are told.
    pub fn lost(&self, told: &[usize]) -> Vec<usize> {
        (1..=self.last).filter(|number| !self.unanswered.contains(number) && !told.contains(number)).collect()
    }
}

async fn start(
    redis: &RedisServer,
    data: &DataDir,
    set: &(dyn Fn(&mut Command) + Send + Sync),
    now: i64,
) -> Arc<Server> {
    let mut command = data.command(&["serve"], Some(&redis.url()));
    command.envs([("SIGHTLINE_TEST_CLOCK", "true"), ("SIGHTLINE_NO_LIMITS", "true")]);
    set(&mut command);
    let server = Server::start_as(command).await;
    server.send("PUT", "/test/clock", &now.to_string()).await.ok();
    Arc::new(server)
}

/// The address of a visitor.
fn email(number: usize) -> String {
    format!("reader{number}@example.org")
}

/// The numbers of all visitors whose addresses stand in a text.
pub fn visitors_in(text: &str) -> Vec<usize> {
    let number = |part: &str| part.split_once("@example.org")?.0.parse().ok();
    text.split("reader").skip(1).filter_map(number).collect()
}

/// Has one visitor after the other join until the server is gone. Returns the number of the one whose join was not answered.
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
