//! What every handler can use.

use std::{net::SocketAddr, ops::Deref, path::PathBuf, sync::Arc};

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
    /// Handlers over `services`, whose cookies are signed with 64 random bytes. Event streams end when `stopping` is
    /// cancelled.
    pub fn new(
        services: Services,
        settings: HttpSettings,
        signing_key: &[u8; 64],
        stopping: CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            services,
            options: leptos_options(&settings),
            settings,
            cookie_key: Key::from(signing_key),
            bots: Bots::new(),
            stopping,
        }))
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
    /// The address that the server listens on.
    pub addr: SocketAddr,
    /// The folder of the built scripts and styles.
    pub site_root: PathBuf,
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

fn leptos_options(settings: &HttpSettings) -> LeptosOptions {
    // cargo-leptos leaves the hashes beside the program when it has put them into the files' names.
    let hashed = std::env::current_exe()
        .is_ok_and(|program| program.parent().is_some_and(|folder| folder.join("hash.txt").exists()));
    let reload_port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok());
    LeptosOptions::builder()
        .output_name("sightline")
        .site_root(settings.site_root.to_string_lossy().into_owned())
        .site_addr(settings.addr)
        .hash_files(hashed)
        .reload_port(reload_port.unwrap_or(3_001))
        .build()
}
