//! One reader: all their visits to the documents of an owner, and how they are erased.

mod reader_visits;

use self::reader_visits::ReaderVisits;
use super::{
    super::{ownership::own_link, requester::Requester},
    History,
    found::FoundDocument,
};
use crate::{
    error::AppError,
    model::{AccountAction, HistoryScope, LinkId, OwnerId, ReaderHistory, ReaderId, VisitCursor, VisitId},
    server::store::history::sealed::{Person, ScanBounds},
};

/// How often all links are gone through until no visit is found that ended meanwhile.
const ROUNDS: usize = 20;

impl History {
    /// All visits of a reader to the requester's documents, a page of them behind a cursor. [`AppError::NotFound`] when
    /// there is none.
    pub async fn reader(
        &self,
        reader: &ReaderId,
        after: Option<VisitCursor>,
        requester: &Requester,
    ) -> Result<ReaderHistory, AppError> {
        let found = self.find(&HistoryScope::Everything, requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let bounds = ScanBounds { person: Some(person(reader)), ..ScanBounds::default() };
        let (visits, unreadable) =
            self.pass(&found.documents, &bounds, ReaderVisits::of(reader.clone(), after)).await?;
        if visits.is_empty() {
            return Err(AppError::NotFound);
        }
        Ok(ReaderHistory { unreadable, now: self.clock.now(), ..visits.finish(&found, &zone) })
    }

    /// Removes all visits of a reader from every document of the requester, archived ones too. Returns how many there
    /// were; [`AppError::NotFound`] when there was none. The sums, which hold no names, stay as they are.
    pub async fn erase_visits_of(&self, reader: &ReaderId, requester: &Requester) -> Result<u64, AppError> {
        let documents = self.find(&HistoryScope::Everything, requester).await?.documents;
        match self.erase_people(&documents, &[person(reader)]).await? {
            0 => Err(AppError::NotFound),
            erased => {
                let owner = &requester.owner()?.owner_id;
                self.erase_notices(owner, &documents, std::slice::from_ref(reader)).await?;
                self.forget_corrections(owner, std::slice::from_ref(reader)).await?;
                self.note_erasure(erased, requester).await;
                Ok(erased)
            }
        }
    }

    /// Removes all visits of the reader of a visit, by mark and by e-mail address, from every document of the requester.
    /// Returns how many there were. The sums, which hold no names, stay as they are.
    pub async fn erase_reader(
        &self,
        link: &LinkId,
        id: VisitId,
        requester: &Requester,
    ) -> Result<u64, AppError> {
        let document = own_link(&self.catalogue, link, requester).await?.document.id.clone();
        let visit = self.visits.visit(link, &document, id).await?.ok_or(AppError::NotFound)?;
        let names: Vec<ReaderId> = ReaderId::all_of(visit.email.as_deref(), visit.reader).collect();
        let mut person: Vec<Person> = visit.email.map(Person::Email).into_iter().collect();
        person.extend(visit.reader.map(Person::Reader));
        let documents = self.find(&HistoryScope::Everything, requester).await?.documents;
        let erased = if person.is_empty() {
            self.visits.erase(link, &document, &[Person::OfVisit(id)]).await?
        } else {
            self.erase_people(&documents, &person).await?
        };
        let owner = &requester.owner()?.owner_id;
        self.erase_notices(owner, &documents, &names).await?;
        self.forget_corrections(owner, &names).await?;
        self.note_erasure(erased, requester).await;
        Ok(erased)
    }

    /// Removes what an owner is still to be told of readers, and what was told: in the order in which it is made, so that none
    /// is made of what is removed afterwards.
    async fn erase_notices(
        &self,
        owner: &OwnerId,
        documents: &[FoundDocument],
        readers: &[ReaderId],
    ) -> Result<(), AppError> {
        if readers.is_empty() {
            return Ok(());
        }
        for document in documents {
            for link in &document.links {
                self.outboxes.erase(link, readers).await?;
            }
            self.channels.forget_first_seen(&document.id, readers).await?;
        }
        self.channels.erase(owner, readers).await?;
        self.held_visits.erase(owner, readers).await?;
        self.mails.erase(owner, readers).await
    }

    /// Notes an erasure without the name of the person, which is erased.
    async fn note_erasure(&self, erased: u64, requester: &Requester) {
        let about = format!("visits: {erased}");
        self.audit.note(requester, AccountAction::ReaderErased, &about).await;
    }

    /// Removes the visits of people, until none is found in any of the documents: one may end meanwhile. Returns how many
    /// there were.
    async fn erase_people(&self, documents: &[FoundDocument], people: &[Person]) -> Result<u64, AppError> {
        let mut erased = 0;
        for _ in 0..ROUNDS {
            let before = erased;
            for document in documents {
                for link in &document.links {
                    erased += self.visits.erase(link, &document.id, people).await?;
                }
            }
            if erased == before {
                return Ok(erased);
            }
        }
        tracing::error!("a reader's visits end faster than they can be erased");
        Err(AppError::Unavailable)
    }
}

pub(super) fn person(reader: &ReaderId) -> Person {
    match reader {
        ReaderId::Email(email) => Person::Email(email.clone()),
        ReaderId::Mark(name) => Person::Reader(*name),
    }
}
