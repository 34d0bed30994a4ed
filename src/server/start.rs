//! Builds the application from its settings, and prepares the first start.

pub mod data_folder;
mod first_start;
pub mod import;
pub mod listeners;
pub mod log;
mod mail;
pub mod schema;
mod services;
mod stores;
pub mod threads;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ::redis::RedisError;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use self::services::assemble;
pub use self::{first_start::prepare, stores::Stores};
use super::{
    config::Config,
    http::{AppState, Countries, HttpSettings},
    instruments::Instruments,
    services::{
        RateLimits, Services,
        history::Sealer,
        notices::{FanOut, Sender, Teller, VisitMailer},
        sweeper::Sweeper,
    },
    start_error::StartError,
    store::{
        files::FileSettings,
        redis::Redis,
        secret::{self, Secret},
    },
};

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
        let redis = Redis::for_command(redis_url, config.redis_timeout()).map_err(unusable)?;
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
        let mailer = mail::mailer(&stores, &config, &instruments)?;
        let rate_limits = if config.no_limits { RateLimits::none() } else { RateLimits::new(&stores.clock) };
        let services = assemble(stores.clone(), &rate_limits, mailer, &config, instruments);
        Ok(Self { config, stores, services, stopping, rate_limits })
    }

    /// The state of the HTTP handlers, which answer what takes long on `workers`. [`StartError`] when the secret that signs
    /// cookies or the countries' settings cannot be used.
    pub fn http(&self, workers: Handle) -> Result<AppState, StartError> {
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
        let (services, stopping) = (self.services.clone(), self.stopping.clone());
        Ok(AppState::new(services, settings, countries, &key, workers, stopping))
    }

    /// The background task that tells owners of events.
    pub fn teller(&self) -> Teller {
        let (stores, notices) = (&self.stores, &self.services.notices);
        Teller {
            fan_out: FanOut {
                analytics: stores.analytics.clone(),
                catalogue: stores.catalogue.clone(),
                channels: stores.channels.clone(),
                outboxes: stores.outboxes.clone(),
                visits: stores.visits.clone(),
                mails: VisitMailer {
                    accounts: stores.accounts.clone(),
                    analytics: stores.analytics.clone(),
                    catalogue: stores.catalogue.clone(),
                    clock: stores.clock.clone(),
                    held: stores.held_visits.clone(),
                    mailer: self.services.mailer.clone(),
                    secret: notices.secret.clone(),
                    visits: stores.visits.clone(),
                },
                origin: self.config.origin(),
            },
            marking: notices.marking.clone(),
            sender: Sender::new(
                stores.channels.clone(),
                notices.receiver.clone(),
                notices.secret.clone(),
                self.services.monitoring.instruments.deliveries.clone(),
            ),
        }
    }

    /// The background tidying.
    pub fn sweeper(&self) -> Sweeper {
        Sweeper {
            accounts: self.stores.accounts.clone(),
            analytics: self.stores.analytics.clone(),
            catalogue: self.stores.catalogue.clone(),
            history: self.services.history.clone(),
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
