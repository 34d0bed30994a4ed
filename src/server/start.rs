//! Builds the application from its settings, and prepares the first start.

pub mod data_folder;
mod first_start;
pub mod import;
pub mod listeners;
pub mod log;
mod mail;
pub mod schema;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use ::redis::RedisError;
use tokio_util::sync::CancellationToken;

pub use self::first_start::prepare;
use super::{
    config::Config,
    http::{AppState, Countries, HttpSettings},
    instruments::Instruments,
    live::{ListReader, Live, SharedSnapshots},
    services::{
        Accounts, Audit, Badges, Gates, Health, History, Library, MadeOnce, Mailer, Monitoring, Quotas,
        RateLimits, Reading, Services, StreamLimits, Watching,
        badges::ShownBadges,
        history::{ReportCache, Sealer},
        notices::{FanOut, Marking, Notices, Reachable, Receiver, Sender, Teller},
        sweeper::Sweeper,
    },
    start_error::StartError,
    store::{
        accounts::AccountStore,
        analytics::{Analytics, Rules},
        badges::BadgeStore,
        catalogue::{self, Catalogue},
        channels::ChannelStore,
        clock::{Clock, system_now},
        files::{FileSettings, FileStore},
        gate_codes::GateCodes,
        history::{HistoryRules, VisitStore, sealed::SealedVisits},
        made_once::MadeOnceStore,
        mail::MailQueue,
        outbox::Outboxes,
        passwords::Passwords,
        redis::{Announcements, Redis},
        schema::Schema,
        secret::{self, LazySecret, Secret},
    },
};

/// How long a terminal command waits for Redis at least: a busy disk can stall it for seconds, and a failure means
/// to begin again.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(10);

/// The application: the stores, and the services over them. Cheap to clone.
#[derive(Clone)]
pub struct Application {
    /// The settings.
    pub config: Config,
    /// Redis, files and what they hold.
    pub stores: Stores,
    /// What handlers, pages and commands call.
    pub services: Services,
    /// Cancelled when the server has to stop.
    pub stopping: CancellationToken,
    /// The limits that the services share.
    pub rate_limits: RateLimits,
}

/// All stores, and the connections that they share.
#[derive(Clone)]
#[expect(missing_docs, reason = "each is described at its type")]
pub struct Stores {
    pub redis: Redis,
    pub announcements: Announcements,
    pub accounts: AccountStore,
    pub analytics: Analytics,
    pub catalogue: Catalogue,
    pub channels: ChannelStore,
    pub clock: Clock,
    pub badges: BadgeStore,
    pub files: FileStore,
    pub gate_codes: GateCodes,
    pub mails: MailQueue,
    pub outboxes: Outboxes,
    pub made_once: MadeOnceStore,
    pub passwords: Passwords,
    pub schema: Schema,
    pub visits: VisitStore,
}

impl Application {
    /// The application of a server that listens on `addr` and finds its Redis at `redis_url`.
    pub fn new(
        config: Config,
        addr: SocketAddr,
        redis_url: &str,
        stopping: CancellationToken,
    ) -> Result<Self, StartError> {
        let redis = Redis::new(redis_url, config.redis_timeout()).map_err(unusable)?;
        let secret = secret::load_or_make(&secret_file(&config))?;
        Self::assemble(redis, Config { addr, ..config }, redis_url, Some(&secret), stopping)
    }

    /// The application of a terminal command, which waits longer for Redis. It has no use for the secret, and makes none:
    /// another user than the server's may run it.
    pub fn for_command(config: Config, redis_url: &str) -> Result<Self, StartError> {
        let redis = Redis::new(redis_url, config.redis_timeout().max(COMMAND_TIMEOUT)).map_err(unusable)?;
        let config = Config { smtp_url: None, ..config };
        Self::assemble(redis, config, redis_url, None, CancellationToken::new())
    }

    fn assemble(
        redis: Redis,
        config: Config,
        redis_url: &str,
        secret: Option<&Secret>,
        stopping: CancellationToken,
    ) -> Result<Self, StartError> {
        let instruments = Instruments::new(!config.no_times);
        let redis = redis.measured_by(&instruments);
        let stores = Stores::open(redis, &config, redis_url, secret, &instruments)?;
        let mailer = mail::mailer(&stores, &config)?;
        let rate_limits = if config.no_limits { RateLimits::none() } else { RateLimits::new(&stores.clock) };
        let services = assemble(stores.clone(), &rate_limits, mailer, &config, instruments);
        Ok(Self { config, stores, services, stopping, rate_limits })
    }

