//! Server functions: what the pages ask of the server.
//!
//! Each is an adapter: it takes the application from the context and calls one method. They are public
//! endpoints like those of `server::rest` and stand on the same methods. The second half are forms: they work
//! without script, by sending the browser on to a page.

#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's arguments, without documentation"
)]

use leptos::{prelude::*, server_fn::codec::Json};

// The macro makes a type of each function's name, so the words of the model are spelt with their room.
use crate::{
    error::AppError,
    model::{self, DocumentId, LinkId},
};

/// The owner who is signed in.
#[server(endpoint = "who_am_i", input = Json)]
pub async fn who_am_i() -> Result<model::Owner, AppError> {
    crate::server::http::context::requester().await?.owner().cloned()
}

/// Documents of the owner, with their links and numbers; without a scope the newest.
#[server(endpoint = "documents", input = Json)]
pub async fn documents(
    #[server(default)] scope: model::DocumentScope,
) -> Result<model::DocumentList, AppError> {
    use crate::server::http::context::*;
    services()?.watching.documents(&scope, &requester().await?).await
}

/// Makes a link with the usual settings at a random address.
#[server(endpoint = "new_link", input = Json)]
pub async fn new_link(document_id: DocumentId) -> Result<model::LinkSummary, AppError> {
    use crate::server::http::context::*;
    services()?.library.add_link(&document_id, model::NewLink::default(), &requester().await?).await
}

/// One link of the owner.
#[server(endpoint = "link", input = Json)]
pub async fn link(link_id: LinkId) -> Result<model::LinkSummary, AppError> {
    use crate::server::http::context::*;
    services()?.library.link(&link_id, &requester().await?).await
}

/// What a visitor meets at a link.
#[server(endpoint = "open_link", input = Json)]
pub async fn open_link(link_id: LinkId) -> Result<model::Opening, AppError> {
    use crate::server::http::context::*;
    services()?.reading.open_link(&link_id, &requester().await?, is_bot()?).await
}

/// One link of the owner with its numbers and newest viewers, at most 100, read together.
#[server(endpoint = "link_dashboard", input = Json)]
pub async fn link_dashboard(link_id: LinkId) -> Result<model::LinkDashboard, AppError> {
    use crate::server::http::context::*;
    services()?.watching.dashboard(&link_id, &requester().await?).await
}

/// The numbers of a link and its newest viewers, at most 100.
#[server(endpoint = "realtime_snapshot", input = Json)]
pub async fn realtime_snapshot(link_id: LinkId) -> Result<model::Snapshot, AppError> {
    use crate::server::http::context::*;
    let limit = model::ViewerLimit::default();
    let shared = services()?.watching.snapshot(&link_id, limit, &requester().await?).await?;
    Ok(shared.snapshot.clone())
}

/// The document is rendered and visible: a viewer is there.
#[server(endpoint = "join", input = Json)]
pub async fn join(link_id: LinkId, join: model::Join) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.reading.join(&link_id, join, &requester().await?, is_bot()?).await
}

/// The viewer is still there. [`AppError::SessionNotActive`] asks for a new join.
#[server(endpoint = "heartbeat", input = Json)]
pub async fn heartbeat(link_id: LinkId, heartbeat: model::Heartbeat) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.reading.heartbeat(&link_id, heartbeat, identity()?.visitor()).await
}

/// The viewer is gone. A leave for a session that is not active is answered like any other.
#[server(endpoint = "leave", input = Json)]
pub async fn leave(link_id: LinkId, leave: model::Leave) -> Result<(), AppError> {
    use crate::server::http::context::*;
    let reporter = reporter(&leave).await?;
    services()?.reading.leave(&link_id, leave, identity()?.visitor(), reporter.as_ref()).await
}

/// The API keys of the owner, the newest first.
#[server(endpoint = "api_keys", input = Json)]
pub async fn api_keys() -> Result<Vec<model::ApiKey>, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.api_keys(&requester().await?).await
}

/// Makes an API key, which can be read this once.
#[server(endpoint = "new_api_key", input = Json)]
pub async fn new_api_key(label: String) -> Result<model::NewApiKey, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.new_api_key(&label, &requester().await?).await
}

/// Whether `/setup/{token}` is the way to the first account.
#[server(endpoint = "may_set_up", input = Json)]
pub async fn may_set_up(token: String) -> Result<bool, AppError> {
    crate::server::http::context::services()?.accounts.may_set_up(&token).await
}

