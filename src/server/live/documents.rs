//! The stream of an owner's documents: one page of the list, or one document.
//!
//! Its cost to Redis is that of the rows shown. The rows are read again when the owner's catalogue changed; the
//! numbers of a link when that link announced a change, and of all rows every few seconds in case an announcement
//! was lost. The rows keep their order until the catalogue changes.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use futures::{
    FutureExt,
    stream::{FuturesUnordered, StreamExt},
};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::bytes::Bytes;

use super::{
    MIN_READ_INTERVAL, READ_INTERVAL, RETRY_INTERVAL, jittered,
    list_reader::{DocumentRows, ListReader},
    state::{MAX_SILENCE, as_event},
};
use crate::{
    error::AppError,
    model::{DocumentList, DocumentScope, LinkId, OwnerId, events, success},
    server::store::{
        catalogue::changes_channel,
        link_keys as keys,
        redis::{Announcements, Subscription},
    },
};

/// How long the first reading waits for the subscription to the owner's changes, so that the subscription does not
/// cause a second one.
const SUBSCRIBE_TIMEOUT: Duration = Duration::from_millis(100);

/// The events of one stream.
pub struct DocumentsFollower {
    reader: ListReader,
    announcements: Announcements,
    owner: OwnerId,
    scope: DocumentScope,
    origin: String,
    catalogue: Subscription,
    /// One for each link that is shown.
    links: HashMap<LinkId, Subscription>,
    rows: Option<DocumentRows>,
    pending: Pending,
    read_at: Option<Instant>,
    /// When everything shown is read again.
    reconcile_at: Instant,
    sent: Option<DocumentList>,
    trouble: Option<AppError>,
    events: VecDeque<Bytes>,
    sent_at: Instant,
}

/// What is to be read.
#[derive(Default)]
struct Pending {
    /// The rows, because the catalogue changed.
    rows: bool,
    /// The numbers of these links.
    links: HashSet<LinkId>,
    /// All numbers, and whether the catalogue changed unannounced.
    reconcile: bool,
}

impl DocumentsFollower {
    /// Follows documents of `owner`, whose browser knows the server by `origin`.
    pub fn new(
        reader: ListReader,
        announcements: Announcements,
        owner: OwnerId,
        scope: DocumentScope,
        origin: String,
    ) -> Self {
        Self {
            catalogue: announcements.subscribe(changes_channel(&owner)),
            reader,
            announcements,
            owner,
            scope,
            origin,
            links: HashMap::new(),
            rows: None,
            pending: Pending::default(),
            read_at: None,
            reconcile_at: Instant::now(),
            sent: None,
            trouble: None,
            events: VecDeque::new(),
            sent_at: Instant::now(),
        }
    }

    /// The next event. A caller that is slow gets the newest list, not every one.
    pub async fn next(&mut self) -> Bytes {
        loop {
            if let Some(event) = self.events.pop_front() {
                return event;
            }
            match self.read_at {
                Some(read_at) => {
                    self.wait().await;
                    sleep_until(read_at + MIN_READ_INTERVAL).await;
                }
                None => drop(timeout(SUBSCRIBE_TIMEOUT, self.catalogue.changed()).await),
            }
            self.read_at = Some(Instant::now());
            self.collect_announced();
            // Boxed: a list waits nearly all of its time, and then needs no room for this.
            let outcome = Box::pin(self.read()).await;
            self.tell(outcome);
        }
    }

    /// Returns when something has to be read or told.
    async fn wait(&mut self) {
        let now = self.reader.now();
        let expires_in = self.rows.as_ref().and_then(|rows| rows.next_expiry(now)).map(|end| end - now);
        let wake_at = match expires_in {
            Some(ms) => self.reconcile_at.min(Instant::now() + Duration::from_millis(ms.max(0) as u64)),
            None => self.reconcile_at,
        };
        let mut announced: FuturesUnordered<_> = self
            .links
            .iter_mut()
            .map(|(link, subscription)| async move {
                subscription.changed().await;
                link
            })
            .collect();
        tokio::select! {
            () = self.catalogue.changed() => self.pending.rows = true,
            Some(link) = announced.next() => drop(self.pending.links.insert(link.clone())),
            () = sleep_until(wake_at) => {}
        }
    }

