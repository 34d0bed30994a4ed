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
mod tests {
    use std::time::Duration;

    use super::*;

    /// Takes each letter once.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Letters(Vec<char>);

    impl Batch for Letters {
        type Item<'a> = char;
        type Outcome = char;

        fn takes(&self, letter: &char) -> bool {
            !self.0.contains(letter)
        }

        fn add(&mut self, letter: char) {
            self.0.push(letter);
        }
    }

    type Queues = Batcher<&'static str, Letters>;

    async fn same(batch: Letters, _: Instant) -> Result<Vec<char>, AppError> {
        Ok(batch.0)
    }

    #[tokio::test]
    async fn panic_in_one_batch_leaves_the_queue_usable() {
        let queues = Queues::default();
        let waiter = queues.add(&"key", 'a');
        assert!(waiter.is_first);
        let panics = async |_, _| panic!("a fault of ours, provoked by a test");
        let flushed = tokio::spawn(queues.clone().flush("key", panics)).await;
        assert!(flushed.expect_err("it panics").is_panic());
        assert_eq!(waiter.outcome().await, Err(AppError::Unavailable));

        let waiter = queues.add(&"key", 'a');
        assert!(waiter.is_first, "the next one starts a new queue");
        queues.clone().flush("key", same).await;
        assert_eq!(waiter.outcome().await, Ok('a'));
        assert!(queues.lock().is_empty());
    }

    #[tokio::test]
    async fn item_that_a_batch_does_not_take_waits_for_another() {
        let queues = Queues::default();
        let waiters = ['a', 'b', 'a', 'c'].map(|letter| queues.add(&"key", letter));
        assert_eq!(waiters.each_ref().map(|waiter| waiter.is_first), [true, false, false, false]);
        assert!(queues.add(&"another", 'a').is_first, "each key has a queue of its own");
        let batches = Mutex::new(Vec::new());
        let send = async |batch: Letters, since| {
            batches.lock().expect("no panic").push(batch.0.clone());
            same(batch, since).await
        };
        queues.clone().flush("key", send).await;
        assert_eq!(*batches.lock().expect("no panic"), [vec!['a', 'b'], vec!['a', 'c']]);
        for (waiter, letter) in waiters.into_iter().zip(['a', 'b', 'a', 'c']) {
            assert_eq!(waiter.outcome().await, Ok(letter));
        }
    }

    #[tokio::test]
    async fn later_callers_need_not_wait_for_a_batch_on_its_way() {
        let queues = Queues::default();
        let (first, stop) = (queues.add(&"key", 'a'), Arc::new(tokio::sync::Notify::new()));
        let (sent, stopped) = (Arc::new(tokio::sync::Notify::new()), stop.clone());
        let (is_sent, began) = (sent.clone(), sent.notified());
        let slow = async move |batch: Letters, since| {
            is_sent.notify_waiters();
            stopped.notified().await;
            same(batch, since).await
        };
        let flushing = tokio::spawn(queues.clone().flush_at_once("key", slow));
        began.await;
        let second = queues.add(&"key", 'b');
        assert!(second.is_first);
        queues.clone().flush_at_once("key", same).await;
        assert_eq!(second.outcome().await, Ok('b'));
        stop.notify_one();
        assert_eq!(first.outcome().await, Ok('a'));
        flushing.await.expect("no panic");
    }

    #[tokio::test]
    async fn batch_gathers_what_keeps_arriving_for_a_while() {
        let queues = Queues::default();
        let first = queues.add(&"key", 'a');
        let arriving = queues.clone();
        let others = tokio::spawn(async move {
            for letter in 'b'..='z' {
                arriving.add(&"key", letter);
                yield_now().await;
            }
        });
        let lengths = Mutex::new(Vec::new());
        let send = async |batch: Letters, since| {
            lengths.lock().expect("no panic").push(batch.0.len());
            same(batch, since).await
        };
        queues.clone().flush("key", send).await;
        others.await.expect("no panic");
        assert_eq!(first.outcome().await, Ok('a'));
        let lengths = lengths.into_inner().expect("no panic");
        assert_eq!(lengths.iter().sum::<usize>(), 26);
        assert!(lengths.len() > 1 && lengths[0] > 2, "{lengths:?}");
    }

    #[tokio::test]
    async fn outcome_that_is_missing_is_a_fault() {
        let queues = Queues::default();
        let waiters = ['a', 'b'].map(|letter| queues.add(&"key", letter));
        queues.clone().flush("key", async |_, _| Ok(vec!['x'])).await;
        let [first, second] = waiters;
        assert_eq!((first.outcome().await, second.outcome().await), (Ok('x'), Err(AppError::Internal)));
    }

    #[tokio::test(start_paused = true)]
    async fn time_limit_counts_from_the_first_item() {
        let (queues, began) = (Queues::default(), Instant::now());
        let later = Duration::from_millis(100);
        let waiting = ['a', 'b', 'a'].map(|letter| queues.add(&"key", letter));
        tokio::time::advance(later).await;
        let other = queues.add(&"key", 'b');
        let waited = Mutex::new(Vec::new());
        let send = async |batch: Letters, since: Instant| {
            waited.lock().expect("no panic").push((batch.0.len(), since - began));
            same(batch, since).await
        };
        queues.clone().flush("key", send).await;
        assert_eq!(*waited.lock().expect("no panic"), [(2, Duration::ZERO), (2, Duration::ZERO)]);
        drop((waiting, other));
    }
}
