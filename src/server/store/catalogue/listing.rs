//! Documents and links as lists: an owner's documents, page by page, and the links of documents.
//!
//! A damaged record is logged with its key, passed over and counted; it never ends a list.

use std::{collections::HashSet, time::Duration};

use redis::{Cmd, cmd};

use super::{
    Catalogue, Document, Link, document_key,
    index::{Entry, Part, fold, names_key, view_time},
    link_key, links_key, owner_key,
    record::Fields,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, OwnerId},
};

/// How often a page is asked for while the index is brought up to date.
const ATTEMPTS: u32 = 3;

/// How long a new document may be in the index without a record: it is put there first, and its record may be on its
/// way while a list is read.
const ENTERING_TIMEOUT: Duration = Duration::from_secs(60);

/// A part of an owner's documents.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The documents, in the order asked for.
    pub documents: Vec<ListedDocument>,
    /// How many documents there are on all pages together.
    pub total: u64,
    /// How many of this part have a damaged record.
    pub unreadable: u64,
    /// What [`Catalogue::version`] was before.
    pub version: u64,
}

/// A document in a list.
#[derive(Clone, Debug)]
pub struct ListedDocument {
    /// The document.
    pub document: Document,
    /// When one of its links was last viewed, Unix milliseconds.
    pub last_view: Option<i64>,
    /// Its links, in no order. Some may be gone: [`Catalogue::links`] tells.
    pub links: Vec<LinkId>,
}

/// The links of a document.
#[derive(Clone, Debug, Default)]
pub struct LinkListing {
    /// The links, the newest first.
    pub links: Vec<Link>,
    /// How many have a damaged record.
    pub unreadable: u64,
}

impl Catalogue {
    /// A part of an owner's documents, in two round trips.
    pub async fn list(&self, owner: Option<&OwnerId>, part: &Part<'_>) -> Result<Listing, AppError> {
        let (total, version, ids, entries, views) = self.indexed(owner, part).await?;
        let ids = ids.iter().map(|id| id.parse()).collect::<Result<Vec<DocumentId>, _>>()?;
        let (records, links) = tokio::join!(self.records(&ids), self.link_ids(&ids));
        let mut listing = Listing { total, version, ..Listing::default() };
        let (mut gone, mut renamed) = (Vec::new(), Vec::new());
        let read = ids.iter().zip(records).zip(links).zip(entries).zip(views);
        for ((((id, record), links), entry), view) in read {
            match record {
                Ok(Some(document)) if document.owner.as_ref() == owner => {
                    let now = Entry::of(&document);
                    if entry.as_ref() != Some(&now.by_name()) {
                        renamed.push(now);
                    }
                    let links = links?;
                    listing.documents.push(ListedDocument { document, last_view: view_time(view), links });
                }
                Ok(_) => gone.push(id.as_str()),
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(_) => listing.unreadable += 1,
            }
        }
        listing.total = listing.total.saturating_sub(gone.len() as u64);
        // What fails now is done by the next reader.
        if !gone.is_empty() {
            let _ = self.remove_from_index(owner, &gone, ENTERING_TIMEOUT).await;
        }
        if !renamed.is_empty() {
            let _ = self.put_in_index(owner, &renamed, false).await;
        }
        Ok(listing)
    }

    /// One document of an owner as in a list; [`AppError::DocumentNotFound`].
    pub async fn list_one(&self, owner: &OwnerId, id: &DocumentId) -> Result<Listing, AppError> {
        let ids = [id.clone()];
        let version = self.version(owner).await?;
        let (document, mut links, views) =
            tokio::join!(self.document(id), self.link_ids(&ids), self.last_views(owner, &ids));
        let document = document?;
        if document.owner.as_ref() != Some(owner) {
            return Err(AppError::DocumentNotFound);
        }
        let links = links.pop().unwrap_or(Ok(Vec::new()))?;
        let last_view = views?.pop().flatten();
        let documents = vec![ListedDocument { document, last_view, links }];
        Ok(Listing { documents, total: 1, unreadable: 0, version })
    }

    /// A page of the index, which is built where it lacks documents: a server of the version before, or a data
    /// folder that it wrote, has only the set.
    async fn indexed(
        &self,
        owner: Option<&OwnerId>,
        part: &Part<'_>,
    ) -> Result<(u64, u64, Vec<String>, Vec<Option<String>>, Vec<Option<f64>>), AppError> {
        for _ in 0..ATTEMPTS {
            let (total, version, ids, entries, views) = self.page_of_index(owner, part).await?;
            if let Ok(total) = u64::try_from(total) {
                return Ok((total, version, ids, entries, views));
            }
            self.build_index(owner).await?;
        }
        tracing::error!(key = owner_key(owner), "the index of an owner's documents cannot be completed");
        Err(AppError::Unavailable)
    }

