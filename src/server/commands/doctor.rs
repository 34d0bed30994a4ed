//! `sightline doctor`: looks at everything that the server needs, and says what to do.

mod checks;
mod outside;

use serde::Serialize;

use self::{checks::Findings, outside::check_public_url};
use super::super::{
    config::Config,
    print_line,
    start::{data_folder, secret_file},
    start_error::StartError,
    store::{
        objects::Objects,
        redis::{ManagedRedis, Redis},
    },
};

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// The server runs, but not as well as it could.
    Warn,
    /// The server does not start, or refuses visits.
    Fail,
}

/// What one look found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, in a word.
    pub check: &'static str,
    /// How well it is.
    pub level: Level,
    /// What was found, and what to do.
    pub text: String,
}

/// Prints what it finds, a line each or as JSON. Whether nothing fails.
pub async fn doctor(config: &Config, as_json: bool) -> Result<bool, StartError> {
    let found = examine(config).await;
    if as_json {
        let text =
            serde_json::to_string_pretty(&found).map_err(|error| StartError::new(error.to_string()))?;
        print_line(&text);
    } else {
        for Finding { check, level, text } in &found {
            let level = match level {
                Level::Ok => "ok",
                Level::Warn => "warn",
                Level::Fail => "fail",
            };
            print_line(&format!("{level:<5} {check:<14} {text}"));
        }
    }
    Ok(found.iter().all(|finding| finding.level != Level::Fail))
}

/// Looks at everything, in an order in which the first failure is often the cause of the others.
pub async fn examine(config: &Config) -> Vec<Finding> {
    // For rediss:// and S3. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut found = Findings::default();
    found.configuration(config);
    found.data_folder(&config.data_dir);
    found.secret(&secret_file(config));
    found.disk(&config.data_dir);
    found.open_files(config.max_connections);
    match &config.redis_url {
        Some(url) => check_redis(&mut found, url, config).await,
        None => {
            // It may be made by the look: a start would make it too.
            let borrowed = match data_folder::prepare(&config.data_dir) {
                Ok(()) => ManagedRedis::borrow_from(&config.data_dir).await,
                Err(error) => Err(error),
            };
            match borrowed {
                Ok(borrowed) => {
                    check_redis(&mut found, &borrowed.url(), config).await;
                    borrowed.give_back().await;
                }
                Err(error) => found.fail("redis", error.to_string()),
            }
        }
    }
    check_storage(&mut found, config).await;
    if let Some(url) = &config.public_url {
        check_public_url(&mut found, url, config).await;
    }
    found.0
}

async fn check_redis(found: &mut Findings, url: &str, config: &Config) {
    // Patient, so that a slow Redis is told from one that is not there.
    match Redis::for_command(url, config.redis_timeout()) {
        Ok(redis) => found.redis(&redis, config.redis_timeout()).await,
        Err(error) => found.fail("redis", format!("SIGHTLINE_REDIS_URL cannot be used: {error}")),
    }
}

async fn check_storage(found: &mut Findings, config: &Config) {
    let objects = match &config.storage {
        Some(address) => Objects::s3(address),
        None if !config.data_dir.exists() => {
            return found.ok("storage", "It will be made at the first start.");
        }
        None => Objects::local(&config.data_dir).map_err(|error| StartError::new(error.to_string())),
    };
    match objects {
        Ok(objects) => found.storage(&objects).await,
        Err(error) => found.fail("storage", error.to_string()),
    }
}
