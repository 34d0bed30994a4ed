use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::model::{Invalid, MAX_PAGES, address};

/// Reads the parameters as a server does, percent signs included.
fn parse(parameters: &str) -> Result<HistoryQuery, Invalid> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            let mut digit =
                || rest.next().and_then(|digit| char::from(digit).to_digit(16)).expect("a digit") as u8;
            bytes.push(if byte == b'%' { 16 * digit() + digit() } else { byte });
        }
        String::from_utf8(bytes).expect("text")
    };
    let pairs: Vec<(String, String)> = parameters
        .trim_start_matches('?')
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect();
    HistoryQuery::parse(|name| pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str()))
}

fn day() -> impl Strategy<Value = Day> {
    (0..376_200).prop_map(Day::from_epoch)
}

fn range() -> impl Strategy<Value = HistoryRange> {
    prop_oneof![
        select(&HistoryRange::NAMED[..]),
        (day(), day()).prop_map(|(a, b)| HistoryRange::Days(a.min(b), a.max(b))),
        (day(), 0..24_u8)
            .prop_map(|(day, hour)| HistoryRange::Hour(DayHour::new(day, hour).expect("an hour"))),
    ]
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>().prop_filter("control", |character| !character.is_control()), 0..20)
        .prop_map(|characters| characters.into_iter().collect::<String>().trim().to_owned())
}

prop_compose! {
    fn filter()(
        link in option::of("[A-Za-z0-9_-]{1,64}"),
        who in text(),
        min in option::of(1..=86_400_u64),
        pages in option::of(1..=MAX_PAGES),
        page in option::of(1..=MAX_PAGES),
        returning in any::<Option<bool>>(),
        (downloaded, printed) in any::<(bool, bool)>(),
        device in option::of(select(Device::ALL)),
        country in option::of("[A-Z]{2}"),
        referrer in option::of("(|[a-z0-9]{1,20}(\\.[a-z]{2,9})?)"),
    ) -> HistoryQuery {
        HistoryQuery {
            link: link.map(|link| link.parse().expect("a link id")),
            country: country.map(|country| country.parse().expect("a country")),
            who, min, pages, page, returning, downloaded, printed, device, referrer,
            ..HistoryQuery::default()
        }
    }
}

prop_compose! {
    fn query()(
        filter in filter(),
        range in range(),
        archived in any::<bool>(),
        sort in select(&VisitSort::ALL[..]),
        descending in any::<bool>(),
        compare in any::<bool>(),
        by in select(&PerformanceSort::ALL[..]),
        is_turned in any::<bool>(),
        after in option::of((any::<u64>(), any::<u64>(), any::<u64>(), "[A-Za-z0-9_-]{1,64}")),
    ) -> HistoryQuery {
        let cursor = |(visible, recorded, sequence, link)| format!("{visible}~{recorded}-{sequence}~{link}");
        let after = after.map(|after| cursor(after).parse().expect("a cursor"));
        HistoryQuery { range, archived, sort, descending, compare, by: PerformanceOrder { sort: by, is_turned }, after, ..filter }
    }
}

proptest! {
    #[test]
    fn queries_read_back_as_written(query in query()) {
        let parameters = query.as_parameters();
        prop_assert_eq!(parse(&parameters), Ok(query.clone()), "{}", parameters);
        let json = serde_json::to_string(&query).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<HistoryQuery>(&json).expect(&json), query);
    }

    #[test]
    fn each_part_of_a_filter_is_removed_by_its_query(query in query()) {
        let parts = query.filter_parts(LinkId::to_string);
        for FilterPart { filter, without, .. } in &parts {
            let rest: Vec<HistoryFilter> =
                without.filter_parts(LinkId::to_string).iter().map(|part| part.filter).collect();
            prop_assert_eq!(rest.len() + 1, parts.len());
            prop_assert!(!rest.contains(filter) && without.after.is_none());
        }
        prop_assert!(query.unfiltered().filter_parts(LinkId::to_string).is_empty());
    }
}

#[test]
fn address_is_flat_and_readable() {
    assert_eq!(HistoryQuery::default().as_parameters(), "");
    for parameters in [
        "?range=7d&link=guide&who=anna%40example.com&min=90s&page=4",
        "?from=2026-11-01&to=2026-11-20&min=5m&pages=3&returning=no&downloaded=yes&printed=yes&device=phone",
        "?range=2026-11-24T15&country=DE&referrer=-&archived=yes&sort=duration&direction=asc&compare=off",
        "?referrer=news.example.com&after=61000~1795597471600-3~guide",
    ] {
        assert_eq!(parse(parameters).expect(parameters).as_parameters(), parameters);
    }
}

#[test]
fn named_range_outweighs_days_left_in_a_form() {
    for (parameters, range) in [
        ("from=&to=&range=&who=", HistoryRange::Days28),
        ("range=today&from=2026-11-01&to=2026-11-20", HistoryRange::Today),
        ("range=custom", HistoryRange::Days28),
        (
            "range=custom&from=1970-01-01&to=1970-01-02",
            HistoryRange::Days(Day::from_epoch(0), Day::from_epoch(1)),
        ),
    ] {
        assert_eq!(parse(parameters).map(|query| query.range), Ok(range), "{parameters}");
    }
}

