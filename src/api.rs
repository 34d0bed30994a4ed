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
    crate::server::asker().await?.owner().cloned()
}

/// All documents of the owner, the newest first, with their links and the two most asked numbers.
#[server(endpoint = "documents", input = Json)]
pub async fn documents() -> Result<model::DocumentList, AppError> {
    use crate::server::{app, asker};
    app()?.documents(&asker().await?).await
}

/// One link of the owner.
#[server(endpoint = "link", input = Json)]
pub async fn link(link_id: LinkId) -> Result<model::LinkSummary, AppError> {
    use crate::server::{app, asker};
    app()?.link(&link_id, &asker().await?).await
}

/// What a visitor meets at a link.
#[server(endpoint = "open_link", input = Json)]
pub async fn open_link(link_id: LinkId) -> Result<model::Opening, AppError> {
    use crate::server::{app, asker};
    app()?.open_link(&link_id, &asker().await?).await
}

/// The numbers of a link and its newest viewers, at most 100.
#[server(endpoint = "realtime_snapshot", input = Json)]
pub async fn realtime_snapshot(link_id: LinkId) -> Result<model::Snapshot, AppError> {
    use crate::server::{app, asker};
    app()?.snapshot(&link_id, model::ViewerLimit::default(), &asker().await?).await
}

/// The document is rendered and visible: a viewer is there.
#[server(endpoint = "join", input = Json)]
pub async fn join(link_id: LinkId, join: model::Join) -> Result<(), AppError> {
    use crate::server::{app, head};
    app()?.act(&link_id, model::ViewerAction::Join(join), &head()?).await
}

/// The viewer is still there. [`AppError::SessionNotActive`] asks for a new join.
#[server(endpoint = "heartbeat", input = Json)]
pub async fn heartbeat(link_id: LinkId, heartbeat: model::Heartbeat) -> Result<(), AppError> {
    use crate::server::{app, head};
    app()?.act(&link_id, model::ViewerAction::Heartbeat(heartbeat), &head()?).await
}

/// The viewer is gone. A leave for a session that is not active is answered like any other.
#[server(endpoint = "leave", input = Json)]
pub async fn leave(link_id: LinkId, leave: model::Leave) -> Result<(), AppError> {
    use crate::server::{app, head};
    app()?.act(&link_id, model::ViewerAction::Leave(leave), &head()?).await
}

/// The API keys of the owner, the newest first.
#[server(endpoint = "api_keys", input = Json)]
pub async fn api_keys() -> Result<Vec<model::ApiKey>, AppError> {
    use crate::server::{app, asker};
    app()?.api_keys(&asker().await?).await
}

/// Makes an API key, which can be read this once.
#[server(endpoint = "new_api_key", input = Json)]
pub async fn new_api_key(label: String) -> Result<model::NewApiKey, AppError> {
    use crate::server::{app, asker};
    app()?.new_api_key(&label, &asker().await?).await
}

/// Whether `/setup/{token}` is the way to the first account.
#[server(endpoint = "may_set_up", input = Json)]
pub async fn may_set_up(token: String) -> Result<bool, AppError> {
    crate::server::app()?.accounts.may_set_up(&token).await
}

// ---- forms --------------------------------------------------------------------------------------

/// Makes the first account and opens a session.
#[server(endpoint = "set_up")]
pub async fn set_up(token: String, email: String, password: String) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let asker = asker().await?;
    let done = match app()?.set_up(&token, &email, &password, &asker).await {
        Ok(session) => asker.keep_session(Some(&session)),
        Err(error) => Err(error),
    };
    forms::answer(done, "/", &format!("/setup/{}", forms::segment(&token)))
}

/// Opens a session.
#[server(endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let asker = asker().await?;
    let done = match app()?.sign_in(&email, &password, &asker).await {
        Ok(session) => asker.keep_session(Some(&session)),
        Err(error) => Err(error),
    };
    let next = forms::path_here(&next);
    forms::answer(done, next, &format!("/sign-in?next={}", forms::segment(next)))
}

/// Ends the session of this browser.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let asker = asker().await?;
    let done = app()?.sign_out(&asker).await.and_then(|()| asker.keep_session(None));
    forms::answer(done, "/sign-in", "/settings")
}

/// Ends all sessions of the owner.
#[server(endpoint = "sign_out_everywhere")]
pub async fn sign_out_everywhere() -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let asker = asker().await?;
    let done = app()?.sign_out_everywhere(&asker).await.and_then(|()| asker.keep_session(None));
    forms::answer(done, "/sign-in", "/settings")
}

/// Changes the password, which ends all other sessions.
#[server(endpoint = "change_password")]
pub async fn change_password(old: String, new: String) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let asker = asker().await?;
    let done = match app()?.change_password(&old, &new, &asker).await {
        Ok(session) => asker.keep_session(Some(&session)),
        Err(error) => Err(error),
    };
    forms::answer(done, "/settings?done=password", "/settings")
}

/// Revokes an API key.
#[server(endpoint = "revoke_api_key")]
pub async fn revoke_api_key(key_id: model::KeyId) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let done = app()?.revoke_api_key(&key_id, &asker().await?).await;
    forms::answer(done, "/settings", "/settings")
}

/// Gives what the gate of a link asks for.
#[server(endpoint = "pass_gate")]
pub async fn pass_gate(
    link_id: LinkId,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let asker = asker().await?;
    let done = match app()?.pass_gate(&link_id, &email, &password, &asker).await {
        Ok(grant) => asker.keep_grant(&link_id, &grant),
        Err(error) => Err(error),
    };
    let page = format!("/v/{link_id}");
    forms::answer(done, &page, &page)
}

/// Gives a document another title.
#[server(endpoint = "rename_document")]
pub async fn rename_document(document_id: DocumentId, title: String) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let done = app()?.rename(&document_id, &title, &asker().await?).await;
    let page = format!("/documents/{document_id}");
    forms::answer(done, &page, &page)
}

/// Deletes a document with everything that belongs to it.
#[server(endpoint = "delete_document")]
pub async fn delete_document(document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let done = app()?.delete_document(&document_id, &asker().await?).await;
    forms::answer(done, "/", &format!("/documents/{document_id}"))
}

/// Makes a link to a document; at a random address unless one is given.
#[server(endpoint = "add_link")]
pub async fn add_link(
    document_id: DocumentId,
    #[server(default)] address: String,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let page = format!("/documents/{document_id}");
    let asker = asker().await?;
    let done = match settings.as_new_link(&address) {
        Ok(new) => app()?.add_link(&document_id, new, &asker).await.map(|_| ()),
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
    use crate::server::{app, asker, forms};
    let page = format!("/links/{link_id}");
    let asker = asker().await?;
    let done = match settings.as_change() {
        Ok(change) => app()?.change_link(&link_id, change, &asker).await.map(|_| ()),
        Err(invalid) => Err(invalid.into()),
    };
    forms::answer(done, &format!("{page}?done=saved"), &page)
}

/// Deletes a link with its numbers.
#[server(endpoint = "delete_link")]
pub async fn delete_link(link_id: LinkId, document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::{app, asker, forms};
    let done = app()?.delete_link(&link_id, &asker().await?).await;
    let page = format!("/documents/{document_id}");
    forms::answer(done, &page, &page)
}
