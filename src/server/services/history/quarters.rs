//! Views by the quarter-hour, and the charts that they make.
//!
//! A quarter-hour divides every offset from UTC in use, so days and hours of any time zone are sums of them.

use std::{collections::BTreeMap, ops::Range};

use super::{days::since_monday, period::Period, zone::Zone};
use crate::{
    model::{HistoryQuery, HourMap, TimeBar, TimeChart},
    server::store::{history::Sums, link_keys::MS_PER_QUARTER},
};

/// The begin of the quarter-hour of a time, both in Unix milliseconds.
pub(super) fn start_of_quarter(time: i64) -> i64 {
    time - time.rem_euclid(MS_PER_QUARTER)
}

/// Views by the quarter-hour of UTC in which they began; quarter-hours without views take no space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarters(BTreeMap<i64, u64>);

impl Quarters {
    /// Counts views that began at a time, Unix milliseconds.
    pub fn add(&mut self, time: i64, views: u64) {
        if views > 0 {
            *self.0.entry(start_of_quarter(time)).or_default() += views;
        }
    }

    /// Counts the views of sums.
    pub fn add_sums(&mut self, sums: &Sums) {
        for &(time, views) in &sums.views {
            self.add(time, views);
        }
    }

    /// Counts the views of others.
    pub fn add_all(&mut self, other: &Self) {
        for (&time, &views) in &other.0 {
            self.add(time, views);
        }
    }

    /// The views of the quarter-hours that begin within a span.
    pub fn views(&self, span: &Range<i64>) -> u64 {
        self.within(span).map(|(_, views)| views).sum()
    }

    /// The quarter-hours that begin within a span, with their views.
    fn within(&self, span: &Range<i64>) -> impl Iterator<Item = (i64, u64)> {
        // `BTreeMap::range` panics where the end lies before the start.
        let span = span.start..span.end.max(span.start);
        self.0.range(span).map(|(&start, &views)| (start, views))
    }
}

/// The views of a period over time. `path` is the page, whose `query` each bar narrows.
///
/// The bars of the period before are whole, also where the numbers on the cards are clipped to now.
pub fn time_chart(views: &Quarters, period: &Period, path: &str, query: &HistoryQuery) -> TimeChart {
    let bars = period.buckets.iter().map(|bucket| TimeBar {
        starts_at: bucket.span.start,
        label: bucket.label.clone(),
        views: views.views(&bucket.span),
        before: bucket.before.as_ref().map(|before| views.views(before)),
        is_unfinished: bucket.span.end > period.now,
        address: format!("{path}{}", query.with_range(bucket.range).as_parameters()),
    });
    TimeChart { unit: period.unit, bars: bars.collect() }
}

/// The views of a period by hour of the week.
pub fn hour_map(views: &Quarters, period: &Period, zone: &Zone) -> HourMap {
    let mut map = HourMap::default();
    for (start, views) in views.within(&period.span) {
        let local = zone.local(start);
        map[since_monday(local.weekday()) as usize][local.hour() as usize] += views;
    }
    map
}
