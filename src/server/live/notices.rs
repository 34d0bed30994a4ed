//! The stream of events for an owner's browsers.

use std::{collections::VecDeque, time::Duration};

use futures::FutureExt;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::bytes::Bytes;

use super::{
    RETRY_INTERVAL, jittered,
    state::{MAX_SILENCE, as_event},
};
use crate::{
    error::AppError,
    model::{OwnerId, events},
    server::store::{
        channels::{ChannelStore, browser_channel},
        redis::{Announcements, Subscription},
    },
};

/// How often the events are read in case an announcement was lost.
const RECONCILE_INTERVAL: Duration = Duration::from_secs(5);

/// The events of one stream.
pub struct NoticesFollower {
    channels: ChannelStore,
    owner: OwnerId,
    published: Subscription,
    /// The id of the last event that was sent, or before which none is.
    last: String,
    events: VecDeque<Bytes>,
    sent_at: Instant,
    /// When the next look is due that no announcement asks for.
    look_at: Instant,
}

impl NoticesFollower {
    /// Follows the events for `owner`: from now on, or behind the event whose id is `last`.
    pub async fn new(
        channels: ChannelStore,
        announcements: &Announcements,
        owner: OwnerId,
        last: Option<&str>,
    ) -> Result<Self, AppError> {
        // Before the events are read: none comes in between unnoticed.
        let published = announcements.subscribe(browser_channel(&owner));
        let last = match last.filter(|last| is_entry(last)) {
            Some(last) => last.to_owned(),
            None => channels.last_published(&owner).await?,
        };
        let (events, now) = (VecDeque::new(), Instant::now());
        Ok(Self { channels, owner, published, last, events, sent_at: now, look_at: now })
    }

    /// The next event. Waits for it; while there is none, says now and then that the stream lives.
    pub async fn next(&mut self) -> Bytes {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.sent_at = Instant::now();
                return event;
            }
            tokio::select! {
                () = self.published.changed() => {}
                () = sleep_until(self.look_at) => {}
            }
            // What is read next holds all that was announced until now.
            let _ = self.published.changed().now_or_never();
            let read = self.channels.published_behind(&self.owner, &self.last).await;
            match read {
                Ok(published) => {
                    self.look_at = Instant::now() + jittered(RECONCILE_INTERVAL);
                    for (id, fields) in published {
                        if let Some(message) = fields.get("m") {
                            self.events.push_back(notice(&id, message));
                        }
                        self.last = id;
                    }
                    if self.events.is_empty() && self.sent_at.elapsed() >= MAX_SILENCE {
                        let as_of = self.channels.clock().now();
                        self.events.push_back(as_event(events::ALIVE, None, events::Alive { as_of }));
                    }
                }
                Err(_) => sleep(RETRY_INTERVAL).await,
            }
        }
    }
}

/// An event whose data is JSON already, with the id that a browser names when it comes back.
fn notice(id: &str, message: &str) -> Bytes {
    format!("id: {id}\nevent: {}\ndata: {message}\n\n", events::NOTICE).into()
}

/// Whether a text is the id of an entry of a stream. What a browser sends may be anything.
fn is_entry(text: &str) -> bool {
    let is_number = |part: &str| part.len() <= 19 && part.parse::<u64>().is_ok() && !part.starts_with('+');
    text.split_once('-').is_some_and(|(time, sequence)| is_number(time) && is_number(sequence))
}

#[cfg(test)]
mod tests {
    use super::is_entry;

    #[test]
    fn only_ids_of_entries_are_taken_over() {
        assert!(is_entry("1795597471600-0") && is_entry("0-0"));
        for bad in ["", "-", "1", "1-", "-1", "+1-0", "1-0 +", "1-2-3", "(1-0", "99999999999999999999-0"] {
            assert!(!is_entry(bad), "{bad}");
        }
    }
}
