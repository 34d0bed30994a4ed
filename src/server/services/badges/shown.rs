//! What badges showed lately, so that Redis is asked little however many look.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use moka::future::Cache;
use tokio::time::{Instant, sleep_until};

use crate::{
    error::AppError,
    model::{BadgeNumbers, LinkId},
    server::store::{badges::StoredBadge, link_keys::BADGES_CHANGED, redis::Announcements},
};

/// How old the numbers of a badge may be: however many look, Redis is asked for them once in this time for each token and
/// server. Its record may be as old where the announcement of a change is lost.
const SHOWN_FOR: Duration = Duration::from_secs(10);
/// The most badges that are kept at once.
const CAPACITY: u64 = 10_000;

/// A badge and its link.
type Found = Arc<(LinkId, StoredBadge)>;

/// Records and numbers of badges, by the digests of their tokens; also that there are none. Cheap to clone.
#[derive(Clone)]
pub struct ShownBadges {
    announcements: Announcements,
    /// Those of the current generation count: each change of any badge begins another, also for what is just being read.
    records: Cache<(u64, String), Option<Found>>,
    generation: Arc<AtomicU64>,
    numbers: Cache<String, Option<BadgeNumbers>>,
    /// Until when changes are listened to; `None`: they are not.
    listening_until: Arc<Mutex<Option<Instant>>>,
}

impl ShownBadges {
    /// Hears of changes by these announcements.
    pub fn new(announcements: Announcements) -> Self {
        Self {
            announcements,
            records: Cache::builder().max_capacity(CAPACITY).time_to_live(SHOWN_FOR).build(),
            generation: Arc::default(),
            numbers: Cache::builder().max_capacity(CAPACITY).time_to_live(SHOWN_FOR).build(),
            listening_until: Arc::default(),
        }
    }

    /// The badge of a token, as kept or as `find` finds it.
    pub(super) async fn record(
        &self,
        digest: &str,
        find: impl Future<Output = Result<Option<(LinkId, StoredBadge)>, AppError>>,
    ) -> Result<Option<Found>, AppError> {
        self.listen();
        let key = (self.generation.load(Relaxed), digest.to_owned());
        let found = self.records.try_get_with(key, async { Ok(find.await?.map(Arc::new)) }).await;
        found.map_err(|error: Arc<AppError>| AppError::clone(&error))
    }

    /// The numbers of a token's badge, as kept or as `read` reads them.
    pub(super) async fn numbers(
        &self,
        digest: &str,
        read: impl Future<Output = Result<Option<BadgeNumbers>, AppError>>,
    ) -> Result<Option<BadgeNumbers>, AppError> {
        let numbers = self.numbers.try_get_with(digest.to_owned(), read).await;
        numbers.map_err(|error| AppError::clone(&error))
    }

    /// Has every record read again.
    pub(super) fn forget_records(&self) {
        self.generation.fetch_add(1, Relaxed);
    }

    /// Listens to changes for as long as a record may be kept. A server that shows no badge has no subscription.
    fn listen(&self) {
        let until = Instant::now() + 2 * SHOWN_FOR;
        if self.until().replace(until).is_none() {
            tokio::spawn(self.clone().forget_changed());
        }
    }

    async fn forget_changed(self) {
        // Also wakes once it is subscribed: what was read before may have changed unheard.
        let mut changes = self.announcements.subscribe(BADGES_CHANGED.to_owned());
        loop {
            let until = {
                let mut until = self.until();
                match *until {
                    Some(until) if until > Instant::now() => until,
                    _ => return *until = None,
                }
            };
            tokio::select! {
                () = changes.changed() => self.forget_records(),
                () = sleep_until(until) => {}
            }
        }
    }

    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.listening_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
