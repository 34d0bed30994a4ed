//! One dashboard's place at a link's news.

use tokio::sync::watch;
use tokio_util::bytes::Bytes;

use super::LiveState;

/// Turns what is known of a link into the events that one dashboard has not had yet.
pub struct Follower {
    news: watch::Receiver<LiveState>,
    /// The number of the picture that was sent last.
    sent: u64,
}

impl Follower {
    /// Begins with the picture that is there, if there is one.
    pub fn new(mut news: watch::Receiver<LiveState>) -> Self {
        let is_known = news.borrow().is_known();
        if is_known {
            news.mark_changed();
        }
        Self { news, sent: 0 }
    }

    /// The next event. Whoever asks late gets the newest, not the next; `None` when the server stops reading.
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
