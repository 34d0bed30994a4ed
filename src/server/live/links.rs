//! The list of links as it changes: one dashboard's place at the news of all links.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use axum::body::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use super::{
    PACE,
    news::{News, QUIET, as_event},
};
use crate::{
    error::AppError,
    model::{LinkId, LinkList, LinkSummary, events},
    server::{
        AppState,
        envelope::{failure, success},
        operations::Asker,
        redis::PATIENCE,
    },
};

/// How soon a link that was shared or taken away meanwhile is noticed.
const RELIST: Duration = Duration::from_secs(5);

/// Makes one stream of lists from the news of all links that somebody may see. Their readers are the ones that
/// single dashboards use; only the rows are put into words for each list, as everybody sees others.
pub struct LinksFollower {
    app: AppState,
    asker: Asker,
    watched: HashMap<LinkId, watch::Receiver<News>>,
    looked_at: Option<Instant>,
    links: Option<Vec<LinkSummary>>,
    trouble: Option<AppError>,
    due: VecDeque<Bytes>,
    told_at: Instant,
}

impl LinksFollower {
    /// Starts a reader for every link that has none.
    pub fn new(app: AppState, asker: Asker) -> Self {
        Self {
            app,
            asker,
            watched: HashMap::new(),
            looked_at: None,
            links: None,
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
                sleep_until(looked_at + PACE).await;
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

    /// Looks at all links, and notes down what has to be said.
    async fn look(&mut self) {
        let before = self.trouble.take();
        let links = match self.rows().await {
            Ok(links) => Some(links),
            Err(error) => {
                self.trouble = Some(error);
                self.links.clone()
            }
        };
        let as_of = self.app.analytics.clock().now();
        if let Some(links) = &links
            && (self.links.as_ref() != Some(links) || (before.is_some() && self.trouble.is_none()))
        {
            let list = LinkList { links: links.clone(), as_of };
            self.due.push_back(as_event(events::LINKS, Some(as_of), success(list)));
        }
        self.links = links;
        let is_quiet = self.due.is_empty() && self.told_at.elapsed() >= QUIET;
        match &self.trouble {
            Some(error) if is_quiet || self.trouble != before => {
                self.due.push_back(as_event(events::TROUBLE, None, failure(error)));
            }
            None if is_quiet => self.due.push_back(as_event(events::ALIVE, None, events::Alive { as_of })),
            _ => {}
        }
        if !self.due.is_empty() {
            self.told_at = Instant::now();
        }
    }

    /// The rows with the latest numbers. Where a link has none newer, there is trouble, and the last ones stand.
    async fn rows(&mut self) -> Result<Vec<LinkSummary>, AppError> {
        let documents = self.app.visible_documents(&self.asker).await?;
        self.watched.retain(|watched, _| documents.iter().any(|(link, _)| link == watched));
        let patience = Instant::now() + 2 * PATIENCE;
        let mut rows = Vec::new();
        for (link, document) in documents {
            let news = self.watched.entry(link.clone()).or_insert_with(|| self.app.live.watch(&link));
            // A reader that has just begun is waited for, so that no list begins with dashes.
            let _ = timeout_at(patience, news.wait_for(News::is_known)).await;
            let news = news.borrow_and_update();
            if news.trouble.is_some() {
                self.trouble = Some(AppError::Unavailable);
            }
            let metrics = news.snapshot.as_ref().map(|snapshot| &snapshot.metrics);
            rows.push(self.asker.summary(link, &document, metrics));
        }
        Ok(rows)
    }
}
