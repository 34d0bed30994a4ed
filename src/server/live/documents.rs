//! The list of documents as it changes: one dashboard's place at the news of all links of an owner.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout_at},
};
use tokio_util::bytes::Bytes;

use super::{
    Live, MIN_READ_INTERVAL,
    state::{LiveState, MAX_SILENCE, as_event},
};
use crate::{
    error::AppError,
    model::{DocumentList, DocumentSummary, LinkId, OwnerId, events, success},
    server::store::{
        catalogue::{Catalogue, Document, Link},
        clock::Clock,
        redis::REQUEST_TIMEOUT,
    },
};

/// How soon a document or link that was added or taken away meanwhile is noticed.
const RELIST: Duration = Duration::from_secs(5);

/// Makes one stream of lists from the news of all links that somebody may see. Their readers are the ones that
/// single dashboards use; only the rows are put into words for each list, as everybody sees others.
pub struct DocumentsFollower {
    live: Live,
    catalogue: Catalogue,
    clock: Clock,
    owner: OwnerId,
    origin: String,
    watched: HashMap<LinkId, watch::Receiver<LiveState>>,
    looked_at: Option<Instant>,
    documents: Option<Vec<DocumentSummary>>,
    trouble: Option<AppError>,
    due: VecDeque<Bytes>,
    told_at: Instant,
}

impl DocumentsFollower {
    /// Follows all documents of `owner`, whose browser knows the server by `origin`. Starts a reader for every link
    /// that has none.
    pub fn new(live: Live, catalogue: Catalogue, clock: Clock, owner: OwnerId, origin: String) -> Self {
        Self {
            live,
            catalogue,
            clock,
            owner,
            origin,
            watched: HashMap::new(),
            looked_at: None,
            documents: None,
            trouble: None,
            due: VecDeque::new(),
            told_at: Instant::now(),
        }
    }

    /// The next event. Whoever asks late gets the newest list, not the next.
    pub async fn next(&mut self) -> Bytes {
        loop {
            if let Some(event) = self.due.pop_front() {
                return event;
            }
            if let Some(looked_at) = self.looked_at {
                self.change().await;
                sleep_until(looked_at + MIN_READ_INTERVAL).await;
            }
            self.looked_at = Some(Instant::now());
            self.look().await;
        }
    }

    /// Returns when a link has news, or may have come or gone.
    async fn change(&mut self) {
        let mut changes: FuturesUnordered<_> = self.watched.values_mut().map(|news| news.changed()).collect();
        tokio::select! {
            Some(_) = changes.next() => {}
            () = sleep(RELIST) => {}
        }
    }

    /// Looks at all documents, and notes down what has to be said.
    async fn look(&mut self) {
        let before = self.trouble.take();
        let documents = match self.rows().await {
            Ok(documents) => Some(documents),
            Err(error) => {
                self.trouble = Some(error);
                self.documents.clone()
            }
        };
        let as_of = self.clock.now();
        if let Some(documents) = &documents
            && (self.documents.as_ref() != Some(documents) || (before.is_some() && self.trouble.is_none()))
        {
            let list = DocumentList { documents: documents.clone(), as_of };
            self.due.push_back(as_event(events::DOCUMENTS, Some(as_of), success(list)));
        }
        self.documents = documents;
        let is_quiet = self.due.is_empty() && self.told_at.elapsed() >= MAX_SILENCE;
        match &self.trouble {
            Some(error) if is_quiet || self.trouble != before => {
                self.due.push_back(as_event(events::TROUBLE, None, error.envelope()));
            }
            None if is_quiet => self.due.push_back(as_event(events::ALIVE, None, events::Alive { as_of })),
            _ => {}
        }
        if !self.due.is_empty() {
            self.told_at = Instant::now();
        }
    }

    /// The rows with the latest numbers. Where a link has none newer, there is trouble, and the last ones stand.
    async fn rows(&mut self) -> Result<Vec<DocumentSummary>, AppError> {
        let documents = self.documents().await?;
        let there: HashSet<&LinkId> =
            documents.iter().flat_map(|(_, links)| links.iter().map(|link| &link.id)).collect();
        self.watched.retain(|watched, _| there.contains(watched));
        let patience = Instant::now() + 2 * REQUEST_TIMEOUT;
        let mut rows = Vec::new();
        for (document, links) in &documents {
            let mut link_rows = Vec::new();
            for link in links {
                let watch = || self.live.watch(&link.id);
                let news = self.watched.entry(link.id.clone()).or_insert_with(watch);
                // A reader that has just begun is waited for, so that no list begins with dashes.
                let _ = timeout_at(patience, news.wait_for(LiveState::is_known)).await;
                let news = news.borrow_and_update();
                if news.trouble_event.is_some() {
                    self.trouble = Some(AppError::Unavailable);
                }
                let metrics = news.snapshot.as_ref().map(|snapshot| &snapshot.metrics);
                link_rows.push(link.summary(document, &self.origin, self.clock.now(), metrics));
            }
            rows.push(document.summary(link_rows));
        }
        Ok(rows)
    }

    async fn documents(&self) -> Result<Vec<(Document, Vec<Link>)>, AppError> {
        let mut found = Vec::new();
        for document in self.catalogue.documents_of(Some(&self.owner)).await? {
            let links = self.catalogue.links_of(&document.id).await?;
            found.push((document, links));
        }
        Ok(found)
    }
}
