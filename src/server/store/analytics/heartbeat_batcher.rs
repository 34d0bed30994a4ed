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

use super::{Analytics, HeartbeatOutcome};
use crate::{
    error::AppError,
    model::{Heartbeat, LinkId},
};

/// The most heartbeats of one script: more would hold up all other commands.
const MAX_BATCH: usize = 100;

/// A heartbeat, and the version of the link that its caller has read.
pub(super) struct VersionedHeartbeat {
    pub(super) heartbeat: Heartbeat,
    pub(super) link_version: String,
}

/// A heartbeat that waits for its script, and the channel for its outcome.
type PendingHeartbeat = (VersionedHeartbeat, oneshot::Sender<Result<HeartbeatOutcome, AppError>>);

/// The queues of all links. A link has a queue exactly while a task flushes it.
#[derive(Clone, Default)]
pub(super) struct HeartbeatBatcher {
    queues: Arc<Mutex<HashMap<LinkId, Vec<PendingHeartbeat>>>>,
}

impl HeartbeatBatcher {
    /// Sends a heartbeat with the next script of its link. [`AppError::Unavailable`] after the time limit of Redis;
    /// the heartbeat may then still reach it, which does no harm.
    pub(super) async fn send(
        &self,
        analytics: &Analytics,
        link: &LinkId,
        heartbeat: Heartbeat,
        link_version: String,
    ) -> Result<HeartbeatOutcome, AppError> {
        let (answer, answered) = oneshot::channel();
        if self.enqueue((VersionedHeartbeat { heartbeat, link_version }, answer), link) {
            let (analytics, of_link) = (analytics.clone(), link.clone());
            let send = move |batch: Vec<VersionedHeartbeat>| {
                let (analytics, link) = (analytics.clone(), of_link.clone());
                async move { analytics.heartbeat_batch(&link, &batch).await }
            };
            // A task of its own: the first client may disconnect while others wait for its batch.
            tokio::spawn(self.clone().flush(link.clone(), send));
        }
        match timeout(analytics.redis.timeout(), answered).await {
            Ok(Ok(answer)) => answer,
            _ => Err(AppError::Unavailable),
        }
    }

    /// Adds a heartbeat to the link's queue. Returns `true` if the queue is new: the caller must then flush it.
    fn enqueue(&self, pending: PendingHeartbeat, link: &LinkId) -> bool {
        let mut queues = self.lock();
        if let Some(queue) = queues.get_mut(link) {
            queue.push(pending);
            return false;
        }
        queues.insert(link.clone(), vec![pending]);
        true
    }

    /// Sends the queue of a link, batch by batch, until it is empty. `send` returns the outcome of each heartbeat.
    async fn flush<S, F>(self, link: LinkId, send: S)
    where
        S: Fn(Vec<VersionedHeartbeat>) -> F,
        F: Future<Output = Result<Vec<HeartbeatOutcome>, AppError>>,
    {
        let _reset = ResetOnPanic { batcher: &self, link: &link };
        while let Some(batch) = self.next_batch(&link) {
            let (heartbeats, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let outcomes = send(heartbeats).await;
            for (index, answer) in answers.into_iter().enumerate() {
                let result = match &outcomes {
                    Ok(outcomes) => outcomes.get(index).copied().ok_or(AppError::Internal),
                    Err(error) => Err(error.clone()),
                };
                // A caller that no longer waits has answered its client.
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

/// Removes the queue of a link when the task that sends its heartbeats panics, so that the next heartbeat starts a
/// new one. Waiting heartbeats are answered [`AppError::Unavailable`].
struct ResetOnPanic<'a> {
    batcher: &'a HeartbeatBatcher,
    link: &'a LinkId,
}

impl Drop for ResetOnPanic<'_> {
    fn drop(&mut self) {
        // Without a panic the queue is removed already, and there may be a new one of another task.
        if std::thread::panicking() {
            self.batcher.lock().remove(self.link);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending() -> (PendingHeartbeat, oneshot::Receiver<Result<HeartbeatOutcome, AppError>>) {
        let (answer, answered) = oneshot::channel();
        let session_id = "s".parse().expect("a session id");
        let heartbeat = Heartbeat::of(session_id);
        ((VersionedHeartbeat { heartbeat, link_version: String::new() }, answer), answered)
    }

    #[tokio::test]
    async fn panic_in_one_batch_leaves_the_queue_usable() {
        let (batcher, link) = (HeartbeatBatcher::default(), "a".parse().expect("a link id"));
        let (heartbeat, answered) = pending();
        assert!(batcher.enqueue(heartbeat, &link));
        let panics = async |_| panic!("a fault of ours, provoked by a test");
        let flushed = tokio::spawn(batcher.clone().flush(link.clone(), panics)).await;
        assert!(flushed.expect_err("it panics").is_panic());
        assert!(answered.await.is_err(), "it has no outcome");

        let (heartbeat, answered) = pending();
        assert!(batcher.enqueue(heartbeat, &link), "the next one starts a new queue");
        batcher.clone().flush(link, async |batch| Ok(vec![HeartbeatOutcome::Active; batch.len()])).await;
        assert_eq!(answered.await, Ok(Ok(HeartbeatOutcome::Active)));
        assert!(batcher.lock().is_empty());
    }
}
