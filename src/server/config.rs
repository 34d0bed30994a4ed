//! The settings of the server. The field docs are the text of `--help`: what each does, its variable, its default.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use ipnet::IpNet;

use crate::model::timing::{IDLE_AFTER, INACTIVE_AFTER, RESUME_WINDOW};

/// All settings, from flags or environment variables.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 takes any free one
    #[arg(long, env = "SIGHTLINE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub addr: SocketAddr,

    /// The folder for documents, rendered pages and the managed Redis
    #[arg(long, env = "SIGHTLINE_DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,

    /// A Redis of your own (redis://, rediss://, redis+unix://); unset: one is started and managed
    #[arg(long, env = "SIGHTLINE_REDIS_URL", global = true)]
    pub redis_url: Option<String>,

    /// How many milliseconds a request waits for Redis; after that: 503
    #[arg(long, env = "SIGHTLINE_REDIS_TIMEOUT_MS", default_value_t = 300, global = true,
          value_parser = clap::value_parser!(u64).range(50..=60_000))]
    pub redis_timeout_ms: u64,

    /// Where files are kept: `s3://bucket/prefix`, with the usual AWS_ variables; unset: below the data folder
    #[arg(long, env = "SIGHTLINE_STORAGE", global = true)]
    pub storage: Option<String>,

    /// How many megabytes of rendered pages are kept; the least recently used are removed first
    #[arg(long, env = "SIGHTLINE_PAGE_CACHE_MB", default_value_t = 1_024, global = true,
          value_parser = clap::value_parser!(u64).range(16..))]
    pub page_cache_mb: u64,

    /// How many seconds of processor time a page may take to be drawn
    #[arg(long, env = "SIGHTLINE_PAGE_SECONDS", default_value_t = 5, global = true,
          value_parser = clap::value_parser!(u64).range(1..=60))]
    pub page_seconds: u64,

    /// How many megabytes of memory a page may take to be drawn; a PNG or JPEG of many pixels, four times as many
    #[arg(long, env = "SIGHTLINE_PAGE_MEMORY_MB", default_value_t = 512, global = true,
          value_parser = clap::value_parser!(u64).range(128..=65_536))]
    pub page_memory_mb: u64,

    /// The file of the secret that signs cookies, made at the first start; unset: `secret` in the data folder.
    /// Servers behind one address need the same
    #[arg(long, env = "SIGHTLINE_SECRET_FILE", global = true)]
    pub secret_file: Option<PathBuf>,

    /// Owners may use nothing before they have set up two-factor sign-in
    #[arg(long, env = "SIGHTLINE_REQUIRE_SECOND_FACTOR", global = true)]
    pub require_second_factor: bool,

    /// Networks of proxies whose `X-Forwarded-` headers are believed, such as `127.0.0.1/32,10.0.0.0/8`; unset: none
    #[arg(long, env = "SIGHTLINE_TRUSTED_PROXIES", value_delimiter = ',', global = true)]
    pub trusted_proxies: Vec<IpNet>,

    /// The header in which a trusted proxy names the country of a request in two letters, such as `CF-IPCountry`
    #[arg(long, env = "SIGHTLINE_COUNTRY_HEADER", global = true)]
    pub country_header: Option<String>,

    /// A file in MaxMind's format that has the countries of addresses, such as `GeoLite2-Country.mmdb`
    #[arg(long, env = "SIGHTLINE_GEOIP", global = true)]
    pub geoip: Option<PathBuf>,

    /// How many viewers may read one link at once; beyond that: 429
    #[arg(long, env = "SIGHTLINE_MAX_VIEWERS", default_value_t = 100_000, global = true,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub max_viewers: u64,

    /// The address that readers use, such as `https://read.example.org`; unset: the one that a request names
    #[arg(long, env = "SIGHTLINE_PUBLIC_URL", global = true)]
    pub public_url: Option<String>,

    /// The SMTP server that takes mail, such as `smtp://user:password@mail.example.org`; unset: there is no mail.
    /// Needs `SIGHTLINE_MAIL_FROM` and `SIGHTLINE_PUBLIC_URL`
    #[arg(long, env = "SIGHTLINE_SMTP_URL", hide_env_values = true, global = true)]
    pub smtp_url: Option<String>,

    /// The mailbox that mails come from, such as `Sightline <sightline@example.org>`
    #[arg(long, env = "SIGHTLINE_MAIL_FROM", global = true)]
    pub mail_from: Option<String>,

    /// Seconds without a heartbeat after which a viewer is no longer active
    #[arg(long, env = "SIGHTLINE_INACTIVE_AFTER", default_value_t = INACTIVE_AFTER.as_secs(), global = true,
          value_parser = clap::value_parser!(u64).range(60..=86_400))]
    pub inactive_after: u64,

    /// Seconds without a touch, key or scroll after which a reader in view is away, and reading time stops
    #[arg(long, env = "SIGHTLINE_IDLE_AFTER", default_value_t = IDLE_AFTER.as_secs(), global = true,
          value_parser = clap::value_parser!(u64).range(60..=86_400))]
    pub idle_after: u64,

    /// Seconds within which a returning reader continues the same visit; 0: every return is a new view
    #[arg(long, env = "SIGHTLINE_RESUME_WITHIN", default_value_t = RESUME_WINDOW.as_secs(), global = true,
          value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub resume_within: u64,

    /// How many finished visits of a link stay in Redis until they are sealed in a file
    #[arg(long, env = "SIGHTLINE_SEAL_FROM", default_value_t = 1_000, global = true,
          value_parser = clap::value_parser!(usize))]
    pub seal_from: usize,

    /// How many days a finished visit is kept; unset: for ever
    #[arg(long, env = "SIGHTLINE_KEEP_VISITS", global = true, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_visits: Option<u32>,

    /// How many dashboards may be open at once; beyond that: 503, and the dashboard polls
    #[arg(long, env = "SIGHTLINE_MAX_STREAMS", default_value_t = 20_000, global = true)]
    pub max_streams: usize,

    /// How many dashboards one address may have open at once; beyond that: 429
    #[arg(long, env = "SIGHTLINE_MAX_STREAMS_PER_ADDRESS", default_value_t = 100, global = true)]
    pub max_streams_per_address: usize,

    /// How many documents one owner may have
    #[arg(long, env = "SIGHTLINE_MAX_DOCUMENTS", default_value_t = 100_000, global = true)]
    pub max_documents: u64,

    /// How many megabytes the files of one owner may take; unset: any number
    #[arg(long, env = "SIGHTLINE_MAX_OWNER_MB", global = true)]
    pub max_owner_mb: Option<u64>,

    /// How many links one document may have
    #[arg(long, env = "SIGHTLINE_MAX_LINKS", default_value_t = 10_000, global = true)]
    pub max_links: u64,

    /// How many links one owner may have, to all documents together
    #[arg(long, env = "SIGHTLINE_MAX_OWNER_LINKS", default_value_t = 100_000, global = true)]
    pub max_owner_links: u64,

    /// How many API keys one owner may have
    #[arg(long, env = "SIGHTLINE_MAX_KEYS", default_value_t = 100, global = true)]
    pub max_keys: u64,

    /// How many webhooks one owner may have
    #[arg(long, env = "SIGHTLINE_MAX_WEBHOOKS", default_value_t = 100, global = true)]
    pub max_webhooks: u64,

    /// Networks that webhooks may reach beside public addresses, such as `10.0.0.0/8`; unset: none
    #[arg(long, env = "SIGHTLINE_WEBHOOK_ALLOW", value_delimiter = ',', global = true)]
    pub webhook_allow: Vec<IpNet>,

    /// How many dashboards one owner may have open at once; beyond that: 429
    #[arg(long, env = "SIGHTLINE_MAX_STREAMS_PER_OWNER", default_value_t = 1_000, global = true)]
    pub max_streams_per_owner: usize,

    /// How many connections may be open at once; beyond that the longest idle one is closed, or the new one refused.
    /// At most what the system's limit of open files leaves
    #[arg(long, env = "SIGHTLINE_MAX_CONNECTIONS", default_value_t = 25_000, global = true,
          value_parser = clap::value_parser!(usize))]
    pub max_connections: usize,

    /// How many connections one address may have open at once; trusted proxies have no such limit
    #[arg(long, env = "SIGHTLINE_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1_000, global = true,
          value_parser = clap::value_parser!(usize))]
    pub max_connections_per_address: usize,

    /// Whether the first start shares the user guide, if there is no other document
    #[arg(long, env = "SIGHTLINE_SAMPLE", default_value_t = true, global = true,
          action = clap::ArgAction::Set)]
    pub sample: bool,

    /// The address of a second listener, for the operator alone: `/metrics` for Prometheus; unset: none
    #[arg(long, env = "SIGHTLINE_ADMIN_ADDR", global = true)]
    pub admin_addr: Option<SocketAddr>,

    /// The bearer token of that listener, 32 characters or more
    #[arg(long, env = "SIGHTLINE_ADMIN_TOKEN", hide_env_values = true, global = true)]
    pub admin_token: Option<String>,

    /// How lines of the log are written
    #[arg(long, env = "SIGHTLINE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub log_format: LogFormat,

    /// Each request is a line of the log
    #[arg(long, env = "SIGHTLINE_LOG_REQUESTS", global = true)]
    pub log_requests: bool,

    /// The folder of the built scripts and styles; unset: `site` beside the program if there is one, else `target/site`
    #[arg(long, env = "LEPTOS_SITE_ROOT", global = true)]
    pub site_root: Option<PathBuf>,

    /// The program that is started for each PDF page to render; unset: this one
    #[arg(long, env = "SIGHTLINE_PROGRAM", hide = true, global = true)]
    pub program: Option<PathBuf>,

    /// For tests: the clock stands still, and PUT /test/clock sets it
    #[arg(long, env = "SIGHTLINE_TEST_CLOCK", hide = true, global = true)]
    pub test_clock: bool,

    /// For tests: how many milliseconds readers share a snapshot; 0: each reads its own
    #[arg(long, env = "SIGHTLINE_SNAPSHOTS_SHARED_MS", default_value_t = 250, hide = true, global = true)]
    pub snapshots_shared_ms: u64,

    /// For tests: how many milliseconds pass between two looks for background work
    #[arg(long, env = "SIGHTLINE_SWEEP_INTERVAL_MS", default_value_t = 10_000, hide = true, global = true,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub sweep_interval_ms: u64,

    /// For benchmarks: requests are not timed
    #[arg(long, env = "SIGHTLINE_NO_TIMES", hide = true, global = true)]
    pub no_times: bool,

    /// For benchmarks: no rate limits
    #[arg(long, env = "SIGHTLINE_NO_LIMITS", hide = true, global = true)]
    pub no_limits: bool,
}

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object for each, for programs.
    Json,
}

