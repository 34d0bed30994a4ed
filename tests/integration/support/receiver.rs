//! A receiver of webhooks on loopback: it keeps what it is sent and answers as the test says.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tokio::{net::TcpListener, sync::Notify};

/// A request that the receiver was sent.
#[derive(Clone, Debug)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Its signature by the specification, computed from the text of the secret as a receiver has it.
    pub fn signature(&self, secret: &str) -> String {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").expect("the prefix")).expect("Base64");
        assert_eq!(key.len(), 32);
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        mac.update(format!("{id}.{time}.{}", self.body).as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    /// The type of the event.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }
}

/// An answer: status, headers, body.
pub type Scripted = (u16, Vec<(&'static str, String)>, String);

#[derive(Default)]
struct Kept {
    received: Vec<Received>,
    answers: VecDeque<Scripted>,
    stalls: bool,
}

/// The receiver; it ends with the test's runtime.
#[derive(Clone)]
pub struct WebhookReceiver {
    addr: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    arrived: Arc<Notify>,
}

impl WebhookReceiver {
    /// Answers 204 to everything, unless told otherwise.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let receiver = Self { addr, kept: Arc::default(), arrived: Arc::default() };
        let router = Router::new().fallback(receive).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// The address that a webhook is given.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    /// Answers the next request like this.
    pub fn answer(&self, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.kept().answers.push_back((status, headers, body.to_owned()));
    }

    /// Never answers again.
    pub fn stall(&self) {
        self.kept().stalls = true;
    }

    /// All requests so far.
    pub fn received(&self) -> Vec<Received> {
        self.kept().received.clone()
    }

    /// Forgets the requests so far, and returns them.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut self.kept().received)
    }

    /// Waits until there were so many requests.
    pub async fn wait_for(&self, count: usize) {
        loop {
            let arrived = self.arrived.notified();
            if self.kept().received.len() >= count {
                return;
            }
            arrived.await;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(State(receiver): State<WebhookReceiver>, headers: HeaderMap, body: Bytes) -> Response {
    let body = String::from_utf8(body.to_vec()).expect("text");
    let (answer, stalls) = {
        let mut kept = receiver.kept();
        kept.received.push(Received { headers, body });
        (kept.answers.pop_front(), kept.stalls)
    };
    receiver.arrived.notify_waiters();
    if stalls {
        std::future::pending::<()>().await;
    }
    let Some((status, headers, body)) = answer else { return StatusCode::NO_CONTENT.into_response() };
    let mut response = (StatusCode::from_u16(status).expect("a status"), body).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().expect("a header"));
    }
    response
}
