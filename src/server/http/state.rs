//! What every handler can use.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use axum_extra::extract::cookie::Key;
use ipnet::IpNet;
use leptos::prelude::LeptosOptions;
use tokio_util::sync::CancellationToken;

use super::bots::Bots;
use crate::server::services::Services;

/// What every handler can use: a handle to [`Parts`]. Each request clones it several times, so it is only a pointer.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

impl AppState {
    /// A handle to these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts that handlers use.
pub struct Parts {
    /// What can be asked.
    pub services: Services,
    /// The settings that concern HTTP.
    pub settings: HttpSettings,
    /// Where Leptos finds the built scripts and styles.
    pub options: LeptosOptions,
    /// Signs cookies.
    pub cookie_key: Key,
    /// Recognises bots.
    pub bots: Bots,
    /// Cancelled when the server is to stop; event streams end then.
    pub stopping: CancellationToken,
}

/// The settings that concern HTTP.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Scheme and host that visitors use, if it is configured.
    pub public_url: Option<String>,
    /// Scheme and host of the address that the server listens on.
    pub local_url: String,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Mounts `/test/clock`.
    pub test_clock: bool,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}
