//! Visits divided by link, referrer, device and country.

use std::{cmp::Reverse, collections::HashMap, hash::Hash};

use super::report::ReportRequest;
use crate::model::{
    Breakdown, BreakdownKind, BreakdownRow, Country, Device, HistoryQuery, HistoryScope, LinkId, Visit,
};

/// The most rows of a breakdown; what is left shares one more.
const MOST_ROWS: usize = 20;

/// Counts visits by each property.
#[derive(Debug, Default)]
pub(super) struct Breakdowns {
    links: Counts<LinkId>,
    referrers: Counts<String>,
    devices: Counts<Device>,
    countries: Counts<Country>,
}

/// Visits by a value.
#[derive(Debug)]
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
    pub(super) fn add(&mut self, visit: &Visit) {
        self.links.add(Some(&visit.link));
        self.referrers.add(visit.referrer.as_ref());
        self.devices.add(visit.client.map(|client| client.device).as_ref());
        self.countries.add(visit.country.as_ref());
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
            let rows = self.links.rows(link_label, |link| page(query.with_link(link.clone())));
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

impl<T: Clone + Eq + Hash> Counts<T> {
    fn add(&mut self, value: Option<&T>) {
        let Some(value) = value else {
            self.not_recorded += 1;
            return;
        };
        match self.known.get_mut(value) {
            Some(visits) => *visits += 1,
            None => _ = self.known.insert(value.clone(), 1),
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
        let mut counts = Counts::default();
        for &(value, visits) in values {
            (0..visits).for_each(|_| counts.add(value.map(str::to_owned).as_ref()));
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
