//! Sealed files as bytes: what comes back, and what is found to be damaged.

use proptest::{collection::vec, option, prelude::*};

use super::{encode::ROWS_PER_GROUP, error::Damage, file::SealedFile, *};
use crate::model::{Browser, ClientKind, Country, Device, PageTime, ReaderName, System, Thirds, VisitId};

/// A visit of which nothing is known that can be unknown.
fn unknown(recorded_at: u64, sequence: u64) -> Visit {
    let (link, document) = ("link".parse().expect("a link id"), "document".parse().expect("a document's id"));
    Visit::of(VisitId { recorded_at, sequence }, link, document)
}

fn known(index: u64) -> Visit {
    Visit {
        version: Some("version".to_owned()),
        page_count: Some(12),
        reader: Some(ReaderName::of_text(&format!("mark-{index}"))),
        email: Some(format!("reader-{index}@example.com")),
        joined_at: index as i64 * 1_000,
        ended_at: index as i64 * 1_000 + 500,
        visible_ms: 400,
        pages: Some(vec![PageTime::whole(1, 100), PageTime::whole(3, 300)]),
        exit_page: Some(3),
        referrer: Some("example.com".to_owned()),
        client: ClientKind::of_code("cwd"),
        country: "DE".parse().ok(),
        returning: Some(index.is_multiple_of(2)),
        ..unknown(index * 1_000 + 700, 0)
    }
}

/// All visits of a file, the oldest first.
fn decode(bytes: Bytes) -> Result<Vec<Visit>, Damage> {
    let mut visits = Vec::new();
    SealedFile::open(bytes)?.each(|visit| {
        visits.push(visit);
        Ok::<_, Damage>(())
    })?;
    Ok(visits)
}

fn any_client() -> impl Strategy<Value = ClientKind> {
    let [browser, system, device] = [Browser::ALL.len(), System::ALL.len(), Device::ALL.len()];
    (0..browser, 0..system, 0..device).prop_map(|(browser, system, device)| ClientKind {
        browser: Browser::ALL[browser],
        system: System::ALL[system],
        device: Device::ALL[device],
    })
}

fn any_country() -> impl Strategy<Value = Country> {
    "[A-Z]{2}".prop_map(|code| code.parse().expect("two capital letters"))
}

/// Quotes, control characters, right-to-left, emoji, any other text, and the longest.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[\"'\\\\,;\r\n\t\0=@|-]{0,12}",
        "[א-תا-ي\u{200f}\u{202e}]{1,12}",
        "[😀-🙏👩‍👩‍👧\u{fe0f}]{1,8}",
        "\\PC{0,40}",
        Just(format!("{}@example.com", "x".repeat(242))),
    ]
}

fn any_reader() -> impl Strategy<Value = ReaderName> {
    any::<u64>().prop_map(|mark| ReaderName::of_text(&mark.to_string()))
}

fn any_pages() -> impl Strategy<Value = Vec<PageTime>> {
    let page = (any::<u32>(), any::<u64>(), 0..=7_u8).prop_map(|(page, visible_ms, thirds)| PageTime {
        page,
        visible_ms,
        thirds: Thirds::try_from(thirds).expect("thirds"),
    });
    vec(page, 0..6)
}

prop_compose! {
    fn any_visit()(
        (recorded_at, sequence) in (0..=i64::MAX.cast_unsigned(), any::<u64>()),
        (joined_at, ended_at, visible_ms) in any::<(i64, i64, u64)>(),
        (page_count, exit_page, downloaded_at) in any::<(Option<u32>, Option<u32>, Option<i64>)>(),
        (returning, archived, printed, email_verified) in any::<(Option<bool>, bool, bool, bool)>(),
        active_after_ms in any::<u64>(),
        clicked in vec(any_text(), 0..4),
        (version, email, referrer) in (option::of(any_text()), option::of(any_text()), option::of(any_text())),
        reader in option::of(any_reader()),
        pages in option::of(any_pages()),
        client in option::of(any_client()),
        country in option::of(any_country()),
    ) -> Visit {
        Visit {
            version, email, referrer, joined_at, ended_at, visible_ms, page_count, exit_page, downloaded_at, returning,
            archived, reader, pages, client, country, clicked, printed, email_verified,
            active_after_ms,
            ..unknown(recorded_at, sequence)
        }
    }
}

proptest! {
    #[test]
    fn visits_come_back_unchanged(mut visits in vec(any_visit(), 1..40)) {
        visits.sort_by_key(|visit| visit.id);
        visits.dedup_by_key(|visit| visit.id);
        let file = encode(&visits).expect("a file");
        prop_assert_eq!(file.stats.visits, visits.len() as u64);
        prop_assert_eq!(file.stats.bytes, file.bytes.len() as u64);
        let same = encode(&visits).expect("a file");
        prop_assert!(same.bytes == file.bytes, "the same visits give the same bytes");
        for visit in &visits {
            let email = visit.email.clone().map(Person::Email);
            for person in email.into_iter().chain(visit.reader.map(Person::Reader)) {
                prop_assert!(file.stats.may_know(&person), "{:?}", person);
            }
        }
        prop_assert_eq!(decode(file.bytes).expect("a whole file"), visits);
    }
}

#[test]
fn what_was_not_recorded_stays_unknown() {
    let visits = [unknown(1, 0), unknown(1, 1), Visit { pages: Some(vec![]), ..unknown(2, 0) }];
    let file = encode(&visits).expect("a file");
    assert_eq!(decode(file.bytes).expect("a whole file"), visits);
}

#[test]
fn visits_of_several_row_groups_come_back() {
    let visits: Vec<_> = (0..ROWS_PER_GROUP as u64 + 3).map(known).collect();
    let file = encode(&visits).expect("a file");
    assert!(decode(file.bytes).expect("a whole file") == visits);
}

#[test]
fn only_ascending_visits_are_a_file() {
    assert!(matches!(encode(&[]), Err(Unfit::Empty)));
    assert!(matches!(encode(&[known(2), known(1)]), Err(Unfit::Order)));
    assert!(matches!(encode(&[known(1), known(1)]), Err(Unfit::Order)), "no visit twice");
    assert!(matches!(encode(&[unknown(1 << 63, 0)]), Err(Unfit::Time)));
}

#[test]
fn damaged_file_is_an_error() {
    let visits: Vec<_> = (0..300).map(known).collect();
    let whole = encode(&visits).expect("a file").bytes;
    for length in (0..whole.len()).step_by(97) {
        assert!(decode(whole.slice(..length)).is_err(), "{length} of {} bytes", whole.len());
    }
    for place in (0..whole.len()).step_by(5) {
        let mut flipped = whole.to_vec();
        flipped[place] ^= 1 << (place % 8);
        assert!(decode(flipped.into()).is_err(), "byte {place}");
    }
    assert!(decode(whole).is_ok());
}

#[test]
fn file_of_another_schema_is_refused() {
    let file = encode(&[known(1)]).expect("a file").bytes.to_vec();
    let at = file.windows(16).rposition(|bytes| bytes == b"sightline.visits").expect("the key");
    let mut newer = file.clone();
    assert_eq!(newer[at + 18], b'4');
    newer[at + 18] = b'5';
    let refused = decode(seal::close(newer).into()).expect_err("a newer schema");
    assert_eq!(refused.to_string(), "its schema is 5; this server reads 1 to 4");
}
