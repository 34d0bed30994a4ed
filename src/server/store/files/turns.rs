//! Who is next: a few places to work in, and a fair queue before them.
//!
//! The next turn is that of the owner with the fewest places, then of the owner and the document whose last turn is the
//! longest ago. One place more than there are is kept for owners who have none. So one owner's slow file takes neither
//! the others' turns nor all places.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use crate::model::{DocumentId, OwnerId};

/// How many may wait. Beyond that the owner with the most gives way.
pub(super) const MAX_WAITING: usize = 256;

/// Whose work it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// `None` while there is no owner at all.
    pub(super) owner: Option<OwnerId>,
    pub(super) document: DocumentId,
}

/// The places and the queue. Cheap to clone.
#[derive(Clone)]
pub(super) struct Turns(Arc<Mutex<State>>);

/// A turn: it has a place until it is dropped.
#[must_use = "it ends when dropped"]
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    subject: Subject,
}

/// More wait than may.
#[derive(Debug)]
pub(super) struct QueueFull;

struct State {
    places: usize,
    running: Vec<Subject>,
    /// The first to come is first.
    waiting: Vec<Waiter>,
    /// The number of turns so far, and at which of them an owner or a document had its last one.
    turns: u64,
    owners: HashMap<Option<OwnerId>, u64>,
    documents: HashMap<DocumentId, u64>,
}

struct Waiter {
    subject: Subject,
    turn: oneshot::Sender<Turn>,
}

