//! Live updates: one reader per link, many dashboards.
//!
//! Belongs here: what is pushed to dashboards, and when. May import `store`, `model` and `error`. Never services or
//! HTTP.
//!
//! While a dashboard watches a link, one task, its reader, reads snapshots: when a change is announced, and every few
//! seconds in case an announcement was lost. Each dashboard holds a receiver of a `watch` channel, which carries the
//! latest state, not events: a slow dashboard skips to the newest state and delays no other. What a link costs Redis does
//! not depend on the number of its dashboards.

mod badge;
mod documents;
mod follower;
mod list_reader;
mod notices;
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
    badge::BadgeFollower,
    documents::DocumentsFollower,
    follower::Follower,
    list_reader::{DocumentRows, ListReader},
    notices::NoticesFollower,
    shared::{SharedSnapshot, SharedSnapshots},
    state::{LiveState, RECONNECT_DELAY, as_event},
};
use super::store::{analytics::Analytics, link_keys as keys, redis::Announcements};
use crate::model::{LinkId, ViewerLimit};

/// The minimum time between two snapshots of a link: at most four a second, however much happens.
pub const MIN_READ_INTERVAL: Duration = Duration::from_millis(250);
/// How often a snapshot is read without an announcement, give or take a fifth. Bounds the delay that a lost announcement
/// causes.
const READ_INTERVAL: Duration = Duration::from_secs(5);
/// How soon a snapshot is read again after a failure.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// How long a reader runs after its last dashboard has closed. A reload opens it again at once.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The readers of all watched links. Cheap to clone.
#[derive(Clone)]
pub struct Live {
    analytics: Analytics,
    announcements: Announcements,
    readers: Arc<Mutex<Readers>>,
}

/// By link, and by how many viewers the dashboards list.
type Readers = HashMap<(LinkId, ViewerLimit), Arc<Reader>>;

/// What a reader's task shares with the dashboards of its link.
struct Reader {
    state: watch::Sender<LiveState>,
    /// Notified when a dashboard opens.
    dashboard_opened: Notify,
}

impl Live {
    /// Readers that read through `analytics` when `announcements` arrive.
    pub fn new(analytics: Analytics, announcements: Announcements) -> Self {
        Self { analytics, announcements, readers: Arc::default() }
    }

    /// How many links are read.
    pub fn count(&self) -> usize {
        self.readers().len()
    }

    /// The states of a link from now on, with at most `limit` viewers. Starts the reader of the link unless it runs; the
    /// link must exist.
    pub fn watch(&self, link: &LinkId, limit: ViewerLimit) -> watch::Receiver<LiveState> {
        let mut readers = self.readers();
        let key = (link.clone(), limit);
        let reader = readers.entry(key.clone()).or_insert_with(|| {
            let reader =
                Arc::new(Reader { state: watch::Sender::default(), dashboard_opened: Notify::new() });
            tokio::spawn(self.clone().read(key, reader.clone()));
            reader
        });
        reader.dashboard_opened.notify_one();
        reader.state.subscribe()
    }

    /// Reads snapshots of a link while a dashboard watches it.
    async fn read(self, key: (LinkId, ViewerLimit), reader: Arc<Reader>) {
        let (link, limit) = &key;
        let mut subscription = self.announcements.subscribe(keys::live(link));
        // One future for all rounds: the half minute must not start again with each snapshot.
        let mut idle = pin!(self.remove_when_idle(&key, &reader));
        loop {
            // The next snapshot contains all changes that were announced until now.
            let _ = subscription.changed().now_or_never();
            let began = Instant::now();
            let snapshot = self.analytics.snapshot(link, *limit).await;
            let wait = if snapshot.is_ok() { jittered(READ_INTERVAL) } else { RETRY_INTERVAL };
            reader.state.send_if_modified(|state| state.apply(snapshot));
            let due = async {
                tokio::select! {
                    () = subscription.changed() => {}
                    () = sleep(wait) => {}
                }
                sleep_until(began + MIN_READ_INTERVAL).await;
            };
            tokio::select! {
                () = due => {}
                () = &mut idle => return,
            }
        }
    }

    /// Removes the reader when no dashboard has watched for [`IDLE_TIMEOUT`], and returns then.
    async fn remove_when_idle(&self, key: &(LinkId, ViewerLimit), reader: &Reader) {
        loop {
            reader.state.closed().await;
            tokio::select! {
                () = sleep(IDLE_TIMEOUT) => {}
                () = reader.dashboard_opened.notified() => continue,
            }
            // No dashboard can open while the lock is held.
            let mut readers = self.readers();
            if reader.state.is_closed() {
                readers.remove(key);
                return;
            }
        }
    }

    fn readers(&self) -> MutexGuard<'_, Readers> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time within a fifth of `time`, so that not all readers ask Redis at once.
fn jittered(time: Duration) -> Duration {
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    time.mul_f64(0.8 + 0.4 * f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{analytics::Rules, catalogue, clock::Clock, redis::Redis};

    /// No Redis listens there; readers run without one.
    const NO_REDIS: &str = "redis+unix:///nowhere/redis.sock";

    fn live() -> Live {
        let redis = Redis::new(NO_REDIS, Duration::from_secs(1)).expect("an address");
        let analytics = Analytics::new(redis, Clock::redis(), Rules::default(), catalogue::link_key);
        Live::new(analytics, Announcements::new(NO_REDIS).expect("an address"))
    }

    #[tokio::test(start_paused = true)]
    async fn reader_ends_half_a_minute_after_its_last_dashboard() {
        let (live, link) = (live(), "a".parse().expect("a link id"));
        let second = Duration::from_secs(1);
        let first = live.watch(&link, ViewerLimit::default());
        sleep(100 * second).await;
        drop(first);
        sleep(20 * second).await;
        let again = live.watch(&link, ViewerLimit::default());
        assert_eq!(live.readers().len(), 1, "the same reader");
        sleep(100 * second).await;
        drop(again);
        sleep(29 * second).await;
        assert_eq!(live.readers().len(), 1);
        sleep(2 * second).await;
        assert_eq!(live.readers().len(), 0);
    }
}