    /// The state of the HTTP handlers. [`StartError`] when the secret that signs cookies or the countries' settings
    /// cannot be used.
    pub fn http(&self) -> Result<AppState, StartError> {
        let config = &self.config;
        let settings = HttpSettings {
            public_url: config.public_url.clone(),
            addr: config.addr,
            site_root: config.site_root(),
            trusted_proxies: config.trusted_proxies.clone(),
            log_requests: config.log_requests,
            test_clock: config.test_clock,
        };
        let countries = Countries::open(config.country_header.as_deref(), config.geoip.as_deref())?;
        let secret = secret::load_or_make(&secret_file(config))?;
        let key = secret.signing_key();
        Ok(AppState::new(self.services.clone(), settings, countries, &key, self.stopping.clone()))
    }

    /// The background task that tells owners of events.
    pub fn teller(&self) -> Teller {
        let (stores, notices) = (&self.stores, &self.services.notices);
        Teller {
            fan_out: FanOut {
                catalogue: stores.catalogue.clone(),
                channels: stores.channels.clone(),
                outboxes: stores.outboxes.clone(),
                visits: stores.visits.clone(),
                origin: self.config.origin(),
            },
            marking: notices.marking.clone(),
            sender: Sender::new(stores.channels.clone(), notices.receiver.clone(), notices.secret.clone()),
        }
    }

    /// The background tidying.
    pub fn sweeper(&self) -> Sweeper {
        Sweeper {
            accounts: self.stores.accounts.clone(),
            analytics: self.stores.analytics.clone(),
            catalogue: self.stores.catalogue.clone(),
            library: self.services.library.clone(),
            rate_limits: self.rate_limits.clone(),
            sealer: Sealer {
                catalogue: self.stores.catalogue.clone(),
                visits: self.stores.visits.clone(),
                instruments: self.services.monitoring.instruments.clone(),
            },
            interval: Duration::from_millis(self.config.sweep_interval_ms),
        }
    }
}

impl Stores {
    fn open(
        redis: Redis,
        config: &Config,
        redis_url: &str,
        secret: Option<&Secret>,
        instruments: &Instruments,
    ) -> Result<Self, StartError> {
        let clock = if config.test_clock { Clock::manual(system_now()) } else { Clock::redis() };
        let rules = Rules {
            inactive_after: Duration::from_secs(config.inactive_after),
            idle_after: Duration::from_secs(config.idle_after),
            resume_within: Duration::from_secs(config.resume_within),
            max_viewers: config.max_viewers,
        };
        let passwords = Passwords::default();
        let files =
            FileStore::open(&FileSettings { instruments: instruments.clone(), ..file_settings(config) })?;
        let history_rules = HistoryRules {
            seal_from: config.seal_from,
            resume_within: rules.resume_within,
            keep: config.keep_visits.map(|days| Duration::from_secs(24 * 60 * 60 * u64::from(days))),
        };
        let analytics = Analytics::new(redis.clone(), clock.clone(), rules, catalogue::link_key);
        Ok(Self {
            announcements: Announcements::new(redis_url).map_err(unusable)?,
            accounts: AccountStore::new(
                redis.clone(),
                passwords.clone(),
                clock.clone(),
                secret.and_then(Secret::sealing_key),
            ),
            outboxes: Outboxes::new(redis.clone(), analytics.outboxes().clone()),
            analytics,
            catalogue: Catalogue::new(redis.clone()),
            channels: ChannelStore::new(redis.clone(), clock.clone()),
            visits: VisitStore::new(
                redis.clone(),
                clock.clone(),
                history_rules,
                catalogue::link_key,
                SealedVisits::new(files.objects()),
            ),
            badges: BadgeStore::new(redis.clone()),
            files,
            gate_codes: GateCodes::new(redis.clone(), clock.clone(), secret.and_then(Secret::mail_key)),
            mails: MailQueue::new(redis.clone(), secret.and_then(Secret::mail_key)),
            schema: Schema::new(redis.clone()),
            made_once: MadeOnceStore::new(redis.clone(), clock.clone()),
            redis,
            clock,
            passwords,
        })
    }
}

