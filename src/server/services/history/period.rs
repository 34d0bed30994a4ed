//! What a range means in a time zone: its begin and end, its bars, and the period before.

use std::ops::Range;

use jiff::civil::DateTime;

use super::{
    days::{Days, day_of},
    quarters::start_of_quarter,
    zone::Zone,
};
use crate::model::{DayHour, HistoryQuery, HistoryRange, TimeUnit};

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
    /// The part that is over in the period too, up to the last full quarter-hour: the numbers are compared with it.
    pub clipped: Range<i64>,
    /// The clipped period in words.
    pub label: String,
    /// How many days earlier it is: whole weeks.
    shift: i32,
}

impl Period {
    /// The period that a query asks for. `first` is the time of the first visit, where [`HistoryRange::All`] begins;
    /// times are Unix milliseconds. What lies after today is left out, unless all of it does.
    pub fn new(query: &HistoryQuery, zone: &Zone, now: i64, first: Option<i64>) -> Self {
        let day = |time| zone.local(time).date();
        let days = Days::of_range(query.range, day(now), first.map(day));
        let hour = match query.range {
            HistoryRange::Hour(hour) => Some(hour.hour() as i8),
            _ => None,
        };
        let unit = match days.number() {
            ..=2 => TimeUnit::Hour,
            3..=92 => TimeUnit::Day,
            93..=366 => TimeUnit::Week,
            _ => TimeUnit::Month,
        };
        let span = span(days, hour, zone);
        let is_compared = query.compare && query.range != HistoryRange::All;
        let comparison = is_compared.then(|| Comparison::new(&span, days, hour, zone, now));
        let buckets = match unit {
            TimeUnit::Hour => hours(&span, comparison.as_ref(), days, zone),
            _ => days.steps(unit).map(|days| bucket(days, unit, comparison.as_ref(), zone)).collect(),
        };
        Self { span, now, label: label(days, hour), unit, buckets, comparison }
    }

    /// The time of which a report needs the visits: the period, and what it is compared with.
    pub fn needed(&self) -> Range<i64> {
        let start = self.comparison.as_ref().map_or(self.span.start, |before| before.span.start);
        start..self.span.end
    }
}

impl Comparison {
    fn new(period: &Range<i64>, days: Days, hour: Option<i8>, zone: &Zone, now: i64) -> Self {
        let shift = 7 * ((days.number() + 6) / 7);
        let span = span(days.before(shift), hour, zone);
        let label = label(days.before(shift), hour);
        if now >= period.end {
            return Self { clipped: span.clone(), span, label, shift };
        }
        let end = start_of_quarter(zone.days_before(now, shift)).clamp(span.start, span.end);
        let label = format!("{label} until {}", clock(zone.local(end)));
        Self { clipped: span.start..end, span, label, shift }
    }
}

/// From the first day's begin to the last day's end, or one hour of the first day.
fn span(days: Days, hour: Option<i8>, zone: &Zone) -> Range<i64> {
    let end = zone.start_of(days.end());
    match hour {
        None => zone.start_of(days.first)..end,
        Some(hour) => {
            let time = |hour| zone.time(days.first.at(hour, 0, 0, 0));
            let (start, end) = (time(hour), if hour < 23 { time(hour + 1) } else { end });
            // Where clocks skip two hours, as at Troll, the end of a skipped one lies before its begin.
            start..end.max(start)
        }
    }
}

/// The bars of a period of one or two days, hour by hour of local time.
fn hours(period: &Range<i64>, comparison: Option<&Comparison>, days: Days, zone: &Zone) -> Vec<Bucket> {
    let mut buckets = Vec::new();
    let mut start = period.start;
    let mut start_before = comparison.map(|comparison| comparison.span.start);
    while start < period.end {
        let end = zone.next_hour(start).min(period.end);
        let before = comparison.zip(start_before).map(|(Comparison { span, shift, .. }, start)| {
            // The last bar reaches to the end, and that of a repeated hour not back behind its begin.
            let end = if end == period.end { span.end } else { zone.days_before(end, *shift) };
            start..end.clamp(start, span.end)
        });
        start_before = before.as_ref().map(|before| before.end);

        let local = zone.local(start);
        let weekday = if days.number() > 1 { format!("{} ", local.strftime("%a")) } else { String::new() };
        let repeated = zone.abbreviation_if_repeated(start).map_or(String::new(), |name| format!(" {name}"));
        buckets.push(Bucket {
            span: start..end,
            before,
            label: format!("{weekday}{}{repeated}", clock(local)),
            range: DayHour::new(day_of(local.date()), local.hour() as u8)
                .map_or_else(|| days.range(), HistoryRange::Hour),
        });
        start = end;
    }
    buckets
}

/// A bar of whole days.
fn bucket(days: Days, unit: TimeUnit, comparison: Option<&Comparison>, zone: &Zone) -> Bucket {
    Bucket {
        span: span(days, None, zone),
        before: comparison.map(|comparison| span(days.before(comparison.shift), None, zone)),
        label: match unit {
            TimeUnit::Month => days.first.strftime("%b %Y").to_string(),
            _ => days.label_without_year(),
        },
        range: days.range(),
    }
}

fn label(days: Days, hour: Option<i8>) -> String {
    let hours = hour.map_or(String::new(), |hour| format!(", {hour:02}:00 – {:02}:00", hour + 1));
    format!("{}{hours}", days.label())
}

/// The time of day: `15:00`.
fn clock(local: DateTime) -> String {
    local.strftime("%H:%M").to_string()
}

#[cfg(test)]
mod tests;
