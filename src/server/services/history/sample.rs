//! Visits for tests.

use crate::model::{Browser, ClientKind, Device, PageTime, ReaderName, System, Visit, VisitId};

/// A visit of a minute: pages 1 and 2 of 4, and page 3 for a moment.
pub(super) fn visit(joined_at: i64) -> Visit {
    let ended_at = joined_at + 60_000;
    Visit {
        id: VisitId { recorded_at: ended_at.max(0) as u64, sequence: 0 },
        link: "guide".parse().expect("a link id"),
        document: "document".parse().expect("a document's id"),
        version: Some("v1".to_owned()),
        page_count: Some(4),
        reader: Some(ReaderName::of_text("mark")),
        email: Some("Anna@example.com".to_owned()),
        email_verified: false,
        active_after_ms: 0,
        joined_at,
        ended_at,
        visible_ms: 60_000,
        pages: Some(
            [(1, 40_000), (2, 19_500), (3, 500)]
                .map(|(page, visible_ms)| PageTime::whole(page, visible_ms))
                .into(),
        ),
        exit_page: Some(3),
        downloaded_at: None,
        referrer: Some("news.example.com".to_owned()),
        client: Some(ClientKind { browser: Browser::Safari, system: System::Ios, device: Device::Phone }),
        country: Some("DE".parse().expect("a country")),
        returning: Some(false),
        archived: false,
        clicked: Vec::new(),
        printed: false,
    }
}

/// A download of which no visit is known.
pub(super) fn download(time: i64) -> Visit {
    Visit {
        ended_at: time,
        visible_ms: 0,
        pages: Some(vec![]),
        exit_page: None,
        downloaded_at: Some(time),
        ..visit(time)
    }
}

/// Visits that begin at random times of a span, in the order of their ids.
pub(super) fn visits(number: usize, from: i64, to: i64, seed: u64) -> Vec<Visit> {
    let mut random = Random(seed);
    (0..number)
        .map(|at| {
            let joined_at = from + random.below((to - from) as u64) as i64;
            let page = 1 + random.below(4) as u32;
            Visit {
                // Some share their time, and their id where their links differ.
                id: VisitId { recorded_at: from as u64 + at as u64 / 3, sequence: at as u64 % 3 / 2 },
                link: if at % 3 == 0 { "guide" } else { "other" }.parse().expect("a link id"),
                reader: Some(ReaderName::of_text(&format!("mark-{}", random.below(number as u64)))),
                visible_ms: random.below(90) * 1_000,
                pages: Some(
                    (1..=page).map(|page| PageTime::whole(page, 500 + random.below(20_000))).collect(),
                ),
                exit_page: Some(page),
                referrer: (at % 5 > 0).then(|| format!("host{}.example.com", random.below(40))),
                ..visit(joined_at)
            }
        })
        .collect()
}

/// [SplitMix64](https://prng.di.unimi.it/splitmix64.c): the same visits in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit.max(1)
    }
}
