//! Heartbeats that wait together travel together.
//!
//! While one script with heartbeats of a link is on its way, those that arrive join a queue, and the next
//! script takes all of them. So each still costs its sender one round trip, and a busy link costs Redis and the
//! connection one script for many: the hot path gets cheaper the hotter it is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::oneshot, time::timeout};

use super::{super::redis::REQUEST_TIMEOUT, Analytics, Beat};
use crate::{
    error::AppError,
    model::{Heartbeat, LinkId},
};

/// The most heartbeats of one script: more would hold up everybody else's.
const MAX_BATCH: usize = 100;

/// A heartbeat on its way to the script.
pub(super) struct PendingHeartbeat {
    pub(super) heartbeat: Heartbeat,
    /// The version of the link that the sender has read.
    pub(super) link_version: String,
    answer: oneshot::Sender<Result<Beat, AppError>>,
}

/// The queues of all links. A link has one exactly while a task is sending its heartbeats.
#[derive(Clone, Default)]
pub(super) struct HeartbeatBatcher {
    queues: Arc<Mutex<HashMap<LinkId, Vec<PendingHeartbeat>>>>,
}

impl HeartbeatBatcher {
    /// Sends a heartbeat with the next script of its link. Nobody waits longer than for any other operation; a
    /// heartbeat that is given up may still arrive, which does no harm.
    pub(super) async fn send(
        &self,
        analytics: &Analytics,
        link: &LinkId,
        heartbeat: Heartbeat,
        link_version: String,
    ) -> Result<Beat, AppError> {
        let (answer, answered) = oneshot::channel();
        if self.enqueue(PendingHeartbeat { heartbeat, link_version, answer }, link) {
            // A task of its own: whoever was first may go away, and others count on it by then.
            tokio::spawn(self.clone().flush(analytics.clone(), link.clone()));
        }
        match timeout(REQUEST_TIMEOUT, answered).await {
            Ok(Ok(answer)) => answer,
            _ => Err(AppError::Unavailable),
        }
    }

    /// Takes a place in the link's queue; `true` when there was none yet.
    fn enqueue(&self, pending: PendingHeartbeat, link: &LinkId) -> bool {
        let mut queues = self.lock();
        if let Some(queue) = queues.get_mut(link) {
            queue.push(pending);
            return false;
        }
        queues.insert(link.clone(), vec![pending]);
        true
    }

    /// Sends what waits, again and again, until nothing does.
    async fn flush(self, analytics: Analytics, link: LinkId) {
        while let Some(batch) = self.next_batch(&link) {
            let answers = analytics.heartbeat_batch(&link, &batch).await;
            for (index, PendingHeartbeat { answer, .. }) in batch.into_iter().enumerate() {
                let result = match &answers {
                    Ok(beats) => beats.get(index).copied().ok_or(AppError::Internal),
                    Err(error) => Err(error.clone()),
                };
                // Whoever no longer waits has answered for itself.
                let _ = answer.send(result);
            }
        }
    }

    /// The next group; the queue goes with the last.
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
