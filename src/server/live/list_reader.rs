//! Documents of an owner with their links and numbers: what the page, the API and the stream of the list show.
//!
//! The records come from the catalogue, the numbers from the analytics: active viewers and total views of each
//! link, never a whole snapshot. What a list costs Redis depends on the rows shown, not on the catalogue.

use std::collections::{HashMap, HashSet};

use crate::{
    error::AppError,
    model::{DocumentId, DocumentList, DocumentQuery, DocumentScope, LinkCounts, LinkId, OwnerId, PAGE_SIZE},
    server::store::{
        analytics::Analytics,
        catalogue::{Catalogue, Document, Link, LinkListing, ListedDocument, Listing, Part},
        clock::Clock,
    },
};

/// How many documents are read at once where all of an owner's are asked for.
const BATCH: u64 = 500;

/// Reads lists of documents. Cheap to clone.
#[derive(Clone)]
pub struct ListReader {
    pub(super) catalogue: Catalogue,
    analytics: Analytics,
    clock: Clock,
}

/// Documents with their links and numbers.
#[derive(Clone, Default)]
pub struct DocumentRows {
    rows: Vec<Row>,
    total: u64,
    unreadable: u64,
    /// Redis did not answer for the numbers of all links.
    pub(super) lacks_counts: bool,
    /// The version of the owner's catalogue that the rows show, or an earlier one.
    pub(super) version: u64,
}

#[derive(Clone)]
struct Row {
    document: Document,
    last_view: Option<i64>,
    links: Vec<Link>,
    unreadable_links: u64,
    /// By link; a link whose numbers are not known has none.
    counts: HashMap<LinkId, LinkCounts>,
}

impl ListReader {
    /// Reads through these stores.
    pub fn new(catalogue: Catalogue, analytics: Analytics, clock: Clock) -> Self {
        Self { catalogue, analytics, clock }
    }

    /// The documents of a scope, in three round trips and bounded groups. [`AppError::DocumentNotFound`] for one
    /// document that is not the owner's. Links whose numbers cannot be read have none.
    pub async fn read(&self, owner: &OwnerId, scope: &DocumentScope) -> Result<DocumentRows, AppError> {
        let listing = match scope {
            DocumentScope::Page(query) => {
                self.catalogue.list(Some(owner), &part(query, query.offset(), PAGE_SIZE.into())).await?
            }
            DocumentScope::One(document) => self.catalogue.list_one(owner, document).await?,
        };
        self.with_links(listing).await
    }

    /// All documents that a query finds, whatever its page.
    pub async fn read_all(&self, owner: &OwnerId, query: &DocumentQuery) -> Result<DocumentRows, AppError> {
        let (mut all, mut seen) = (DocumentRows::default(), HashSet::new());
        for offset in (0..).step_by(BATCH as usize) {
            let listing = self.catalogue.list(Some(owner), &part(query, offset, BATCH)).await?;
            let read = self.with_links(listing).await?;
            // A document that was added meanwhile has moved others to the next batch.
            all.rows.extend(read.rows.into_iter().filter(|row| seen.insert(row.document.id.clone())));
            all.unreadable += read.unreadable;
            all.total = read.total;
            if offset + BATCH >= read.total {
                break;
            }
        }
        Ok(all)
    }

    async fn with_links(&self, listing: Listing) -> Result<DocumentRows, AppError> {
        let of_each: Vec<(&DocumentId, &[LinkId])> =
            listing.documents.iter().map(|listed| (&listed.document.id, &listed.links[..])).collect();
        let ids: Vec<LinkId> = of_each.iter().flat_map(|(_, links)| links.iter().cloned()).collect();
        let (links, (counts, answered)) =
            tokio::join!(self.catalogue.links_of_each(&of_each), self.counts(&ids));
        let row = |(listed, listing): (ListedDocument, LinkListing)| {
            let LinkListing { links, unreadable: unreadable_links } = listing;
            let own = links.iter().filter_map(|link| Some((link.id.clone(), *counts.get(&link.id)?)));
            let counts = own.collect();
            Row { document: listed.document, last_view: listed.last_view, links, unreadable_links, counts }
        };
        Ok(DocumentRows {
            rows: listing.documents.into_iter().zip(links?).map(row).collect(),
            total: listing.total,
            unreadable: listing.unreadable,
            lacks_counts: answered.is_err(),
            version: listing.version,
        })
    }

    /// Reads the numbers of some links of these rows again, and the last views of their documents.
    /// [`AppError::Unavailable`] where some could not be read: those stay as they were.
    pub(super) async fn refresh(
        &self,
        owner: &OwnerId,
        rows: &mut DocumentRows,
        links: &[LinkId],
    ) -> Result<(), AppError> {
        let wanted: HashSet<&LinkId> = links.iter().collect();
        let concerned: Vec<&mut Row> = rows
            .rows
            .iter_mut()
            .filter(|row| row.links.iter().any(|link| wanted.contains(&link.id)))
            .collect();
        let documents: Vec<DocumentId> = concerned.iter().map(|row| row.document.id.clone()).collect();
        let ((counts, outcome), views) =
            tokio::join!(self.counts(links), self.catalogue.last_views(owner, &documents));
        for (row, view) in concerned.into_iter().zip(views?) {
            row.last_view = view;
            for link in &row.links {
                if let Some(counts) = counts.get(&link.id) {
                    row.counts.insert(link.id.clone(), *counts);
                }
            }
        }
        outcome
    }

    /// The numbers of links as far as they can be read, and whether Redis answered for all of them.
    async fn counts(&self, links: &[LinkId]) -> (HashMap<LinkId, LinkCounts>, Result<(), AppError>) {
        let (mut counts, mut outcome) = (HashMap::new(), Ok(()));
        for (link, read) in links.iter().zip(self.analytics.counts(links).await) {
            match read {
                Ok(read) => drop(counts.insert(link.clone(), read)),
                Err(AppError::Unavailable) => outcome = Err(AppError::Unavailable),
                // Logged; a number that is damaged stays unknown.
                Err(_) => {}
            }
        }
        (counts, outcome)
    }

    /// The time of the numbers, Unix milliseconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    /// The rows as they are sent. `origin` is the scheme and host that the owner uses.
    pub fn summary(&self, rows: &DocumentRows, origin: &str) -> DocumentList {
        let now = self.clock.now();
        let documents = rows.rows.iter().map(|row| {
            let summary =
                |link: &Link| link.summary(&row.document, origin, now, row.counts.get(&link.id).copied());
            let links = row.links.iter().map(summary).collect();
            row.document.summary(links, row.unreadable_links, row.last_view)
        });
        DocumentList {
            documents: documents.collect(),
            total: rows.total,
            unreadable: rows.unreadable,
            as_of: now,
        }
    }
}

impl DocumentRows {
    /// All links of the rows.
    pub(super) fn links(&self) -> impl Iterator<Item = &LinkId> {
        self.rows.iter().flat_map(|row| row.links.iter().map(|link| &link.id))
    }

    /// When the next link of the rows expires after `now`; both in Unix milliseconds.
    pub(super) fn next_expiry(&self, now: i64) -> Option<i64> {
        let links = self.rows.iter().flat_map(|row| &row.links);
        links.filter_map(|link| link.expires_at).filter(|end| *end > now).min()
    }
}

fn part(query: &DocumentQuery, offset: u64, count: u64) -> Part<'_> {
    Part { sort: query.sort, descending: query.descending, search: &query.search, offset, count }
}
