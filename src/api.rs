//! Server functions: what the pages ask of the server.
//!
//! Each is an adapter: it takes the services from the context and calls one method. They are public endpoints like
//! those of `server::http::rest` and call the same methods. The second half are forms: they work without script, by
//! redirecting the browser to a page.

#![expect(
    missing_docs,
    reason = "the macro makes a struct of each function's arguments, without documentation"
)]

mod readers;

use leptos::prelude::*;

pub use self::readers::*;
// The macro makes a type of each function, named after it or by `name`. No two public types of the crate share a name.
use crate::{
    error::AppError,
    model::{self, DocumentId, LinkId},
    wire::Json,
};

/// The name under which a form sends an argument of a server function: `argument!(AddLink, settings.label)` is
/// `"settings[label]"`. Does not compile where the function has no such argument.
macro_rules! argument {
    ($function:ident, $first:ident $(. $rest:ident)*) => {{
        let _ = |arguments: &$crate::api::$function| {
            let _ = &arguments.$first $(. $rest)*;
        };
        concat!(stringify!($first) $(, "[", stringify!($rest), "]")*)
    }};
}

pub(crate) use argument;

/// The owner who is signed in.
#[server(endpoint = "who_am_i", input = Json, output = Json)]
pub async fn who_am_i() -> Result<model::Owner, AppError> {
    crate::server::http::context::requester().await?.owner().cloned()
}

/// Documents of the owner, with their links and numbers; without a scope the newest.
#[server(endpoint = "documents", input = Json, output = Json)]
pub async fn documents(
    #[server(default)] scope: model::DocumentScope,
) -> Result<model::DocumentList, AppError> {
    use crate::server::http::context::*;
    services()?.watching.documents(&scope, &requester().await?).await
}

/// Makes a link with the usual settings at a random address.
#[server(name = MakeLink, endpoint = "new_link", input = Json, output = Json)]
pub async fn new_link(document_id: DocumentId) -> Result<model::LinkSummary, AppError> {
    use crate::server::http::context::*;
    services()?.library.add_link(&document_id, model::NewLink::default(), &requester().await?).await
}

/// One document of the owner, with its links and their numbers.
#[server(name = ReadDocument, endpoint = "document", input = Json, output = Json)]
pub async fn document(document_id: DocumentId) -> Result<model::DocumentState, AppError> {
    use crate::server::http::context::*;
    services()?.watching.document_state(&document_id, &requester().await?).await
}

/// One document of the owner, for a preview without a link.
#[server(endpoint = "preview_document", input = Json, output = Json)]
pub async fn preview_document(document_id: DocumentId) -> Result<model::ShownDocument, AppError> {
    use crate::server::http::context::*;
    services()?.library.preview(&document_id, &requester().await?).await
}

/// One link of the owner.
#[server(name = ReadLink, endpoint = "link", input = Json, output = Json)]
pub async fn link(link_id: LinkId) -> Result<model::LinkSummary, AppError> {
    use crate::server::http::context::*;
    services()?.library.link(&link_id, &requester().await?).await
}

/// What a visitor meets at a link.
#[server(endpoint = "open_link", input = Json, output = Json)]
pub async fn open_link(link_id: LinkId) -> Result<model::Opening, AppError> {
    use crate::server::http::context::*;
    services()?.reading.open_link(&link_id, &requester().await?, is_bot()?).await
}

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

/// The document is rendered and visible: counts a viewer.
#[server(name = JoinLink, endpoint = "join", input = Json, output = Json)]
pub async fn join(link_id: LinkId, join: model::Join) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.reading.join(&link_id, join, &requester().await?, &visit_origin()?).await
}

/// Keeps a viewer active. [`AppError::SessionNotActive`] asks for a new join.
#[server(name = SendHeartbeat, endpoint = "heartbeat", input = Json, output = Json)]
pub async fn heartbeat(link_id: LinkId, heartbeat: model::Heartbeat) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.reading.heartbeat(&link_id, heartbeat, identity()?.visitor()).await
}

/// Ends a visit. A leave of a session that is not active is answered like any other.
#[server(name = LeaveLink, endpoint = "leave", input = Json, output = Json)]
pub async fn leave(link_id: LinkId, leave: model::Leave) -> Result<(), AppError> {
    use crate::server::http::context::*;
    let reporter = reporter(&leave).await?;
    services()?.reading.leave(&link_id, leave, identity()?.visitor(), reporter.as_ref()).await
}

/// The analytics of a link, a document or everything of the owner.
#[server(name = ReadAnalytics, endpoint = "analytics_page", input = Json, output = Json)]
pub async fn analytics_page(
    scope: model::HistoryScope,
    query: model::HistoryQuery,
) -> Result<model::AnalyticsPage, AppError> {
    use crate::server::http::context::*;
    services()?.history.page(scope, &query, &requester().await?).await
}

/// One visit, for the owner of its link.
#[server(name = ReadVisit, endpoint = "visit", input = Json, output = Json)]
pub async fn visit(link_id: LinkId, visit_id: model::VisitId) -> Result<model::VisitDetail, AppError> {
    use crate::server::http::context::*;
    services()?.history.visit(&link_id, visit_id, &requester().await?).await
}

