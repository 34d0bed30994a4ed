use jiff::civil::datetime;
use proptest::{prelude::*, sample::select};

use super::*;
use crate::model::{
    Day,
    TimeUnit::{Day as OneDay, Hour, Month, Week},
};

fn zone(name: &str) -> Zone {
    Zone::named(name).expect(name)
}

/// The period of a range, as seen at a local time such as `2026-11-24T15:07`.
fn period(zone: &Zone, now: &str, range: &str) -> Period {
    let query = HistoryQuery { range: range.parse().expect(range), ..HistoryQuery::default() };
    Period::new(&query, zone, zone.time(now.parse().expect(now)), None)
}

/// A span in local time: `2026-11-24T00:00/2026-11-25T00:00`.
fn local(zone: &Zone, span: &Range<i64>) -> String {
    let written = |time| zone.local(time).strftime("%FT%H:%M").to_string();
    format!("{}/{}", written(span.start), written(span.end))
}

fn labels(period: &Period) -> Vec<&str> {
    period.buckets.iter().map(|bucket| bucket.label.as_str()).collect()
}

#[test]
fn range_covers_whole_days_of_the_zone() {
    let now = "2026-11-24T15:07";
    for (range, span, unit, bars, label) in [
        ("today", "2026-11-24T00:00/2026-11-25T00:00", Hour, 24, "Tue 24 Nov 2026"),
        ("yesterday", "2026-11-23T00:00/2026-11-24T00:00", Hour, 24, "Mon 23 Nov 2026"),
        ("7d", "2026-11-18T00:00/2026-11-25T00:00", OneDay, 7, "18 – 24 Nov 2026"),
        ("28d", "2026-10-28T00:00/2026-11-25T00:00", OneDay, 28, "28 Oct – 24 Nov 2026"),
        ("90d", "2026-08-27T00:00/2026-11-25T00:00", OneDay, 90, "27 Aug – 24 Nov 2026"),
        ("12m", "2025-11-25T00:00/2026-11-25T00:00", Week, 53, "25 Nov 2025 – 24 Nov 2026"),
        ("all", "2026-11-24T00:00/2026-11-25T00:00", Hour, 24, "Tue 24 Nov 2026"),
        ("2026-11-01..2026-11-02", "2026-11-01T00:00/2026-11-03T00:00", Hour, 48, "1 – 2 Nov 2026"),
        ("2026-11-01..2026-11-03", "2026-11-01T00:00/2026-11-04T00:00", OneDay, 3, "1 – 3 Nov 2026"),
        ("2026-01-01..2026-04-02", "2026-01-01T00:00/2026-04-03T00:00", OneDay, 92, "1 Jan – 2 Apr 2026"),
        ("2026-01-01..2026-04-03", "2026-01-01T00:00/2026-04-04T00:00", Week, 14, "1 Jan – 3 Apr 2026"),
        ("2024-01-01..2024-12-31", "2024-01-01T00:00/2025-01-01T00:00", Week, 53, "1 Jan – 31 Dec 2024"),
        ("2024-01-01..2025-01-01", "2024-01-01T00:00/2025-01-02T00:00", Month, 13, "1 Jan 2024 – 1 Jan 2025"),
        ("2026-11-24T15", "2026-11-24T15:00/2026-11-24T16:00", Hour, 1, "Tue 24 Nov 2026, 15:00 – 16:00"),
        ("2026-11-23T23", "2026-11-23T23:00/2026-11-24T00:00", Hour, 1, "Mon 23 Nov 2026, 23:00 – 24:00"),
        // What lies after today is left out, unless all of it does.
        ("2026-11-20..2027-11-20", "2026-11-20T00:00/2026-11-25T00:00", OneDay, 5, "20 – 24 Nov 2026"),
        ("2999-12-30..2999-12-31", "2999-12-30T00:00/2999-12-31T00:00", Hour, 24, "Mon 30 Dec 2999"),
    ] {
        for name in ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"] {
            let zone = zone(name);
            let period = period(&zone, now, range);
            let found = (&*local(&zone, &period.span), period.unit, &*period.label);
            assert_eq!(found, (span, unit, label), "{name} {range}");
            assert_eq!(period.buckets.len(), bars, "{name} {range}");
        }
    }
}

#[test]
fn today_is_that_of_the_zone() {
    let now = Zone::utc().time(datetime(2026, 11, 24, 18, 30, 0, 0));
    let query = HistoryQuery::default().with_range(HistoryRange::Today);
    for (name, label) in [("UTC", "Tue 24 Nov 2026"), ("Asia/Kathmandu", "Wed 25 Nov 2026")] {
        assert_eq!(Period::new(&query, &zone(name), now, None).label, label);
    }
}

