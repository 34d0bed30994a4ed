//! What owners set for mails about visits of all their links.
//!
//! ```text
//! GET    /api/notices/mails   {"mails": {"on", "newLinks"}}
//! PATCH  /api/notices/mails   {"on", "newLinks"}
//! ```

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::IntoResponse,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    NO_STORE,
    description::errors::{OfMailSettings, OfMailSettingsPatch},
    fields::read_fields,
};
use crate::{
    error::AppError,
    model::{MailSettings, MailSettingsChange, Success, success},
    server::{
        http::AppState,
        services::{Requester, mail::no_mail},
    },
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(settings, change))
}

#[derive(Serialize, ToSchema)]
struct MailsBody {
    mails: MailSettings,
}

/// Whether mails about visits are sent, and what new links begin with.
#[utoipa::path(
    get,
    path = "/notices/mails",
    tag = "Notices",
    responses((status = 200, description = "Mail settings.", body = inline(Success<MailsBody>)), OfMailSettings),
    security(("apiKey" = ["read"]), ("session" = [])),
)]
async fn settings(
    State(state): State<AppState>,
    requester: Requester,
) -> Result<impl IntoResponse, AppError> {
    let mails = state.services.notices.mail_settings(&requester).await?.ok_or_else(no_mail)?;
    Ok((NO_STORE, Json(success(MailsBody { mails }))))
}

/// Changes them for all links of the owner.
#[utoipa::path(
    patch,
    path = "/notices/mails",
    tag = "Notices",
    request_body(content = MailSettingsChange, description = "An omitted field stays as it is."),
    responses((status = 200, description = "Mail settings.", body = inline(Success<MailsBody>)), OfMailSettingsPatch),
    security(("apiKey" = ["write"]), ("session" = [])),
)]
async fn change(
    State(state): State<AppState>,
    requester: Requester,
    body: Result<Bytes, BytesRejection>,
) -> Result<impl IntoResponse, AppError> {
    requester.owner()?;
    let change: MailSettingsChange = read_fields(&body?)?;
    let mails = state.services.notices.change_mails(change, &requester).await?;
    Ok((NO_STORE, Json(success(MailsBody { mails }))))
}
