//! One reader: all their visits to the documents of an owner, and how they are erased.

mod reader_visits;

use std::{collections::BTreeSet, ops::ControlFlow};

use self::reader_visits::ReaderVisits;
use super::{
    super::{ownership::own_link, requester::Requester},
    History,
    found::FoundDocument,
};
use crate::{
    error::AppError,
    model::{Fingerprint, HistoryScope, LinkId, ReaderHistory, ReaderId, ReaderName, VisitCursor, VisitId},
    server::store::history::{
        VisitFacts, VisitSink,
        sealed::{Person, ScanBounds},
    },
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
        // A name of a mark is a hash: only an e-mail address tells which files to open.
        let person = match reader {
            ReaderId::Email(email) => Some(Person::Email(email.clone())),
            ReaderId::Mark(_) => None,
        };
        let bounds = ScanBounds { person, ..ScanBounds::default() };
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
        let people = match reader {
            ReaderId::Email(email) => vec![Person::Email(email.clone())],
            ReaderId::Mark(name) => self.marks(&documents, *name).await?,
        };
        match self.erase_people(&documents, &people).await? {
            0 => Err(AppError::NotFound),
            erased => Ok(erased),
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
        let mut person: Vec<Person> = visit.email.map(Person::Email).into_iter().collect();
        person.extend(visit.reader.map(Person::Reader));
        if person.is_empty() {
            return self.visits.erase(link, &document, &[Person::OfVisit(id)]).await;
        }
        let documents = self.find(&HistoryScope::Everything, requester).await?.documents;
        self.erase_people(&documents, &person).await
    }

    /// The marks with this name among the visits of documents: one, but for a collision of the names.
    async fn marks(&self, documents: &[FoundDocument], name: ReaderName) -> Result<Vec<Person>, AppError> {
        let sink = MarksOf { name, marks: BTreeSet::new() };
        let (sink, _) = self.pass(documents, &ScanBounds::default(), sink).await?;
        let marks = sink.marks.iter().filter_map(|mark| mark.parse::<Fingerprint>().ok());
        Ok(marks.map(Person::Reader).collect())
    }

    /// Removes the visits of people, until none is found in any of the documents: one may end meanwhile. Returns how many
    /// there were.
    async fn erase_people(&self, documents: &[FoundDocument], people: &[Person]) -> Result<u64, AppError> {
        let mut erased = 0;
        for _ in 0..ROUNDS {
            let before = erased;
            for document in documents.iter().filter(|_| !people.is_empty()) {
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

/// Collects the marks that have a name.
struct MarksOf {
    name: ReaderName,
    marks: BTreeSet<String>,
}

impl VisitSink for MarksOf {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        if let Some(mark) = visit.reader()?
            && ReaderName::of_text(mark) == self.name
            && !self.marks.contains(mark)
        {
            self.marks.insert(mark.to_owned());
        }
        Ok(ControlFlow::Continue(()))
    }
}
