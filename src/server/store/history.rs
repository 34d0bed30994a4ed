//! The history of finished visits, which outlives the live numbers.
//!
//! The newest visits of a link are in Redis, where the scripts of `analytics` put them: the *tail*. A sealer moves older
//! ones to immutable files in the object store ([`sealed`]). Redis keeps which files count; tail and files never hold the
//! same visit, because one script takes visits out of the tail and lists their file.
//!
//! Every change other than a visit that is added raises the *generation* of the link. Who changes the history reads it
//! first, and is refused when the generation is another one by then: so two servers may seal, merge, archive and erase at
//! once. A file is written before it is listed, and what is not listed is removed.
//!
//! ```text
//! send:visits:{link}      stream: finished visits, each a packed text in `v` (analytics/visit.lua)
//! send:downloads:{link}   stream: downloads that belong to no visit, in `d`
//! send:versions:{link}    list: each version of the file that was read, and its number of pages
//! send:archived:{link}    set: ids of archived visits in the tail, and `s:` with the session of one that was resumed
//! send:corrections:{link} hash: what a correction left out at once here, by its id
//! send:sealed:{link}      hash: statistics of each sealed file that counts, by its name
//! send:writing:{link}     sorted set: files that are being written, by the time until which they may be listed
//! send:generation:{link}  counter
//! send:history:{link}     counter: the changes that the owner sees, a visit that is added among them
//! send:sums:{link}        hash: `from`, the time since which views are summed
//! send:sums:{link}:{day}  hash: views of a day of UTC by the quarter-hour, 0 to 95; what unfiltered charts are drawn from
//! send:peak-state:{link}  hash: `at`, when the peak was reached; `before` and `before-at`, what it was while no visit was left out;
//!                         `resumed`, where a viewer may have resumed a visit that is left out
//! send:discounted:{link}  text, for 30 days: archived visits of earlier programs are out of the numbers of views
//! send:seals:{sweep}      sorted set: links by the time at which they have work for the sealer
//! ```
//!
//! Belongs here: the record of a visit at rest, and what reads, rewrites and removes it. What is active now is
//! `analytics`'; what a question means is the services'.

mod archive;
mod erase;
mod facts;
mod index;
mod observed;
mod packed;
mod peak;
mod read;
mod running;
mod scripts;
pub mod sealed;
mod sealer;
mod sums;
mod tail;
mod uncounted;

use std::{sync::Arc, time::Duration};

pub use self::{
    archive::{LeavingOut, MarkedVisits, VisitChoice, VisitMarking},
    facts::{VisitFacts, VisitSink},
    read::{Found, LinkVisits, VisitPick},
    sums::Sums,
};
use self::{scripts::Scripts, sealed::SealedVisits};
use super::{clock::Clock, link_keys as keys, redis::Redis, time_index::TimeIndex};
use crate::{error::AppError, model::LinkId};

/// When visits are sealed, and how long they are kept.
#[derive(Clone, Copy, Debug)]
pub struct HistoryRules {
    /// The tail is sealed once so many of its visits can no longer be resumed.
    pub seal_from: usize,
    /// How long a visit that ended can be resumed.
    pub resume_within: Duration,
    /// How long a visit is kept after its end; `None`: for ever.
    pub keep: Option<Duration>,
}

/// How often a change is tried again that another one came before.
const ATTEMPTS: usize = 20;

/// The finished visits of all links. Cheap to clone.
#[derive(Clone)]
pub struct VisitStore {
    redis: Redis,
    clock: Clock,
    rules: HistoryRules,
    /// Names the key that exists as long as its link does.
    link_key: fn(&LinkId) -> String,
    scripts: Arc<Scripts>,
    sealed: SealedVisits,
    /// Links by the time at which they have work for the sealer.
    seals: TimeIndex,
}

impl VisitStore {
    /// Visits in `redis` and in `sealed`. `link_key` names the key that exists as long as a link does, in the link's slot.
    pub fn new(
        redis: Redis,
        clock: Clock,
        rules: HistoryRules,
        link_key: fn(&LinkId) -> String,
        sealed: SealedVisits,
    ) -> Self {
        Self {
            seals: TimeIndex::new(redis.clone(), keys::SEALS),
            scripts: Arc::new(Scripts::new()),
            redis,
            clock,
            rules,
            link_key,
            sealed,
        }
    }

    /// Loads the scripts, so that the first request need not.
    pub async fn load_scripts(&self) -> Result<(), AppError> {
        self.redis.load(&self.scripts.all()).await
    }
}

/// The answer after [`ATTEMPTS`] changes that others came before.
fn overtaken() -> AppError {
    tracing::error!("the visits of a link change faster than they can be read");
    AppError::Unavailable
}