// ---- forms --------------------------------------------------------------------------------------

/// Makes the first account and opens a session.
#[server(endpoint = "set_up")]
pub async fn set_up(token: String, email: String, password: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = match services()?.accounts.set_up(&token, &email, &password, &requester().await?.visitor).await
    {
        Ok(session) => set_session_cookie(Some(&session)),
        Err(error) => Err(error),
    };
    forms::answer(done, "/", &model::address::setup(&token))
}

/// Opens a session.
#[server(endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = match services()?.accounts.sign_in(&email, &password, &requester().await?.visitor).await {
        Ok(session) => set_session_cookie(Some(&session)),
        Err(error) => Err(error),
    };
    let next = forms::path_here(&next);
    forms::answer(done, next, &model::address::sign_in(next))
}

/// Ends the session of this browser.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let requester = requester().await?;
    let done = services()?.accounts.sign_out(&requester).await.and_then(|()| set_session_cookie(None));
    forms::answer(done, "/sign-in", "/settings")
}

/// Ends all sessions of the owner.
#[server(endpoint = "sign_out_everywhere")]
pub async fn sign_out_everywhere() -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let requester = requester().await?;
    let done =
        services()?.accounts.sign_out_everywhere(&requester).await.and_then(|()| set_session_cookie(None));
    forms::answer(done, "/sign-in", "/settings")
}

/// Changes the password, which ends all other sessions.
#[server(endpoint = "change_password")]
pub async fn change_password(old: String, new: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let requester = requester().await?;
    let done = match services()?.accounts.change_password(&old, &new, &requester).await {
        Ok(session) => set_session_cookie(Some(&session)),
        Err(error) => Err(error),
    };
    forms::answer(done, "/settings?done=password", "/settings")
}

/// Revokes an API key.
#[server(endpoint = "revoke_api_key")]
pub async fn revoke_api_key(key_id: model::KeyId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = services()?.accounts.revoke_api_key(&key_id, &requester().await?).await;
    forms::answer(done, "/settings", "/settings")
}

/// Gives what the gate of a link asks for.
#[server(endpoint = "pass_gate")]
pub async fn pass_gate(
    link_id: LinkId,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = match services()?.gates.pass(&link_id, &email, &password, &requester().await?.visitor).await {
        Ok(grant) => set_grant_cookie(&link_id, &grant),
        Err(error) => Err(error),
    };
    let page = format!("/v/{link_id}");
    forms::answer(done, &page, &page)
}

/// Gives a document another title.
#[server(endpoint = "rename_document")]
pub async fn rename_document(document_id: DocumentId, title: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = services()?.library.rename(&document_id, &title, &requester().await?).await;
    let page = format!("/documents/{document_id}");
    forms::answer(done, &page, &page)
}

/// Deletes a document with everything that belongs to it.
#[server(endpoint = "delete_document")]
pub async fn delete_document(document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = services()?.library.delete_document(&document_id, &requester().await?).await;
    forms::answer(done, "/", &format!("/documents/{document_id}"))
}

/// Makes a link to a document; at a random address unless one is given.
#[server(endpoint = "add_link")]
pub async fn add_link(
    document_id: DocumentId,
    #[server(default)] address: String,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let page = format!("/documents/{document_id}");
    let requester = requester().await?;
    let done = match settings.as_new_link(&address) {
        Ok(new) => services()?.library.add_link(&document_id, new, &requester).await.map(|_| ()),
        Err(invalid) => Err(invalid.into()),
    };
    forms::answer(done, &page, &page)
}

/// Sets what a link asks for and lets.
#[server(endpoint = "change_link")]
pub async fn change_link(
    link_id: LinkId,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let page = format!("/links/{link_id}");
    let requester = requester().await?;
    let done = match settings.as_change() {
        Ok(change) => services()?.library.change_link(&link_id, change, &requester).await.map(|_| ()),
        Err(invalid) => Err(invalid.into()),
    };
    forms::answer(done, &format!("{page}?done=saved"), &page)
}

/// Deletes a link with its numbers.
#[server(endpoint = "delete_link")]
pub async fn delete_link(link_id: LinkId, document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = services()?.library.delete_link(&link_id, &requester().await?).await;
    let page = format!("/documents/{document_id}");
    forms::answer(done, &page, &page)
}
