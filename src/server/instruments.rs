//! What the server counts and times of itself, and how that reads for Prometheus.
//!
//! Belongs here: the instruments, their names and their labels. The wings hold clones of an [`Instruments`] and note what
//! happens; nothing here asks anyone. What is asked at the moment of a scrape is an [`Observation`].
//!
//! A part that is new gets a field here, a line in `InstrumentSet::register`, and, for what is
//! asked at a scrape, a field of [`Observation`]. A label's values are few and known beforehand: never a link, an owner, a
//! session, or anything else that a client sends.

mod durations;
mod observation;
mod outcomes;
mod process;
mod recent;
mod requests;
mod results;

use std::{fmt, ops::Deref, sync::Arc};

use prometheus_client::{
    encoding::{EncodeLabelSet, prometheus_text},
    metrics::{counter::Counter, family::Family, info::Info},
    registry::Registry,
};

pub use self::{
    durations::{Durations, Totals},
    observation::{CacheLoad, DiskSpace, DrawingLoad, NoticesLoad, Observation, RedisNode, ViewerCounts},
    outcomes::{OK, Outcomes},
    process::ProcessLoad,
    recent::{RECENT, Recent, RecentLoad},
    requests::{ActiveRequest, Requests, RouteRequests},
    results::Results,
};

/// The media type of [`Instruments::text`].
pub const MEDIA_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// All instruments of the process. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct Instruments(Arc<InstrumentSet>);

/// What is counted and timed.
pub struct InstrumentSet {
    /// Requests, by method, route and status.
    pub requests: Requests,
    /// Heartbeats by result.
    pub heartbeats: Outcomes,
    /// Joins by result.
    pub joins: Outcomes,
    /// How long a script's caller waited for Redis, by script.
    pub scripts: Family<ScriptLabel, Durations>,
    /// Commands and scripts that Redis refused, or did not answer in time.
    pub redis_failures: Counter,
    /// How long the processes ran that read files, by task and result.
    pub tasks: Family<TaskLabels, Durations>,
    /// Pictures and texts of pages that the cache had.
    pub cache_hits: Counter,
    /// Those that were to be made.
    pub cache_misses: Counter,
    /// Links whose visits the sealer moved or removed, by result.
    pub sealed_links: Outcomes,
    /// Rounds of the sweeper, by result.
    pub sweeps: Outcomes,
    /// Attempts to deliver to webhooks and chats: `delivered`, `failed`, `given_up`, or `gone` where the receiver wants no
    /// more.
    pub deliveries: Results,
    /// Attempts to send mails: `sent`, `refused` for good, or `later`.
    pub mails: Results,
    /// The last minutes, for pages.
    pub recent: Recent,
    registry: Registry,
}

/// The script of a round trip.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ScriptLabel {
    /// The name of its file.
    pub script: &'static str,
}

/// A process that reads a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TaskLabels {
    /// What it is to make of the file.
    pub task: &'static str,
    /// `ok` or `failed`.
    pub result: &'static str,
}

impl Instruments {
    /// New instruments, all at zero. While `times_requests` is false requests are not timed, for benchmarks.
    pub fn new(times_requests: bool) -> Self {
        let mut parts = InstrumentSet {
            requests: Requests::new(times_requests),
            heartbeats: Outcomes::default(),
            joins: Outcomes::default(),
            scripts: Family::default(),
            redis_failures: Counter::default(),
            tasks: Family::default(),
            cache_hits: Counter::default(),
            cache_misses: Counter::default(),
            sealed_links: Outcomes::default(),
            sweeps: Outcomes::default(),
            deliveries: Results::of(&["delivered", "failed", "given_up", "gone"]),
            mails: Results::of(&["sent", "refused", "later"]),
            recent: Recent::default(),
            registry: Registry::default(),
        };
        parts.register();
        Self(Arc::new(parts))
    }

    /// Everything in the [text format of Prometheus](https://prometheus.io/docs/instrumenting/exposition_formats/).
    pub fn text(&self, observation: &Observation) -> Result<String, fmt::Error> {
        let mut observed = Registry::default();
        observation.register(&mut observed);
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.registry)?;
        prometheus_text::encode(&mut text, &observed)?;
        Ok(text)
    }

    /// Notes the totals of this moment, for [`Recent`].
    pub fn note_totals(&self) {
        self.recent.note(self.requests.totals(), self.heartbeats.totals());
    }

    /// The load of the last minutes.
    pub fn recent_load(&self) -> RecentLoad {
        self.recent.load(self.requests.totals(), self.heartbeats.totals())
    }
}

impl Default for Instruments {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Deref for Instruments {
    type Target = InstrumentSet;

    fn deref(&self) -> &InstrumentSet {
        &self.0
    }
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Instruments")
    }
}

impl InstrumentSet {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "sightline_build",
            "The version of the program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        self.requests.register(registry);
        let outcomes = [
            ("sightline_heartbeats", "Heartbeats by result: ok, or the code of the error", &self.heartbeats),
            ("sightline_joins", "Joins by result: ok, or the code of the error", &self.joins),
            ("sightline_sealed_links", "Links that the sealer worked on, by result", &self.sealed_links),
            ("sightline_sweeps", "Rounds of background work, by result", &self.sweeps),
        ];
        for (name, help, outcomes) in outcomes {
            registry.register(name, help, outcomes.family());
        }
        let results = [
            (
                "sightline_deliveries",
                "Attempts to deliver to webhooks and chats, by result",
                &self.deliveries,
            ),
            ("sightline_mails", "Attempts to send mails, by result", &self.mails),
        ];
        for (name, help, results) in results {
            registry.register(name, help, results.family());
        }
        registry.register(
            "sightline_redis_script_duration_seconds",
            "How long callers waited for a script of Redis",
            self.scripts.clone(),
        );
        registry.register(
            "sightline_redis_failures",
            "Commands and scripts that Redis refused or did not answer in time",
            self.redis_failures.clone(),
        );
        registry.register(
            "sightline_render_duration_seconds",
            "How long the processes ran that read files, by task and result",
            self.tasks.clone(),
        );
        let counters = [
            ("sightline_page_cache_hits", "Pictures and texts that the cache had", &self.cache_hits),
            ("sightline_page_cache_misses", "Pictures and texts that were to be made", &self.cache_misses),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
    }
}
