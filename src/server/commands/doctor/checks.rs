//! The looks at this machine, at Redis and at the storage.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use super::{Finding, Level};
use crate::{
    format,
    model::percent_of,
    server::{
        config::Config,
        http::{Countries, admin::AdminToken},
        services::monitoring::disk_space,
        store::{
            clock::system_now,
            objects::Objects,
            redis::{Redis, Writes, concerns},
            secret,
        },
    },
};

/// How far the clocks of this machine and of Redis may differ, in milliseconds: a link's expiry goes by Redis' clock.
const CLOCK_WARN_MS: i64 = 2_000;
const CLOCK_FAIL_MS: i64 = 60_000;
/// Free space, in percent.
const DISK_WARN: u64 = 10;
const DISK_FAIL: u64 = 1;
/// The memory of Redis, in percent.
const MEMORY_WARN: u64 = 80;
/// How often Redis is asked for its time of answering.
const ANSWERS: usize = 5;

/// What was found so far.
#[derive(Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.0.push(Finding { check, level: Level::Ok, text: text.into() });
    }

    pub(super) fn warn(&mut self, check: &'static str, text: impl Into<String>) {
        self.0.push(Finding { check, level: Level::Warn, text: text.into() });
    }

    pub(super) fn fail(&mut self, check: &'static str, text: impl Into<String>) {
        self.0.push(Finding { check, level: Level::Fail, text: text.into() });
    }

    /// Settings that do not fit together, or lead nowhere.
    pub(super) fn configuration(&mut self, config: &Config) {
        const CHECK: &str = "configuration";
        let before = self.0.len();
        if !config.site_root().join("pkg").is_dir() {
            self.fail(
                CHECK,
                format!(
                    "{} has no built scripts and styles, so pages have neither. Set LEPTOS_SITE_ROOT to the folder `site` \
                     that was built with this program.",
                    config.site_root().display()
                ),
            );
        }
        match (&config.admin_addr, &config.admin_token) {
            (Some(_), None) => self
                .fail(CHECK, "SIGHTLINE_ADMIN_ADDR needs SIGHTLINE_ADMIN_TOKEN, as of: openssl rand -hex 32"),
            (_, Some(token)) => {
                if let Err(error) = token.parse::<AdminToken>() {
                    self.fail(CHECK, error.to_string());
                }
            }
            (None, None) => {}
        }
        if let Err(error) = Countries::open(config.country_header.as_deref(), config.geoip.as_deref()) {
            self.fail(CHECK, error.to_string());
        }
        if config.country_header.is_some() && config.trusted_proxies.is_empty() {
            self.warn(CHECK, "SIGHTLINE_COUNTRY_HEADER is believed from trusted proxies alone, and SIGHTLINE_TRUSTED_PROXIES names none.");
        }
        if config.trusted_proxies.iter().any(|network| network.prefix_len() == 0) {
            self.warn(
                CHECK,
                "SIGHTLINE_TRUSTED_PROXIES trusts every address: any client can claim to be another. Name your proxy's network.",
            );
        }
        if !config.addr.ip().is_loopback() && config.public_url.is_none() && config.trusted_proxies.is_empty()
        {
            self.warn(
                CHECK,
                format!(
                    "{} is open to other machines without TLS. Put a proxy in front, as docs/operations.md says.",
                    config.addr
                ),
            );
        }
        if self.0.len() == before {
            self.ok(CHECK, "The settings fit together.");
        }
    }

    /// The folder's mode.
    pub(super) fn data_folder(&mut self, folder: &Path) {
        const CHECK: &str = "data folder";
        match fs::metadata(folder) {
            Ok(metadata) if !metadata.is_dir() => {
                self.fail(
                    CHECK,
                    format!("{} is not a folder. Set SIGHTLINE_DATA_DIR to one.", folder.display()),
                );
            }
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => self.warn(
                CHECK,
                format!(
                    "{} is open to other users; the next start closes it. Or run: chmod 700 {0}",
                    folder.display()
                ),
            ),
            Ok(_) => self.ok(CHECK, format!("{} is its user's alone.", folder.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.ok(CHECK, format!("{} will be made at the first start.", folder.display()));
            }
            Err(error) => self.fail(CHECK, format!("{} cannot be used: {error}", folder.display())),
        }
    }

    /// The secret, which is not made here.
    pub(super) fn secret(&mut self, path: &Path) {
        match secret::load_if_made(path) {
            Ok(Some(_)) => self.ok("secret", format!("{} is its user's alone.", path.display())),
            Ok(None) => self.ok("secret", format!("{} will be made at the first start.", path.display())),
            Err(error) => self.fail("secret", error.to_string()),
        }
    }

    /// The free space of the data folder.
    pub(super) fn disk(&mut self, folder: &Path) {
        // A folder that is not there yet will be on the disk of one above.
        let Some(disk) = folder.ancestors().chain([Path::new(".")]).find_map(disk_space) else {
            return self.warn("disk", "The system does not tell the free space.");
        };
        let (free, percent) = (format::bytes(disk.free), percent_of(disk.free, disk.size).unwrap_or(0));
        let text = format!("{free} are free, {percent} %.");
        match percent {
            ..DISK_FAIL => {
                self.fail("disk", format!("{text} Make room: uploads and the managed Redis need it."))
            }
            DISK_FAIL..DISK_WARN => self.warn("disk", format!("{text} Make room soon.")),
            _ => self.ok("disk", text),
        }
    }

    /// The limit of open files.
    pub(super) fn open_files(&mut self, connections: usize) {
        let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(u64::MAX);
        if limit < connections as u64 {
            self.warn(
                "open files",
                format!("The system allows {limit}, fewer than SIGHTLINE_MAX_CONNECTIONS ({connections}). Raise it: ulimit -n"),
            );
        } else {
            self.ok("open files", "The system allows enough for all connections.");
        }
    }

    /// Redis: whether it answers, its version, settings, memory, writes, clock, and how long it takes. A request of the server
    /// waits as long as `timeout`.
    pub(super) async fn redis(&mut self, redis: &Redis, timeout: Duration) {
        const CHECK: &str = "redis";
        let Ok(nodes) = redis.nodes().await else {
            return self.fail(CHECK, "Redis does not answer. Start it, or correct SIGHTLINE_REDIS_URL.");
        };
        for node in &nodes {
            let before = self.0.len();
            for concern in concerns(node) {
                // A Redis that is too old lacks commands; one that evicts loses numbers.
                self.fail(CHECK, format!("{}: {concern}", node.name));
            }
            if !node.appends {
                self.warn(
                    CHECK,
                    format!(
                        "{} writes no append-only file: a crash loses what was counted since its last snapshot. Run: \
                         redis-cli CONFIG SET appendonly yes, and set it in its configuration.",
                        node.name
                    ),
                );
            }
            if node.write_failed {
                self.fail(
                    CHECK,
                    format!(
                        "{} could not write to its disk. Make room there; its own log says more.",
                        node.name
                    ),
                );
            }
            match percent_of(node.memory, node.memory_limit) {
                Some(percent) if percent >= MEMORY_WARN => self.warn(
                    CHECK,
                    format!(
                        "{} uses {percent} % of its memory. Raise maxmemory, or delete documents.",
                        node.name
                    ),
                ),
                _ => {}
            }
            if self.0.len() == before {
                let (memory, limit) = (format::bytes(node.memory), format::bytes(node.memory_limit));
                self.ok(CHECK, format!("{}, version {}, uses {memory} of {limit}.", node.name, node.version));
            }
        }
        match redis.check_writes().await {
            Ok(Writes::Taken) => {}
            Ok(Writes::Refused(why)) => self.fail(CHECK, format!("Redis refuses writes. {why}")),
            Err(_) => self.fail(CHECK, "A master of the cluster does not answer. Start it."),
        }
        self.clock(redis).await;
        self.response_time(redis, timeout).await;
    }

    async fn clock(&mut self, redis: &Redis) {
        let before = system_now();
        let Ok(theirs) = redis.now().await else {
            return self.fail("clock", "Redis does not tell its time.");
        };
        let ours = i64::midpoint(before, system_now());
        let apart = (theirs - ours).abs();
        let text = format!("The clocks of this machine and of Redis are {apart} ms apart.");
        let advice = "Let both follow NTP: links expire by that of Redis.";
        match apart {
            CLOCK_FAIL_MS.. => self.fail("clock", format!("{text} {advice}")),
            CLOCK_WARN_MS.. => self.warn("clock", format!("{text} {advice}")),
            _ => self.ok("clock", text),
        }
    }

    /// The median, since any single answer may be late.
    async fn response_time(&mut self, redis: &Redis, timeout: Duration) {
        const CHECK: &str = "response time";
        let mut times = Vec::new();
        for _ in 0..ANSWERS {
            let began = Instant::now();
            if redis.now().await.is_err() {
                return self.fail(CHECK, "Redis does not answer any more.");
            }
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let median = times.get(ANSWERS / 2).copied().unwrap_or_default();
        let text = format!("Redis takes {} ms for an answer.", median.as_millis());
        let advice = "Bring it closer to this machine, or find what keeps it busy.";
        if median >= timeout {
            self.fail(
                CHECK,
                format!(
                    "{text} Requests wait {} ms and are then refused (SIGHTLINE_REDIS_TIMEOUT_MS). {advice}",
                    timeout.as_millis()
                ),
            );
        } else if median >= timeout / 4 {
            self.warn(
                CHECK,
                format!("{text} A request may ask several times, which takes as long each. {advice}"),
            );
        } else {
            self.ok(CHECK, text);
        }
    }

    /// Writes an object, reads it and deletes it.
    pub(super) async fn storage(&mut self, objects: &Objects) {
        match objects.try_out().await {
            Ok(()) => self.ok("storage", "A file was written, read and deleted."),
            Err((step, error)) => self.fail(
                "storage",
                format!("A file cannot be {step}: {error}. See SIGHTLINE_STORAGE, the AWS_ variables, and the rights of this user."),
            ),
        }
    }
}
