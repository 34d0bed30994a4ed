//! REST: the wire contract of the system, over the same services as the server functions.
//!
//! ```text
//! GET  /api/send/realtime/{linkId}           a snapshot; ?limit=1..500
//! POST /api/send/realtime/{linkId}           {"action": "join" | "heartbeat" | "leave", …}
//! GET  /api/send/realtime/{linkId}/events    a stream of snapshots; ?limit=1..500; see [`events`]
//! …    /api/documents, /api/links            documents and links of owners; see [`documents`] and [`links`]
//! …    /api/links/{linkId}/badges            badges in other sites; see [`badges`], and [`shown_badge`] for what they show
//! GET  /api/account, /api/account/events     the owner's account; see [`account`]
//! …    /api/keys                             API keys; see [`keys`]
//! …    /api/webhooks                         where the owner is told of events; see [`notices`]
//! …    /api/corrections                      visits left out together; see [`corrections`]
//! …    …/analytics, …/visits, /api/readers   past visits; see [`history`] and [`readers`]
//! GET  /v/{linkId}/pages/{page}, …/download  what readers of a link get; see [`reading`] and [`pages`]
//! GET  /api, /api/openapi.json               what the API says of itself; see [`description`]
//! GET  /healthz, /readyz                     whether the process runs; whether a write would succeed
//! ```

mod account;
mod action;
mod badges;
mod corrections;
mod description;
mod documents;
mod events;
mod fields;
mod health;
mod history;
mod keys;
mod links;
mod made_once;
mod mails;
mod notices;
mod pages;
mod path;
mod readers;
mod reading;
mod shown_badge;
mod test_clock;

use axum::{
    Router,
    body::Bytes,
    extract::{
        Query, State,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderName, header},
    middleware::from_fn_with_state,
    response::IntoResponse,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

pub use self::{
    badges::{token, with_urls},
    description::Description,
};
use self::{
    description::{
        bodies::Nothing,
        errors::{OfAction, OfSnapshot},
        parameters::OneLink,
    },
    path::IdPath,
};
use super::{AppState, compression, offload, requester::Identity};
use crate::{
    error::AppError,
    model::{Invalid, LinkId, Snapshot, Success, ViewerAction, ViewerLimit},
    server::services::Requester,
};

/// What programs ask for; `/test/clock` only with a test clock.
pub fn for_programs(state: &AppState) -> Router<AppState> {
    let making = Router::from(making()).layer(from_fn_with_state(state.clone(), made_once::once));
    let api = Router::from(below_api())
        .merge(making)
        .layer(compression::layer())
        .layer(from_fn_with_state(state.workers.clone(), offload::offload))
        // Streams are not compressed, and the layer would take 6 kB of each dashboard.
        .merge(Router::from(events::routes()))
        .fallback(async || AppError::NotFound)
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed);
    // The hot path: not below `nest`, and without layers of its own.
    let live = Router::from(live_numbers())
        .layer(compression::layer())
        .merge(Router::from(actions()))
        .method_not_allowed_fallback(async || AppError::MethodNotAllowed);
    let routes = Router::new().nest("/api", api).merge(live).merge(health::routes());
    if state.settings.test_clock { routes.merge(test_clock::routes()) } else { routes }
}

/// What the viewer page shows and links to.
pub fn of_links() -> Router<AppState> {
    Router::from(below_links())
}

/// Every route with its description. A route of REST is made from its description, so none lacks one.
fn described() -> utoipa::openapi::OpenApi {
    let routes = OpenApiRouter::new()
        .merge(live_numbers())
        .merge(actions())
        .nest("/api", below_api().merge(events::routes()).merge(making()))
        .merge(below_links())
        .merge(health::routes());
    routes.into_openapi()
}

fn live_numbers() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(snapshot))
}

fn actions() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(act))
}

fn below_api() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(account::routes())
        .merge(description::routes())
        .merge(documents::routes())
        .merge(badges::routes())
        .merge(corrections::routes())
        .merge(history::routes())
        .merge(keys::routes())
        .merge(links::routes())
        .merge(mails::routes())
        .merge(notices::routes())
        .merge(readers::routes())
        .merge(reading::below_api())
}

/// What makes something, once for each `Idempotency-Key`.
fn making() -> OpenApiRouter<AppState> {
    documents::making()
        .merge(badges::making())
        .merge(corrections::making())
        .merge(keys::making())
        .merge(notices::making())
}

fn below_links() -> OpenApiRouter<AppState> {
    reading::below_links().merge(shown_badge::routes())
}

/// How many viewers a snapshot lists, as a query says it.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SnapshotQuery {
    /// The most viewers that are listed; 100 when none is named.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 500)]
    limit: Option<String>,
}

impl SnapshotQuery {
    fn limit(self) -> Result<ViewerLimit, Invalid> {
        match self.limit {
            // Text that is not a number is refused in the same words as a number out of range.
            Some(text) => ViewerLimit::new(text.parse().unwrap_or(0)),
            None => Ok(ViewerLimit::default()),
        }
    }
}

/// The numbers of a link, and who reads it now.
#[utoipa::path(
    get,
    path = "/api/send/realtime/{link}",
    tag = "Live numbers",
    params(OneLink, SnapshotQuery),
    responses((status = 200, description = "The numbers, and the active viewers with the newest first.", body = inline(Success<Snapshot>)), OfSnapshot),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn snapshot(
    State(state): State<AppState>,
    IdPath(link): IdPath<LinkId>,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let limit = query?.0.limit()?;
    let snapshot = state.services.watching.snapshot(&link, limit, &requester).await?;
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/json")], snapshot.json.clone()))
}

/// Reports a visit: join, heartbeat or leave.
#[utoipa::path(
    post,
    path = "/api/send/realtime/{link}",
    tag = "Live numbers",
    params(OneLink),
    request_body(content = ViewerAction, description = "Read as JSON whatever the content type says: a beacon can only send `text/plain`."),
    responses((status = 200, description = "Done.", body = inline(Success<Nothing>)), OfAction),
    security((), ("apiKey" = ["write"]), ("session" = [])),
)]
async fn act(
    State(state): State<AppState>,
    link: Result<IdPath<LinkId>, AppError>,
    identity: Identity,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    let (action, IdPath(link)) = (action::read(&body?)?, link?);
    let reading = &state.services.reading;
    match action {
        // The hot path: no owner is looked up. The others are boxed, so that its future is small.
        ViewerAction::Heartbeat(heartbeat) => reading.heartbeat(&link, heartbeat, identity.visitor()).await?,
        ViewerAction::Join(join) => {
            Box::pin(async {
                let (requester, origin) = (identity.requester(&state).await?, identity.visit_origin(&state));
                reading.join(&link, join, &requester, &origin).await
            })
            .await?
        }
        ViewerAction::Leave(leave) => {
            Box::pin(async {
                let reporter = identity.reporter(&leave, &state).await?;
                reading.leave(&link, leave, identity.visitor(), reporter.as_ref()).await
            })
            .await?
        }
    }
    Ok((NO_STORE, [(header::CONTENT_TYPE, "application/json")], r#"{"success":true}"#))
}

const NO_STORE: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];
