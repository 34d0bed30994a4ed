//! HTTP: routes, requests and answers, cookies and headers.
//!
//! Belongs here: everything that knows HTTP. A handler turns the request into plain data, calls one service and wraps
//! its answer. May import `services`, `live`, `model`, `error`, and `app` to render pages. Never `store`.

pub mod bots;
pub mod client_address;
mod compression;
pub mod context;
pub mod cookies;
pub mod cross_site;
mod damaged_address;
mod envelope;
pub mod flash;
pub mod forms;
mod pages;
pub mod qr_code;
mod request_log;
mod requester;
mod rest;
mod security_headers;
mod state;
mod visit_origin;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, map_request, map_request_with_state, map_response},
};

pub use self::{
    state::{AppState, HttpSettings},
    visit_origin::Countries,
};
use super::start_error::StartError;

/// The largest body of a request that is no upload, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// All routes. Tests call them without a socket. [`StartError`] when the public URL cannot be used.
pub fn router(state: AppState) -> Result<Router, StartError> {
    let cross_site = cross_site::layer(state.settings.public_url.as_deref())?;
    let router = pages::routes(&state)
        .layer(map_response(envelope::server_function_status))
        .layer(map_request(envelope::limit_body))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .merge(rest::routes(&state))
        .layer(from_fn(damaged_address::mend))
        .layer(map_request_with_state(state.clone(), requester::identify))
        .layer(cross_site)
        .layer(map_response(security_headers::add))
        .layer(compression::layer())
        .layer(map_request(compression::accept_where_safe))
        .with_state(state);
    Ok(request_log::add(router))
}
