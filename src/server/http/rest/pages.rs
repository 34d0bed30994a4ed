//! What readers get of a page, below `/v/{linkId}` and below the records of links and documents.
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
    extract::{Query, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app,
    model::{DEFAULT_PICTURE_WIDTH, Invalid, OutlineItem, PageText, PictureWish, success},
    server::services::Picture,
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
    pub(super) fn version(&self) -> Option<&str> {
        self.v.as_deref()
    }

    /// What is asked of a picture. Any width is rounded to one of those that are made.
    pub(super) fn wish(&self, headers: &HeaderMap) -> Result<PictureWish, Invalid> {
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

/// Whether a client says that it reads WebP. `*/*` does not say so: programs send it that only read PNG.
pub(super) fn reads_webp(headers: &HeaderMap) -> bool {
    accepts(headers, "image/webp")
}

/// An answer behind a gate: the browser keeps it, but shows it only after the server has said that it may, so that a link
/// that is off or expired, or has a new password, ends it there, too.
pub(super) fn revalidated(mut response: Response, query: &PageQuery, request: &HeaderMap) -> Response {
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

/// A picture as an answer.
pub(super) fn picture(picture: Picture, query: &PageQuery) -> Response {
    let content_type = [(header::CONTENT_TYPE, picture.format.media_type())];
    (query.headers(), content_type, picture.bytes).into_response()
}

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

/// A page's text as an answer.
pub(super) fn text(text: PageText, query: &PageQuery, headers: &HeaderMap) -> Response {
    if accepts(headers, "application/json") {
        return (query.headers(), Json(success(TextBody { text }))).into_response();
    }
    (query.headers(), Html(app::page_text(text))).into_response()
}

/// An outline as an answer.
pub(super) fn outline(outline: Vec<OutlineItem>, query: &PageQuery, headers: &HeaderMap) -> Response {
    if accepts(headers, "application/json") {
        return (query.headers(), Json(success(OutlineBody { outline }))).into_response();
    }
    (query.headers(), Html(app::outline(outline))).into_response()
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

/// The query, or why it cannot be read.
pub(super) type ReadQuery = Result<Query<PageQuery>, QueryRejection>;

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
