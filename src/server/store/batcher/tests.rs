use std::time::Duration;

use tokio::sync::Notify;

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

fn queues(most_on_way: usize) -> Queues {
    Queues::new(most_on_way)
}

#[tokio::test]
async fn panic_in_one_batch_leaves_the_queue_usable() {
    let queues = queues(1);
    let waiter = queues.enter(&"key", 'a');
    assert!(waiter.is_first);
    let panics = async |_, _| panic!("a fault of ours, provoked by a test");
    let flushed = tokio::spawn(queues.clone().flush("key", panics)).await;
    assert!(flushed.expect_err("it panics").is_panic());
    assert_eq!(waiter.outcome().await, Err(AppError::Unavailable));

    let waiter = queues.enter(&"key", 'a');
    assert!(waiter.is_first, "the next one starts a new queue");
    queues.clone().flush("key", same).await;
    assert_eq!(waiter.outcome().await, Ok('a'));
    assert!(queues.lock().is_empty());
}

#[tokio::test]
async fn item_that_a_batch_does_not_take_begins_another() {
    let queues = queues(1);
    let waiters = ['a', 'b', 'a', 'c'].map(|letter| queues.enter(&"key", letter));
    assert_eq!(waiters.each_ref().map(|waiter| waiter.is_first), [true, false, true, false]);
    assert!(queues.enter(&"another", 'a').is_first, "each key has a queue of its own");
    let batches = Mutex::new(Vec::new());
    let send = async |batch: Letters, since| {
        batches.lock().expect("no panic").push(batch.0.clone());
        same(batch, since).await
    };
    tokio::join!(queues.clone().flush("key", send), queues.clone().flush("key", send));
    assert_eq!(*batches.lock().expect("no panic"), [vec!['a', 'b'], vec!['a', 'c']]);
    for (waiter, letter) in waiters.into_iter().zip(['a', 'b', 'a', 'c']) {
        assert_eq!(waiter.outcome().await, Ok(letter));
    }
}

/// Sends `a` and, while that is on its way, `b` and `c`. Returns whether these were sent before it came back.
async fn is_sent_beside_another(most_on_way: usize) -> bool {
    let queues = queues(most_on_way);
    let (begun, end) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (has_begun, may_end) = (begun.clone(), end.clone());
    let slow = async move |batch: Letters, since| {
        has_begun.notify_one();
        may_end.notified().await;
        same(batch, since).await
    };
    let first = queues.enter(&"key", 'a');
    let sending = tokio::spawn(queues.clone().flush("key", slow));
    begun.notified().await;
    let (second, third) = (queues.enter(&"key", 'b'), queues.enter(&"key", 'c'));
    assert!(second.is_first && !third.is_first);
    let others = tokio::spawn(queues.clone().flush("key", same));
    // Every task that can go on does so, several times over.
    for _ in 0..10 * MOST_PASSES {
        yield_now().await;
    }
    let is_sent = others.is_finished();
    end.notify_one();
    sending.await.expect("no panic");
    others.await.expect("no panic");
    for (waiter, letter) in [(first, 'a'), (second, 'b'), (third, 'c')] {
        assert_eq!(waiter.outcome().await, Ok(letter));
    }
    assert!(queues.lock().is_empty());
    is_sent
}

#[tokio::test]
async fn no_more_batches_of_a_key_are_on_their_way_than_may() {
    assert!(!is_sent_beside_another(1).await);
    assert!(is_sent_beside_another(2).await);
    assert!(is_sent_beside_another(ALL).await);
}

#[tokio::test]
async fn batch_gathers_what_keeps_arriving_for_a_while() {
    let queues = queues(1);
    let first = queues.enter(&"key", 'a');
    let arriving = queues.clone();
    let others = tokio::spawn(async move {
        for letter in 'b'..='z' {
            if arriving.enter(&"key", letter).is_first {
                return letter;
            }
            yield_now().await;
        }
        'z'
    });
    let length = Mutex::new(0);
    let send = async |batch: Letters, since| {
        *length.lock().expect("no panic") = batch.0.len();
        same(batch, since).await
    };
    queues.clone().flush("key", send).await;
    assert_eq!(first.outcome().await, Ok('a'));
    let length = *length.lock().expect("no panic");
    assert!(length > 2, "{length}");
    assert_eq!(usize::from(others.await.expect("no panic") as u8 - b'a'), length, "it begins the next batch");
}

#[tokio::test]
async fn outcome_that_is_missing_is_a_fault() {
    let queues = queues(1);
    let waiters = ['a', 'b'].map(|letter| queues.enter(&"key", letter));
    queues.clone().flush("key", async |_, _| Ok(vec!['x'])).await;
    let [first, second] = waiters;
    assert_eq!((first.outcome().await, second.outcome().await), (Ok('x'), Err(AppError::Internal)));
}

#[tokio::test(start_paused = true)]
async fn time_limit_counts_from_the_first_item() {
    let (queues, began) = (queues(1), Instant::now());
    let later = Duration::from_millis(100);
    let waiting = ['a', 'b', 'a'].map(|letter| queues.enter(&"key", letter));
    tokio::time::advance(later).await;
    let other = queues.enter(&"key", 'b');
    let waited = Mutex::new(Vec::new());
    let send = async |batch: Letters, since: Instant| {
        waited.lock().expect("no panic").push((batch.0.len(), since - began));
        same(batch, since).await
    };
    tokio::join!(queues.clone().flush("key", send), queues.clone().flush("key", send));
    assert_eq!(*waited.lock().expect("no panic"), [(2, Duration::ZERO), (2, Duration::ZERO)]);
    drop((waiting, other));
}
