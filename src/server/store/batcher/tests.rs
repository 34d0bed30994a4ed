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
