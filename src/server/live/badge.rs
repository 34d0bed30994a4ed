//! The stream of a badge: the numbers of a link, and nothing else of it.

use tokio::{sync::watch, time::Instant};
use tokio_util::bytes::Bytes;

use super::{
    LiveState,
    state::{MAX_SILENCE, as_event},
};
use crate::model::{BadgeNumbers, events};

/// Turns the states of a link into the events of one badge.
pub struct BadgeFollower {
    state: watch::Receiver<LiveState>,
    with_views: bool,
    /// The numbers that were sent last.
    sent: Option<BadgeNumbers>,
    sent_at: Instant,
}

impl BadgeFollower {
    /// Starts with the current numbers, if they are known.
    pub fn new(mut state: watch::Receiver<LiveState>, with_views: bool) -> Self {
        if state.borrow().is_known() {
            state.mark_changed();
        }
        Self { state, with_views, sent: None, sent_at: Instant::now() }
    }

    /// The next event; at least every half minute. While Redis does not answer, the last numbers stand. `None` when the
    /// reader has stopped.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            self.state.changed().await.ok()?;
            let numbers = {
                let state = self.state.borrow_and_update();
                state.snapshot.as_ref().map(|snapshot| BadgeNumbers::of(snapshot, self.with_views))
            };
            let Some(numbers) = numbers else { continue };
            let as_of = numbers.as_of;
            let event = if !self.sent.as_ref().is_some_and(|sent| sent.shows_the_same(&numbers)) {
                let event = as_event(events::NUMBERS, None, &numbers);
                self.sent = Some(numbers);
                event
            } else if self.sent_at.elapsed() >= MAX_SILENCE {
                as_event(events::ALIVE, None, events::Alive { as_of })
            } else {
                continue;
            };
            self.sent_at = Instant::now();
            return Some(event);
        }
    }
}
