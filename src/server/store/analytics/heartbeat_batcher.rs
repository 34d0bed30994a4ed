//! Batches of heartbeats: one script for all that arrive while the previous one runs.
//!
//! While a script with heartbeats of a link is on its way, later ones wait in the link's queue, and the next script
//! takes all of them. Each heartbeat still takes its client one round trip, while a busy link costs Redis one script
//! for many.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::{Analytics, HeartbeatOutcome, heartbeat_batch::HeartbeatBatch};
use crate::{
    error::AppError,
    model::{Heartbeat, LinkId},
};

/// Where a heartbeat that waits for its script gets its outcome.
type Waiting = oneshot::Sender<Result<HeartbeatOutcome, AppError>>;

/// Heartbeats that wait for the same script.
struct PendingBatch {
    batch: HeartbeatBatch,
    /// One for each heartbeat of the batch.
    waiting: Vec<Waiting>,
    /// When the first of them came.
    since: Instant,
}

/// The queues of all links. A link has a queue exactly while a task flushes it.
#[derive(Clone, Default)]
pub(super) struct HeartbeatBatcher {
    queues: Arc<Mutex<HashMap<LinkId, VecDeque<PendingBatch>>>>,
}

impl HeartbeatBatcher {
    /// Sends a heartbeat with the next script of its link. [`AppError::Unavailable`] after the time limit of Redis;
    /// the heartbeat may then still reach it, which does no harm.
    pub(super) async fn send(
        &self,
        analytics: &Analytics,
        link: &LinkId,
        heartbeat: &Heartbeat,
        link_version: &str,
    ) -> Result<HeartbeatOutcome, AppError> {
        let (waiting, answered) = oneshot::channel();
        if self.enqueue(link, heartbeat, link_version, analytics.rules.idle_after, waiting) {
            let (analytics, of_link) = (analytics.clone(), link.clone());
            let send = async move |batch: &HeartbeatBatch, since| {
                analytics.heartbeat_batch(&of_link, batch, since).await
            };
            // A task of its own: the first client may disconnect while others wait for its batch.
            tokio::spawn(self.clone().flush(link.clone(), send));
        }
        // The task answers in time, or has panicked.
        answered.await.unwrap_or(Err(AppError::Unavailable))
    }

    /// Adds a heartbeat to the link's queue. Returns `true` if the queue is new: the caller must then flush it.
    fn enqueue(
        &self,
        link: &LinkId,
        heartbeat: &Heartbeat,
        link_version: &str,
        idle_after: Duration,
        waiting: Waiting,
    ) -> bool {
        let mut queues = self.lock();
        let is_new = !queues.contains_key(link);
        if is_new {
            queues.insert(link.clone(), VecDeque::new());
        }
        let Some(queue) = queues.get_mut(link) else { return is_new };
        let takes = |last: &PendingBatch| last.batch.takes(&heartbeat.session_id, link_version);
        if !queue.back().is_some_and(takes) {
            let batch = HeartbeatBatch::new(link_version);
            queue.push_back(PendingBatch { batch, waiting: Vec::new(), since: Instant::now() });
        }
        if let Some(last) = queue.back_mut() {
            last.batch.add(heartbeat, idle_after);
            last.waiting.push(waiting);
        }
        is_new
    }

    /// Sends the queue of a link, batch by batch, until it is empty. `send` gets a batch and since when its first heartbeat
    /// waits, and returns the outcome of each.
    async fn flush(
        self,
        link: LinkId,
        send: impl AsyncFn(&HeartbeatBatch, Instant) -> Result<Vec<HeartbeatOutcome>, AppError>,
    ) {
        let _reset = ResetOnPanic { batcher: &self, link: &link };
        while let Some(PendingBatch { batch, waiting, since }) = self.next_batch(&link) {
            let outcomes = send(&batch, since).await;
            for (index, waiting) in waiting.into_iter().enumerate() {
                let result = match &outcomes {
                    Ok(outcomes) => outcomes.get(index).copied().ok_or(AppError::Internal),
                    Err(error) => Err(error.clone()),
                };
                // A caller that no longer waits has lost its client.
                let _ = waiting.send(result);
            }
        }
    }

