//! Days of the calendar: those of a range, their steps and their names. No time zone here.

use std::iter;

use jiff::{
    Span, ToSpan,
    civil::{Date, Weekday},
};

use crate::model::{Day, HistoryRange, TimeUnit};

/// 1 January 1970.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days that follow each other, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Days {
    /// The days of a range. `first_visit` is the day of the first visit. What lies after today is left out, unless all
    /// of it does.
    pub(super) fn of_range(range: HistoryRange, today: Date, first_visit: Option<Date>) -> Self {
        let first = match range {
            HistoryRange::Today => today,
            HistoryRange::Yesterday => return Self::one(before(today, 1)),
            HistoryRange::Days7 => before(today, 6),
            HistoryRange::Days28 => before(today, 27),
            HistoryRange::Days90 => before(today, 89),
            HistoryRange::Months12 => after(today.saturating_sub(1.year()), 1),
            HistoryRange::All => first_visit.map_or(today, |first| first.max(EPOCH).min(today)),
            HistoryRange::Hour(hour) => return Self::one(date_of(hour.day())),
            HistoryRange::Days(from, to) => {
                let first = date_of(from);
                return Self { first, last: date_of(to).min(today).max(first) };
            }
        };
        Self { first, last: today }
    }

    fn one(day: Date) -> Self {
        Self { first: day, last: day }
    }

    /// How many days these are.
    pub(super) fn number(self) -> i32 {
        between(self.first, self.last) + 1
    }

    /// As many days, so many days before.
    pub(super) fn before(self, days: i32) -> Self {
        Self { first: before(self.first, days), last: before(self.last, days) }
    }

    /// The day after the last one.
    pub(super) fn end(self) -> Date {
        after(self.last, 1)
    }

    /// Divides the days into days, weeks from Monday, or calendar months; the first and the last may be shorter.
    pub(super) fn steps(self, unit: TimeUnit) -> impl Iterator<Item = Self> {
        let step = move |first: Date| {
            let last = match unit {
                TimeUnit::Hour | TimeUnit::Day => first,
                TimeUnit::Week => after(first, 6 - since_monday(first.weekday())),
                TimeUnit::Month => first.last_of_month(),
            };
            (first <= self.last).then(|| Self { first, last: last.min(self.last) })
        };
        iter::successors(step(self.first), move |step_before| step(step_before.end()))
    }

    /// The range that shows these days.
    pub(super) fn range(self) -> HistoryRange {
        HistoryRange::Days(day_of(self.first), day_of(self.last))
    }

    /// The days with their year: `Tue 24 Nov 2026`, `3 – 9 Nov 2026`, `28 Dec 2026 – 3 Jan 2027`.
    pub(super) fn label(self) -> String {
        if self.first != self.last && self.first.year() != self.last.year() {
            return format!("{} – {}", self.first.strftime("%-d %b %Y"), self.last.strftime("%-d %b %Y"));
        }
        format!("{} {}", self.label_without_year(), self.last.year())
    }

    /// The days without their year: `Tue 24 Nov`, `3 – 9 Nov`, `28 Dec – 3 Jan`.
    pub(super) fn label_without_year(self) -> String {
        if self.first == self.last {
            return self.first.strftime("%a %-d %b").to_string();
        }
        let first = if self.first.month() == self.last.month() { "%-d" } else { "%-d %b" };
        format!("{} – {}", self.first.strftime(first), self.last.strftime("%-d %b"))
    }
}

/// A day as addresses have it.
pub(super) fn day_of(date: Date) -> Day {
    Day::from_epoch(between(EPOCH, date))
}

/// Days since Monday: 0 to 6.
pub(super) fn since_monday(weekday: Weekday) -> i32 {
    weekday.to_monday_zero_offset().into()
}

fn date_of(day: Day) -> Date {
    after(EPOCH, day.days_since_epoch())
}

fn before(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

fn after(day: Date, days: i32) -> Date {
    day.saturating_add(Span::new().days(days))
}

fn between(first: Date, last: Date) -> i32 {
    (first.duration_until(last).as_hours() / 24) as i32
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_named_as_briefly_as_is_clear() {
        for (first, last, label, without_year) in [
            (date(2026, 11, 24), date(2026, 11, 24), "Tue 24 Nov 2026", "Tue 24 Nov"),
            (date(2026, 11, 3), date(2026, 11, 9), "3 – 9 Nov 2026", "3 – 9 Nov"),
            (date(2026, 10, 28), date(2026, 11, 24), "28 Oct – 24 Nov 2026", "28 Oct – 24 Nov"),
            (date(2026, 12, 28), date(2027, 1, 3), "28 Dec 2026 – 3 Jan 2027", "28 Dec – 3 Jan"),
            (date(2025, 11, 3), date(2026, 11, 30), "3 Nov 2025 – 30 Nov 2026", "3 – 30 Nov"),
        ] {
            let days = Days { first, last };
            assert_eq!(
                (days.label(), days.label_without_year()),
                (label.to_owned(), without_year.to_owned())
            );
        }
    }

    #[test]
    fn days_of_addresses_are_those_of_the_calendar() {
        for (date, text) in [
            (date(1970, 1, 1), "1970-01-01"),
            (date(2028, 2, 29), "2028-02-29"),
            (date(2999, 12, 31), "2999-12-31"),
        ] {
            let day = day_of(date);
            assert_eq!((day.to_string().as_str(), date_of(day)), (text, date));
        }
    }

    #[test]
    fn steps_begin_with_weeks_and_months() {
        let days = Days { first: date(2024, 1, 31), last: date(2024, 3, 1) };
        let steps = |unit| -> Vec<String> { days.steps(unit).map(Days::label_without_year).collect() };
        assert_eq!(steps(TimeUnit::Month), ["Wed 31 Jan", "1 – 29 Feb", "Fri 1 Mar"]);
        assert_eq!(
            steps(TimeUnit::Week),
            ["31 Jan – 4 Feb", "5 – 11 Feb", "12 – 18 Feb", "19 – 25 Feb", "26 Feb – 1 Mar"]
        );
        assert_eq!((days.number(), steps(TimeUnit::Day).len()), (31, 31));
    }
}