#[test]
fn period_before_has_the_same_weekdays_and_is_clipped() {
    for (range, clipped, whole_end, label) in [
        ("today", "2026-11-17T00:00/2026-11-17T15:00", "2026-11-18T00:00", "Tue 17 Nov 2026 until 15:00"),
        ("yesterday", "2026-11-16T00:00/2026-11-17T00:00", "2026-11-17T00:00", "Mon 16 Nov 2026"),
        ("7d", "2026-11-11T00:00/2026-11-17T15:00", "2026-11-18T00:00", "11 – 17 Nov 2026 until 15:00"),
        ("28d", "2026-09-30T00:00/2026-10-27T15:00", "2026-10-28T00:00", "30 Sep – 27 Oct 2026 until 15:00"),
        ("90d", "2026-05-28T00:00/2026-08-25T15:00", "2026-08-26T00:00", "28 May – 25 Aug 2026 until 15:00"),
        (
            "2026-11-24T15",
            "2026-11-17T15:00/2026-11-17T15:00",
            "2026-11-17T16:00",
            "Tue 17 Nov 2026, 15:00 – 16:00 until 15:00",
        ),
        (
            "2026-11-01..2026-11-10",
            "2026-10-18T00:00/2026-10-28T00:00",
            "2026-10-28T00:00",
            "18 – 27 Oct 2026",
        ),
    ] {
        for name in ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"] {
            let zone = zone(name);
            let before = period(&zone, "2026-11-24T15:07", range).comparison.expect("a comparison");
            assert_eq!(local(&zone, &before.clipped), clipped, "{name} {range}");
            assert!(local(&zone, &before.span).ends_with(whole_end), "{name} {range}");
            assert_eq!(before.label, label);
        }
    }
}

#[test]
fn nothing_is_compared_with_all_time_or_where_not_asked() {
    let zone = Zone::utc();
    let alone = HistoryQuery::default().with_comparison(false);
    let all = HistoryQuery::default().with_range(HistoryRange::All);
    for query in [alone, all] {
        let period = Period::new(&query, &zone, 1_795_521_600_000, None);
        assert_eq!(period.comparison, None);
        assert!(period.buckets.iter().all(|bucket| bucket.before.is_none()));
        assert_eq!(period.needed(), period.span);
    }
}

#[test]
fn all_time_begins_at_the_first_visit() {
    let zone = zone("Asia/Kathmandu");
    let query = HistoryQuery::default().with_range(HistoryRange::All);
    let now = zone.time(datetime(2026, 11, 24, 12, 0, 0, 0));
    for (first, label, unit) in [
        (datetime(2026, 11, 24, 0, 15, 0, 0), "Tue 24 Nov 2026", Hour),
        (datetime(2026, 10, 1, 23, 59, 0, 0), "1 Oct – 24 Nov 2026", OneDay),
        (datetime(2024, 2, 29, 0, 0, 0, 0), "29 Feb 2024 – 24 Nov 2026", Month),
        // A visit that a clock set wrongly recorded.
        (datetime(2031, 1, 1, 0, 0, 0, 0), "Tue 24 Nov 2026", Hour),
        (datetime(1802, 1, 1, 0, 0, 0, 0), "1 Jan 1970 – 24 Nov 2026", Month),
    ] {
        let period = Period::new(&query, &zone, now, Some(zone.time(first)));
        assert_eq!((&*period.label, period.unit), (label, unit));
    }
}

#[test]
fn both_nights_of_berlin_have_all_their_hours() {
    let zone = zone("Europe/Berlin");
    let spring = period(&zone, "2026-03-29T15:07", "today");
    assert_eq!(labels(&spring)[..4], ["00:00", "01:00", "03:00", "04:00"]);
    assert_eq!(spring.buckets.len(), 23);

    let autumn = period(&zone, "2026-10-25T15:07", "today");
    assert_eq!(labels(&autumn)[..5], ["00:00", "01:00", "02:00 CEST", "02:00 CET", "03:00"]);
    assert_eq!(autumn.buckets.len(), 25);
    for period in [spring, autumn] {
        let before = period.comparison.expect("a comparison");
        assert_eq!(before.clipped.end - before.clipped.start, 15 * 3_600_000);
    }
}

#[test]
fn night_a_week_before_is_compared_until_the_same_time() {
    let zone = zone("Europe/Berlin");
    for (now, hours, two) in [("2026-04-05T15:07", 14, 0), ("2026-11-01T15:07", 16, 2)] {
        let period = period(&zone, now, "today");
        let before = period.comparison.expect("a comparison");
        assert_eq!((before.clipped.end - before.clipped.start) / 3_600_000, hours, "{now}");
        let lengths: Vec<i64> = period
            .buckets
            .iter()
            .filter_map(|bucket| bucket.before.as_ref())
            .map(|span| (span.end - span.start) / 3_600_000)
            .collect();
        assert_eq!((lengths[1], lengths[2], lengths[3]), (1, two, 1), "{now}");
    }
}

#[test]
fn skipped_hour_is_empty_and_never_negative() {
    for (name, range, minutes) in [
        ("Europe/Berlin", "2026-03-29T01", 60),
        ("Europe/Berlin", "2026-03-29T02", 0),
        ("Europe/Berlin", "2026-10-25T02", 120),
        ("Australia/Lord_Howe", "2026-10-04T02", 30),
        ("Australia/Lord_Howe", "2026-04-05T01", 90),
        ("Antarctica/Troll", "2026-03-29T02", 0),
    ] {
        let zone = zone(name);
        let hour = period(&zone, "2026-11-24T15:07", range);
        assert_eq!((hour.span.end - hour.span.start) / 60_000, minutes, "{name} {range}");
        assert_eq!(hour.buckets.is_empty(), minutes == 0);
        // The week after is compared with it.
        period(&zone, "2026-04-05T02:30", "today");
    }
}

