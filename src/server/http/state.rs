//! The state of the handlers.

use std::{
    net::SocketAddr,
    ops::Deref,
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use axum::extract::FromRef;
use axum_extra::extract::cookie::Key;
use ipnet::IpNet;
use leptos::prelude::LeptosOptions;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{cross_site::RefusedVisits, rest::Description, user_agents::UserAgents, visit_origin::Countries};
use crate::server::services::Services;

/// The state of the handlers, a handle to its parts. Each request clones it several times, so it is only a pointer.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

impl AppState {
    /// `signing_key` signs cookies and must be random. What takes long is answered on `workers`. Event streams end when
    /// `stopping` is cancelled.
    pub fn new(
        services: Services,
        settings: HttpSettings,
        countries: Countries,
        signing_key: &[u8; 64],
        workers: Handle,
        stopping: CancellationToken,
    ) -> Self {
        Self(Arc::new(Parts {
            services,
            options: leptos_options(&settings, HASHES),
            visitor_options: visitor_options(&settings),
            settings,
            cookie_key: Key::from(signing_key),
            user_agents: UserAgents::new(),
            countries,
            refused_visits: RefusedVisits::default(),
            description: LazyLock::new(Description::new),
            workers,
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

/// What the handlers use.
pub struct Parts {
    /// What the handlers call.
    pub services: Services,
    /// The settings that concern HTTP.
    pub settings: HttpSettings,
    /// Leptos' options: where the built scripts and styles of the owner's pages are.
    pub options: LeptosOptions,
    /// The same for the pages of visitors.
    pub visitor_options: LeptosOptions,
    /// Signs cookies.
    pub cookie_key: Key,
    /// Tells programs by their names.
    pub user_agents: UserAgents,
    /// Finds the country of a request.
    pub countries: Countries,
    /// Whether the cross-site check refuses visits by mistake.
    pub refused_visits: RefusedVisits,
    /// What the API says of itself; made when it is first asked for.
    pub description: LazyLock<Description>,
    /// The threads for what takes long.
    pub workers: Handle,
    /// Cancelled when the server has to stop; event streams then end.
    pub stopping: CancellationToken,
}

/// The settings that concern HTTP.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Scheme and host that visitors use, if configured.
    pub public_url: Option<String>,
    /// The address that the server listens on.
    pub addr: SocketAddr,
    /// The folder of the built scripts and styles.
    pub site_root: PathBuf,
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Each request is a line of the log.
    pub log_requests: bool,
    /// Mounts `/test/clock`.
    pub test_clock: bool,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.options.clone()
    }
}

/// The file beside the program to which `tasks/build-site.sh` writes the hashes in the names of the built files.
const HASHES: &str = "hash.txt";
/// The same for the files that visitors load. While the sources are watched
/// there are none, and every page loads the files of the owner's pages, which hold all islands and styles.
const VISITOR_HASHES: &str = "visitors.txt";

fn visitor_options(settings: &HttpSettings) -> LeptosOptions {
    leptos_options(settings, if is_beside_program(VISITOR_HASHES) { VISITOR_HASHES } else { HASHES })
}

fn is_beside_program(file: &str) -> bool {
    std::env::current_exe()
        .is_ok_and(|program| program.parent().is_some_and(|folder| folder.join(file).exists()))
}

fn leptos_options(settings: &HttpSettings, hashes: &str) -> LeptosOptions {
    let reload_port = std::env::var("LEPTOS_RELOAD_PORT").ok().and_then(|port| port.parse().ok());
    LeptosOptions::builder()
        .output_name("sightline")
        .site_root(settings.site_root.to_string_lossy().into_owned())
        .site_addr(settings.addr)
        .hash_files(is_beside_program(hashes))
        .hash_file(hashes.into())
        .reload_port(reload_port.unwrap_or(3_001))
        .build()
}