impl Turns {
    pub(super) fn new(places: usize) -> Self {
        let state = State {
            places,
            running: Vec::new(),
            waiting: Vec::new(),
            turns: 0,
            owners: HashMap::new(),
            documents: HashMap::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Waits for a turn. Dropping the future gives up the wait.
    pub(super) async fn take(&self, subject: Subject) -> Result<Turn, QueueFull> {
        let (turn, taken) = oneshot::channel();
        self.lock().enqueue(Waiter { subject, turn });
        self.begin();
        taken.await.map_err(|_| QueueFull)
    }

    /// How many have a place, and how many wait for one.
    pub(super) fn load(&self) -> (usize, usize) {
        let state = self.lock();
        (state.running.len(), state.waiting.iter().filter(|waiter| !waiter.turn.is_closed()).count())
    }

    /// Begins as many turns as there are places.
    fn begin(&self) {
        let mut given_up = Vec::new();
        let mut state = self.lock();
        while let Some(Waiter { subject, turn }) = state.next() {
            given_up.extend(turn.send(Turn { turns: self.clone(), subject }).err());
        }
        // A turn's end takes the lock.
        drop(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Turns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turns")
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.lock().end(&self.subject);
        self.turns.begin();
    }
}

impl State {
    fn enqueue(&mut self, waiter: Waiter) {
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
        self.waiting.push(waiter);
        if self.waiting.len() > MAX_WAITING {
            let count =
                |owner: &Option<OwnerId>| self.waiting.iter().filter(|w| w.subject.owner == *owner).count();
            // Of several with the most, the last: the newest waiter of the owner with the most goes.
            let most = (0..self.waiting.len()).max_by_key(|index| count(&self.waiting[*index].subject.owner));
            most.map(|index| self.waiting.remove(index));
        }
    }

    /// Takes the next waiter out of the queue, if there is a place for it.
    fn next(&mut self) -> Option<Waiter> {
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
        let order = |Waiter { subject, .. }: &Waiter| {
            let owner = self.owners.get(&subject.owner).copied();
            (self.places_of(&subject.owner), owner, self.documents.get(&subject.document).copied())
        };
        // Of equals, the first to come.
        let (index, waiter) = self.waiting.iter().enumerate().min_by_key(|(_, waiter)| order(waiter))?;
        let spare = usize::from(self.places_of(&waiter.subject.owner) == 0);
        if self.running.len() >= self.places + spare {
            return None;
        }
        let waiter = self.waiting.remove(index);
        self.turns += 1;
        let Subject { owner, document } = &waiter.subject;
        self.owners.insert(owner.clone(), self.turns);
        self.documents.insert(document.clone(), self.turns);
        self.running.push(waiter.subject.clone());
        Some(waiter)
    }

    fn end(&mut self, subject: &Subject) {
        if let Some(index) = self.running.iter().position(|running| running == subject) {
            self.running.swap_remove(index);
        }
        self.waiting.retain(|waiter| !waiter.turn.is_closed());
        // Only those who wait or work are compared.
        let there: Vec<Subject> =
            self.running.iter().chain(self.waiting.iter().map(|waiter| &waiter.subject)).cloned().collect();
        self.owners.retain(|owner, _| there.iter().any(|subject| subject.owner == *owner));
        self.documents.retain(|document, _| there.iter().any(|subject| subject.document == *document));
    }

    fn places_of(&self, owner: &Option<OwnerId>) -> usize {
        self.running.iter().filter(|running| running.owner == *owner).count()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn of(owner: &str, document: &str) -> Subject {
        let owner = Some(owner.parse().expect("an owner's id"));
        Subject { owner, document: document.parse().expect("a document's id") }
    }

    /// Waits for a turn in a task of its own, and tells it as it comes.
    async fn queue(turns: &Turns, subject: Subject, told: &tokio::sync::mpsc::UnboundedSender<Turn>) {
        let (turns, told) = (turns.clone(), told.clone());
        tokio::spawn(async move {
            if let Ok(turn) = turns.take(subject).await {
                told.send(turn).expect("the test listens");
            }
        });
        // The task runs up to its wait.
        tokio::task::yield_now().await;
    }

    #[tokio::test]
    async fn turns_go_round_owners_then_documents() {
        let turns = Turns::new(1);
        let (told, mut taken) = tokio::sync::mpsc::unbounded_channel();
        let first = turns.take(of("a", "a1")).await.expect("a place");
        let spare = turns.take(of("b", "b1")).await.expect("the spare place");
        for (owner, document) in
            [("a", "a1"), ("a", "a1"), ("a", "a2"), ("b", "b1"), ("c", "c1"), ("b", "b1")]
        {
            queue(&turns, of(owner, document), &told).await;
        }
        // Each turn ends before the next begins, as on one place.
        drop(spare);
        let mut order = Vec::new();
        let mut held = taken.recv().await.expect("a turn");
        drop(first);
        loop {
            order.push(held.subject.document.to_string());
            if order.len() == 6 {
                break;
            }
            drop(held);
            held = taken.recv().await.expect("a turn");
        }
        assert_eq!(order, ["c1", "a2", "b1", "a1", "b1", "a1"]);
    }

    #[tokio::test]
    async fn spare_place_is_for_owners_without_one() {
        let turns = Turns::new(2);
        let _busy = [turns.take(of("a", "a1")).await, turns.take(of("a", "a2")).await];
        assert!(turns.take(of("a", "a3")).now_or_never().is_none(), "an owner's third waits");
        let others = turns.take(of("b", "b1")).now_or_never();
        assert!(others.is_some_and(|turn| turn.is_ok()), "another's first does not");
    }

    #[tokio::test]
    async fn dropped_waiter_leaves_the_queue() {
        let turns = Turns::new(1);
        let held = turns.take(of("a", "a1")).await.expect("a place");
        let mut gone = Box::pin(turns.take(of("a", "a1")));
        assert!((&mut gone).now_or_never().is_none());
        drop(gone);
        drop(held);
        let state = turns.lock();
        assert!(state.running.is_empty() && state.waiting.is_empty());
        assert!(state.owners.is_empty() && state.documents.is_empty(), "nothing is remembered of the gone");
    }

    #[tokio::test]
    async fn full_queue_refuses_the_owner_with_most() {
        let turns = Turns::new(1);
        let _held = turns.take(of("a", "a1")).await.expect("a place");
        let (told, _taken) = tokio::sync::mpsc::unbounded_channel();
        queue(&turns, of("b", "b1"), &told).await;
        for _ in 0..MAX_WAITING {
            queue(&turns, of("a", "a1"), &told).await;
        }
        // The spare place is b's, so all who wait are a's.
        assert!(turns.take(of("a", "a1")).await.is_err(), "one too many of the same owner");
        let mut other = Box::pin(turns.take(of("c", "c1")));
        assert!((&mut other).now_or_never().is_none(), "another owner's waits");
        let state = turns.lock();
        assert_eq!(state.waiting.len(), MAX_WAITING);
        assert_eq!(state.waiting.iter().filter(|waiter| waiter.subject == of("c", "c1")).count(), 1);
    }
}