    /// Puts every document of the set into the index that is not there yet, and removes from both what has no
    /// record. Several servers may do so at once. Of a damaged record the index says what can be read.
    async fn build_index(&self, owner: Option<&OwnerId>) -> Result<(), AppError> {
        // Before the set: a document that is added meanwhile is in neither answer, or in the second.
        let indexed: Vec<String> = self.redis.query(cmd("HKEYS").arg(names_key(owner))).await?;
        let named: HashSet<String> = self.redis.query(cmd("SMEMBERS").arg(owner_key(owner))).await?;
        let mut gone: Vec<&str> =
            indexed.iter().map(String::as_str).filter(|id| !named.contains(*id)).collect();
        let mut ids: Vec<DocumentId> = Vec::new();
        for name in &named {
            match name.parse() {
                Ok(id) => ids.push(id),
                Err(_) => gone.push(name),
            }
        }
        let commands: Vec<_> = ids
            .iter()
            .map(|id| command("HMGET", &document_key(id), &["owner", "title", "created"]))
            .collect();
        let answers = self.redis.query_many::<[Option<String>; 3]>(&commands).await;
        let mut entries = Vec::new();
        for (id, answer) in ids.iter().zip(answers) {
            let (title, created) = match answer {
                Ok([of, title, created])
                    if of.as_deref() == Some(owner.map_or("", |owner| owner.as_str())) =>
                {
                    (title, created)
                }
                Ok(_) => {
                    gone.push(id.as_str());
                    continue;
                }
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(_) => (None, None),
            };
            entries.push(Entry {
                id: id.clone(),
                created_at: created.and_then(|time| time.parse().ok()).unwrap_or(0),
                folded_title: fold(&title.unwrap_or_default()),
            });
        }
        self.put_in_index(owner, &entries, true).await?;
        self.remove_from_index(owner, &gone, ENTERING_TIMEOUT).await
    }

    /// All documents of an owner, the newest first; without an owner, those that have none. Documents with a
    /// damaged record are passed over.
    pub async fn documents_of(&self, owner: Option<&OwnerId>) -> Result<Vec<Document>, AppError> {
        let ids: Vec<DocumentId> = self.members(&owner_key(owner)).await?;
        let mut documents = Vec::new();
        for record in self.records(&ids).await {
            match record {
                Ok(document) => documents.extend(document),
                Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                Err(_) => {}
            }
        }
        documents.retain(|document| document.owner.as_ref() == owner);
        documents.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
        Ok(documents)
    }

    /// The links of a document, the newest first. Links with a damaged record are passed over.
    pub async fn links_of(&self, document: &DocumentId) -> Result<Vec<Link>, AppError> {
        let ids: Vec<LinkId> = self.members(&links_key(document)).await?;
        Ok(self.links(document, &ids).await?.links)
    }

    /// Those of these links that belong to a document, the newest first.
    pub async fn links(&self, document: &DocumentId, ids: &[LinkId]) -> Result<LinkListing, AppError> {
        let listings = self.links_of_each(&[(document, ids)]).await?;
        Ok(listings.into_iter().next().unwrap_or_default())
    }

    /// The same for several documents.
    pub async fn links_of_each(
        &self,
        documents: &[(&DocumentId, &[LinkId])],
    ) -> Result<Vec<LinkListing>, AppError> {
        let keys: Vec<String> = documents.iter().flat_map(|(_, ids)| ids.iter().map(link_key)).collect();
        let mut answers = self.hashes(&keys).await.into_iter();
        let mut listings = Vec::with_capacity(documents.len());
        for (document, ids) in documents {
            let mut listing = LinkListing::default();
            for id in *ids {
                let read = match answers.next().unwrap_or(Ok(Fields::new())) {
                    Ok(fields) if fields.is_empty() => continue,
                    Ok(fields) => Link::read(id, &fields),
                    Err(error) => Err(error),
                };
                match read {
                    Ok(link) if link.document == **document => listing.links.push(link),
                    Ok(_) => {}
                    Err(AppError::Unavailable) => return Err(AppError::Unavailable),
                    Err(_) => listing.unreadable += 1,
                }
            }
            listing.links.sort_by(|a, b| (b.created_at, &a.id).cmp(&(a.created_at, &b.id)));
            listings.push(listing);
        }
        Ok(listings)
    }

    /// The records of documents; `None` where there is none.
    async fn records(&self, ids: &[DocumentId]) -> Vec<Result<Option<Document>, AppError>> {
        let keys: Vec<String> = ids.iter().map(document_key).collect();
        let read = |(id, answer): (&DocumentId, Result<Fields, AppError>)| match answer? {
            fields if fields.is_empty() => Ok(None),
            fields => Document::read(id, &fields).map(Some),
        };
        ids.iter().zip(self.hashes(&keys).await).map(read).collect()
    }

    async fn link_ids(&self, documents: &[DocumentId]) -> Vec<Result<Vec<LinkId>, AppError>> {
        let commands: Vec<_> =
            documents.iter().map(|document| command("SMEMBERS", &links_key(document), &[])).collect();
        let answers = self.redis.query_many::<Vec<String>>(&commands).await;
        let read = |members: Vec<String>| members.iter().filter_map(|id| id.parse().ok()).collect();
        answers.into_iter().map(|answer| answer.map(read)).collect()
    }

    async fn hashes(&self, keys: &[String]) -> Vec<Result<Fields, AppError>> {
        let commands: Vec<_> = keys.iter().map(|key| command("HGETALL", key, &[])).collect();
        let answers = self.redis.query_many(&commands).await;
        for (key, answer) in keys.iter().zip(&answers) {
            if answer == &Err(AppError::Internal) {
                tracing::error!(key, "a key in Redis holds something else than a record");
            }
        }
        answers
    }
}

fn command(name: &str, key: &str, arguments: &[&str]) -> Cmd {
    let mut command = cmd(name);
    command.arg(key).arg(arguments);
    command
}
