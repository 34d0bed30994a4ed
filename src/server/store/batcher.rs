//! Batches: what comes while a batch of the same key is on its way to Redis goes together with the next one.
//!
//! Each caller still waits for one round trip of its own, begun after it came, while a busy key costs Redis one for many.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::oneshot, task::yield_now, time::Instant};

use crate::error::AppError;

/// How often the scheduler passes over all that is ready before a batch goes, at most.
const MOST_PASSES: usize = 8;

/// What goes to Redis together.
pub trait Batch: Default + Send + 'static {
    /// What a caller adds.
    type Item<'a>;
    /// What the caller gets.
    type Outcome: Send + 'static;

    /// Whether an item can be added to a batch that has some already.
    fn takes(&self, item: &Self::Item<'_>) -> bool;

    /// Adds an item that the batch takes, or the first one.
    fn add(&mut self, item: Self::Item<'_>);
}

/// The queues of all keys. A key has a queue exactly while a task flushes it. Clones share them.
pub struct Batcher<K, B: Batch> {
    queues: Arc<Mutex<HashMap<K, VecDeque<Pending<B>>>>>,
}

/// A batch that waits for its turn.
struct Pending<B: Batch> {
    batch: B,
    /// Where each item's caller gets its outcome.
    waiting: Vec<oneshot::Sender<Result<B::Outcome, AppError>>>,
    /// When the first of them came.
    since: Instant,
}

/// A caller who waits for the outcome of an item.
pub struct Waiter<O> {
    /// Whether the queue is new: this caller must then have it flushed, by a task of its own, since the caller may leave
    /// while others wait.
    pub is_first: bool,
    answered: oneshot::Receiver<Result<O, AppError>>,
}

impl<O> Waiter<O> {
    /// Waits for the outcome. [`AppError::Unavailable`] where the task that was to bring it has panicked.
    pub async fn outcome(self) -> Result<O, AppError> {
        self.answered.await.unwrap_or(Err(AppError::Unavailable))
    }
}

impl<K: Clone + Eq + Hash, B: Batch> Batcher<K, B> {
    /// Adds an item to the next batch of a key.
    pub fn add(&self, key: &K, item: B::Item<'_>) -> Waiter<B::Outcome> {
        let (waiting, answered) = oneshot::channel();
        let mut queues = self.lock();
        let is_first = !queues.contains_key(key);
        if is_first {
            queues.insert(key.clone(), VecDeque::new());
        }
        if let Some(queue) = queues.get_mut(key) {
            if !queue.back().is_some_and(|last| last.batch.takes(&item)) {
                queue.push_back(Pending { batch: B::default(), waiting: Vec::new(), since: Instant::now() });
            }
            if let Some(last) = queue.back_mut() {
                last.batch.add(item);
                last.waiting.push(waiting);
            }
        }
        Waiter { is_first, answered }
    }

    /// Sends the queue of a key, batch by batch, until it is empty: the slower Redis is, the more goes together. `send` gets
    /// a batch and since when its first item waits, and returns the outcome of each item, in their order.
    pub async fn flush(self, key: K, send: impl AsyncFn(B, Instant) -> Result<Vec<B::Outcome>, AppError>) {
        let _reset = ResetOnPanic { batcher: &self, key: &key };
        loop {
            self.gather(&key).await;
            let Some(next) = self.next(&key) else { return };
            next.answer(&send).await;
        }
    }

    /// Sends the queue of a key as it is, while a queue before it may still be on its way: for what Redis answers in more
    /// than one round trip, of which later callers should not wait for the first ones'.
    pub async fn flush_at_once(
        self,
        key: K,
        send: impl AsyncFn(B, Instant) -> Result<Vec<B::Outcome>, AppError>,
    ) {
        self.gather(&key).await;
        let queue = self.lock().remove(&key);
        for next in queue.into_iter().flatten() {
            next.answer(&send).await;
        }
    }

    /// Lets the requests that have arrived by now be read first, as long as they add something: a busy server sends fewer and
    /// longer batches.
    async fn gather(&self, key: &K) {
        let mut count = self.waiting(key);
        for _ in 0..MOST_PASSES {
            yield_now().await;
            let count_before = mem::replace(&mut count, self.waiting(key));
            if count == count_before {
                return;
            }
        }
    }

    fn waiting(&self, key: &K) -> usize {
        self.lock().get(key).and_then(VecDeque::back).map_or(0, |last| last.waiting.len())
    }

    /// The next batch; `None`, and the queue is removed, when it is empty.
    fn next(&self, key: &K) -> Option<Pending<B>> {
        let mut queues = self.lock();
        let next = queues.get_mut(key)?.pop_front();
        if next.is_none() {
            queues.remove(key);
        }
        next
    }
}

impl<B: Batch> Pending<B> {
    async fn answer(self, send: &impl AsyncFn(B, Instant) -> Result<Vec<B::Outcome>, AppError>) {
        let mut outcomes = send(self.batch, self.since).await.map(Vec::into_iter);
        for waiting in self.waiting {
            let outcome = match &mut outcomes {
                Ok(outcomes) => outcomes.next().ok_or(AppError::Internal),
                Err(error) => Err(error.clone()),
            };
            // A caller that no longer waits has lost its client.
            let _ = waiting.send(outcome);
        }
    }
}

impl<K, B: Batch> Batcher<K, B> {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, VecDeque<Pending<B>>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, B: Batch> Clone for Batcher<K, B> {
    fn clone(&self) -> Self {
        Self { queues: self.queues.clone() }
    }
}

impl<K, B: Batch> Default for Batcher<K, B> {
    fn default() -> Self {
        Self { queues: Arc::default() }
    }
}

/// Removes the queue of a key when the task that flushes it panics, so that the next item starts a new one. Callers who
/// wait are answered [`AppError::Unavailable`].
struct ResetOnPanic<'a, K: Eq + Hash, B: Batch> {
    batcher: &'a Batcher<K, B>,
    key: &'a K,
}

impl<K: Eq + Hash, B: Batch> Drop for ResetOnPanic<'_, K, B> {
    fn drop(&mut self) {
        // Without a panic the queue is removed already, and there may be a new one of another task.
        if std::thread::panicking() {
            self.batcher.lock().remove(self.key);
        }
    }
}

#[cfg(test)]
mod tests;
