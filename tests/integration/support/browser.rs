//! A browser: it stores cookies, and sends the headers that a test chooses.

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request, header},
};
use futures::TryStreamExt;
use serde_json::Value;
use sightline::{
    error::AppError,
    model::{LinkId, OwnerId, address},
    server::http::cookies,
};
use tokio_util::io::StreamReader;

use super::{events::Events, reply::Reply, test_app::TestApp};

/// The `Accept` header of a browser that opens a page.
const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
const FORM: &str = "application/x-www-form-urlencoded";

/// A browser, or a program that uses the API.
#[derive(Clone)]
pub struct Browser<'a> {
    app: &'a TestApp,
    /// Names and values, percent-encoded as they are sent.
    pub cookies: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
}

impl<'a> Browser<'a> {
    /// A browser without cookies.
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Vec::new(), headers: Vec::new() }
    }

    /// A browser in which an owner has just signed in.
    pub async fn signed_in(app: &'a TestApp, owner: &OwnerId) -> Self {
        let token = app.state.stores.accounts.open_session(owner).await.expect("a session").0;
        let mut browser = Self::new(app);
        for cookie in cookies::set_session(&app.cookie_key, Some(&token), false) {
            browser.store_cookie(cookie.to_str().expect("text"));
        }
        browser
    }

    /// Adds this header to every request.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends this API key with every request.
    pub fn with_key(self, key: &str) -> Self {
        self.with_header("authorization", format!("Bearer {key}"))
    }

    /// Applies one `Set-Cookie` header.
    pub fn store_cookie(&mut self, set: &str) {
        let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
        self.cookies.retain(|(known, _)| known != name);
        if !set.contains("Max-Age=0") {
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// The value of the first cookie whose name starts with `name`.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known.starts_with(name)).map(|(_, value)| value.as_str())
    }

    fn request(&self, method: &str, path: &str, more: &[(&str, &str)], body: Body) -> Request<Body> {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        request.body(body).expect("a request")
    }

    /// Sends a request, and stores the cookies of the answer.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let reply = self.app.request(self.request(method, path, more, body.into())).await;
        for cookie in set_cookies(&reply.headers) {
            self.store_cookie(&cookie);
        }
        reply
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send("GET", path, &[("accept", HTML)], "").await
    }

    /// Sends JSON, as a program does.
    pub async fn json(&mut self, method: &str, path: &str, body: &Value) -> Reply {
        self.send(method, path, &[("content-type", "application/json")], body.to_string()).await
    }

    /// Sends the form of a page, as a browser without script does. A cookie check is followed; its answer then also
    /// has the cookies that were set on the way.
    pub async fn form(&mut self, function: &str, fields: &str) -> Reply {
        let headers = [("content-type", FORM), ("accept", HTML)];
        let sent = self.send("POST", &format!("/sfn/{function}"), &headers, fields.to_owned()).await;
        if !sent.header("location").contains(address::COOKIE_CHECK) {
            return sent;
        }
        let mut checked = self.get(sent.header("location")).await;
        for cookie in sent.headers.get_all(header::SET_COOKIE) {
            checked.headers.append(header::SET_COOKIE, cookie.clone());
        }
        checked
    }

    /// Sends the same form by script: the answer is JSON.
    pub async fn call(&mut self, function: &str, fields: &str) -> Reply {
        let headers = [("content-type", FORM), ("accept", "application/json")];
        self.send("POST", &format!("/sfn/{function}"), &headers, fields.to_owned()).await
    }

    /// Sends a viewer's join, heartbeat or leave.
    pub async fn act(&mut self, link: &LinkId, action: &str, more: Value) -> Reply {
        let mut body = serde_json::json!({ "action": action, "sessionId": "visitor" });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.json("POST", &format!("/api/send/realtime/{link}"), &body).await
    }

    /// Opens a stream; returns its status too.
    pub async fn stream(&self, path: &str) -> (u16, Events) {
        let response = self.app.response(self.request("GET", path, &[], Body::empty())).await;
        let status = response.status().as_u16();
        let body = response.into_body().into_data_stream().map_err(std::io::Error::other);
        (status, Events::read(StreamReader::new(body)))
    }
}

/// The `Set-Cookie` headers of an answer.
pub fn set_cookies(headers: &HeaderMap) -> Vec<String> {
    let set = headers.get_all(header::SET_COOKIE).iter();
    set.map(|cookie| cookie.to_str().expect("text").to_owned()).collect()
}

/// The error that a server function answers to a script.
pub fn error_of(reply: &Reply) -> AppError {
    serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{error}: {reply}"))
}
