//! What a range means in a time zone: its begin and end, its bars, and the period before.

use std::ops::{Range, RangeInclusive};

use jiff::{
    Span, ToSpan,
    civil::{Date, DateTime},
};

use super::{labels, quarters, zone::Zone};
use crate::model::{Day, DayHour, HistoryQuery, HistoryRange, TimeUnit};

/// 1 January 1970.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A period of time as a report shows it. Spans are Unix milliseconds, without their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// From the first to the last day, which may not be over yet.
    pub span: Range<i64>,
    /// The time as of which the period is seen, Unix milliseconds.
    pub now: i64,
    /// The period in words, such as `28 Oct – 24 Nov 2026`.
    pub label: String,
    /// How long a bar of the time chart is.
    pub unit: TimeUnit,
    /// The bars, without gaps.
    pub buckets: Vec<Bucket>,
    /// The period that it is compared with, if any.
    pub comparison: Option<Comparison>,
}

/// One bar of the time chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// From begin to end.
    pub span: Range<i64>,
    /// The matching time of the period before.
    pub before: Option<Range<i64>>,
    /// Its name, such as `Mon 3 Nov`.
    pub label: String,
    /// The range that shows this bar alone.
    pub range: HistoryRange,
}

/// The period before: of the same length, on the same weekdays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The whole period, as the bars of the time chart show it.
    pub span: Range<i64>,
    /// The part that is over on this side too, to the last full quarter-hour: the numbers are compared with it.
    pub clipped: Range<i64>,
    /// The clipped period in words.
    pub label: String,
}

impl Period {
    /// The period that a query asks for. `first` is the time of the first visit, where [`HistoryRange::All`] begins;
    /// times are Unix milliseconds. What lies after today is left out, unless all of it does.
    pub fn new(query: &HistoryQuery, zone: &Zone, now: i64, first: Option<i64>) -> Self {
        let today = zone.local(now).date();
        let days = days(query.range, today, first.map(|first| zone.local(first).date()));
        let length = days_between(*days.start(), *days.end()) + 1;
        let unit = match length {
            ..=2 => TimeUnit::Hour,
            ..=92 => TimeUnit::Day,
            ..=366 => TimeUnit::Week,
            _ => TimeUnit::Month,
        };
        let hour = match query.range {
            HistoryRange::Hour(hour) => Some(hour.hour() as i8),
            _ => None,
        };
        // Whole weeks, so that weekdays match.
        let shift = 7 * ((length + 6) / 7);
        let is_compared = query.compare && query.range != HistoryRange::All;

        let span = span(&days, hour, zone);
        let comparison = is_compared.then(|| {
            let earlier = earlier(*days.start(), shift)..=earlier(*days.end(), shift);
            compare(&span, &earlier, hour, shift, zone, now)
        });
        let before = comparison.as_ref().map(|comparison| (&comparison.span, shift));
        let buckets = match unit {
            TimeUnit::Hour => hours(&span, before, *days.start() == *days.end(), zone),
            _ => steps(&days, unit).map(|step| bucket(&step, unit, before.map(|_| shift), zone)).collect(),
        };
        Self { span, now, label: label(&days, hour), unit, buckets, comparison }
    }

    /// The time of which a report needs the visits: the period, and what it is compared with.
    pub fn needed(&self) -> Range<i64> {
        let start = self.comparison.as_ref().map_or(self.span.start, |comparison| comparison.span.start);
        start..self.span.end
    }
}

fn days(range: HistoryRange, today: Date, first: Option<Date>) -> RangeInclusive<Date> {
    match range {
        HistoryRange::Today => today..=today,
        HistoryRange::Yesterday => earlier(today, 1)..=earlier(today, 1),
        HistoryRange::Days7 => earlier(today, 6)..=today,
        HistoryRange::Days28 => earlier(today, 27)..=today,
        HistoryRange::Days90 => earlier(today, 89)..=today,
        HistoryRange::Months12 => later(today.saturating_sub(1.year()), 1)..=today,
        HistoryRange::All => first.map_or(today, |first| first.max(EPOCH).min(today))..=today,
        HistoryRange::Days(from, to) => {
            let (from, to) = (date_of(from), date_of(to));
            from..=to.min(today).max(from)
        }
        HistoryRange::Hour(hour) => date_of(hour.day())..=date_of(hour.day()),
    }
}

