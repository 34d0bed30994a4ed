//! What is asked when the server is scraped or its page is opened.

use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::Registry,
};

use super::process::ProcessLoad;

/// The state of the server and of what it uses, at one time. What could not be learned is `None`, and has no line: a zero
/// would be a number.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The servers of Redis: one, or the masters of a cluster. Empty while none answers.
    pub redis: Vec<RedisNode>,
    /// Why Redis takes no writes, if it answers and takes none.
    pub refused_writes: Option<&'static str>,
    /// Active viewers.
    pub viewers: Option<ViewerCounts>,
    /// Open event streams, and how many there may be.
    pub streams: (u64, u64),
    /// Links that are read for dashboards.
    pub readers: u64,
    /// Files that are being read.
    pub drawing: DrawingLoad,
    /// What is kept of pages.
    pub cache: CacheLoad,
    /// Links with work for the sealer that is due.
    pub sealer_due: Option<u64>,
    /// What owners are still to be told.
    pub notices: Option<NoticesLoad>,
    /// The disk of the data folder.
    pub disk: Option<DiskSpace>,
    /// This process.
    pub process: ProcessLoad,
}

/// A server of Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisNode {
    /// `host:port`, or `socket`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The memory of its data, in bytes.
    pub memory: u64,
    /// How much that may be: its `maxmemory`, else the memory of its machine.
    pub memory_limit: u64,
    /// What it does when its memory is full.
    pub policy: String,
    /// How many keys it removed to make room, since its start.
    pub evicted: u64,
    /// Whether it writes changes to an append-only file.
    pub appends: bool,
    /// Whether its last write of that file, or of a snapshot, failed.
    pub write_failed: bool,
    /// Connections.
    pub clients: u64,
}

/// Active viewers of all links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewerCounts {
    /// Links that have some, or had lately.
    pub links: u64,
    /// In all; `None` where too many links have some.
    pub active: Option<u64>,
    /// Of the link that has the most; `None` likewise.
    pub most: Option<u64>,
    /// How many one link may have.
    pub limit: u64,
}

/// The processes that read files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawingLoad {
    /// How many run.
    pub running: u64,
    /// How many requests wait for one.
    pub waiting: u64,
    /// How many may wait.
    pub limit: u64,
}

/// The cache of rendered pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLoad {
    /// How many files it has.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many it may have.
    pub limit: u64,
}

/// Notices that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoticesLoad {
    /// How old the oldest event is that no channel has yet, in milliseconds; 0: there is none.
    pub outbox_lag_ms: u64,
    /// Webhooks and chats whose next delivery is due.
    pub due_channels: u64,
    /// Mails that wait.
    pub mails: u64,
}

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// What the server's user may still use, in bytes.
    pub free: u64,
    /// Its size in bytes.
    pub size: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NodeLabel {
    node: String,
}

