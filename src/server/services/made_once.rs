//! Requests that make something once, however often they are sent (`Idempotency-Key`).

use super::requester::Requester;
use crate::{
    error::AppError,
    server::store::made_once::{Kept, Known, MadeOnceStore, RunningRequest},
};

/// What an owner's requests with a key made. Cheap to clone.
#[derive(Clone)]
pub struct MadeOnce {
    pub(in crate::server) store: MadeOnceStore,
}

impl MadeOnce {
    /// Begins a request with a key: it may run, or another with the key runs or was carried out.
    pub async fn begin(&self, key: &str, requester: &Requester) -> Result<Known, AppError> {
        self.store.begin(&requester.owner()?.owner_id, key).await
    }

    /// Ends a request that could run. A failure is logged: what it made is there, and its answer is sent.
    pub async fn end(&self, run: &RunningRequest, kept: Option<&Kept>) {
        if let Err(error) = self.store.end(run, kept).await {
            tracing::warn!(%error, "the answer to a request with an idempotency key is not kept");
        }
    }
}