impl Config {
    /// How long a request waits for Redis.
    pub fn redis_timeout(&self) -> Duration {
        Duration::from_millis(self.redis_timeout_ms)
    }

    /// The folder of the built scripts and styles.
    pub fn site_root(&self) -> PathBuf {
        let beside_program = || {
            let program = std::env::current_exe().ok()?;
            Some(program.parent()?.join("site")).filter(|folder| folder.is_dir())
        };
        self.site_root.clone().or_else(beside_program).unwrap_or_else(|| "target/site".into())
    }

    /// Scheme and host for messages: the public URL, else the address that the server listens on.
    pub fn origin(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => address_to_open(self.addr),
        }
    }
}

/// The address at which a browser on this machine reaches a server that listens on `addr`: `0.0.0.0` and `[::]` stand for
/// all addresses of the machine, and are none that can be opened.
pub fn address_to_open(addr: SocketAddr) -> String {
    if addr.ip().is_unspecified() {
        format!("http://localhost:{}", addr.port())
    } else {
        format!("http://{addr}")
    }
}

#[cfg(test)]
mod tests {
    use super::address_to_open;

    #[test]
    fn address_of_all_interfaces_can_be_opened() {
        for (addr, address) in [
            ("127.0.0.1:3000", "http://127.0.0.1:3000"),
            ("0.0.0.0:3000", "http://localhost:3000"),
            ("[::]:80", "http://localhost:80"),
            ("[::1]:3000", "http://[::1]:3000"),
            ("192.0.2.1:3000", "http://192.0.2.1:3000"),
        ] {
            assert_eq!(address_to_open(addr.parse().expect("an address")), address);
        }
    }
}
