//! Marks links with the events that their owner's channels want, so that a join of a link without any costs nothing more.
//!
//! Mail needs no mark: a link whose record says nothing of it wants it, so that links are in from the moment that the server
//! sends mail. Only that an owner wants none for any of their links is marked, by a hyphen.

use crate::{
    error::AppError,
    model::{DocumentId, LinkId, NoticeKind, OwnerId, VisitMails},
    server::store::{
        catalogue::{Catalogue, Document, Link},
        channels::{ChannelStore, Channels},
    },
};

/// How many links are marked at once.
const BATCH: usize = 500;
/// How long a server may take to mark all links of an owner, in milliseconds, until another one does it.
const MARKING_TIME: i64 = 60_000;

/// Marks links. Cheap to clone.
#[derive(Clone)]
pub struct Marking {
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) channels: ChannelStore,
}

impl Marking {
    /// Has the links of an owner marked anew in any case, also if this server dies before it has done so.
    pub async fn plan(&self, owner: &OwnerId) -> Result<(), AppError> {
        let at = self.channels.clock().now() + MARKING_TIME;
        self.channels.marking.note_at_latest(owner.as_str(), at).await
    }

    /// Marks all links of an owner.
    pub async fn mark_all(&self, owner: &OwnerId) -> Result<(), AppError> {
        let channels = self.channels.of_owner(owner).await?;
        let mut marks: Vec<(LinkId, String)> = Vec::new();
        for document in self.catalogue.document_ids_of(Some(owner)).await? {
            let letters = letters(&channels, &document);
            let links = self.catalogue.link_ids_of(&document).await?;
            marks.extend(links.into_iter().map(|link| (link, letters.clone())));
            if marks.len() >= BATCH {
                self.catalogue.mark_links(&std::mem::take(&mut marks), channels.generation).await?;
            }
        }
        self.catalogue.mark_links(&marks, channels.generation).await
    }

    /// Marks a link that was made just now. Its record is there: a change of the channels from now on finds it.
    pub async fn mark_new(&self, link: &Link, document: &Document) -> Result<(), AppError> {
        let Some(owner) = &document.owner else { return Ok(()) };
        let channels = self.channels.of_owner(owner).await?;
        if channels.channels.is_empty() && channels.mails.on {
            return Ok(());
        }
        let mark = (link.id.clone(), letters(&channels, &document.id));
        self.catalogue.mark_links(&[mark], channels.generation).await
    }

    /// What a new link of a document begins with.
    pub async fn mails_of_new_links(&self, document: &Document) -> Result<VisitMails, AppError> {
        match &document.owner {
            Some(owner) => Ok(self.channels.of_owner(owner).await?.mails.new_links),
            None => Ok(VisitMails::default()),
        }
    }

    /// Marks the links of owners for whom that was planned, `most` at most. Returns on how many it looked.
    pub async fn mark_due(&self, most: usize) -> Result<usize, AppError> {
        let due = self.channels.marking.take(self.channels.clock().now(), most).await?;
        for due in &due {
            let marked = async {
                self.mark_all(&due.name.parse()?).await?;
                self.channels.marking.settle(due, None).await
            };
            if let Err(error) = marked.await {
                tracing::error!(owner = due.name, %error, "the links of an owner are not marked with their events");
            }
        }
        Ok(due.len())
    }
}

fn letters(channels: &Channels, document: &DocumentId) -> String {
    let hearing = channels.channels.iter().filter(|channel| channel.hears_of(document));
    let letters = NoticeKind::letters(hearing.flat_map(|channel| channel.events.iter().copied()));
    if channels.mails.on { letters } else { letters + "-" }
}
