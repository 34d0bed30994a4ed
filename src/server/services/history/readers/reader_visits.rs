//! What the visits of one reader tell: sums, other names, and a page of their list.

use std::{
    collections::{BTreeMap, HashMap},
    ops::ControlFlow,
};

use crate::{
    model::{
        HistoryQuery, MAX_OTHER_NAMES, ReaderErasure, ReaderHistory, ReaderId, ReaderNumbers, ReaderVisit,
        Visit, VisitCursor, VisitList,
    },
    server::{
        services::history::{ListBuilder, Zone, found::FoundLinks},
        store::history::{VisitFacts, VisitSink},
    },
};

/// Sums and lists the visits of a reader.
pub(super) struct ReaderVisits {
    reader: ReaderId,
    numbers: ReaderNumbers,
    visible_ms: u64,
    /// How many visits there are, archived ones included.
    all: u64,
    /// The ids of their documents, and whether a visit that is not archived read them.
    documents: HashMap<String, bool>,
    /// Other names by their text in small letters.
    other_names: BTreeMap<String, ReaderId>,
    list: ListBuilder,
}

impl ReaderVisits {
    /// No visits yet of a reader; the list begins behind a cursor.
    pub(super) fn of(reader: ReaderId, after: Option<VisitCursor>) -> Self {
        Self {
            reader,
            numbers: ReaderNumbers::default(),
            visible_ms: 0,
            all: 0,
            documents: HashMap::new(),
            other_names: BTreeMap::new(),
            list: ListBuilder::new(&HistoryQuery { after, ..HistoryQuery::default() }),
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.all == 0
    }

    /// What the visits so far tell, but for those that cannot be read and the time now.
    pub(super) fn finish(self, found: &FoundLinks, zone: &Zone) -> ReaderHistory {
        let numbers = ReaderNumbers {
            documents: self.documents.values().filter(|&&is_in_numbers| is_in_numbers).count() as u64,
            visible_seconds: self.visible_ms / 1_000,
            ..self.numbers
        };
        let VisitList { visits, next } = self.list.finish();
        let title = |visit: &Visit| {
            let document = found.documents.iter().find(|document| document.id == visit.document);
            document.map(|document| document.title.clone()).unwrap_or_default()
        };
        let listed = |visit: Visit| ReaderVisit {
            started: zone.words(visit.joined_at),
            link_label: found.label(&visit.link),
            document_title: title(&visit),
            visit,
        };
        ReaderHistory {
            reader: self.reader,
            numbers,
            first_started: numbers.first_visit.map(|time| zone.words(time)),
            last_started: numbers.last_visit.map(|time| zone.words(time)),
            erases: ReaderErasure { visits: self.all, documents: self.documents.len() as u64 },
            other_name_count: self.other_names.len() as u64,
            other_names: self.other_names.into_values().take(MAX_OTHER_NAMES).collect(),
            visits: visits.into_iter().map(listed).collect(),
            next,
            unreadable: 0,
            now: 0,
        }
    }

    fn count<V: VisitFacts>(&mut self, visit: &V) -> Result<(), V::Error> {
        let is_in_numbers = !visit.archived()?;
        self.all += 1;
        *self.documents.entry(visit.document()?.to_owned()).or_default() |= is_in_numbers;
        if is_in_numbers {
            let (joined_at, numbers) = (visit.joined_at()?, &mut self.numbers);
            numbers.visits += 1;
            numbers.first_visit = Some(numbers.first_visit.map_or(joined_at, |first| first.min(joined_at)));
            numbers.last_visit = numbers.last_visit.max(Some(joined_at));
            self.visible_ms += visit.visible_ms()?;
        }
        Ok(())
    }

    fn note_names<V: VisitFacts>(&mut self, visit: &V) -> Result<(), V::Error> {
        for name in ReaderId::all_of(visit.email()?, visit.reader()?) {
            let is_other = matches!(
                (&name, &self.reader),
                (ReaderId::Email(_), ReaderId::Mark(_)) | (ReaderId::Mark(_), ReaderId::Email(_))
            );
            if is_other {
                self.other_names.entry(name.to_string().to_lowercase()).or_insert(name);
            }
        }
        Ok(())
    }
}

impl VisitSink for ReaderVisits {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        // The bounds of the reading let through no others.
        self.count(visit)?;
        self.note_names(visit)?;
        // A list that wants no more is no reason to stop counting.
        let _ = self.list.add(visit)?;
        Ok(ControlFlow::Continue(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::ReaderName, server::services::history::sample::visit};

    fn history(reader: ReaderId, visits: &[Visit]) -> ReaderHistory {
        let mut sink = ReaderVisits::of(reader, None);
        for visit in visits {
            let Ok(_) = sink.take(visit);
        }
        sink.finish(&FoundLinks::default(), &Zone::utc())
    }

    #[test]
    fn other_names_are_counted_once_and_shown_to_a_limit() {
        let given = |number: usize, is_capital: bool| {
            let email = format!("a{number:02}@example.com");
            let email = Some(if is_capital { email.to_uppercase() } else { email });
            Visit { email, ..visit(number as i64) }
        };
        let visits: Vec<Visit> = (0..60).map(|number| given(number / 2, number % 2 == 1)).collect();
        let history = history(ReaderId::Mark(ReaderName::of_text("mark")), &visits);
        assert_eq!((history.other_names.len(), history.other_name_count), (MAX_OTHER_NAMES, 30));
        assert_eq!(history.other_names[19], ReaderId::Email("a19@example.com".to_owned()));
        assert_eq!(history.numbers.visits, 60);
    }

    #[test]
    fn first_and_last_visit_are_by_their_begin() {
        let archived = Visit { archived: true, ..visit(1) };
        let visits = [visit(20_000), visit(5_000), archived, visit(90_000)];
        let ReaderHistory { numbers, erases, .. } =
            history(ReaderId::Mark(ReaderName::of_text("mark")), &visits);
        assert_eq!((numbers.first_visit, numbers.last_visit), (Some(5_000), Some(90_000)));
        assert_eq!((numbers.visits, erases.visits, erases.documents), (3, 4, 1));
    }
}
