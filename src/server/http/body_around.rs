//! Bodies with something around them that follows, guards or times their frames.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::header::CONTENT_TYPE,
    response::Response,
};
use hyper::body::{Frame, SizeHint};

/// Whether the body is made while it is sent, as a page or a compressed answer is. Not an event stream, which lasts for hours
/// and mostly waits.
pub(super) fn is_made_while_sent(response: &Response) -> bool {
    let is_stream = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    response.body().size_hint().exact().is_none() && !is_stream
}

/// What a poll of a body answers.
pub(super) type Polled<E> = Poll<Option<Result<Frame<Bytes>, E>>>;

/// What is around a body.
pub(super) trait Around: Unpin {
    /// Why the body fails.
    type Error: From<axum::Error>;

    /// Polls the body; without a method of its own, as if nothing were around it.
    fn poll(&mut self, body: Pin<&mut Body>, cx: &mut Context<'_>) -> Polled<Self::Error> {
        body.poll_frame(cx).map_err(Self::Error::from)
    }
}

/// A body and what is around it, until it is dropped.
pub(super) struct BodyAround<A> {
    body: Body,
    around: A,
}

impl<A> BodyAround<A> {
    pub(super) fn new(body: Body, around: A) -> Self {
        Self { body, around }
    }
}

impl<A: Around> HttpBody for BodyAround<A> {
    type Data = Bytes;
    type Error = A::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled<A::Error> {
        let this = self.get_mut();
        this.around.poll(Pin::new(&mut this.body), cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
