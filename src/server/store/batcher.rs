//! Batches: what comes while batches of the same key are on their way to Redis goes together with the next one.
//!
//! Each caller still waits for one round trip of its own, begun after it came, while a busy key costs Redis one for many.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    sync::{Semaphore, oneshot},
    task::yield_now,
    time::Instant,
};
use tracing::Instrument;

use crate::error::AppError;

/// How often the scheduler passes over all that is ready before a batch goes, at most.
const MOST_PASSES: usize = 8;
/// For batches none of which waits for another.
pub const ALL: usize = Semaphore::MAX_PERMITS;

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

/// The batches of all keys. Clones share them.
pub struct Batcher<K, B: Batch> {
    queues: Arc<Mutex<HashMap<K, Queue<B>>>>,
    most_on_way: usize,
}

/// The batches of a key. It is there as long as tasks flush it, one for each batch.
struct Queue<B: Batch> {
    tasks: usize,
    /// The places of batches that are on their way.
    places: Arc<Semaphore>,
    waiting: VecDeque<Pending<B>>,
}

/// A batch that waits for its place.
struct Pending<B: Batch> {
    batch: B,
    /// Where each item's caller gets its outcome.
    waiting: Vec<oneshot::Sender<Result<B::Outcome, AppError>>>,
    /// When the first of them came.
    since: Instant,
}

/// A caller who waits for the outcome of an item.
pub struct Waiter<O> {
    answered: oneshot::Receiver<Result<O, AppError>>,
    /// Whether the item began a batch, which must then be flushed.
    is_first: bool,
}

impl<O> Waiter<O> {
    /// Waits for the outcome. [`AppError::Unavailable`] where the task that was to bring it has panicked.
    pub async fn outcome(self) -> Result<O, AppError> {
        self.answered.await.unwrap_or(Err(AppError::Unavailable))
    }
}

impl<K: Clone + Eq + Hash, B: Batch> Batcher<K, B> {
    /// Batches of which `most_on_way` of the same key may be on their way at once. One, and most goes together; with two,
    /// Redis works on one while this server fills the next; with [`ALL`] none waits for another.
    pub fn new(most_on_way: usize) -> Self {
        Self { queues: Arc::default(), most_on_way }
    }

    /// Adds an item to the next batch of a key. Where it begins one, `sender` makes what sends that batch: it gets the batch
    /// and since when its first item waits, and returns the outcome of each item, in their order.
    pub fn add<S, F>(&self, key: &K, item: B::Item<'_>, sender: impl FnOnce() -> S) -> Waiter<B::Outcome>
    where
        K: Send + Sync + 'static,
        S: FnOnce(B, Instant) -> F + Send + 'static,
        F: Future<Output = Result<Vec<B::Outcome>, AppError>> + Send + 'static,
    {
        let waiter = self.enter(key, item);
        if waiter.is_first {
            // In a task of its own, since this caller may leave while others wait.
            tokio::spawn(self.clone().flush(key.clone(), sender()).in_current_span());
        }
        waiter
    }

    fn enter(&self, key: &K, item: B::Item<'_>) -> Waiter<B::Outcome> {
        let (waiting, answered) = oneshot::channel();
        let mut queues = self.lock();
        if !queues.contains_key(key) {
            queues.insert(key.clone(), Queue::new(self.most_on_way));
        }
        let is_first = queues.get_mut(key).is_some_and(|queue| queue.add(item, waiting));
        Waiter { answered, is_first }
    }

    /// Sends the next batch of a key as soon as there is a place for it: the slower Redis is, the more goes together.
    async fn flush<F>(self, key: K, send: impl FnOnce(B, Instant) -> F)
    where
        F: Future<Output = Result<Vec<B::Outcome>, AppError>>,
    {
        let _end = EndOfTask { batcher: &self, key: &key };
        let places = self.lock().get(&key).map(|queue| queue.places.clone());
        let Some(places) = places else { return };
        let _place = places.acquire().await;
        self.gather(&key).await;
        let next = self.lock().get_mut(&key).and_then(|queue| queue.waiting.pop_front());
        if let Some(Pending { batch, waiting, since }) = next {
            answer(waiting, send(batch, since).await);
        }
    }

    /// Lets the requests that have arrived by now be read first, as long as they add something to the next batch: a busy
    /// server sends fewer and longer batches.
    async fn gather(&self, key: &K) {
        let mut count = self.may_grow(key);
        for _ in 0..MOST_PASSES {
            yield_now().await;
            let count_before = mem::replace(&mut count, self.may_grow(key));
            if count.is_none() || count == count_before {
                return;
            }
        }
    }

    /// How many items the next batch of a key has, if others may join them: none may once another batch waits behind.
    fn may_grow(&self, key: &K) -> Option<usize> {
        let queues = self.lock();
        let waiting = &queues.get(key)?.waiting;
        waiting.front().filter(|_| waiting.len() == 1).map(|next| next.waiting.len())
    }
}

impl<B: Batch> Queue<B> {
    fn new(most_on_way: usize) -> Self {
        Self { tasks: 0, places: Arc::new(Semaphore::new(most_on_way)), waiting: VecDeque::new() }
    }

    /// Adds an item, and whether it began a batch.
    fn add(&mut self, item: B::Item<'_>, waiting: oneshot::Sender<Result<B::Outcome, AppError>>) -> bool {
        if let Some(last) = self.waiting.back_mut()
            && last.batch.takes(&item)
        {
            last.batch.add(item);
            last.waiting.push(waiting);
            return false;
        }
        let mut batch = B::default();
        batch.add(item);
        self.waiting.push_back(Pending { batch, waiting: vec![waiting], since: Instant::now() });
        self.tasks += 1;
        true
    }
}

/// Gives each caller the outcome of its item, or all of them the error.
fn answer<O>(waiting: Vec<oneshot::Sender<Result<O, AppError>>>, outcomes: Result<Vec<O>, AppError>) {
    let mut outcomes = outcomes.map(Vec::into_iter);
    for caller in waiting {
        let outcome = match &mut outcomes {
            Ok(outcomes) => outcomes.next().ok_or(AppError::Internal),
            Err(error) => Err(error.clone()),
        };
        // A caller that no longer waits has lost its client.
        let _ = caller.send(outcome);
    }
}

impl<K, B: Batch> Batcher<K, B> {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Queue<B>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, B: Batch> Clone for Batcher<K, B> {
    fn clone(&self) -> Self {
        Self { queues: self.queues.clone(), most_on_way: self.most_on_way }
    }
}

/// Removes the queue of a key with its last task, also when that panics. Callers who wait for a batch whose task has
/// panicked are answered [`AppError::Unavailable`].
struct EndOfTask<'a, K: Eq + Hash, B: Batch> {
    batcher: &'a Batcher<K, B>,
    key: &'a K,
}

impl<K: Eq + Hash, B: Batch> Drop for EndOfTask<'_, K, B> {
    fn drop(&mut self) {
        let mut queues = self.batcher.lock();
        if let Some(queue) = queues.get_mut(self.key) {
            queue.tasks = queue.tasks.saturating_sub(1);
            if queue.tasks == 0 {
                queues.remove(self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
