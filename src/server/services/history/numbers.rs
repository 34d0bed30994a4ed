//! The numbers on the cards, counted visit by visit.

use std::collections::HashSet;

use crate::{
    model::{Compared, ReaderName, ReportNumbers},
    server::store::history::VisitFacts,
};

/// The median, which is the mean of the middle two of an even number; `None` without values. Reorders the values.
pub(super) fn median(values: &mut [u64]) -> Option<u64> {
    if values.is_empty() {
        return None;
    }
    let is_even = values.len().is_multiple_of(2);
    let (lower, &mut upper, _) = values.select_nth_unstable(values.len() / 2);
    let other = lower.iter().copied().max().filter(|_| is_even);
    Some(other.map_or(upper, |other| other.midpoint(upper)))
}

/// The mean, rounded down; `None` without values.
pub(super) fn mean(sum: u64, count: u64) -> Option<u64> {
    sum.checked_div(count)
}

/// Counts visits.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    readers: HashSet<ReaderName>,
    /// The reading time of each view, in milliseconds.
    times: Vec<u64>,
    completion_sum: u64,
    completion_count: u64,
    downloads: u64,
}

/// What was counted. `None`: not known, or nothing to take it of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) readers: Option<u64>,
    pub(super) median_seconds: Option<u64>,
    pub(super) average_seconds: Option<u64>,
    pub(super) completion_percent: Option<u64>,
    pub(super) downloads: u64,
}

impl Numbers {
    /// Counts a visit, or a download without one.
    pub(super) fn add<V: VisitFacts>(&mut self, visit: &V) -> Result<(), V::Error> {
        self.downloads += u64::from(visit.downloaded_at()?.is_some());
        if !visit.is_view()? {
            return Ok(());
        }
        self.times.push(visit.visible_ms()?);
        self.readers.extend(visit.reader()?);
        if let Some(completion) = visit.completion()? {
            self.completion_sum += u64::from(completion);
            self.completion_count += 1;
        }
        Ok(())
    }

    /// Counts the visits of others.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.readers.extend(&other.readers);
        self.times.extend(&other.times);
        self.completion_sum += other.completion_sum;
        self.completion_count += other.completion_count;
        self.downloads += other.downloads;
    }

    /// Roughly its memory, in bytes.
    pub(super) fn size(&self) -> usize {
        // A hash table is filled to seven eighths at most, and has a byte beside each value.
        10 * self.readers.len() + 8 * self.times.len()
    }

    /// The numbers of the visits so far. Reorders their times.
    pub(super) fn totals(&mut self) -> Totals {
        let has_readers = !self.readers.is_empty() || self.times.is_empty();
        let sum = self.times.iter().sum();
        Totals {
            readers: has_readers.then_some(self.readers.len() as u64),
            average_seconds: mean(sum, self.times.len() as u64).map(seconds),
            median_seconds: median(&mut self.times).map(seconds),
            completion_percent: mean(self.completion_sum, self.completion_count),
            downloads: self.downloads,
        }
    }
}

/// Milliseconds in whole seconds.
pub(super) fn seconds(milliseconds: u64) -> u64 {
    milliseconds / 1_000
}

/// The cards: the numbers of a period beside those of the period before, if there is one.
pub(super) fn compared(views: Compared, period: Totals, before: Option<Totals>) -> ReportNumbers {
    let number = |number: fn(&Totals) -> Option<u64>| Compared {
        value: number(&period),
        before: before.as_ref().and_then(number),
    };
    ReportNumbers {
        views,
        readers: number(|totals| totals.readers),
        median_seconds: number(|totals| totals.median_seconds),
        average_seconds: number(|totals| totals.average_seconds),
        completion_percent: number(|totals| totals.completion_percent),
        downloads: number(|totals| Some(totals.downloads)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        model::Visit,
        server::services::history::sample::{download, visit},
    };

    fn totals(visits: &[Visit]) -> Totals {
        let mut numbers = Numbers::default();
        for visit in visits {
            let Ok(()) = numbers.add(visit);
        }
        numbers.totals()
    }

    #[test]
    fn median_of_an_even_number_is_between_two() {
        for (values, expected) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![9, 1], Some(5)),
            (vec![3, 1, 2], Some(2)),
            (vec![4, 1, 3, 100], Some(3)),
            (vec![u64::MAX, u64::MAX], Some(u64::MAX)),
        ] {
            assert_eq!(median(&mut values.clone()), expected, "{values:?}");
        }
    }

    proptest! {
        #[test]
        fn median_is_that_of_the_sorted_values(mut values in prop::collection::vec(0..1_000_u64, 1..50)) {
            let found = median(&mut values);
            values.sort_unstable();
            let (lower, upper) = (values[(values.len() - 1) / 2], values[values.len() / 2]);
            prop_assert_eq!(found, Some((lower + upper) / 2));
        }
    }

    #[test]
    fn nothing_counted_leaves_dashes() {
        let expected = Totals {
            readers: Some(0),
            median_seconds: None,
            average_seconds: None,
            completion_percent: None,
            downloads: 0,
        };
        assert_eq!(totals(&[]), expected);
    }

    #[test]
    fn numbers_count_what_was_recorded() {
        let timed = |visible_ms, mark: Option<&str>| Visit {
            visible_ms,
            reader: mark.map(ReaderName::of_text),
            ..visit(0)
        };
        let unknown = Visit { pages: None, page_count: None, ..timed(90_999, None) };
        let visits = [timed(1_999, Some("a")), timed(10_000, Some("b")), timed(60_000, Some("a")), unknown];
        let expected = Totals {
            readers: Some(2),
            median_seconds: Some(35),
            average_seconds: Some(40),
            completion_percent: Some(50),
            downloads: 0,
        };
        assert_eq!(totals(&visits), expected);
        assert_eq!(totals(&visits[3..]).readers, None, "no visit has a mark");
        assert_eq!(totals(&visits[3..]).completion_percent, None);
    }

    #[test]
    fn download_without_a_visit_is_only_a_download() {
        let downloaded = Visit { downloaded_at: Some(9), ..visit(0) };
        let both = totals(&[downloaded.clone(), download(0)]);
        assert_eq!(both.downloads, 2);
        assert_eq!(Totals { downloads: 1, ..both }, totals(&[downloaded]));
    }
}