#[test]
fn half_hour_night_of_lord_howe_has_a_short_bar() {
    let zone = zone("Australia/Lord_Howe");
    assert_eq!(
        labels(&period(&zone, "2026-10-04T12:00", "today"))[..5],
        ["00:00", "01:00", "02:30", "03:00", "04:00"]
    );
    assert_eq!(
        labels(&period(&zone, "2026-04-05T12:00", "today"))[..5],
        ["00:00", "01:00", "01:30 +1030", "02:00", "03:00"]
    );
}

#[test]
fn weeks_begin_on_monday_and_months_on_the_first() {
    let zone = Zone::utc();
    let weeks = period(&zone, "2026-11-24T15:07", "2026-07-01..2026-11-24");
    assert_eq!(labels(&weeks)[..3], ["1 – 5 Jul", "6 – 12 Jul", "13 – 19 Jul"]);
    assert_eq!(labels(&weeks).last(), Some(&"23 – 24 Nov"));
    let months = period(&zone, "2026-11-24T15:07", "2025-01-31..2026-02-28");
    assert_eq!(labels(&months)[..3], ["Jan 2025", "Feb 2025", "Mar 2025"]);
    assert_eq!(months.buckets.len(), 14);
    let days = period(&zone, "2026-11-24T15:07", "7d");
    assert_eq!(labels(&days)[5..], ["Mon 23 Nov", "Tue 24 Nov"]);
    let hours = period(&zone, "2026-11-24T15:07", "2026-11-23..2026-11-24");
    assert_eq!(labels(&hours)[23..25], ["Mon 23:00", "Tue 00:00"]);
}

#[test]
fn leap_day_is_a_day_like_others() {
    let zone = zone("Europe/Berlin");
    let leap = period(&zone, "2028-03-01T09:00", "2028-02-28..2028-03-01");
    assert_eq!(labels(&leap), ["Mon 28 Feb", "Tue 29 Feb", "Wed 1 Mar"]);
    assert_eq!(period(&zone, "2028-02-29T09:00", "12m").label, "1 Mar 2027 – 29 Feb 2028");
    assert_eq!(
        period(&zone, "2028-02-29T09:00", "today").comparison.expect("one").label,
        "Tue 22 Feb 2028 until 09:00"
    );
}

fn any_range() -> impl Strategy<Value = HistoryRange> {
    let day = || (18_262..22_000).prop_map(Day::from_epoch);
    prop_oneof![
        select(&HistoryRange::NAMED[..]),
        (day(), 0..1_000).prop_map(|(from, length)| {
            HistoryRange::Days(from, Day::from_epoch(from.days_since_epoch() + length))
        }),
        (day(), 0..24_u8)
            .prop_map(|(day, hour)| HistoryRange::Hour(DayHour::new(day, hour).expect("an hour"))),
    ]
}

/// Whether spans follow each other without gaps, and make up `whole`.
fn are_without_gaps<'a>(mut spans: impl Iterator<Item = &'a Range<i64>>, whole: &Range<i64>) -> bool {
    spans.try_fold(whole.start, |end, span| (span.start == end && span.end >= end).then_some(span.end))
        == Some(whole.end)
}

proptest! {
    #[test]
    fn bars_leave_no_gaps_and_lead_to_their_own_time(
        range in any_range(),
        // From 2020 to 2030.
        now in 1_577_836_800_000..1_893_456_000_000_i64,
        first in proptest::option::of(1_577_836_800_000..1_893_456_000_000_i64),
        name in select(vec![
            "UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut",
            "America/St_Johns", "Pacific/Chatham", "Africa/Casablanca", "Antarctica/Troll",
        ]),
    ) {
        let zone = zone(name);
        let query = HistoryQuery::default().with_range(range);
        let period = Period::new(&query, &zone, now, first);
        prop_assert!(are_without_gaps(period.buckets.iter().map(|bucket| &bucket.span), &period.span));
        if let Some(before) = &period.comparison {
            let spans = period.buckets.iter().filter_map(|bucket| bucket.before.as_ref());
            prop_assert!(are_without_gaps(spans, &before.span) || period.buckets.is_empty());
            prop_assert!(before.span.end <= period.span.start, "no visit counts twice");
            prop_assert!(before.clipped.end <= before.span.end && before.span.start <= before.clipped.end);
        }
        for bucket in &period.buckets {
            let alone = Period::new(&query.with_range(bucket.range), &zone, now, first).span;
            // Troll sets its clocks back by two hours: the two hours of one name do not follow each other.
            let is_whole = alone.start <= bucket.span.start && bucket.span.end <= alone.end;
            prop_assert!(is_whole || name == "Antarctica/Troll", "{}", bucket.label);
            prop_assert!(bucket.span.start % 900_000 == 0, "a quarter-hour");
        }
    }
}