    /// The next batch; `None`, and the queue is removed, when it is empty.
    fn next_batch(&self, link: &LinkId) -> Option<PendingBatch> {
        let mut queues = self.lock();
        let next = queues.get_mut(link)?.pop_front();
        if next.is_none() {
            queues.remove(link);
        }
        next
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<LinkId, VecDeque<PendingBatch>>> {
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

    type Answered = oneshot::Receiver<Result<HeartbeatOutcome, AppError>>;

    fn link() -> LinkId {
        "a".parse().expect("a link id")
    }

    /// Adds a heartbeat; whether the queue is new, and where the outcome arrives.
    fn enqueue(batcher: &HeartbeatBatcher, session: &str) -> (bool, Answered) {
        let (waiting, answered) = oneshot::channel();
        let heartbeat = Heartbeat::of(session.parse().expect("a session id"));
        (batcher.enqueue(&link(), &heartbeat, "", Duration::ZERO, waiting), answered)
    }

    async fn all_active(batch: &HeartbeatBatch, _: Instant) -> Result<Vec<HeartbeatOutcome>, AppError> {
        Ok(vec![HeartbeatOutcome::Active; batch.len()])
    }

    #[tokio::test]
    async fn panic_in_one_batch_leaves_the_queue_usable() {
        let batcher = HeartbeatBatcher::default();
        let (is_new, answered) = enqueue(&batcher, "s");
        assert!(is_new);
        let panics = async |_: &HeartbeatBatch, _| panic!("a fault of ours, provoked by a test");
        let flushed = tokio::spawn(batcher.clone().flush(link(), panics)).await;
        assert!(flushed.expect_err("it panics").is_panic());
        assert!(answered.await.is_err(), "it has no outcome");

        let (is_new, answered) = enqueue(&batcher, "s");
        assert!(is_new, "the next one starts a new queue");
        batcher.clone().flush(link(), all_active).await;
        assert_eq!(answered.await, Ok(Ok(HeartbeatOutcome::Active)));
        assert!(batcher.lock().is_empty());
    }

    #[tokio::test]
    async fn session_that_waits_already_waits_for_another_script() {
        let batcher = HeartbeatBatcher::default();
        let answers = ["s1", "s2", "s1", "s3"].map(|session| enqueue(&batcher, session).1);
        let batches = Mutex::new(Vec::new());
        let send = async |batch: &HeartbeatBatch, since| {
            batches.lock().expect("no panic").push(batch.sessions.clone());
            all_active(batch, since).await
        };
        batcher.clone().flush(link(), send).await;
        assert_eq!(*batches.lock().expect("no panic"), [vec!["s1", "s2"], vec!["s1", "s3"]]);
        for answered in answers {
            assert_eq!(answered.await, Ok(Ok(HeartbeatOutcome::Active)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_limit_counts_from_the_first_heartbeat() {
        let (batcher, began) = (HeartbeatBatcher::default(), Instant::now());
        let later = Duration::from_millis(100);
        let waiting = ["s1", "s2", "s1"].map(|session| enqueue(&batcher, session).1);
        tokio::time::advance(later).await;
        let other = enqueue(&batcher, "s2").1;
        let waited = Mutex::new(Vec::new());
        let send = async |batch: &HeartbeatBatch, since: Instant| {
            waited.lock().expect("no panic").push((batch.len(), since - began));
            all_active(batch, since).await
        };
        batcher.clone().flush(link(), send).await;
        assert_eq!(*waited.lock().expect("no panic"), [(2, Duration::ZERO), (2, Duration::ZERO)]);
        drop((waiting, other));
    }
}
