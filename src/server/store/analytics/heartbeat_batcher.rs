//! Batches of heartbeats: one script for all that arrive while the previous one runs.
//!
//! While a script with heartbeats of a link is on its way, later ones wait in the link's queue, and the next script
//! takes all of them. Each heartbeat still takes its client one round trip, while a busy link costs Redis one script
//! for many.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::oneshot, time::timeout};

use super::{super::redis::REQUEST_TIMEOUT, Analytics};
use crate::{
    error::AppError,
    model::{Heartbeat, LinkId},
};

/// The most heartbeats of one script: a longer script would delay other links.
const MAX_BATCH: usize = 100;

/// A heartbeat, and the channel for its result.
type PendingHeartbeat = (Heartbeat, oneshot::Sender<Result<(), AppError>>);

/// The queues of all links. A link has a queue exactly while a task flushes it.
#[derive(Clone, Default)]
pub(super) struct HeartbeatBatcher {
    queues: Arc<Mutex<HashMap<LinkId, Vec<PendingHeartbeat>>>>,
}

impl HeartbeatBatcher {
    /// Sends a heartbeat with the next batch of its link. [`AppError::Unavailable`] after [`REQUEST_TIMEOUT`]; the
    /// heartbeat may still reach Redis afterwards, which does no harm.
    pub(super) async fn send(
        &self,
        analytics: &Analytics,
        link: &LinkId,
        heartbeat: Heartbeat,
    ) -> Result<(), AppError> {
        let (answer, answered) = oneshot::channel();
        if self.enqueue((heartbeat, answer), link) {
            // In its own task: the first client may disconnect while others wait for the batch.
            tokio::spawn(self.clone().flush(analytics.clone(), link.clone()));
        }
        match timeout(REQUEST_TIMEOUT, answered).await {
            Ok(Ok(answer)) => answer,
            _ => Err(AppError::Unavailable),
        }
    }

    /// Adds a heartbeat to the link's queue. Returns `true` if that made the queue, which must then be flushed.
    fn enqueue(&self, pending: PendingHeartbeat, link: &LinkId) -> bool {
        let mut queues = self.lock();
        if let Some(queue) = queues.get_mut(link) {
            queue.push(pending);
            return false;
        }
        queues.insert(link.clone(), vec![pending]);
        true
    }

    /// Sends batch after batch until the link's queue is empty.
    async fn flush(self, analytics: Analytics, link: LinkId) {
        while let Some(batch) = self.next_batch(&link) {
            let heartbeats: Vec<&Heartbeat> = batch.iter().map(|(heartbeat, _)| heartbeat).collect();
            let answers = analytics.heartbeat_batch(&link, &heartbeats).await;
            for (index, (_, answer)) in batch.into_iter().enumerate() {
                let result = match &answers {
                    Ok(active) if active.get(index) == Some(&true) => Ok(()),
                    Ok(_) => Err(AppError::SessionNotActive),
                    Err(error) => Err(error.clone()),
                };
                // An error means that the client's wait has timed out.
                let _ = answer.send(result);
            }
        }
    }

    /// The next batch; `None`, and the queue is removed, when it is empty.
    fn next_batch(&self, link: &LinkId) -> Option<Vec<PendingHeartbeat>> {
        let mut queues = self.lock();
        let queue = queues.get_mut(link)?;
        if queue.is_empty() {
            queues.remove(link);
            return None;
        }
        let rest = queue.split_off(queue.len().min(MAX_BATCH));
        Some(std::mem::replace(queue, rest))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<LinkId, Vec<PendingHeartbeat>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
