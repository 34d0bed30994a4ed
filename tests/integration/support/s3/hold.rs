//! Requests that the test holds back, to do something while a client waits for the answer.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::sync::oneshot;

use super::S3;

/// When a request is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Before it takes effect.
    Before,
    /// When it has taken effect, before its answer.
    After,
}

/// A request that waits. Dropped, it is answered with an error, and never takes effect if it has not yet.
pub struct Held {
    /// The access key id of its client.
    pub client: String,
    /// Its method; `LIST` for a list of objects.
    pub method: String,
    release: oneshot::Sender<()>,
}

impl Held {
    /// Has it take effect and be answered.
    pub fn go_on(self) {
        let _client_may_be_gone = self.release.send(());
    }
}

/// Which request is to be held back.
pub(super) struct Hold {
    /// How many come before it.
    passed: usize,
    when: When,
    held: oneshot::Sender<Held>,
}

impl S3 {
    /// Holds a request back: the next one after so many others.
    pub fn hold(&self, passed: usize, when: When) -> oneshot::Receiver<Held> {
        let (held, receiver) = oneshot::channel();
        self.bucket().hold = Some(Hold { passed, when, held });
        receiver
    }

    fn hold_of_next(&self) -> Option<Hold> {
        let mut bucket = self.bucket();
        match &mut bucket.hold {
            Some(Hold { passed: 0, .. }) => bucket.hold.take(),
            Some(hold) => {
                hold.passed -= 1;
                None
            }
            None => None,
        }
    }
}

pub(super) async fn hold_back(State(s3): State<S3>, request: Request, next: Next) -> Response {
    let Some(Hold { when, held, .. }) = s3.hold_of_next() else { return next.run(request).await };
    let is_list = request.uri().query().is_some_and(|query| query.contains("list-type="));
    let method = if is_list { "LIST" } else { request.method().as_str() }.to_owned();
    let (release, released) = oneshot::channel();
    let waiting = Held { client: client(request.headers()), method, release };
    let lost = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    match when {
        When::Before => {
            let _test_may_be_over = held.send(waiting);
            if released.await.is_ok() { next.run(request).await } else { lost() }
        }
        When::After => {
            let response = next.run(request).await;
            let _test_may_be_over = held.send(waiting);
            if released.await.is_ok() { response } else { lost() }
        }
    }
}

/// The access key id that signed a request.
fn client(headers: &HeaderMap) -> String {
    let signature = headers["authorization"].to_str().expect("text");
    let credential = signature.split_once("Credential=").expect("a credential").1;
    credential.split('/').next().unwrap_or_default().to_owned()
}
