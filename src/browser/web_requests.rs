//! Requests to this server.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{RequestInit, Response};

use super::{Answer, web::window};

/// Posts a text and waits for the answer; `None` if none came.
pub async fn post(path: String, body: String) -> Option<Answer> {
    let response = request("POST", &path, Some(&body)).await?;
    let retry_after = response.headers().get("retry-after").ok().flatten();
    Some(Answer {
        status: response.status(),
        retry_after: retry_after.and_then(|seconds| seconds.parse().ok()),
    })
}

/// Loads a text; `None` if it could not be.
pub(super) async fn get(path: &str) -> Option<String> {
    let response = request("GET", path, None).await?;
    if response.ok() { text(&response).await } else { None }
}

/// Asks for what is at a path, without its content, and calls back with the status; `None` if no answer came.
pub fn status_of(path: &str, callback: impl FnOnce(Option<u16>) + 'static) {
    let path = path.to_owned();
    spawn_local(async move { callback(request("HEAD", &path, None).await.map(|answer| answer.status())) });
}

async fn request(method: &str, path: &str, body: Option<&str>) -> Option<Response> {
    let options = RequestInit::new();
    options.set_method(method);
    if let Some(body) = body {
        options.set_body(&JsValue::from_str(body));
    }
    JsFuture::from(window().fetch_with_str_and_init(path, &options)).await.ok()?.dyn_into().ok()
}

async fn text(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}
