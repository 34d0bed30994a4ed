//! The server itself, for the owner who runs it.

use leptos::prelude::*;

use crate::{error::AppError, model, wire::Json};

/// The numbers of the server at a glance; for other owners there is nothing here.
#[server(name = ReadServerStatus, endpoint = "server_status", input = Json, output = Json)]
pub async fn server_status() -> Result<model::ServerStatus, AppError> {
    use crate::server::http::context::*;
    let mut status = services()?.monitoring.status(&requester().await?).await?;
    status.concerns.extend(server_notice()?);
    Ok(status)
}

/// Whether the requester is the owner who runs the server.
#[server(endpoint = "runs_server", input = Json, output = Json)]
pub async fn runs_server() -> Result<bool, AppError> {
    use crate::server::http::context::*;
    services()?.monitoring.is_operator(&requester().await?).await
}
