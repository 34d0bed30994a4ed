//! The updates of a link for one dashboard.

use tokio::sync::watch;
use tokio_util::bytes::Bytes;

use super::LiveState;

/// Turns the states of a link into events that one dashboard has not received yet.
pub struct Follower {
    state: watch::Receiver<LiveState>,
    /// The number of the snapshot that was sent last.
    sent_number: u64,
}

impl Follower {
    /// Starts with the current state, if one is known.
    pub fn new(mut state: watch::Receiver<LiveState>) -> Self {
        let is_known = state.borrow().is_known();
        if is_known {
            state.mark_changed();
        }
        Self { state, sent_number: 0 }
    }

    /// The next event. A slow dashboard gets the newest, not each one. `None` when the reader has stopped.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.state.changed().await.ok()?;
        let (event, trouble_follows) = {
            let state = self.state.borrow_and_update();
            let is_new = state.number != self.sent_number;
            self.sent_number = state.number;
            match &state.trouble_event {
                Some(_) if is_new => (state.snapshot_event.clone(), true),
                Some(trouble) => (trouble.clone(), false),
                None if is_new => (state.snapshot_event.clone(), false),
                None => (state.alive_event.clone(), false),
            }
        };
        if trouble_follows {
            self.state.mark_changed();
        }
        Some(event)
    }
}
