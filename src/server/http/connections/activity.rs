//! What a connection is doing, and since when.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a connection may be open without a request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// How long the head of a request may take from its first byte.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It has no request.
    Idle,
    /// The head of a request is arriving.
    Head,
    /// A request is being answered; its body has a limit of its own.
    Request,
}

/// The activity of one connection, shared by its stream, its requests and the register of connections.
#[derive(Clone)]
pub(super) struct Activity(Arc<Mutex<(Phase, Instant)>>);

impl Activity {
    /// Of a connection that has just been accepted.
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new((Phase::Idle, Instant::now()))))
    }

    /// Notes that bytes have arrived.
    pub(super) fn receive(&self) {
        let mut state = self.state();
        if state.0 == Phase::Idle {
            *state = (Phase::Head, Instant::now());
        }
    }

    /// Notes that the head of a request is complete. The guard is dropped once the request is answered.
    pub(super) fn begin_request(&self) -> RequestGuard {
        *self.state() = (Phase::Request, Instant::now());
        RequestGuard(self.clone())
    }

    pub(super) fn phase(&self) -> Phase {
        self.state().0
    }

    pub(super) fn has_request(&self) -> bool {
        self.phase() == Phase::Request
    }

    /// When it became idle, or its head began; `None` with a request.
    pub(super) fn without_request_since(&self) -> Option<Instant> {
        let (phase, since) = *self.state();
        (phase != Phase::Request).then_some(since)
    }

    /// Until when the client must have sent more; `None` with a request.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let (phase, since) = *self.state();
        match phase {
            Phase::Idle => Some(since + IDLE_TIMEOUT),
            Phase::Head => Some(since + HEAD_TIMEOUT),
            Phase::Request => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, (Phase, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered.
#[must_use = "the request ends when it is dropped"]
pub(super) struct RequestGuard(Activity);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        *self.0.state() = (Phase::Idle, Instant::now());
    }
}