/// Sets the owner's time zone to that of the browser, unless they have one.
#[server(endpoint = "note_time_zone", input = Json, output = Json)]
pub async fn note_time_zone(zone: String) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.history.set_zone(&zone, false, &requester().await?).await
}

/// The owner's time zone, if they have set one.
#[server(endpoint = "time_zone", input = Json, output = Json)]
pub async fn time_zone() -> Result<Option<String>, AppError> {
    use crate::server::http::context::*;
    services()?.history.zone_name(&requester().await?).await
}

/// The API keys of the owner, the newest first.
#[server(endpoint = "api_keys", input = Json, output = Json)]
pub async fn api_keys() -> Result<Vec<model::ApiKey>, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.api_keys(&requester().await?).await
}

/// Makes an API key, which can be read only in this answer.
#[server(name = MakeApiKey, endpoint = "new_api_key", input = Json, output = Json)]
pub async fn new_api_key(label: String) -> Result<model::NewApiKey, AppError> {
    use crate::server::http::context::*;
    services()?.accounts.new_api_key(&label, &requester().await?).await
}

/// Whether `/setup/{token}` is the way to the first account.
#[server(endpoint = "may_set_up", input = Json, output = Json)]
pub async fn may_set_up(token: String) -> Result<bool, AppError> {
    crate::server::http::context::services()?.accounts.may_set_up(&token).await
}

// ---- forms --------------------------------------------------------------------------------------

/// Makes the first account and opens a session.
#[server(endpoint = "set_up")]
pub async fn set_up(token: String, email: String, password: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let visitor = requester().await?.visitor;
        let session = services()?.accounts.set_up(&token, &email, &password, &visitor).await?;
        set_session_cookie(Some(&session)).map(|()| None)
    };
    Form::of::<SetUp>()
        .field(argument!(SetUp, email), "The e-mail address", &["email", "taken"], &email)
        .password(argument!(SetUp, password), "The password", &["password"])
        .checks_cookies()
        .answer(done.await, model::address::HOME, &model::address::setup(&token))
}

/// Opens a session, and leads to the page `next`.
#[server(endpoint = "sign_in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms};
    let done = async {
        let session = services()?.accounts.sign_in(&email, &password, &requester().await?.visitor).await?;
        set_session_cookie(Some(&session)).map(|()| None)
    };
    let next = forms::path_here(&next);
    forms::Form::of::<SignIn>()
        .field(argument!(SignIn, email), "The e-mail address", &["email"], &email)
        .password(argument!(SignIn, password), "The password", &["wrong_credentials"])
        .checks_cookies()
        .answer(done.await, next, &model::address::sign_in(next))
}

/// Ends the session of this browser.
#[server(endpoint = "sign_out")]
pub async fn sign_out() -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.sign_out(&requester().await?).await?;
        set_session_cookie(None).map(|()| None)
    };
    Form::of::<SignOut>().answer(done.await, model::address::SIGN_IN, model::address::SETTINGS)
}

/// Ends all sessions of the owner.
#[server(endpoint = "sign_out_everywhere")]
pub async fn sign_out_everywhere() -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.sign_out_everywhere(&requester().await?).await?;
        set_session_cookie(None).map(|()| None)
    };
    Form::of::<SignOutEverywhere>().answer(done.await, model::address::SIGN_IN, model::address::SETTINGS)
}

/// Changes the password, which ends all other sessions.
#[server(endpoint = "change_password")]
pub async fn change_password(old: String, new: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let session = services()?.accounts.change_password(&old, &new, &requester().await?).await?;
        set_session_cookie(Some(&session))?;
        Ok(Some(model::Done::new("The password is changed. All other sessions have ended.")))
    };
    Form::of::<ChangePassword>()
        .password(argument!(ChangePassword, old), "The old password", &["wrong_password"])
        .password(argument!(ChangePassword, new), "The new password", &["password"])
        .answer(done.await, model::address::SETTINGS, model::address::SETTINGS)
}

/// Sets the owner's time zone.
#[server(endpoint = "set_time_zone")]
pub async fn set_time_zone(zone: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.history.set_zone(zone.trim(), true, &requester().await?).await?;
        Ok(Some(model::Done::new("The time zone is saved.")))
    };
    Form::of::<SetTimeZone>().field(argument!(SetTimeZone, zone), "The time zone", &["zone"], &zone).answer(
        done.await,
        model::address::SETTINGS,
        model::address::SETTINGS,
    )
}

/// Leaves a visit out of all numbers, or takes it back.
#[server(endpoint = "archive_visit")]
pub async fn archive_visit(
    link_id: LinkId,
    visit_id: model::VisitId,
    #[server(default)] archived: bool,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.history.archive(&link_id, visit_id, archived, &requester().await?).await?;
        let done = if archived { "Archived: it is in no number any more." } else { "Taken back." };
        Ok(Some(model::Done::new(done)))
    };
    let page = model::address::visit(&link_id, &visit_id);
    Form::of::<ArchiveVisit>().answer(done.await, &page, &page)
}

