//! A badge as other sites show it: a page in a frame, a picture, or data.
//!
//! ```text
//! GET  /embed/{token}         a page for a frame: ?theme=light|dark, ?size=small|medium|large
//! GET  /embed/{token}.svg     a picture
//! GET  /embed/{token}.json    data
//! GET  /embed/{token}/events  a stream of the data, for the page of a badge that its owner made live
//! ```
//!
//! It reads and sets no cookie, so that it works where those of other sites are blocked.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{
        Path, Query, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    description::errors::{OfBadge, OfBadgeStream},
    events,
};
use crate::{
    error::AppError,
    model::{BadgeNumbers, Failure, Success, success},
    server::{
        http::{AppState, requester::Identity, security_headers::Framed},
        services::ShownBadge,
    },
};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(follow))
}

/// The numbers are at most ten seconds old, and the same for all who look. Other sites may read them.
const HEADERS: [(HeaderName, &str); 3] = [
    (header::CACHE_CONTROL, "public, max-age=10"),
    (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (HeaderName::from_static("x-robots-tag"), "noindex"),
];

/// How a page is to look.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Look {
    /// Of a page: `light` or `dark`; as the browser prefers when none is named.
    #[param(pattern = "^(light|dark)$")]
    theme: Option<String>,
    /// Of a page: `small`, `medium` (when none is named) or `large`.
    #[param(pattern = "^(small|medium|large)$")]
    size: Option<String>,
}

/// A badge: a page for a frame, with `.svg` behind the token a picture, with `.json` data.
#[utoipa::path(
    get,
    path = "/embed/{token}",
    tag = "Badges",
    params(("token" = String, Path, description = "The badge's token, from its address."), Look),
    responses(
        (status = 200, description = "The badge.", content(
            (inline(Success<BadgeNumbers>) = "application/json"), ("text/html"), ("image/svg+xml"),
        )),
        (status = 404, description = "`not_found`: it was revoked, or never made.", content(
            (inline(Failure) = "application/json"), ("text/html"), ("image/svg+xml"),
        )),
        OfBadge,
    ),
)]
async fn show(
    State(state): State<AppState>,
    token: Result<Path<String>, PathRejection>,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Response, AppError> {
    let (Path(token), Query(look)) = (token.map_err(never_made)?, look?);
    if let Some(token) = token.strip_suffix(".json") {
        let shown = state.services.badges.look(token).await?;
        return Ok((HEADERS, Json(success(shown.numbers.clone()))).into_response());
    }
    if let Some(token) = token.strip_suffix(".svg") {
        return picture(state.services.badges.look(token).await);
    }
    page(&look, state.services.badges.look(&token).await)
}

/// The numbers of a live badge: at once, and after every change, until it is revoked. For the page of the badge, which asks
/// for them every ten seconds where it gets no stream.
#[utoipa::path(
    get,
    path = "/embed/{token}/events",
    tag = "Badges",
    params(("token" = String, Path, description = "The badge's token, from its address.")),
    responses((status = 200, description = "A stream of events that does not end: `numbers` with what `.json` answers; `alive`.", body = String, content_type = "text/event-stream"), OfBadgeStream),
)]
async fn follow(
    State(state): State<AppState>,
    token: Result<Path<String>, PathRejection>,
    Extension(identity): Extension<Identity>,
) -> Result<Response, AppError> {
    let Path(token) = token.map_err(never_made)?;
    let numbers = state.services.badges.follow(&token, identity.visitor().rate_limit_key).await?;
    Ok(events::response(&state, numbers))
}

/// A token that is no text was never made.
fn never_made(_: PathRejection) -> AppError {
    AppError::NotFound
}

type Looked = Result<Arc<ShownBadge>, AppError>;

fn picture(looked: Looked) -> Result<Response, AppError> {
    let svg = [(header::CONTENT_TYPE, "image/svg+xml")];
    match looked {
        Ok(shown) => {
            Ok((HEADERS, svg, drawn(&shown.numbers.active_viewers.to_string(), &shown.numbers.words()))
                .into_response())
        }
        Err(AppError::NotFound) => {
            Ok((StatusCode::NOT_FOUND, HEADERS, svg, drawn("–", GONE)).into_response())
        }
        Err(error) => Err(error),
    }
}

const GONE: &str = "This badge is no longer shown.";

/// "Reading now" beside a number, as badges in READMEs look.
fn drawn(number: &str, words: &str) -> String {
    let wide = 12 + 8 * number.chars().count();
    let width = 92 + wide;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{words}"><title>{words}</title><rect width="{width}" height="20" rx="4" fill="#3a4048"/><rect x="92" width="{wide}" height="20" rx="4" fill="#0b6b35"/><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"><text x="46" y="14">reading now</text><text x="{middle}" y="14">{number}</text></g></svg>
"##,
        middle = 92 + wide / 2,
    )
}

/// The page, which only the badge's sites may show in a frame.
fn page(look: &Look, looked: Looked) -> Result<Response, AppError> {
    let (status, sites, content) = match looked {
        Ok(shown) => (StatusCode::OK, shown.sites.join(" "), numbers(&shown)),
        Err(AppError::NotFound) => (StatusCode::NOT_FOUND, String::new(), format!("<p>{GONE}</p>")),
        Err(error) => return Err(error),
    };
    let ancestors = if sites.is_empty() { "'none'" } else { sites.as_str() };
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors {ancestors}"
    );
    let policy = HeaderValue::try_from(policy).map_err(|_| AppError::Internal)?;
    let named = |name: Option<&str>, known: &[&'static str]| {
        known.iter().find(|known| name == Some(**known)).copied()
    };
    let theme = named(look.theme.as_deref(), &["light", "dark"]).unwrap_or("auto");
    let size = named(look.size.as_deref(), &["small", "medium", "large"]).unwrap_or("medium");
    let html = format!(
        r#"<!DOCTYPE html>
<html lang="en" data-theme="{theme}" data-size="{size}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Live readers</title>
<link rel="stylesheet" href="/badge/tokens.css">
<link rel="stylesheet" href="/badge/badge.css">
<script type="module" src="/badge/badge.js"></script>
</head>
<body><main aria-label="Live readers">{content}</main></body>
</html>
"#
    );
    let policy = [(header::CONTENT_SECURITY_POLICY, policy)];
    // A site's frame needs no list of sites but that of the policy.
    let framed = (!sites.is_empty()).then_some(Extension(Framed));
    Ok(match framed {
        Some(framed) => (status, framed, HEADERS, policy, Html(html)).into_response(),
        None => (status, HEADERS, policy, Html(html)).into_response(),
    })
}

fn numbers(shown: &ShownBadge) -> String {
    let ShownBadge { numbers: badge, live, .. } = shown;
    // The script opens the stream.
    let live = if *live { " data-live" } else { "" };
    let state = if badge.active_viewers > 0 { " class=\"live\"" } else { "" };
    let views =
        badge.total_views.map(|views| format!(r#"<p class="views"><b data-views>{views}</b> views</p>"#));
    format!(
        r#"<p{state} data-badge{live}><span class="dot" aria-hidden="true"></span><b data-active>{}</b> reading now</p>{}"#,
        badge.active_viewers,
        views.unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picture_is_as_wide_as_its_number() {
        for (number, width) in [("7", 112), ("1234", 136)] {
            let svg = drawn(number, "7 people are reading now");
            assert!(
                svg.starts_with(&format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\"")),
                "{svg}"
            );
            assert!(
                svg.contains("aria-label=\"7 people are reading now\"")
                    && svg.contains(&format!(">{number}</text>"))
            );
        }
    }
}
