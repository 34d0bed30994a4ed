//! Server functions: what the pages ask of the server.
//!
//! Each is an adapter: it takes the application from the context and calls one method. They are public
//! endpoints like those of `server::rest` and stand on the same methods.
//!
//! The macro makes a type of each function's name (`join` makes `Join`), so the model's types of the
//! same names are written with their path.
#![expect(missing_docs, reason = "the macro writes the fields of the types it makes, and no doc comment")]

use leptos::{prelude::*, server_fn::codec::Json};

use crate::{
    error::AppError,
    model::{self, LinkId, LinkSummary, Snapshot},
};

/// All shared links, the newest first, with their two most asked numbers.
#[server(endpoint = "shared_links", input = Json)]
pub async fn shared_links() -> Result<Vec<LinkSummary>, AppError> {
    use crate::server;
    server::app()?.shared_links(&server::asker()?).await
}

/// The document behind a link.
#[server(endpoint = "shared_document", input = Json)]
pub async fn shared_document(link_id: LinkId) -> Result<model::SharedDocument, AppError> {
    use crate::server;
    server::app()?.shared_document(&link_id, &server::asker()?).await
}

/// The numbers of a link and its newest viewers, at most 100.
#[server(endpoint = "realtime_snapshot", input = Json)]
pub async fn realtime_snapshot(link_id: LinkId) -> Result<Snapshot, AppError> {
    use crate::{model::ViewerLimit, server};
    server::app()?.snapshot(&link_id, ViewerLimit::default(), &server::asker()?).await
}

/// The document is rendered and visible: a viewer is there.
#[server(endpoint = "join", input = Json)]
pub async fn join(link_id: LinkId, join: model::Join) -> Result<(), AppError> {
    use crate::{model::ViewerAction, server};
    server::app()?.act(&link_id, ViewerAction::Join(join)).await
}

/// The viewer is still there. [`AppError::SessionNotActive`] asks for a new join.
#[server(endpoint = "heartbeat", input = Json)]
pub async fn heartbeat(link_id: LinkId, heartbeat: model::Heartbeat) -> Result<(), AppError> {
    use crate::{model::ViewerAction, server};
    server::app()?.act(&link_id, ViewerAction::Heartbeat(heartbeat)).await
}

/// The viewer is gone. A leave for a session that is not active is answered like any other.
#[server(endpoint = "leave", input = Json)]
pub async fn leave(link_id: LinkId, leave: model::Leave) -> Result<(), AppError> {
    use crate::{model::ViewerAction, server};
    server::app()?.act(&link_id, ViewerAction::Leave(leave)).await
}
