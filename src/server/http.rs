//! HTTP: routes, requests and answers, cookies and headers.
//!
//! Belongs here: everything that knows HTTP. A handler turns the request into plain data, calls one service and wraps
//! its answer. May import `services`, `live`, `model`, `error`, and `app` to render pages. Never `store`.

pub mod admin;
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
pub mod flash;
pub mod forms;
mod keyed_digest;
mod pages;
pub mod qr_code;
mod request_log;
mod request_times;
mod requester;
mod rest;
mod security_headers;
mod state;
mod stop_mails;
mod visit_origin;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{from_fn, from_fn_with_state, map_request, map_response},
};
use tower::ServiceBuilder;

use self::request_times::TimeRequests;
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
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .merge(rest::of_links())
        .merge(stop_mails::routes())
        .layer(from_fn(damaged_address::mend));
    // One stack: a router copies each of its layers for every request, and a heartbeat is short.
    let (believe_proxy, identify) =
        (with(&state, cross_site::believe_proxy), with(&state, requester::identify));
    let common = ServiceBuilder::new()
        .map_request(compression::accept_where_safe)
        .layer(compression::layer())
        .layer(from_fn_with_state(state.clone(), security_headers::add))
        .layer(from_fn_with_state(state.clone(), body_pace::limit))
        .map_request(believe_proxy)
        .layer(from_fn_with_state(state.clone(), cross_site::note))
        .layer(cross_site::layer(state.settings.public_url.as_deref())?)
        .map_request(identify);
    let router = for_people.merge(rest::for_programs(&state)).layer(common).with_state(state.clone());
    let requests = &state.services.monitoring.instruments.requests;
    let timed = requests.are_timed().then(|| TimeRequests(requests.clone()));
    Ok(request_log::add(router, timed, &state.settings))
}

/// A function that changes requests, with the state that it reads.
fn with(
    state: &AppState,
    change: fn(&AppState, Request) -> Request,
) -> impl Fn(Request) -> Request + Clone + use<> {
    let state = state.clone();
    move |request| change(&state, request)
}