/// Removes all visits of the reader of a visit, and leads to the link.
#[server(endpoint = "erase_reader")]
pub async fn erase_reader(link_id: LinkId, visit_id: model::VisitId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let erased = services()?.history.erase_reader(&link_id, visit_id, &requester().await?).await?;
        Ok(Some(model::Done::erased(erased)))
    };
    Form::of::<EraseReader>().answer(
        done.await,
        &model::address::dashboard(&link_id),
        &model::address::visit(&link_id, &visit_id),
    )
}

/// Revokes an API key.
#[server(endpoint = "revoke_api_key")]
pub async fn revoke_api_key(key_id: model::KeyId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.accounts.revoke_api_key(&key_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The API key is revoked.")))
    };
    Form::of::<RevokeApiKey>().answer(done.await, model::address::SETTINGS, model::address::SETTINGS)
}

/// Gives what the gate of a link asks for.
#[server(endpoint = "pass_gate")]
pub async fn pass_gate(
    link_id: LinkId,
    #[server(default)] email: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let visitor = requester().await?.visitor;
        let grant = services()?.gates.pass(&link_id, &email, &password, &visitor).await?;
        set_grant_cookie(&link_id, &grant).map(|()| None)
    };
    let page = model::address::viewer(&link_id);
    Form::of::<PassGate>()
        .field(argument!(PassGate, email), "The e-mail address", &["email"], &email)
        .password(argument!(PassGate, password), "The password", &["wrong_password"])
        .checks_cookies()
        .for_visitors()
        .answer(done.await, &page, &page)
}

/// Gives a document another title.
#[server(endpoint = "rename_document")]
pub async fn rename_document(document_id: DocumentId, title: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.rename(&document_id, &title, &requester().await?).await?;
        Ok(Some(model::Done::new("Renamed.")))
    };
    let page = model::address::document(&document_id);
    Form::of::<RenameDocument>()
        .field(argument!(RenameDocument, title), "The title", &["title"], &title)
        .answer(done.await, &page, &page)
}

/// Deletes a document with its file, its links and their numbers.
#[server(endpoint = "delete_document")]
pub async fn delete_document(document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.delete_document(&document_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The document is deleted.")))
    };
    Form::of::<DeleteDocument>().answer(
        done.await,
        model::address::HOME,
        &model::address::document(&document_id),
    )
}

/// Makes a link to a document; at a random address unless one is given.
#[server(endpoint = "add_link")]
pub async fn add_link(
    document_id: DocumentId,
    #[server(default)] address: String,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let new = settings.as_new_link(&address)?;
        let link = services()?.library.add_link(&document_id, new, &requester().await?).await?;
        let warnings = settings.warnings(&link);
        Ok(Some(model::Done { message: "Link made.".to_owned(), warnings, link: Some(link.link_id) }))
    };
    let page = model::address::document(&document_id);
    Form::of::<AddLink>()
        .field(argument!(AddLink, address), "The address", &["linkId", "taken"], &address)
        .field(argument!(AddLink, settings.label), "The label", &["label"], &settings.label)
        .keep(argument!(AddLink, settings.email), &settings.email)
        .password(argument!(AddLink, settings.password), "The password", &["password"])
        .field(argument!(AddLink, settings.expires_at), "The expiry", &["expiresAt"], &settings.expires_at)
        .keep(argument!(AddLink, settings.download), &settings.download)
        .answer(done.await, &page, &page)
}

/// Changes the settings of a link.
#[server(endpoint = "change_link")]
pub async fn change_link(
    link_id: LinkId,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let change = settings.as_change()?;
        let link = services()?.library.change_link(&link_id, change, &requester().await?).await?;
        let warnings = settings.warnings(&link);
        Ok(Some(model::Done { warnings, ..model::Done::new("Saved.") }))
    };
    let page = model::address::link(&link_id);
    Form::of::<ChangeLink>()
        .field(argument!(ChangeLink, settings.label), "The label", &["label"], &settings.label)
        .keep(argument!(ChangeLink, settings.enabled), &settings.enabled)
        .keep(argument!(ChangeLink, settings.email), &settings.email)
        .keep(argument!(ChangeLink, settings.password_is), &settings.password_is)
        .password(argument!(ChangeLink, settings.password), "The password", &["password"])
        .field(argument!(ChangeLink, settings.expires_at), "The expiry", &["expiresAt"], &settings.expires_at)
        .keep(argument!(ChangeLink, settings.download), &settings.download)
        .answer(done.await, &page, &page)
}

/// Deletes a link with its numbers, and leads to its document.
#[server(endpoint = "delete_link")]
pub async fn delete_link(link_id: LinkId, document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.delete_link(&link_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The link is deleted.")))
    };
    Form::of::<DeleteLink>().answer(
        done.await,
        &model::address::document(&document_id),
        &model::address::link(&link_id),
    )
}
