//! Visits divided by link, referrer, device and country.

use std::{borrow::Borrow, cmp::Reverse, collections::HashMap, hash::Hash, str::FromStr};

use super::report::ReportRequest;
use crate::{
    model::{Breakdown, BreakdownKind, BreakdownRow, Country, Device, HistoryQuery, HistoryScope, LinkId},
    server::store::history::VisitFacts,
};

/// The most rows of a breakdown; what is left shares one more.
const MOST_ROWS: usize = 20;

/// Counts visits by each property.
#[derive(Clone, Debug, Default)]
pub(super) struct Breakdowns {
    links: Counts<String>,
    referrers: Counts<String>,
    devices: Counts<Device>,
    countries: Counts<Country>,
}

/// Visits by a value.
#[derive(Clone, Debug)]
struct Counts<T> {
    known: HashMap<T, u64>,
    not_recorded: u64,
}

impl<T> Default for Counts<T> {
    fn default() -> Self {
        Self { known: HashMap::new(), not_recorded: 0 }
    }
}

impl Breakdowns {
    /// Counts a visit.
    pub(super) fn add<V: VisitFacts>(&mut self, visit: &V) -> Result<(), V::Error> {
        self.links.add(Some(visit.link()?));
        self.referrers.add(visit.referrer()?);
        self.devices.add(visit.device()?.as_ref());
        self.countries.add(visit.country()?.as_ref());
        Ok(())
    }

    /// Counts the visits of others.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.links.add_all(&other.links);
        self.referrers.add_all(&other.referrers);
        self.devices.add_all(&other.devices);
        self.countries.add_all(&other.countries);
    }

    /// All breakdowns; that by link only where there can be several.
    pub(super) fn report(
        self,
        request: &ReportRequest<'_>,
        link_label: impl Fn(&LinkId) -> String,
    ) -> Vec<Breakdown> {
        let page = |query: HistoryQuery| format!("{}{}", request.path, query.as_parameters());
        let query = request.query;
        let mut breakdowns = Vec::new();
        if !matches!(request.scope, HistoryScope::Link(_)) {
            let links = self.links.parsed::<LinkId>();
            let rows = links.rows(link_label, |link| page(query.with_link(link.clone())));
            breakdowns.push(Breakdown { kind: BreakdownKind::Links, rows });
        }
        let direct = |host: &String| if host.is_empty() { "Direct".to_owned() } else { host.clone() };
        let rows = self.referrers.rows(direct, |host| page(query.with_referrer(host)));
        breakdowns.push(Breakdown { kind: BreakdownKind::Referrers, rows });
        let rows =
            self.devices.rows(|device| device.label().to_owned(), |&device| page(query.with_device(device)));
        breakdowns.push(Breakdown { kind: BreakdownKind::Devices, rows });
        let rows =
            self.countries.rows(|country| country.label(), |&country| page(query.with_country(country)));
        breakdowns.push(Breakdown { kind: BreakdownKind::Countries, rows });
        breakdowns
    }
}

impl Counts<String> {
    /// The same by what the texts say. What says nothing counts as not recorded.
    fn parsed<T: FromStr + Eq + Hash>(self) -> Counts<T> {
        let mut parsed = Counts { not_recorded: self.not_recorded, ..Counts::default() };
        for (text, visits) in self.known {
            match text.parse() {
                Ok(value) => _ = parsed.known.insert(value, visits),
                Err(_) => parsed.not_recorded += visits,
            }
        }
        parsed
    }
}

impl<T: Clone + Eq + Hash> Counts<T> {
    fn add_all(&mut self, other: &Self) {
        self.not_recorded += other.not_recorded;
        for (value, visits) in &other.known {
            *self.known.entry(value.clone()).or_default() += visits;
        }
    }

    fn add<Q>(&mut self, value: Option<&Q>)
    where
        T: Borrow<Q>,
        Q: ToOwned<Owned = T> + Eq + Hash + ?Sized,
    {
        let Some(value) = value else {
            self.not_recorded += 1;
            return;
        };
        match self.known.get_mut(value) {
            Some(visits) => *visits += 1,
            None => _ = self.known.insert(value.to_owned(), 1),
        }
    }

    /// The values with the most visits, then the rest as one row, then what was not recorded.
    fn rows(self, label: impl Fn(&T) -> String, address: impl Fn(&T) -> String) -> Vec<BreakdownRow> {
        let mut known: Vec<(Reverse<u64>, String, T)> =
            self.known.into_iter().map(|(value, visits)| (Reverse(visits), label(&value), value)).collect();
        known.sort_by(|(visits, label, _), (others, other, _)| (visits, label).cmp(&(others, other)));
        let rest = known.split_off(known.len().min(MOST_ROWS));

        let mut rows: Vec<BreakdownRow> = known
            .into_iter()
            .map(|(Reverse(visits), label, value)| BreakdownRow { label, visits, address: address(&value) })
            .collect();
        let mut without_address = |label, visits| {
            if visits > 0 {
                rows.push(BreakdownRow { label, visits, address: String::new() });
            }
        };
        without_address(
            format!("{} others", rest.len()),
            rest.iter().map(|(Reverse(visits), ..)| visits).sum(),
        );
        without_address("Not recorded".to_owned(), self.not_recorded);
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(values: &[(Option<&str>, usize)]) -> Vec<(String, u64, String)> {
        let mut counts = Counts::<String>::default();
        for &(value, visits) in values {
            (0..visits).for_each(|_| counts.add(value));
        }
        let rows = counts.rows(|value| value.to_uppercase(), |value| format!("?x={value}"));
        rows.into_iter().map(|row| (row.label, row.visits, row.address)).collect()
    }

    #[test]
    fn largest_part_is_first_and_the_unknown_last() {
        let row = |label: &str, visits, address: &str| (label.to_owned(), visits, address.to_owned());
        let expected =
            [row("C", 3, "?x=c"), row("A", 1, "?x=a"), row("B", 1, "?x=b"), row("Not recorded", 9, "")];
        assert_eq!(rows(&[(Some("b"), 1), (None, 9), (Some("c"), 3), (Some("a"), 1)]), expected);
        assert_eq!(rows(&[]), []);
    }

    #[test]
    fn small_parts_share_one_row() {
        let names: Vec<String> = (10..35).map(|number| number.to_string()).collect();
        let values: Vec<(Option<&str>, usize)> = names.iter().map(|name| (Some(name.as_str()), 2)).collect();
        let rows = rows(&values);
        assert_eq!(rows.len(), MOST_ROWS + 1);
        assert_eq!(rows.last(), Some(&("5 others".to_owned(), 10, String::new())));
    }
}
