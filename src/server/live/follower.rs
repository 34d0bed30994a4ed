//! The updates of a link for one dashboard.

use tokio::sync::watch;
use tokio_util::bytes::Bytes;

use super::LiveState;

/// Turns the states of a link into events that one dashboard has not received yet.
pub struct Follower {
    news: watch::Receiver<LiveState>,
    /// The number of the snapshot that was sent last.
    sent: u64,
}

impl Follower {
    /// Starts with the current state, if one is known.
    pub fn new(mut news: watch::Receiver<LiveState>) -> Self {
        let is_known = news.borrow().is_known();
        if is_known {
            news.mark_changed();
        }
        Self { news, sent: 0 }
    }

    /// The next event. A slow dashboard gets the newest, not each one. `None` when the reader has stopped.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.news.changed().await.ok()?;
        let (event, and_more) = {
            let news = self.news.borrow_and_update();
            let is_new = news.number != self.sent;
            self.sent = news.number;
            match &news.trouble {
                Some(_) if is_new => (news.picture.clone(), true),
                Some(trouble) => (trouble.clone(), false),
                None if is_new => (news.picture.clone(), false),
                None => (news.alive.clone(), false),
            }
        };
        if and_more {
            self.news.mark_changed();
        }
        Some(event)
    }
}
