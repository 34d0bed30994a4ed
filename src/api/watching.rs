//! The live numbers and viewers of a link, for its owner.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, LinkId},
    wire::Json,
};

/// One link of the owner with its numbers and newest viewers, at most 100, and its past visits.
#[server(name = ReadLinkDashboard, endpoint = "link_dashboard", input = Json, output = Json)]
pub async fn link_dashboard(
    link_id: LinkId,
    #[server(default)] query: model::HistoryQuery,
) -> Result<model::LinkDashboard, AppError> {
    use crate::server::http::context::*;
    services()?.watching.dashboard(&link_id, &query, &requester().await?).await
}

/// One link of the owner with its numbers and viewers, at most 500.
#[server(name = ReadLinkViewers, endpoint = "link_viewers", input = Json, output = Json)]
pub async fn link_viewers(link_id: LinkId) -> Result<model::LinkViewers, AppError> {
    use crate::server::http::context::*;
    services()?.watching.viewers(&link_id, &requester().await?).await
}

/// The numbers of a link and its newest viewers, at most `limit`.
#[server(endpoint = "realtime_snapshot", input = Json, output = Json)]
pub async fn realtime_snapshot(
    link_id: LinkId,
    #[server(default)] limit: model::ViewerLimit,
) -> Result<model::Snapshot, AppError> {
    use crate::server::http::context::*;
    let shared = services()?.watching.snapshot(&link_id, limit, &requester().await?).await?;
    Ok(shared.snapshot.clone())
}
