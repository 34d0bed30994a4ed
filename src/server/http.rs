//! HTTP: routes, requests and answers, cookies and headers.
//!
//! Belongs here: everything that knows HTTP. A handler turns the request into plain data, calls one service and wraps
//! its answer. May import `services`, `live`, `model`, `error`, and `app` to render pages. Never `store`.

pub mod admin;
mod body_around;
mod body_pace;
pub mod bots;
pub mod client_address;
mod compression;
pub mod connections;
pub mod context;
pub mod cookies;
pub mod cross_site;
mod damaged_address;
mod envelope;
mod every_request;
pub mod flash;
pub mod forms;
mod keyed_digest;
mod offload;
mod pages;
pub mod qr_code;
mod request_log;
mod request_times;
mod requester;
mod rest;
mod security_headers;
mod state;
mod stop_mails;
mod user_agents;
mod visit_origin;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state, map_request, map_response},
};
use tower::ServiceBuilder;

use self::every_request::EveryRequest;
pub use self::{
    rest::Description,
    state::{AppState, HttpSettings},
    visit_origin::Countries,
};
use super::start_error::StartError;

/// The largest body of a request that is no upload, in bytes.
const MAX_BODY: usize = 4 * 1024;
/// The largest body with the settings of a link, in bytes: its lists may be long.
const MAX_SETTINGS_BODY: usize = 32 * 1024;

/// All routes. Tests call them without a socket. [`StartError`] when the public URL cannot be used.
pub fn router(state: AppState) -> Result<Router, StartError> {
    let for_people = pages::routes(&state)
        .layer(map_response(envelope::server_function_status))
        .layer(map_request(envelope::limit_body))
        .merge(rest::of_links())
        .merge(stop_mails::routes())
        .layer(from_fn(damaged_address::mend))
        .layer(compression::layer())
        .layer(from_fn_with_state(state.workers.clone(), offload::offload));
    let cross_site = cross_site::layer(state.settings.public_url.as_deref())?;
    let every = ServiceBuilder::new().layer(EveryRequest(state.clone())).layer(cross_site);
    Ok(for_people.merge(rest::for_programs(&state)).layer(every).with_state(state))
}