#[test]
fn invalid_parameter_is_refused_by_its_name() {
    for (parameters, field) in [
        ("range=29d", "range"),
        ("range=2026-11-24T24", "range"),
        ("range=2026-11-24T5", "range"),
        ("from=2026-11-01", "to"),
        ("to=2026-11-01", "from"),
        ("from=2026-11-02&to=2026-11-01", "to"),
        ("from=2026-02-29&to=2026-03-01", "from"),
        ("from=2026-1-01&to=2026-03-01", "from"),
        ("from=1969-12-31&to=2026-03-01", "from"),
        ("from=2026-03-01&to=3000-01-01", "to"),
        ("link=a%20b", "link"),
        (&format!("who={}", "x".repeat(255)), "who"),
        ("who=a%0Ab", "who"),
        ("min=60", "min"),
        ("min=0s", "min"),
        ("min=+5m", "min"),
        ("min=1441m", "min"),
        ("pages=0", "pages"),
        ("page=5001", "page"),
        ("returning=maybe", "returning"),
        ("downloaded=no", "downloaded"),
        ("printed=no", "printed"),
        ("device=toaster", "device"),
        ("country=de", "country"),
        (&format!("referrer={}", "x".repeat(65)), "referrer"),
        ("archived=1", "archived"),
        ("sort=name", "sort"),
        ("direction=up", "direction"),
        ("compare=on", "compare"),
        ("by=size", "by"),
        ("by=--views", "by"),
        ("after=1~2~guide", "after"),
        ("after=1~2-3", "after"),
        ("after=%2B1~2-3~guide", "after"),
    ] {
        assert_eq!(parse(parameters).expect_err(parameters).field, field, "{parameters}");
    }
}

#[test]
fn filter_is_said_in_words() {
    let query = parse(
        "link=l1&who=anna&min=5m&pages=1&page=4&returning=yes&downloaded=yes&printed=yes&device=phone&country=DE\
         &referrer=-&archived=yes",
    );
    let texts = |query: HistoryQuery| -> Vec<String> {
        let parts = query.filter_parts(|link| format!("“{link}”"));
        parts.into_iter().map(|part| part.text).collect()
    };
    let expected = [
        "link “l1”",
        "reader “anna”",
        "at least 5 minutes",
        "at least 1 page seen",
        "page 4 seen",
        "returning readers",
        "downloaded",
        "tried to print",
        "device Phone",
        "country Germany",
        "no referrer",
        "archived visits only",
    ];
    assert_eq!(texts(query.expect("a query")), expected);
    assert!(texts(HistoryQuery::default()).is_empty());
}

#[test]
fn change_of_a_list_begins_at_its_first_page() {
    let query = parse("after=1~2-3~guide").expect("a query");
    for changed in [
        query.with_range(HistoryRange::All),
        query.with_link("l".parse().expect("a link id")),
        query.with_who("anna"),
        query.with_page(4),
        query.with_device(Device::Phone),
        query.with_country("DE".parse().expect("a country")),
        query.with_referrer("example.com"),
        query.sorted_by(VisitSort::Duration),
        query.without(HistoryFilter::Link),
    ] {
        assert_eq!(changed.after, None, "{changed:?}");
    }
    assert!(query.with_comparison(false).after.is_some());
}

#[test]
fn second_choice_of_a_sort_turns_it_round() {
    let longest = HistoryQuery::default().sorted_by(VisitSort::Duration);
    assert_eq!((longest.sort, longest.descending), (VisitSort::Duration, true));
    assert!(!longest.sorted_by(VisitSort::Duration).descending);
    assert!(longest.sorted_by(VisitSort::Time).descending);
    let by_title = HistoryQuery::default().table_by(PerformanceSort::Title);
    assert_eq!(by_title.as_parameters(), "?by=title");
    assert_eq!(by_title.table_by(PerformanceSort::Title).as_parameters(), "?by=-title");
    assert_eq!(by_title.table_by(PerformanceSort::Views), HistoryQuery::default());
}

#[test]
fn json_obeys_the_same_rules_as_the_address() {
    for bad in [r#"{"range":"2026-11-02..2026-11-01"}"#, r#"{"range":"2026-11-02T99"}"#, r#"{"after":"1"}"#] {
        assert!(serde_json::from_str::<HistoryQuery>(bad).is_err(), "{bad}");
    }
    assert_eq!(serde_json::from_str::<HistoryQuery>("{}").expect("a query"), HistoryQuery::default());
}

/// The browser's program holds the address, and not the query.
#[test]
fn address_of_a_reader_is_that_of_a_query() {
    let link: LinkId = "guide".parse().expect("a link id");
    for who in ["ann+b@example.com", "2j8demvb"] {
        let query = HistoryQuery::default().with_range(HistoryRange::All).with_who(who);
        let expected = format!("{}{}#analytics", address::dashboard(&link), query.as_parameters());
        assert_eq!(address::visits_of_reader(&link, who), expected);
    }
}
