//! What a reader gets of a document, below `/v/{linkId}` and below the records of links and documents.
//!
//! ```text
//! GET  …/pages/{page}         its picture: ?width=, in pixels; WebP where `Accept` names it
//! GET  …/pages/{page}/text    its text and links, to be laid over the picture: HTML; JSON where `Accept` names it
//! GET  …/outline              the outline: HTML; JSON where `Accept` names it
//! ```
//!
//! With `?v=`, the version of the file, a browser may keep an answer for ever; behind a gate it asks each time whether it
//! may still show it.

use axum::{
    Json,
    extract::{FromRequestParts, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

use crate::{
    app,
    error::AppError,
    model::{DEFAULT_PICTURE_WIDTH, DocumentId, Invalid, OutlineItem, PageText, PictureWish, success},
    server::{
        http::AppState,
        services::{
            Picture, Requester,
            reading::{DocumentPart, PagesOf},
        },
    },
};

/// The query of an address in this module.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The version of the file: with it the answer may be kept for ever.
    v: Option<String>,
    /// Of a picture: for a place so many pixels wide; 1280 when none is named.
    #[param(value_type = Option<u32>, minimum = 1)]
    width: Option<String>,
}

impl PageQuery {
    /// The version of the file.
    fn version(&self) -> Option<&str> {
        self.v.as_deref()
    }

    /// What is asked of a picture. Any width is rounded to one of those that are made.
    fn wish(&self, headers: &HeaderMap) -> Result<PictureWish, Invalid> {
        let width = match self.width.as_deref() {
            None => Some(DEFAULT_PICTURE_WIDTH.into()),
            Some(text) => text.parse().ok().filter(|width| *width > 0),
        };
        let width = width.ok_or_else(|| Invalid::new("width", "must be a number of pixels"))?;
        Ok(PictureWish { width, reads_webp: reads_webp(headers) })
    }

    /// Readers' browsers may keep an answer that its address names the version of; shared caches may not. The answer
    /// depends on `Accept`.
    fn headers(&self) -> [(header::HeaderName, &'static str); 2] {
        let is_versioned = self.v.is_some();
        let cache_control = if is_versioned { "private, max-age=31536000, immutable" } else { "no-store" };
        [(header::CACHE_CONTROL, cache_control), (header::VARY, "Accept")]
    }
}

/// A request for a part of a document: what it asks of the part, and who sends it.
pub(super) struct PartRequest {
    state: AppState,
    query: PageQuery,
    headers: HeaderMap,
    requester: Requester,
}

impl FromRequestParts<AppState> for PartRequest {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        let requester = Requester::from_request_parts(parts, state).await?;
        let Query(query) = Query::from_request_parts(parts, state).await?;
        Ok(Self { state: state.clone(), query, headers: parts.headers.clone(), requester })
    }
}

impl PartRequest {
    /// The picture of a page.
    pub(super) async fn picture(&self, of: PagesOf, page: u32) -> Result<Response, AppError> {
        let wish = self.query.wish(&self.headers)?;
        let reading = &self.state.services.reading;
        let picture = reading.picture(&of, page, self.query.version(), wish, &self.requester).await?;
        Ok(self.answer(picture.is_gated, drawn(picture.content)))
    }

    /// A small picture of the first page, for the owner.
    pub(super) async fn thumbnail(&self, document: &DocumentId) -> Result<Response, AppError> {
        let library = &self.state.services.library;
        let picture = library.thumbnail(document, reads_webp(&self.headers), &self.requester).await?;
        Ok(self.answer(false, drawn(picture)))
    }

    /// The text of a page.
    pub(super) async fn text(&self, of: PagesOf, page: u32) -> Result<Response, AppError> {
        let reading = &self.state.services.reading;
        let DocumentPart { content: text, is_gated } =
            reading.page_text(&of, page, self.query.version(), &self.requester).await?;
        if self.reads_json() {
            return Ok(self.answer(is_gated, Json(success(TextBody { text }))));
        }
        Ok(self.answer(is_gated, Html(app::page_text(text))))
    }

    /// The outline.
    pub(super) async fn outline(&self, of: PagesOf) -> Result<Response, AppError> {
        let reading = &self.state.services.reading;
        let DocumentPart { content: outline, is_gated } =
            reading.outline(&of, self.query.version(), &self.requester).await?;
        if self.reads_json() {
            return Ok(self.answer(is_gated, Json(success(OutlineBody { outline }))));
        }
        Ok(self.answer(is_gated, Html(app::outline(outline))))
    }

    fn reads_json(&self) -> bool {
        accepts(&self.headers, "application/json")
    }

    fn answer(&self, is_gated: bool, part: impl IntoResponse) -> Response {
        let answer = (self.query.headers(), part).into_response();
        if is_gated { revalidated(answer, &self.query, &self.headers) } else { answer }
    }
}

fn drawn(picture: Picture) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, picture.format.media_type())], picture.bytes)
}

/// The answer to a reader's browser that holds the part already.
#[derive(IntoResponses)]
#[response(
    status = 304,
    description = "Not modified: behind a gate, the picture, text or outline that `If-None-Match` names may still be shown."
)]
pub(super) struct NotModified;

/// The body of an answer with a page's text.
#[derive(Serialize, ToSchema)]
pub(super) struct TextBody {
    text: PageText,
}

/// The body of an answer with an outline.
#[derive(Serialize, ToSchema)]
pub(super) struct OutlineBody {
    outline: Vec<OutlineItem>,
}

/// Whether a client says that it reads WebP. `*/*` does not say so: programs send it that only read PNG.
fn reads_webp(headers: &HeaderMap) -> bool {
    accepts(headers, "image/webp")
}

/// An answer behind a gate: the browser keeps it, but shows it only after the server has said that it may, so that a link
/// that is off or expired, or has a new password, ends it there, too.
fn revalidated(mut response: Response, query: &PageQuery, request: &HeaderMap) -> Response {
    let Some(tag) = query.version().and_then(|v| HeaderValue::try_from(format!("W/\"{v}\"")).ok()) else {
        return response;
    };
    let known = request.get(header::IF_NONE_MATCH).map_or(&b""[..], |known| known.as_bytes());
    if known.split(|byte| *byte == b',').any(|known| known.trim_ascii() == tag.as_bytes()) {
        response = (StatusCode::NOT_MODIFIED, [(header::VARY, "Accept")]).into_response();
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::ETAG, tag);
    response
}

/// Whether `Accept` names a media type ([RFC 9110, 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1)), and
/// not with the weight 0.
fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    let ranges = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    ranges.flat_map(|ranges| ranges.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|named| named.eq_ignore_ascii_case(media_type));
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        is_named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_type_is_accepted() {
        for (accept, expected) in [
            ("image/avif,image/webp,image/png,*/*;q=0.8", true),
            ("image/png, IMAGE/WEBP;q=0.5", true),
            ("image/webp;q=0, image/png", false),
            ("image/webp;q=0.0", false),
            ("*/*", false),
            ("image/*", false),
            ("image/webpx", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(reads_webp(&headers), expected, "{accept}");
        }
        assert!(!reads_webp(&HeaderMap::new()));
    }
}
