//! Answers what takes long, such as a page, on threads of its own, so that connections never wait for it.

use std::panic::resume_unwind;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream::unfold};
use tokio::{runtime::Handle, sync::mpsc};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::body_around::is_made_while_sent;
use crate::error::AppError;

/// The middleware. A client that hangs up ends the work too.
pub(super) async fn offload(State(workers): State<Handle>, request: Request, next: Next) -> Response {
    let answering = AbortOnDropHandle::new(workers.spawn(next.run(request).in_current_span()));
    match answering.await {
        Ok(response) if is_made_while_sent(&response) => response.map(|body| make_ahead(body, &workers)),
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The server stops.
            Err(_) => AppError::Unavailable.into_response(),
        },
    }
}

/// The body, made by the workers, two pieces ahead of what is sent.
fn make_ahead(body: Body, workers: &Handle) -> Body {
    let (sender, pieces) = mpsc::channel(1);
    let make = async move {
        let mut body = body.into_data_stream();
        while let Some(piece) = body.next().await {
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    };
    let making = AbortOnDropHandle::new(workers.spawn(make.in_current_span()));
    Body::from_stream(unfold(Some((pieces, making)), async |state| {
        let (mut pieces, making) = state?;
        match pieces.recv().await {
            Some(piece) => Some((piece, Some((pieces, making)))),
            // A body that ends in a panic must not look whole.
            None => making.await.err().map(|error| (Err(axum::Error::new(error)), None)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::{Arc, LazyLock, Mutex},
        thread,
    };

    use axum::{
        Router,
        body::{HttpBody, to_bytes},
        handler::Handler,
        http::header,
        middleware::from_fn_with_state,
        routing::get,
    };
    use futures::stream;
    use tokio::{
        runtime::{Builder, Runtime},
        sync::oneshot,
    };
    use tower::ServiceExt;

    use super::*;

    const WORKER: &str = "a worker";
    /// Of all tests, and never dropped: no test may wait for the end of its threads.
    static WORKERS: LazyLock<Runtime> = LazyLock::new(|| {
        Builder::new_multi_thread().worker_threads(1).thread_name(WORKER).build().expect("threads")
    });

    fn thread_name() -> String {
        thread::current().name().unwrap_or_default().to_owned()
    }

    /// What `handler` answers behind the middleware.
    async fn answer<T: 'static>(handler: impl Handler<T, ()>) -> Response {
        let offload = from_fn_with_state(WORKERS.handle().clone(), offload);
        let router = Router::new().route("/", get(handler)).layer(offload);
        router.oneshot(Request::new(Body::empty())).await.expect("an answer")
    }

    async fn text(response: Response) -> Result<String, axum::Error> {
        Ok(String::from_utf8(to_bytes(response.into_body(), usize::MAX).await?.into()).expect("a text"))
    }

    /// Pieces, each made when it is asked for.
    fn pieces<const N: usize>(pieces: [fn() -> String; N]) -> Body {
        Body::from_stream(stream::iter(pieces).map(|make| Ok::<_, axum::Error>(make())))
    }

    #[tokio::test]
    async fn answer_and_body_are_made_by_workers() {
        assert_eq!(text(answer(async || thread_name()).await).await.as_deref().ok(), Some(WORKER));
        let response = answer(async || pieces([thread_name, || ", ".into(), thread_name])).await;
        assert_eq!(text(response).await.ok(), Some(format!("{WORKER}, {WORKER}")));
    }

    #[tokio::test]
    async fn length_that_is_known_is_told() {
        assert_eq!(answer(async || "a text").await.body().size_hint().exact(), Some(6));
    }

    #[tokio::test]
    async fn event_stream_has_no_task_of_its_own() {
        let stream = async || ([(header::CONTENT_TYPE, "text/event-stream")], pieces([thread_name]));
        assert_eq!(text(answer(stream).await).await.ok(), Some(thread_name()));
    }

    #[tokio::test]
    async fn body_that_ends_in_a_panic_fails() {
        let broken = || pieces([|| "a piece".into(), || panic!("a fault of ours, provoked by a test")]);
        assert!(text(answer(async move || broken()).await).await.is_err());
    }

    #[tokio::test]
    async fn client_that_hangs_up_ends_the_work() {
        let (begins, has_begun) = oneshot::channel();
        let (is_alive, has_ended) = oneshot::channel::<()>();
        let parts = Arc::new(Mutex::new(Some((begins, is_alive))));
        let endless = async move || {
            let (begins, _is_alive) = parts.lock().expect("no panic").take().expect("one request");
            begins.send(()).expect("a test");
            pending::<&str>().await
        };
        let request = tokio::spawn(answer(endless));
        has_begun.await.expect("it begins");
        request.abort();
        assert!(has_ended.await.is_err(), "it is dropped");
    }
}
