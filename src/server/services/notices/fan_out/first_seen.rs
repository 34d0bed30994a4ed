//! Finds out whether a reader is new to a document.

use std::{collections::HashMap, ops::ControlFlow};

use super::{super::event::EventVisitor, FanOut};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, ReaderId, VisitMails},
    server::store::{
        catalogue::LinkedDocument,
        history::{
            VisitFacts, VisitSink,
            sealed::{Person, ScanBounds},
        },
    },
};

impl FanOut {
    /// Whether a visit that began at `at` is the first of its reader to the document: none is kept that began before, none went on
    /// when the events began ([`FanOut::look_through`]), and no other event told of them. `reader` is the first name of the
    /// visitor.
    pub(super) async fn is_first(
        &self,
        visitor: &EventVisitor,
        reader: &ReaderId,
        at: i64,
        linked: &LinkedDocument,
        place: &str,
    ) -> Result<bool, AppError> {
        let document = &linked.document.id;
        let is_unseen = self.channels.is_first_seen(document, reader, (place, at)).await?;
        // Who comes without the e-mail address later, by the mark alone, is the same reader.
        for name in visitor.names().skip(1) {
            self.channels.is_first_seen(document, &name, (place, at)).await?;
        }
        if !is_unseen {
            return Ok(false);
        }
        let person = match reader {
            ReaderId::Email(email) => Person::Email(email.clone()),
            ReaderId::Mark(name) => Person::Reader(*name),
        };
        let bounds = ScanBounds { joined_before: Some(at), person: Some(person), ..ScanBounds::default() };
        for link in self.catalogue.link_ids_of(document).await? {
            let visits = self.visits.open(&link, document).await?;
            let (Any(found), _unreadable) = visits.pass(bounds.clone(), Any(false)).await?;
            if found {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Remembers the readers whose visits to a document go on and were told by no event: they began before anyone wanted to know.
    /// A link is looked through when its record says something else of events than the last time, and each time where it is not
    /// asked of its visits which are the first: `is_asked`, by its setting of mail.
    pub(super) async fn look_through(
        &self,
        document: &DocumentId,
        is_asked: impl Fn(VisitMails) -> bool,
    ) -> Result<(), AppError> {
        let links = self.catalogue.link_ids_of(document).await?;
        let known = self.channels.looked_through(document).await?;
        let records = self.catalogue.events_of(&links).await?;
        let (mut since, mut looked_through): (HashMap<ReaderId, i64>, Vec<(LinkId, String)>) =
            Default::default();
        for (link, record) in links.into_iter().zip(records) {
            let Some((mail, said)) = record else { continue };
            let is_asked = is_asked(mail);
            if is_asked && known.get(link.as_str()) == Some(&said) {
                continue;
            }
            for (reader, began) in self.analytics.reading(&link).await? {
                since.entry(reader).and_modify(|since| *since = began.min(*since)).or_insert(began);
            }
            if is_asked {
                looked_through.push((link, said));
            }
        }
        if !since.is_empty() {
            self.channels.note_reading(document, &since).await?;
        }
        if !looked_through.is_empty() {
            self.channels.set_looked_through(document, &looked_through).await?;
        }
        Ok(())
    }
}

/// Whether there is any visit.
struct Any(bool);

impl VisitSink for Any {
    fn take<V: VisitFacts>(&mut self, _visit: &V) -> Result<ControlFlow<()>, V::Error> {
        self.0 = true;
        Ok(ControlFlow::Break(()))
    }
}
