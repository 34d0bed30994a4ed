//! Which visits a query asks for.

use std::sync::Arc;

use crate::{
    model::{HistoryQuery, ReaderName},
    server::store::history::VisitFacts,
};

/// The filter of a query, made ready for many visits. It does not ask when a visit was: that is the period's. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct VisitFilter {
    query: Arc<HistoryQuery>,
    /// In small letters.
    who: Arc<str>,
    reader: Option<ReaderName>,
}

impl VisitFilter {
    /// The filter of a query.
    pub fn new(query: &HistoryQuery) -> Self {
        let (who, reader) = (query.who.to_lowercase().into(), query.who.parse().ok());
        Self { query: Arc::new(query.clone()), who, reader }
    }

    /// Whether the query asks for this visit. What was not recorded matches no filter.
    ///
    /// The facts that take least to read come first: numbers and flags, then texts that repeat, then those that do not,
    /// and the pages last.
    pub fn matches<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        Ok(visit.archived()? == self.query.archived && self.asks_for(visit)?)
    }

    /// The same, whether or not its owner left the visit out of the numbers.
    pub fn asks_for<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        let query = &*self.query;
        Ok((!query.downloaded || visit.downloaded_at()?.is_some())
            && (!query.printed || visit.printed()?)
            && asks(query.min, |seconds| Ok(visit.visible_ms()? >= seconds.saturating_mul(1_000)))?
            && asks(query.returning, |returning| Ok(visit.returning()? == Some(returning)))?
            && asks(query.device, |device| Ok(visit.device()? == Some(device)))?
            && asks(query.country, |country| Ok(visit.country()? == Some(country)))?
            && asks(query.link.as_ref(), |link| Ok(visit.link()? == link.as_str()))?
            && asks(query.referrer.as_deref(), |referrer| Ok(visit.referrer()? == Some(referrer)))?
            && (self.who.is_empty() || self.is_who(visit)?)
            && asks(query.page, |page| visit.saw_page(page))?
            && asks(query.pages, |pages| Ok(visit.pages_seen()?.is_some_and(|seen| seen >= pages)))?)
    }

    fn is_who<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        if visit.email()?.is_some_and(|email| self.is_in(email)) {
            return Ok(true);
        }
        Ok(self.reader.is_some() && visit.reader()? == self.reader)
    }

    /// Whether a text holds `who`, whatever its capitals.
    fn is_in(&self, text: &str) -> bool {
        if !text.is_ascii() {
            return text.to_lowercase().contains(&*self.who);
        }
        let who = self.who.as_bytes();
        text.as_bytes().windows(who.len()).any(|part| part.eq_ignore_ascii_case(who))
    }
}

/// Whether a part of a filter is not in force, or holds.
fn asks<T, E>(part: Option<T>, holds: impl FnOnce(T) -> Result<bool, E>) -> Result<bool, E> {
    part.map_or(Ok(true), holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Device, HistoryRange, Visit},
        server::services::history::sample::visit,
    };

    fn matches(visit: &Visit, query: &HistoryQuery) -> bool {
        let Ok(matches) = VisitFilter::new(query).matches(visit);
        matches
    }

    #[test]
    fn each_part_keeps_the_visits_that_it_names() {
        let plain = HistoryQuery::default();
        let name = ReaderName::of(&"mark".parse().expect("a mark"));
        let full = Visit { downloaded_at: Some(5), printed: true, ..visit(0) };
        for (query, is_kept) in [
            (plain.clone(), true),
            (plain.with_range(HistoryRange::Today), true),
            (plain.with_link("guide".parse().expect("a link id")), true),
            (plain.with_link("other".parse().expect("a link id")), false),
            (plain.with_who("ANNA@"), true),
            (plain.with_who("bert"), false),
            (plain.with_who(name.to_string()), true),
            (plain.with_who(name.label()), true),
            (plain.with_who("abcdefgh"), false),
            (HistoryQuery { min: Some(60), ..plain.clone() }, true),
            (HistoryQuery { min: Some(61), ..plain.clone() }, false),
            (HistoryQuery { pages: Some(2), ..plain.clone() }, true),
            (HistoryQuery { pages: Some(3), ..plain.clone() }, false),
            (plain.with_page(2), true),
            (plain.with_page(3), false), // in view for less than a second
            (plain.with_page(4), false),
            (HistoryQuery { returning: Some(false), ..plain.clone() }, true),
            (HistoryQuery { returning: Some(true), ..plain.clone() }, false),
            (HistoryQuery { downloaded: true, ..plain.clone() }, true),
            (HistoryQuery { printed: true, ..plain.clone() }, true),
            (plain.with_device(Device::Phone), true),
            (plain.with_device(Device::Other), false),
            (plain.with_country("DE".parse().expect("a country")), true),
            (plain.with_country("FR".parse().expect("a country")), false),
            (plain.with_referrer("news.example.com"), true),
            (plain.with_referrer(""), false),
            (HistoryQuery { archived: true, ..plain.clone() }, false),
        ] {
            assert_eq!(matches(&full, &query), is_kept, "{query:?}");
        }
        assert!(!matches(&visit(0), &HistoryQuery { downloaded: true, ..plain.clone() }));
        assert!(!matches(&visit(0), &HistoryQuery { printed: true, ..plain }));
    }

    #[test]
    fn archived_visits_are_kept_only_where_asked_for() {
        let archived = Visit { archived: true, ..visit(0) };
        assert!(!matches(&archived, &HistoryQuery::default()));
        assert!(matches(&archived, &HistoryQuery { archived: true, ..HistoryQuery::default() }));
    }

    #[test]
    fn unrecorded_values_match_no_filter() {
        let unknown = Visit {
            reader: None,
            email: None,
            pages: None,
            referrer: None,
            client: None,
            country: None,
            returning: None,
            ..visit(0)
        };
        let plain = HistoryQuery::default();
        assert!(matches(&unknown, &plain));
        for query in [
            plain.with_who("a"),
            plain.with_page(1),
            plain.with_device(Device::Other),
            plain.with_country("DE".parse().expect("a country")),
            plain.with_referrer(""),
            HistoryQuery { pages: Some(1), ..plain.clone() },
            HistoryQuery { returning: Some(false), ..plain.clone() },
        ] {
            assert!(!matches(&unknown, &query), "{query:?}");
        }
    }
}
