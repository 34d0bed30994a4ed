//! The keys of the app's link in Redis.

use std::{collections::BTreeMap, ops::ControlFlow};

use redis::FromRedisValue;
use sightline::{
    model::Visit,
    server::store::history::{VisitFacts, VisitSink, sealed::ScanBounds},
};

use super::TestApp;

/// Collects visits.
#[derive(Default)]
struct AllVisits(Vec<Visit>);

impl VisitSink for AllVisits {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        self.0.push(visit.to_visit()?);
        Ok(ControlFlow::Continue(()))
    }
}

impl TestApp {
    /// The key for a name such as `views` or `daily:2026-03-18`.
    pub fn redis_key(&self, noun: &str) -> String {
        match noun.split_once(':') {
            Some((noun, label)) => format!("send:{noun}:{{{}}}:{label}", self.link),
            None => format!("send:{noun}:{{{}}}", self.link),
        }
    }

    /// Runs a command on one of the link's keys, such as `stored("LRANGE", "duration", "0 -1")`.
    pub fn stored<T: FromRedisValue>(&self, command: &str, noun: &str, rest: &str) -> T {
        self.redis.query(&format!("{command} {} {rest}", self.redis_key(noun)))
    }

    /// The recorded durations, the newest first.
    pub fn durations(&self) -> Vec<u64> {
        self.stored("LRANGE", "duration", "0 -1")
    }

    /// The finished visits that can be read, the oldest first, and how many cannot.
    pub async fn visits_and_unreadable(&self) -> (Vec<Visit>, u64) {
        let visits = self.state.stores.visits.open(&self.link, &self.document).await.expect("a list");
        let (all, unreadable) =
            visits.pass(ScanBounds::default(), AllVisits::default()).await.expect("visits");
        (all.0.into_iter().rev().collect(), unreadable)
    }

    /// The finished visits, the oldest first.
    pub async fn visits(&self) -> Vec<Visit> {
        let (visits, unreadable) = self.visits_and_unreadable().await;
        assert_eq!(unreadable, 0);
        visits
    }

    /// Visible milliseconds and entries of each page: `3:ms`, `3:entries`.
    pub fn pages(&self) -> BTreeMap<String, u64> {
        self.stored("HGETALL", "pages", "")
    }

    /// All of the link's keys and values, to show that nothing changed.
    pub fn dump(&self) -> Vec<(String, Vec<u8>)> {
        let mut keys: Vec<String> = self.redis.query(&format!("KEYS send:*:{{{}}}*", self.link));
        keys.sort();
        keys.into_iter()
            .map(|key| {
                let content = self.redis.query(&format!("DUMP {key}"));
                (key, content)
            })
            .collect()
    }
}
