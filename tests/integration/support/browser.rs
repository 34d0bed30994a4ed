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
    pub cookies: Vec<StoredCookie>,
    headers: Vec<(&'static str, String)>,
}

/// A cookie; its value is percent-encoded as it is sent.
#[derive(Clone, Debug)]
pub struct StoredCookie {
    pub name: String,
    pub value: String,
    pub path: String,
}

impl StoredCookie {
    /// Whether it is sent to this address ([RFC 6265, section
    /// 5.1.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4)).
    fn is_sent_to(&self, address: &str) -> bool {
        let asked = address.split('?').next().unwrap_or_default();
        let rest = asked.strip_prefix(&self.path);
        rest.is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'))
    }
}

impl<'a> Browser<'a> {
    /// A browser without cookies.
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: Vec::new(), headers: Vec::new() }
    }

    /// A browser in which an owner has just signed in.
    pub async fn signed_in(app: &'a TestApp, owner: &OwnerId) -> Self {
        let token = app.state.stores.accounts.open_session(owner, "").await.expect("a session").0;
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
        let path = set.split("; ").find_map(|attribute| attribute.strip_prefix("Path=")).unwrap_or("/");
        self.cookies.retain(|known| known.name != name || known.path != path);
        if !set.contains("Max-Age=0") {
            self.add_cookie(name, value, path);
        }
    }

    /// Adds a cookie beside those of the same name.
    pub fn add_cookie(&mut self, name: &str, value: &str, path: &str) {
        let (name, value, path) = (name.to_owned(), value.to_owned(), path.to_owned());
        self.cookies.push(StoredCookie { name, value, path });
    }

    /// The value of the first cookie whose name starts with `name`.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|known| known.name.starts_with(name)).map(|known| known.value.as_str())
    }

    /// The `Cookie` header of a request to this address; empty: none.
    pub fn cookie_header(&self, address: &str) -> String {
        let sent = self.cookies.iter().filter(|cookie| cookie.is_sent_to(address));
        let pairs: Vec<String> = sent.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        pairs.join("; ")
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
        let pairs = self.cookie_header(path);
        if !pairs.is_empty() {
            request = request.header(header::COOKIE, pairs);
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
