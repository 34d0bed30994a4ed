//! Which visits a query asks for.

use crate::model::{HistoryQuery, ReaderName, Visit};

/// The filter of a query, made ready for many visits. It does not ask when a visit was: that is the period's.
#[derive(Clone, Debug)]
pub struct VisitFilter<'a> {
    query: &'a HistoryQuery,
    /// In small letters.
    who: String,
    reader: Option<ReaderName>,
}

impl<'a> VisitFilter<'a> {
    /// The filter of a query.
    pub fn new(query: &'a HistoryQuery) -> Self {
        Self { query, who: query.who.to_lowercase(), reader: query.who.parse().ok() }
    }

    /// Whether the query asks for this visit. What was not recorded matches no filter.
    pub fn matches(&self, visit: &Visit) -> bool {
        let query = self.query;
        visit.archived == query.archived
            && asks(&query.link, |link| visit.link == *link)
            && asks(&query.min, |seconds| visit.visible_ms >= seconds.saturating_mul(1_000))
            && asks(&query.pages, |pages| visit.pages_seen().is_some_and(|seen| seen >= *pages))
            && asks(&query.page, |page| visit.saw_page(*page))
            && asks(&query.returning, |returning| visit.returning == Some(*returning))
            && (!query.downloaded || visit.downloaded_at.is_some())
            && asks(&query.device, |device| visit.client.is_some_and(|client| client.device == *device))
            && asks(&query.country, |country| visit.country == Some(*country))
            && (query.referrer.is_none() || visit.referrer == query.referrer)
            && (self.who.is_empty() || self.is_who(visit))
    }

    fn is_who(&self, visit: &Visit) -> bool {
        let has_name = |name| visit.reader.as_ref().is_some_and(|mark| ReaderName::of(mark) == name);
        let has_email = |email: &String| email.to_lowercase().contains(&self.who);
        self.reader.is_some_and(has_name) || visit.email.as_ref().is_some_and(has_email)
    }
}

/// Whether a part of a filter is not in force, or holds.
fn asks<T>(part: &Option<T>, holds: impl FnOnce(&T) -> bool) -> bool {
    part.as_ref().is_none_or(holds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Device, HistoryRange},
        server::services::history::sample::visit,
    };

    fn matches(visit: &Visit, query: &HistoryQuery) -> bool {
        VisitFilter::new(query).matches(visit)
    }

    #[test]
    fn each_part_keeps_the_visits_that_it_names() {
        let plain = HistoryQuery::default();
        let name = ReaderName::of(&"mark".parse().expect("a mark"));
        let full = Visit { downloaded_at: Some(5), ..visit(0) };
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
        assert!(!matches(&visit(0), &HistoryQuery { downloaded: true, ..plain }));
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