impl Observation {
    pub(super) fn register(&self, registry: &mut Registry) {
        self.register_redis(registry);
        let mut gauge = |name: &str, help: &str, value: Option<u64>| {
            if let Some(value) = value {
                registry.register(name, help, ConstGauge::new(value));
            }
        };
        let viewers = self.viewers;
        gauge(
            "sightline_links_with_viewers",
            "Links with active viewers, or whose last viewers were not swept yet",
            viewers.map(|viewers| viewers.links),
        );
        gauge(
            "sightline_active_viewers",
            "Active viewers of all links; absent where too many links have some to count them at each scrape",
            viewers.and_then(|viewers| viewers.active),
        );
        gauge(
            "sightline_active_viewers_of_busiest_link",
            "Active viewers of the link that has the most",
            viewers.and_then(|viewers| viewers.most),
        );
        gauge("sightline_streams", "Open event streams", Some(self.streams.0));
        gauge("sightline_streams_limit", "How many event streams may be open", Some(self.streams.1));
        gauge("sightline_live_readers", "Links that are read for open dashboards", Some(self.readers));
        gauge("sightline_render_running", "Processes that read a file", Some(self.drawing.running));
        gauge("sightline_render_waiting", "Requests that wait for one", Some(self.drawing.waiting));
        gauge("sightline_render_waiting_limit", "How many may wait", Some(self.drawing.limit));
        gauge("sightline_page_cache_files", "Rendered pages that are kept", Some(self.cache.files));
        gauge(
            "sightline_page_cache_bytes",
            "The bytes of rendered pages that are kept",
            Some(self.cache.bytes),
        );
        gauge("sightline_page_cache_limit_bytes", "How many bytes may be kept", Some(self.cache.limit));
        gauge("sightline_sealer_due_links", "Links whose visits are due to be sealed", self.sealer_due);
        let notices = self.notices;
        gauge(
            "sightline_delivery_due_channels",
            "Webhooks and chats whose next delivery is due",
            notices.map(|notices| notices.due_channels),
        );
        gauge("sightline_mails_waiting", "Mails that wait to be sent", notices.map(|notices| notices.mails));
        if let Some(NoticesLoad { outbox_lag_ms, .. }) = notices {
            registry.register(
                "sightline_outbox_lag_seconds",
                "How old the oldest event is that no channel has yet",
                ConstGauge::new(outbox_lag_ms as f64 / 1_000.0),
            );
        }
        let mut gauge = |name: &str, help: &str, value: Option<u64>| {
            if let Some(value) = value {
                registry.register(name, help, ConstGauge::new(value));
            }
        };
        gauge("sightline_disk_free_bytes", "Free space for the data folder", self.disk.map(|disk| disk.free));
        gauge("sightline_disk_size_bytes", "The disk of the data folder", self.disk.map(|disk| disk.size));
        let process = &self.process;
        gauge("process_resident_memory_bytes", "Memory in use", process.resident_bytes);
        gauge("process_open_fds", "Open files", process.open_files);
        gauge("process_max_fds", "How many files may be open", process.max_files);
        registry.register(
            "process_start_time_seconds",
            "When the process started, in Unix seconds",
            ConstGauge::new(process.started),
        );
        registry.register(
            "process_cpu_seconds",
            "Processor time since the start",
            ConstCounter::new(process.cpu_seconds),
        );
    }

    fn register_redis(&self, registry: &mut Registry) {
        registry.register(
            "sightline_redis_up",
            "Whether Redis, or every master of a cluster, answers",
            ConstGauge::new(u32::from(!self.redis.is_empty())),
        );
        if !self.redis.is_empty() {
            registry.register(
                "sightline_redis_writable",
                "Whether Redis takes writes",
                ConstGauge::new(u32::from(self.refused_writes.is_none())),
            );
        }
        type OfNode = fn(&RedisNode) -> u64;
        let by_node: [(&str, &str, OfNode); 4] = [
            ("sightline_redis_memory_bytes", "The memory of the data of Redis", |node| node.memory),
            (
                "sightline_redis_memory_limit_bytes",
                "How much that may be: maxmemory, else the memory of its machine",
                |node| node.memory_limit,
            ),
            ("sightline_redis_write_failed", "Whether Redis failed to write to its disk", |node| {
                u64::from(node.write_failed)
            }),
            ("sightline_redis_clients", "Connections of Redis", |node| node.clients),
        ];
        for (name, help, value) in by_node {
            let family = Family::<NodeLabel, Gauge>::default();
            for node in &self.redis {
                let label = NodeLabel { node: node.name.clone() };
                family.get_or_create(&label).set(i64::try_from(value(node)).unwrap_or(i64::MAX));
            }
            registry.register(name, help, family);
        }
        let evicted = Family::<NodeLabel, Counter>::default();
        for node in &self.redis {
            evicted.get_or_create(&NodeLabel { node: node.name.clone() }).inc_by(node.evicted);
        }
        registry.register("sightline_redis_evicted_keys", "Keys that Redis removed to make room", evicted);
    }
}
