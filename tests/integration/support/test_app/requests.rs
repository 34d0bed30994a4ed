//! Requests to the app, answered whole or as a stream.

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{Method, Request, Response, request::Builder},
};
use futures::TryStreamExt;
use tokio_util::io::StreamReader;
use tower::ServiceExt;

use super::TestApp;
use crate::support::{described, events::Events, reply::Reply};

impl TestApp {
    /// The path of the link's analytics.
    pub fn api(&self) -> String {
        format!("/api/send/realtime/{}", self.link)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, Vec::new()).await
    }

    /// Posts a body to the link's analytics.
    pub async fn post(&self, body: impl Into<Vec<u8>>) -> Reply {
        self.send(Method::POST, &self.api(), body).await
    }

    /// The same with the owner's API key.
    pub async fn post_as_owner(&self, body: impl Into<Vec<u8>>) -> Reply {
        let request = Request::post(self.api()).header("authorization", format!("Bearer {}", self.api_key));
        self.request(request.body(Body::from(body.into())).expect("a request")).await
    }

    /// Sends a request; adds the owner's API key where only owners have access.
    pub async fn send(&self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = self.request_builder(method, path).header("content-type", "application/json");
        self.request(request.body(Body::from(body.into())).expect("a request")).await
    }

    fn request_builder(&self, method: Method, path: &str) -> Builder {
        let is_owner_only = is_owner_only(method.as_str(), path);
        let request = Request::builder().method(method).uri(path);
        if is_owner_only {
            request.header("authorization", format!("Bearer {}", self.api_key))
        } else {
            request
        }
    }

    /// The answer with its body unread; a stream's has no end.
    pub async fn response(&self, mut request: Request<Body>) -> Response<Body> {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.clone().oneshot(request).await.expect("the router is infallible")
    }

    /// The whole answer, which must be as the API describes it.
    pub async fn request(&self, request: Request<Body>) -> Reply {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.response(request).await;
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        let reply = Reply::new(parts.status, parts.headers, body.to_vec());
        described::check(method.as_str(), &path, &reply);
        reply
    }

    /// Opens the stream of the link's dashboard.
    pub async fn events(&self) -> Events {
        self.stream(&format!("{}/events", self.api())).await
    }

    /// Opens the stream of the list of documents.
    pub async fn document_events(&self) -> Events {
        self.stream("/api/documents/events").await
    }

    /// Opens a stream that only owners may read, or any other.
    pub async fn stream(&self, path: &str) -> Events {
        let request = self.request_builder(Method::GET, path).body(Body::empty()).expect("a request");
        let response = self.response(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events::read(StreamReader::new(
            response.into_body().into_data_stream().map_err(std::io::Error::other),
        ))
    }
}

/// Whether only owners have access to a path.
pub fn is_owner_only(method: &str, path: &str) -> bool {
    const PAGES: [&str; 7] =
        ["/analytics", "/dashboard", "/documents", "/links", "/readers", "/settings", "/api/"];
    const OPEN: [&str; 4] = ["/sfn/join", "/sfn/heartbeat", "/sfn/leave", "/sfn/open_link"];
    let is_action = method == "POST" && path.starts_with("/api/send/realtime/");
    let is_function = path.starts_with("/sfn/") && !OPEN.contains(&path);
    path == "/" || is_function || (PAGES.iter().any(|page| path.starts_with(page)) && !is_action)
}
