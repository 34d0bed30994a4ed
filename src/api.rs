//! Server functions: what the pages ask of the server.
//!
//! Each is an adapter: it takes the application from the context and calls one method. They are public
//! endpoints like those of `server::rest` and stand on the same methods.

#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's arguments, without documentation"
)]

use leptos::{prelude::*, server_fn::codec::Json};

// The macro makes a type of each function's name, so the words of the model are spelt with their room.
use crate::{
    error::AppError,
    model::{self, LinkId},
};

/// All shared links, the newest first, with their two most asked numbers.
#[server(endpoint = "shared_links", input = Json)]
pub async fn shared_links() -> Result<model::LinkList, AppError> {
    use crate::server::{app, asker};
    app()?.shared_links(&asker()?).await
}

/// The document behind a link.
#[server(endpoint = "shared_document", input = Json)]
pub async fn shared_document(link_id: LinkId) -> Result<model::SharedDocument, AppError> {
    use crate::server::{app, asker};
    app()?.shared_document(&link_id, &asker()?).await
}

/// The numbers of a link and its newest viewers, at most 100.
#[server(endpoint = "realtime_snapshot", input = Json)]
pub async fn realtime_snapshot(link_id: LinkId) -> Result<model::Snapshot, AppError> {
    use crate::server::{app, asker};
    app()?.snapshot(&link_id, model::ViewerLimit::default(), &asker()?).await
}

/// The document is rendered and visible: a viewer is there.
#[server(endpoint = "join", input = Json)]
pub async fn join(link_id: LinkId, join: model::Join) -> Result<(), AppError> {
    crate::server::app()?.act(&link_id, model::ViewerAction::Join(join)).await
}

/// The viewer is still there. [`AppError::SessionNotActive`] asks for a new join.
#[server(endpoint = "heartbeat", input = Json)]
pub async fn heartbeat(link_id: LinkId, heartbeat: model::Heartbeat) -> Result<(), AppError> {
    crate::server::app()?.act(&link_id, model::ViewerAction::Heartbeat(heartbeat)).await
}

/// The viewer is gone. A leave for a session that is not active is answered like any other.
#[server(endpoint = "leave", input = Json)]
pub async fn leave(link_id: LinkId, leave: model::Leave) -> Result<(), AppError> {
    crate::server::app()?.act(&link_id, model::ViewerAction::Leave(leave)).await
}
