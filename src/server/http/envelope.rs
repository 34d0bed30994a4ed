//! Errors as answers: one JSON envelope and one status, for REST and for server functions.

use axum::{
    Json,
    body::{Body, Bytes, to_bytes},
    extract::{
        DefaultBodyLimit, FromRequest, Request,
        rejection::{BytesRejection, QueryRejection},
    },
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{MAX_BODY, MAX_SETTINGS_BODY};
use crate::error::AppError;

/// The header that marks the error of a server function; `server_fn` sets it.
const SERVER_FUNCTION_ERROR: &str = "serverfnerror";

/// The forms whose bodies may have [`MAX_SETTINGS_BODY`].
const SETTINGS_FORMS: [&str; 2] = ["/sfn/add_link", "/sfn/change_link"];

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        with_status(Json(self.envelope()).into_response(), &self)
    }
}

impl From<BytesRejection> for AppError {
    fn from(rejection: BytesRejection) -> Self {
        refused_body(&rejection, MAX_BODY)
    }
}

/// Why a body with this limit in bytes was not read.
pub fn refused_body(rejection: &BytesRejection, limit: usize) -> AppError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        AppError::TooLarge { limit }
    } else {
        AppError::BadRequest("The body is incomplete.".to_owned())
    }
}

impl From<QueryRejection> for AppError {
    fn from(rejection: QueryRejection) -> Self {
        Self::BadRequest(format!("{}.", rejection.body_text()))
    }
}

/// Applies a limit to the bodies of server functions, which Leptos would read to the end.
pub async fn limit_body(mut request: Request) -> Result<Request, Response> {
    let has_settings = SETTINGS_FORMS.contains(&request.uri().path());
    let limit = if has_settings { MAX_SETTINGS_BODY } else { MAX_BODY };
    DefaultBodyLimit::max(limit).apply(&mut request);
    let (parts, body) = request.into_parts();
    match Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await {
        Ok(bytes) => Ok(Request::from_parts(parts, bytes.into())),
        Err(rejection) => {
            let error = refused_body(&rejection, limit);
            Err(with_status(Json(&error).into_response(), &error))
        }
    }
}

/// Gives the error of a server function the status that it has in REST. Leptos answers all of them with 500, and a
/// status set inside the function would also change the page that calls it while it renders.
pub async fn server_function_status(response: Response) -> Response {
    if !response.headers().contains_key(SERVER_FUNCTION_ERROR) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, 64 * 1024).await else {
        return AppError::Internal.into_response();
    };
    match serde_json::from_slice(&bytes) {
        // Leptos has one error for a body and for an answer that it cannot read. On the server it is the body.
        Ok(AppError::Unreachable) => {
            let error = AppError::BadRequest("The body is not what this function takes.".to_owned());
            let body = serde_json::to_vec(&error).unwrap_or_default();
            let mut parts = parts;
            parts.headers.remove(header::CONTENT_LENGTH);
            with_status(Response::from_parts(parts, Body::from(body)), &error)
        }
        Ok(error) => with_status(Response::from_parts(parts, Body::from(bytes)), &error),
        Err(_) => AppError::Internal.into_response(),
    }
}

fn with_status(mut response: Response, error: &AppError) -> Response {
    *response.status_mut() =
        StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(seconds) = error.retry_after() {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
