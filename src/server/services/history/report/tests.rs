use std::time::{Duration, Instant};

use proptest::{prelude::*, sample::select};

use super::*;
use crate::{
    model::{BreakdownKind, Device, HistoryRange, ReportNumbers, TimeUnit, Visit},
    server::services::history::{
        VisitFilter,
        sample::{self, visit},
    },
};

/// Tuesday 24 November 2026, 12:00 UTC.
const NOW: i64 = 1_795_521_600_000;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn of(scope: &HistoryScope, visits: &[Visit], query: &HistoryQuery, zone: &Zone) -> Report {
    let period = Period::new(query, zone, NOW, visits.iter().map(|visit| visit.joined_at).min());
    let request = ReportRequest { scope, query, path: "/analytics", zone, period: &period };
    let (mut report, filter) = (ReportBuilder::new(&period), VisitFilter::new(query));
    for visit in visits.iter().filter(|visit| filter.matches(*visit) == Ok(true)) {
        let Ok(()) = report.add(visit, false);
    }
    report.finish(&request, |link| format!("Link {link}"))
}

fn of_document(visits: &[Visit], query: &HistoryQuery) -> Report {
    of(&HistoryScope::Document("document".parse().expect("an id")), visits, query, &Zone::utc())
}

#[test]
fn report_without_visits_has_dashes_and_all_bars() {
    let report = of_document(&[], &HistoryQuery::default());
    let zero = Compared { value: Some(0), before: Some(0) };
    let expected = ReportNumbers { views: zero, readers: zero, downloads: zero, ..ReportNumbers::default() };
    assert_eq!(report.numbers, expected);
    assert_eq!(report.views.bars.len(), 28);
    assert_eq!(report.pages, []);
    assert!(report.breakdowns.iter().all(|breakdown| breakdown.rows.is_empty()));
    assert_eq!(report.range, "28 Oct – 24 Nov 2026");
    assert_eq!(report.compared_with, "30 Sep – 27 Oct 2026 until 12:00");
    assert_eq!(report.zone, "UTC");
}

#[test]
fn cards_are_clipped_to_now_and_bars_are_whole() {
    let week = 7 * DAY;
    let visits = [
        visit(NOW - HOUR),
        visit(NOW - week - HOUR),
        visit(NOW - week - 1),
        visit(NOW - week),             // a week ago, at this time
        visit(NOW - week + 11 * HOUR), // a week ago, late in the evening
        visit(NOW - week + 12 * HOUR), // the day after
    ];
    let report = of_document(&visits, &HistoryQuery::default().with_range(HistoryRange::Today));
    assert_eq!(report.numbers.views, Compared { value: Some(1), before: Some(2) });
    assert_eq!(report.numbers.readers, Compared { value: Some(1), before: Some(1) });
    let bars = &report.views.bars;
    assert_eq!((report.views.unit, bars.len()), (TimeUnit::Hour, 24));
    assert_eq!((bars[11].views, bars[11].before), (1, Some(2)));
    assert_eq!((bars[12].before, bars[23].before), (Some(1), Some(1)));
    let unfinished: Vec<bool> = bars.iter().map(|bar| bar.is_unfinished).collect();
    assert_eq!(unfinished, [[false; 12], [true; 12]].concat());
    assert_eq!(report.compared_with, "Tue 17 Nov 2026 until 12:00");
}

#[test]
fn without_a_comparison_nothing_stands_beside_a_number() {
    let report = of_document(&[visit(NOW - 1)], &HistoryQuery::default().with_comparison(false));
    assert_eq!(report.numbers.views, Compared { value: Some(1), before: None });
    assert_eq!(report.numbers.downloads, Compared { value: Some(0), before: None });
    assert_eq!((report.compared_with.as_str(), report.views.bars[27].before), ("", None));
}

#[test]
fn first_minutes_of_a_period_are_not_compared() {
    let query = HistoryQuery::default().with_range("2026-11-24T12".parse().expect("a range"));
    let report = of_document(&[visit(NOW), visit(NOW - 7 * DAY)], &query);
    assert_eq!(report.numbers.views, Compared { value: Some(1), before: None });
    assert_eq!(report.views.bars[0].before, Some(1));
}

