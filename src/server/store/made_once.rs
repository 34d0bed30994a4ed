//! Requests with an idempotency key: which run, and what the finished ones were answered.
//!
//! ```text
//! send:made-once:{owner}          hash: digest of a key to its record
//! send:made-once-by-time:{owner}  sorted set: the same digests by the time when they began
//! ```
//!
//! Both keys of an owner are in one slot, and expire a day after the latest request. A record is text: `running`, a
//! token and when the lease ends; or `done`, a fingerprint, the status and the body; or `secret` and a fingerprint.

use std::{sync::Arc, time::Duration};

use redis::{Script, ScriptInvocation};
use sha2::{Digest, Sha256};

use super::{
    clock::Clock,
    random,
    redis::{Redis, ScriptLoader},
};
use crate::{error::AppError, model::OwnerId};

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a request may run; after that its server is taken to have died.
const LEASE: Duration = Duration::from_secs(15 * 60);
/// The most keys of one owner; beyond, the oldest is forgotten.
const MOST: u32 = 1_000;
/// Characters of a token that tells one run of a request from another.
const TOKEN_LENGTH: usize = 20;

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct MadeOnceStore {
    redis: Redis,
    clock: Clock,
    scripts: Arc<[Script; 2]>,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing: the request may run.
    Nothing(RunningRequest),
    /// A request with it runs.
    Running,
    /// A request with it was carried out.
    Done(Kept),
}

/// A request that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningRequest {
    owner: OwnerId,
    digest: String,
    token: String,
}

/// A request that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What it asked, as a keyed digest.
    pub fingerprint: String,
    /// Its answer: the status and the JSON. `None`: not kept.
    pub answer: Option<(u16, String)>,
}

impl MadeOnceStore {
    /// The store in `redis`.
    pub fn new(redis: Redis, clock: Clock) -> Self {
        let loader = ScriptLoader::sharing(&[]);
        let scripts = [include_str!("made_once/begin.lua"), include_str!("made_once/end.lua")];
        Self { redis, clock, scripts: Arc::new(scripts.map(|script| loader.script(script))) }
    }

    /// Loads the scripts, so that the first request need not.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        let [begin, end] = &*self.scripts;
        self.redis.load(&[begin, end]).await
    }

    /// Begins a request of an owner with a key.
    pub async fn begin(&self, owner: &OwnerId, key: &str) -> Result<Known, AppError> {
        let digest = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let run = RunningRequest { owner: owner.clone(), digest, token: random::token(TOKEN_LENGTH)? };
        let [begin, _] = &*self.scripts;
        let mut call = call(begin, &run);
        call.arg(self.clock.script_argument());
        call.arg(LEASE.as_millis() as u64).arg(KEPT.as_millis() as u64).arg(MOST);
        let record: String = self.redis.run(&call).await?;
        match record.split_once(' ') {
            None => Ok(Known::Nothing(run)),
            Some(("running", _)) => Ok(Known::Running),
            Some((state, rest)) => Kept::read(state, rest).map(Known::Done),
        }
    }

    /// Forgets all requests of an owner.
    pub async fn forget(&self, owner: &OwnerId) -> Result<(), AppError> {
        let mut command = redis::cmd("UNLINK");
        self.redis.query::<u64>(command.arg(&keys(owner))).await.map(drop)
    }

    /// Ends a request: with what is kept of it, or with nothing, when it made nothing and may be sent again.
    pub async fn end(&self, run: &RunningRequest, kept: Option<&Kept>) -> Result<(), AppError> {
        let [_, end] = &*self.scripts;
        let mut call = call(end, run);
        call.arg(kept.map(Kept::record).unwrap_or_default());
        self.redis.run(&call).await
    }
}

/// A call with the keys and the first arguments of both scripts.
fn call<'a>(script: &'a Script, run: &RunningRequest) -> ScriptInvocation<'a> {
    let RunningRequest { owner, digest, token } = run;
    let mut call = script.prepare_invoke();
    for key in keys(owner) {
        call.key(key);
    }
    call.arg(digest).arg(token);
    call
}

fn keys(owner: &OwnerId) -> [String; 2] {
    ["made-once", "made-once-by-time"].map(|noun| format!("send:{noun}:{{{owner}}}"))
}

impl Kept {
    fn record(&self) -> String {
        let Self { fingerprint, answer } = self;
        match answer {
            Some((status, body)) => format!("done {fingerprint} {status} {body}"),
            None => format!("secret {fingerprint}"),
        }
    }

    fn read(state: &str, rest: &str) -> Result<Self, AppError> {
        let read = || match state {
            "done" => {
                let mut parts = rest.splitn(3, ' ');
                let (fingerprint, status) = (parts.next()?.to_owned(), parts.next()?.parse().ok()?);
                Some(Self { fingerprint, answer: Some((status, parts.next()?.to_owned())) })
            }
            "secret" => Some(Self { fingerprint: rest.to_owned(), answer: None }),
            _ => None,
        };
        read().ok_or_else(|| {
            tracing::error!("the record of an idempotency key in Redis is corrupt");
            AppError::Internal
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_as_written() {
        for answer in [None, Some((201, r#"{"success":true,"title":"a b"}"#.to_owned()))] {
            let kept = Kept { fingerprint: "f0".to_owned(), answer };
            let record = kept.record();
            let (state, rest) = record.split_once(' ').expect("two parts");
            assert_eq!(Kept::read(state, rest), Ok(kept));
        }
        for (state, rest) in [("done", "f0"), ("done", "f0 x {}"), ("done", "f0 201"), ("later", "f0")] {
            assert_eq!(Kept::read(state, rest), Err(AppError::Internal), "{state} {rest}");
        }
    }
}