/// From the first day's begin to the last day's end, or one hour of the day.
fn span(days: &RangeInclusive<Date>, hour: Option<i8>, zone: &Zone) -> Range<i64> {
    let start = |day: Date, hour: Option<i8>| match hour {
        Some(hour) if hour < 24 => zone.time(day.at(hour, 0, 0, 0)),
        Some(_) => zone.start_of(later(day, 1)),
        None => zone.start_of(day),
    };
    match hour {
        Some(_) => start(*days.start(), hour)..start(*days.start(), hour.map(|hour| hour + 1)),
        None => start(*days.start(), None)..start(later(*days.end(), 1), None),
    }
}

fn compare(
    span_now: &Range<i64>,
    earlier: &RangeInclusive<Date>,
    hour: Option<i8>,
    shift: i32,
    zone: &Zone,
    now: i64,
) -> Comparison {
    let span = span(earlier, hour, zone);
    let is_over = now >= span_now.end;
    let end = if is_over {
        span.end
    } else {
        quarters::start_of_quarter(zone.days_before(now, shift)).clamp(span.start, span.end)
    };
    let mut label = label(earlier, hour);
    if !is_over {
        label = format!("{label} until {}", clock(zone.local(end)));
    }
    Comparison { clipped: span.start..end, span, label }
}

/// The bars of a period of hours. `before` is the period before, and how many days earlier it is.
fn hours(
    span: &Range<i64>,
    before: Option<(&Range<i64>, i32)>,
    is_one_day: bool,
    zone: &Zone,
) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let (mut start, mut start_before) = (span.start, before.map(|(before, _)| before.start));
    while start < span.end {
        let end = zone.next_hour(start).min(span.end);
        // The last bar reaches to the end, and a repeated hour never back behind its begin.
        let end_before = before.map(|(before, shift)| match end == span.end {
            true => before.end,
            false => zone.days_before(end, shift).clamp(start_before.unwrap_or(before.start), before.end),
        });
        let local = zone.local(start);
        let day = if is_one_day { String::new() } else { format!("{} ", local.strftime("%a")) };
        let repeated = zone.abbreviation_if_repeated(start).map_or(String::new(), |name| format!(" {name}"));
        let hour = DayHour::new(day_of(local.date()), local.hour() as u8);
        buckets.push(Bucket {
            span: start..end,
            before: start_before.zip(end_before).map(|(start, end)| start..end),
            label: format!("{day}{}{repeated}", clock(local)),
            range: hour.map_or(HistoryRange::Today, HistoryRange::Hour),
        });
        (start, start_before) = (end, end_before);
    }
    buckets
}

/// Divides days into days, weeks from Monday, or calendar months; the first and the last may be shorter.
fn steps(days: &RangeInclusive<Date>, unit: TimeUnit) -> impl Iterator<Item = RangeInclusive<Date>> {
    let last = *days.end();
    let step = move |first: Date| {
        let end = match unit {
            TimeUnit::Hour | TimeUnit::Day => first,
            TimeUnit::Week => later(first, 6 - i32::from(labels::days_from_monday(first.weekday()))),
            TimeUnit::Month => first.last_of_month(),
        };
        (first <= last).then(|| first..=end.min(last))
    };
    std::iter::successors(step(*days.start()), move |before| step(later(*before.end(), 1)))
}

fn bucket(days: &RangeInclusive<Date>, unit: TimeUnit, shift: Option<i32>, zone: &Zone) -> Bucket {
    let before = |shift| earlier(*days.start(), shift)..=earlier(*days.end(), shift);
    Bucket {
        span: span(days, None, zone),
        before: shift.map(|shift| span(&before(shift), None, zone)),
        label: if unit == TimeUnit::Month { labels::month(*days.start()) } else { labels::days(days, false) },
        range: HistoryRange::Days(day_of(*days.start()), day_of(*days.end())),
    }
}

fn label(days: &RangeInclusive<Date>, hour: Option<i8>) -> String {
    let hours = hour.map_or(String::new(), |hour| format!(", {hour:02}:00 – {:02}:00", hour + 1));
    format!("{}{hours}", labels::days(days, true))
}

/// The time of day: `15:00`.
fn clock(local: DateTime) -> String {
    local.strftime("%H:%M").to_string()
}

fn earlier(day: Date, days: i32) -> Date {
    day.saturating_sub(Span::new().days(days))
}

fn later(day: Date, days: i32) -> Date {
    day.saturating_add(Span::new().days(days))
}

fn days_between(first: Date, last: Date) -> i32 {
    (first.duration_until(last).as_hours() / 24) as i32
}

fn date_of(day: Day) -> Date {
    later(EPOCH, day.days_since_epoch())
}

fn day_of(date: Date) -> Day {
    Day::from_epoch(days_between(EPOCH, date))
}

#[cfg(test)]
mod tests;
