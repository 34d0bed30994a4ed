//! Live numbers: one reader per link, many dashboards.
//!
//! Belongs here: what is pushed, and when. May import `store`, `model` and `error`. Never a service or HTTP.
//!
//! While anybody watches a link, one task reads its snapshot: when a change is announced, and every few seconds
//! in case an announcement was lost. Dashboards hold the receiving end of a `watch`: state, not events, so a slow
//! one skips to the newest and holds nobody back. What a link costs Redis does not depend on how many watch it.

mod documents;
mod follower;
mod shared;
mod state;

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::FutureExt;
use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};

pub use self::{
    documents::DocumentsFollower,
    follower::Follower,
    shared::{SharedSnapshot, SharedSnapshots},
    state::{LiveState, RECONNECT_AFTER, as_event},
};
use super::store::{
    analytics::{Analytics, keys},
    redis::Announcements,
};
use crate::model::{LinkId, ViewerLimit};

/// The least time between two readings of a link: at most four a second, however much happens.
pub const PACE: Duration = Duration::from_millis(250);
/// How long a picture stands unread at most, give or take a fifth: a lost announcement costs no more.
const RECONCILE: Duration = Duration::from_secs(5);
/// How soon a failed reading is repeated.
const RETRY: Duration = Duration::from_millis(500);
/// How long a link is read on after its last dashboard has gone: most come back, a reload at once.
const LINGER: Duration = Duration::from_secs(30);

/// The readers of all links that are watched. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    analytics: Analytics,
    announcements: Announcements,
    readers: Arc<Mutex<HashMap<LinkId, Arc<Reader>>>>,
}

/// What dashboards share with the task that reads for them.
struct Reader {
    news: watch::Sender<LiveState>,
    /// A dashboard has come.
    watched: Notify,
}

impl Live {
    /// Reads through `analytics` when `announcements` say so.
    pub fn new(analytics: Analytics, announcements: Announcements) -> Self {
        Self { analytics, announcements, readers: Arc::default() }
    }

    /// What is known of a link, from now on. The first who asks starts its reader; the link must exist.
    pub fn watch(&self, link: &LinkId) -> watch::Receiver<LiveState> {
        let mut readers = self.readers();
        let reader = readers.entry(link.clone()).or_insert_with(|| {
            let reader = Arc::new(Reader { news: watch::Sender::default(), watched: Notify::new() });
            tokio::spawn(self.clone().read(link.clone(), reader.clone()));
            reader
        });
        reader.watched.notify_one();
        reader.news.subscribe()
    }

    /// Reads a link until nobody watches it any more.
    async fn read(self, link: LinkId, reader: Arc<Reader>) {
        let mut subscription = self.announcements.subscribe(keys::live(&link));
        // One future for the whole life: its half minute must not begin anew with each reading.
        let mut deserted = pin!(self.deserted(&link, &reader));
        loop {
            // What was announced until now will be in the picture.
            let _ = subscription.changed().now_or_never();
            let began = Instant::now();
            let picture = self.analytics.snapshot(&link, ViewerLimit::default()).await;
            let wait = if picture.is_ok() { jittered(RECONCILE) } else { RETRY };
            reader.news.send_if_modified(|news| news.take_in(picture));
            let due = async {
                tokio::select! {
                    () = subscription.changed() => {}
                    () = sleep(wait) => {}
                }
                sleep_until(began + PACE).await;
            };
            tokio::select! {
                () = due => {}
                () = &mut deserted => return,
            }
        }
    }

    /// Returns when nobody has watched for [`LINGER`]; the link has no reader then.
    async fn deserted(&self, link: &LinkId, reader: &Reader) {
        loop {
            reader.news.closed().await;
            tokio::select! {
                () = sleep(LINGER) => {}
                () = reader.watched.notified() => continue,
            }
            // Under the lock, nobody can come in between.
            let mut readers = self.readers();
            if reader.news.is_closed() {
                readers.remove(link);
                return;
            }
        }
    }

    fn readers(&self) -> MutexGuard<'_, HashMap<LinkId, Arc<Reader>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time that differs from reader to reader, so that not all of them ask at once.
fn jittered(time: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    time.mul_f64(0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{analytics::Rules, catalogue, clock::Clock, redis::Redis};

    /// Nothing listens there; readers run all the same.
    const NOBODY: &str = "redis+unix:///nowhere/redis.sock";

    fn live() -> Live {
        let redis = Redis::new(NOBODY).expect("an address");
        let analytics = Analytics::new(redis, Clock::redis(), Rules::default(), catalogue::link_key);
        Live::new(analytics, Announcements::new(NOBODY).expect("an address"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_link_is_let_go_half_a_minute_after_its_last_dashboard_whoever_came_before() {
        let (live, link) = (live(), "a".parse().expect("a link id"));
        let second = Duration::from_secs(1);
        let first = live.watch(&link);
        sleep(100 * second).await;
        drop(first);
        sleep(20 * second).await;
        let again = live.watch(&link);
        assert_eq!(live.readers().len(), 1, "the same reader");
        sleep(100 * second).await;
        drop(again);
        sleep(29 * second).await;
        assert_eq!(live.readers().len(), 1);
        sleep(2 * second).await;
        assert_eq!(live.readers().len(), 0);
    }
}