#[test]
fn archived_visits_are_in_no_number_unless_asked_for() {
    let visits = [visit(NOW - 1), Visit { archived: true, downloaded_at: Some(NOW), ..visit(NOW - 2) }];
    let counted = |query: &HistoryQuery| {
        let report = of_document(&visits, query);
        (report.numbers.views.value, report.numbers.downloads.value, report.pages[0].visits)
    };
    assert_eq!(counted(&HistoryQuery::default()), (Some(1), Some(0), 1));
    assert_eq!(counted(&HistoryQuery { archived: true, ..HistoryQuery::default() }), (Some(1), Some(1), 1));
}

#[test]
fn bars_and_rows_narrow_the_page_they_are_on() {
    let query = HistoryQuery::default().with_who("anna");
    let report = of_document(&[visit(NOW - 1)], &query);
    assert_eq!(report.views.bars[27].address, "/analytics?from=2026-11-24&to=2026-11-24&who=anna");
    assert_eq!(report.pages[3].address, "/analytics?who=anna&page=4");
    assert_eq!(report.pages[3].picture, "/api/documents/document/pages/4?v=v1");
    let addresses: Vec<&str> =
        report.breakdowns.iter().map(|breakdown| breakdown.rows[0].address.as_str()).collect();
    let expected = ["link=guide", "referrer=news.example.com", "device=phone", "country=DE"];
    for (address, filter) in addresses.iter().zip(expected) {
        assert!(address.starts_with("/analytics?") && address.contains(filter), "{address}");
    }
    let hour = of_document(&[], &query.with_range(HistoryRange::Today)).views.bars[9].address.clone();
    assert_eq!(hour, "/analytics?range=2026-11-24T09&who=anna");
}

#[test]
fn links_are_told_apart_only_where_there_are_several() {
    let visits = [visit(NOW - 1)];
    let kinds = |scope: &HistoryScope| -> Vec<BreakdownKind> {
        let report = of(scope, &visits, &HistoryQuery::default(), &Zone::utc());
        report.breakdowns.iter().map(|breakdown| breakdown.kind).collect()
    };
    let [links, others @ ..] =
        [BreakdownKind::Links, BreakdownKind::Referrers, BreakdownKind::Devices, BreakdownKind::Countries];
    assert_eq!(kinds(&HistoryScope::Link("guide".parse().expect("an id"))), others);
    assert_eq!(kinds(&HistoryScope::Everything)[0], links);
    let labels = of_document(&visits, &HistoryQuery::default()).breakdowns[0].rows[0].label.clone();
    assert_eq!(labels, "Link guide");
}

#[test]
fn unknown_parts_have_a_row_and_no_address() {
    let visits = [
        visit(NOW - 1),
        Visit { referrer: Some(String::new()), client: None, country: None, ..visit(NOW - 2) },
        Visit { referrer: None, ..visit(NOW - 3) },
    ];
    let report = of_document(&visits, &HistoryQuery::default());
    let rows = |kind: BreakdownKind| -> Vec<(String, u64, bool)> {
        let breakdown =
            report.breakdowns.iter().find(|breakdown| breakdown.kind == kind).expect("a breakdown");
        breakdown.rows.iter().map(|row| (row.label.clone(), row.visits, row.address.is_empty())).collect()
    };
    let row = |label: &str, visits, is_unknown| (label.to_owned(), visits, is_unknown);
    let referrers =
        [row("Direct", 1, false), row("news.example.com", 1, false), row("Not recorded", 1, true)];
    assert_eq!(rows(BreakdownKind::Referrers), referrers);
    let devices = [row(Device::Phone.label(), 2, false), row("Not recorded", 1, true)];
    assert_eq!(rows(BreakdownKind::Devices), devices);
}

#[test]
fn hours_of_the_week_are_those_of_the_zone() {
    // Tuesday 12:00 UTC is 17:45 in Kathmandu and 23:00 in summer on Lord Howe.
    for (name, row, column) in [("UTC", 1, 12), ("Asia/Kathmandu", 1, 17), ("Australia/Lord_Howe", 1, 23)] {
        let zone = Zone::named(name).expect(name);
        let report = of(&HistoryScope::Everything, &[visit(NOW)], &HistoryQuery::default(), &zone);
        assert_eq!(report.hours[row][column], 1, "{name}");
        assert_eq!(report.hours.iter().flatten().sum::<u64>(), 1);
    }
}