    /// What was announced until now will be in what is read next.
    fn collect_announced(&mut self) {
        self.pending.rows |= self.rows.is_none() || self.catalogue.changed().now_or_never().is_some();
        for (link, subscription) in &mut self.links {
            if subscription.changed().now_or_never().is_some() {
                self.pending.links.insert(link.clone());
            }
        }
        self.pending.reconcile |= Instant::now() >= self.reconcile_at;
    }

    async fn read(&mut self) -> Result<(), AppError> {
        let pending = std::mem::take(&mut self.pending);
        let outcome = self.read_pending(&pending).await;
        if outcome.is_err() {
            self.pending = Pending { reconcile: true, ..pending };
            self.reconcile_at = Instant::now() + RETRY_INTERVAL;
        } else if pending.rows || pending.reconcile {
            self.reconcile_at = Instant::now() + jittered(READ_INTERVAL);
        }
        outcome
    }

    async fn read_pending(&mut self, pending: &Pending) -> Result<(), AppError> {
        let Some(rows) = self.rows.as_mut().filter(|_| !pending.rows) else {
            return self.read_rows().await;
        };
        if pending.reconcile {
            if self.reader.catalogue.version(&self.owner).await? != rows.version {
                return self.read_rows().await;
            }
            let all: Vec<LinkId> = rows.links().cloned().collect();
            return self.reader.refresh(&self.owner, rows, &all).await;
        }
        let links: Vec<LinkId> = pending.links.iter().cloned().collect();
        if links.is_empty() {
            return Ok(());
        }
        self.reader.refresh(&self.owner, rows, &links).await
    }

    async fn read_rows(&mut self) -> Result<(), AppError> {
        let rows = match self.reader.read(&self.owner, &self.scope).await {
            // Deleted while it is shown.
            Err(AppError::DocumentNotFound) => DocumentRows::default(),
            rows => rows?,
        };
        let shown: HashSet<&LinkId> = rows.links().collect();
        self.links.retain(|link, _| shown.contains(link));
        for link in shown {
            if !self.links.contains_key(link) {
                self.links.insert(link.clone(), self.announcements.subscribe(keys::live(link)));
            }
        }
        let lacks_counts = rows.lacks_counts;
        self.rows = Some(rows);
        if lacks_counts { Err(AppError::Unavailable) } else { Ok(()) }
    }

    /// Notes down the events that are due after a reading.
    fn tell(&mut self, outcome: Result<(), AppError>) {
        let before = std::mem::replace(&mut self.trouble, outcome.err());
        let list = self.rows.as_ref().map(|rows| self.reader.summary(rows, &self.origin));
        let as_of = self.reader.now();
        if let Some(list) = list {
            let is_new = !self.sent.as_ref().is_some_and(|sent| says_the_same(sent, &list));
            if is_new || (before.is_some() && self.trouble.is_none()) {
                self.events.push_back(as_event(events::DOCUMENTS, Some(list.as_of), success(&list)));
                self.sent = Some(list);
            }
        }
        let is_quiet = self.events.is_empty() && self.sent_at.elapsed() >= MAX_SILENCE;
        match &self.trouble {
            Some(error) if is_quiet || self.trouble != before => {
                self.events.push_back(as_event(events::TROUBLE, None, error.envelope()));
            }
            None if is_quiet => self.events.push_back(as_event(events::ALIVE, None, events::Alive { as_of })),
            _ => {}
        }
        if !self.events.is_empty() {
            self.sent_at = Instant::now();
        }
    }
}

/// Whether two lists differ in nothing but their time.
fn says_the_same(a: &DocumentList, b: &DocumentList) -> bool {
    (a.total, a.unreadable, &a.documents) == (b.total, b.unreadable, &b.documents)
}