fn assemble(
    stores: Stores,
    rate_limits: &RateLimits,
    mailer: Mailer,
    config: &Config,
    instruments: Instruments,
) -> Services {
    let Stores {
        redis,
        announcements,
        accounts,
        analytics,
        catalogue,
        badges,
        channels,
        clock,
        files,
        made_once,
        passwords,
        visits,
        gate_codes,
        ..
    } = stores;
    let quotas = Quotas {
        documents: config.max_documents,
        bytes: config.max_owner_mb.map(|megabytes| megabytes << 20),
        links: config.max_links,
        keys: config.max_keys,
        webhooks: config.max_webhooks,
    };
    let marking = Marking { catalogue: catalogue.clone(), channels: channels.clone() };
    let audit = Audit { accounts: accounts.clone() };
    let library = Library {
        analytics: analytics.clone(),
        audit: audit.clone(),
        catalogue: catalogue.clone(),
        clock: clock.clone(),
        files: files.clone(),
        marking: marking.clone(),
        mailer: mailer.clone(),
        passwords: passwords.clone(),
        quotas: quotas.clone(),
        rate_limits: rate_limits.clone(),
        visits: visits.clone(),
    };
    let account_service = Accounts {
        accounts: accounts.clone(),
        audit: audit.clone(),
        catalogue: catalogue.clone(),
        quotas: quotas.clone(),
        clock: clock.clone(),
        library: library.clone(),
        mailer: mailer.clone(),
        marking: marking.clone(),
        rate_limits: rate_limits.clone(),
        requires_second_factor: config.require_second_factor,
    };
    let notices = Notices {
        audit: audit.clone(),
        channels: channels.clone(),
        marking,
        quotas: quotas.clone(),
        receiver: Receiver::new(Reachable::with(config.webhook_allow.clone())),
        secret: LazySecret::at(secret_file(config)),
    };
    let history = History {
        accounts: accounts.clone(),
        audit: audit.clone(),
        catalogue: catalogue.clone(),
        channels,
        clock: clock.clone(),
        visits: visits.clone(),
        reports: ReportCache::default(),
    };
    let live = Live::new(analytics.clone(), announcements.clone());
    let streams =
        StreamLimits::new(config.max_streams, config.max_streams_per_address, config.max_streams_per_owner);
    Services {
        badges: Badges {
            analytics: analytics.clone(),
            audit: audit.clone(),
            catalogue: catalogue.clone(),
            clock: clock.clone(),
            store: badges,
            shown: ShownBadges::default(),
        },
        audit,
        gates: Gates {
            analytics: analytics.clone(),
            catalogue: catalogue.clone(),
            clock: clock.clone(),
            codes: gate_codes,
            mailer: mailer.clone(),
            passwords,
            rate_limits: rate_limits.clone(),
        },
        health: Health { redis: redis.clone(), clock: clock.clone() },
        library,
        mailer,
        monitoring: Monitoring {
            instruments: instruments.clone(),
            accounts: accounts.clone(),
            analytics: analytics.clone(),
            data_dir: config.data_dir.clone(),
            files: files.clone(),
            live: live.clone(),
            redis,
            streams: streams.clone(),
            visits: visits.clone(),
            last: Arc::default(),
        },
        notices,
        made_once: MadeOnce { store: made_once },
        reading: Reading {
            analytics: analytics.clone(),
            catalogue: catalogue.clone(),
            clock: clock.clone(),
            files: files.clone(),
            instruments,
            rate_limits: rate_limits.clone(),
            visits,
        },
        watching: Watching {
            accounts: account_service.clone(),
            history: history.clone(),
            documents: ListReader::new(catalogue.clone(), analytics.clone(), clock.clone()),
            files,
            live,
            snapshots: SharedSnapshots::new(
                analytics.clone(),
                Duration::from_millis(config.snapshots_shared_ms),
            ),
            analytics,
            announcements,
            catalogue,
            channels: history.channels.clone(),
            clock,
        },
        accounts: account_service,
        history,
        streams,
    }
}

fn unusable(error: RedisError) -> StartError {
    StartError::new(format!("SIGHTLINE_REDIS_URL cannot be used: {error}"))
}

/// The settings of the file store.
pub fn file_settings(config: &Config) -> FileSettings {
    FileSettings {
        data_dir: config.data_dir.clone(),
        storage: config.storage.clone(),
        page_cache_mb: config.page_cache_mb,
        page_seconds: config.page_seconds,
        page_memory_mb: config.page_memory_mb,
        program: config.program.clone(),
        instruments: Instruments::default(),
    }
}

/// The file of the secret that signs cookies.
pub fn secret_file(config: &Config) -> PathBuf {
    config.secret_file.clone().unwrap_or_else(|| config.data_dir.join("secret"))
}