#[test]
fn download_without_a_visit_is_no_view() {
    let report = of_document(&[sample::download(NOW - 1)], &HistoryQuery::default());
    assert_eq!((report.numbers.views.value, report.numbers.downloads.value), (Some(0), Some(1)));
    assert_eq!(report.numbers.median_seconds.value, None);
    assert!(report.breakdowns.iter().all(|breakdown| breakdown.rows.is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn charts_count_every_visit_once(
        seed in any::<u64>(),
        name in select(vec!["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]),
        range in select(&HistoryRange::NAMED[..]),
    ) {
        let zone = Zone::named(name).expect(name);
        let visits = sample::visits(400, NOW - 200 * DAY, NOW, seed);
        let query = HistoryQuery::default().with_range(range);
        let period = Period::new(&query, &zone, NOW, visits.iter().map(|visit| visit.joined_at).min());
        let report = of(&HistoryScope::Everything, &visits, &query, &zone);

        let began_in = |from, to| visits.iter().filter(|visit| (from..to).contains(&visit.joined_at)).count() as u64;
        let views = began_in(period.span.start, period.span.end);
        prop_assert_eq!(report.numbers.views.value, Some(views));
        prop_assert_eq!(report.hours.iter().flatten().sum::<u64>(), views);
        for (bar, bucket) in report.views.bars.iter().zip(&period.buckets) {
            prop_assert_eq!(bar.views, began_in(bucket.span.start, bucket.span.end));
            prop_assert_eq!(bar.before, bucket.before.as_ref().map(|before| began_in(before.start, before.end)));
        }
        for breakdown in &report.breakdowns {
            prop_assert_eq!(breakdown.rows.iter().map(|row| row.visits).sum::<u64>(), views);
        }
        let exits: u64 = report.pages.iter().map(|page| page.exits).sum();
        prop_assert_eq!(exits, views);
    }
}

#[test]
fn hundred_thousand_visits_take_one_pass() {
    let visits = sample::visits(100_000, NOW - 56 * DAY, NOW, 7);
    let started = Instant::now();
    let report = of_document(&visits, &HistoryQuery::default().with_referrer("host1.example.com"));
    assert!(report.numbers.views.value.is_some_and(|views| views > 500));
    let report = of_document(&visits, &HistoryQuery::default());
    let total = report.numbers.views.value.zip(report.numbers.views.before).map(|(now, before)| now + before);
    assert!(total.is_some_and(|total| total > 90_000), "{total:?}");
    // Unoptimised it takes less than a second; with n² steps it takes minutes.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn parts_add_up_to_the_whole(seed in any::<u64>(), number in 0..200_usize, parts in 1..5_usize) {
        let (query, scope) = (HistoryQuery::default(), HistoryScope::Everything);
        let period = Period::new(&query, &Zone::utc(), NOW, None);
        let visits = sample::visits(number, NOW - 60 * DAY, NOW, seed);
        let count = |visits: &[Visit]| {
            let mut report = ReportBuilder::new(&period);
            for visit in visits {
                let Ok(()) = report.add(visit, visit.visible_ms % 2_000 == 0);
            }
            report
        };
        let mut sum = ReportBuilder::new(&period);
        visits.chunks(number.div_ceil(parts).max(1)).for_each(|part| sum.add_all(&count(part)));
        let request =
            ReportRequest { scope: &scope, query: &query, path: "/analytics", zone: &Zone::utc(), period: &period };
        let mut whole = count(&visits);
        let row = |report: &mut ReportBuilder| {
            report.row("document".parse().expect("an id"), String::new(), &period)
        };
        prop_assert_eq!(row(&mut sum), row(&mut whole));
        let finished = |report: ReportBuilder| report.finish(&request, LinkId::to_string);
        prop_assert_eq!(finished(sum), finished(whole));
    }
}
