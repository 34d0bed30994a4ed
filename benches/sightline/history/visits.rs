//! Visits as a link gets them, made by a generator of pseudo-random numbers, so that every run measures the same.

use sightline::model::{
    Browser, ClientKind, Country, Device, DocumentId, LinkId, PageTime, ReaderName, System, Visit, VisitId,
};

use crate::Outcome;

const YEAR_MS: u64 = 365 * 86_400_000;
const PAGES: u32 = 12;
/// How many readers of late may come back.
const RECENT_READERS: usize = 5_000;

const COUNTRIES: [&str; 24] = [
    "US", "GB", "DE", "FR", "IN", "CA", "NL", "ES", "IT", "AU", "BR", "PL", "SE", "CH", "JP", "SG", "IE",
    "BE", "AT", "DK", "NO", "FI", "PT", "ZA",
];
const REFERRERS: [&str; 16] = [
    "mail.google.com",
    "linkedin.com",
    "outlook.office.com",
    "teams.microsoft.com",
    "app.slack.com",
    "x.com",
    "google.com",
    "notion.so",
    "news.ycombinator.com",
    "docs.google.com",
    "bing.com",
    "t.co",
    "facebook.com",
    "duckduckgo.com",
    "reddit.com",
    "example.com",
];
const CLIENTS: [(Browser, System, Device); 12] = [
    (Browser::Chrome, System::Windows, Device::Desktop),
    (Browser::Safari, System::Ios, Device::Phone),
    (Browser::Chrome, System::MacOs, Device::Desktop),
    (Browser::Chrome, System::Android, Device::Phone),
    (Browser::Edge, System::Windows, Device::Desktop),
    (Browser::Safari, System::MacOs, Device::Desktop),
    (Browser::Firefox, System::Windows, Device::Desktop),
    (Browser::Samsung, System::Android, Device::Phone),
    (Browser::Safari, System::Ios, Device::Tablet),
    (Browser::Firefox, System::Linux, Device::Desktop),
    (Browser::Chrome, System::ChromeOs, Device::Desktop),
    (Browser::Other, System::Other, Device::Other),
];

/// Who the readers are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Every visit has a new mark.
    AllNew,
    /// Two visits in five are of a reader who was here before.
    Returning,
}

struct Reader {
    name: ReaderName,
    email: Option<String>,
    client: ClientKind,
    country: Option<Country>,
}

/// `count` visits of one link, spread over the year until `now` in Unix milliseconds, by their ids.
pub fn generate(link: &LinkId, now: i64, count: usize, readers: Readers) -> Outcome<Vec<Visit>> {
    let begin = now.cast_unsigned() - YEAR_MS;
    let mut random = Random(count as u64);
    let document: DocumentId = "benchmark".parse()?;
    let mut recent: Vec<Reader> = Vec::new();
    let mut visits = Vec::with_capacity(count);
    let mut joined_at = begin as f64;
    for _ in 0..count {
        joined_at += random.exponential(YEAR_MS as f64 / (count as f64 + 1.0));
        let returning = readers == Readers::Returning && !recent.is_empty() && random.chance(0.4);
        let place = random.below(recent.len().max(1));
        if !returning {
            let reader = new_reader(&mut random)?;
            if recent.len() < RECENT_READERS { recent.push(reader) } else { recent[place] = reader }
        }
        let reader = if returning || recent.len() == RECENT_READERS {
            &recent[place]
        } else {
            &recent[recent.len() - 1]
        };
        visits.push(visit(&mut random, (link, &document), reader, (begin, joined_at as i64), returning));
    }
    visits.sort_by_key(|visit| visit.id);
    for index in 1..visits.len() {
        if visits[index].id <= visits[index - 1].id {
            visits[index].id =
                VisitId { sequence: visits[index - 1].id.sequence + 1, ..visits[index - 1].id };
        }
    }
    Ok(visits)
}

fn new_reader(random: &mut Random) -> Outcome<Reader> {
    let email = random.chance(0.08).then(|| {
        let (name, number, company) = (random.below(2_000), random.below(100), random.below(500));
        format!("reader{name}.surname{number}@company{company}.com")
    });
    let (browser, system, device) = CLIENTS[random.skewed(CLIENTS.len())];
    let country = COUNTRIES[random.skewed(COUNTRIES.len())].parse()?;
    Ok(Reader {
        name: ReaderName::of_text(&random.next().to_string()),
        email,
        client: ClientKind { browser, system, device },
        country: random.chance(0.97).then_some(country),
    })
}

fn visit(
    random: &mut Random,
    (link, document): (&LinkId, &DocumentId),
    reader: &Reader,
    (begin, joined_at): (u64, i64),
    returning: bool,
) -> Visit {
    let pages = pages(random);
    let visible_ms = pages.iter().map(|page| page.visible_ms).sum::<u64>();
    let away = if random.chance(0.3) { random.exponential(120_000.0) as i64 } else { 0 };
    let ended_at = joined_at + visible_ms.cast_signed() + away;
    // Three in four close the page; the others expire after five minutes.
    let late = if random.chance(0.75) { random.below(2) } else { 300_000 + random.below(5_000) };
    Visit {
        id: VisitId { recorded_at: ended_at.cast_unsigned() + late as u64, sequence: 0 },
        link: link.clone(),
        document: document.clone(),
        version: Some(format!("version{}", (joined_at.cast_unsigned() - begin) * 4 / YEAR_MS)),
        page_count: Some(PAGES),
        reader: Some(reader.name),
        email: reader.email.clone(),
        email_verified: false,
        active_after_ms: 0,
        joined_at,
        ended_at,
        visible_ms,
        exit_page: pages.last().map(|page| page.page),
        pages: Some(pages),
        downloaded_at: random.chance(0.04).then_some(joined_at + away / 2),
        referrer: Some(if random.chance(0.4) {
            REFERRERS[random.skewed(16)].to_owned()
        } else {
            String::new()
        }),
        client: Some(reader.client),
        country: reader.country,
        returning: Some(returning),
        archived: false,
        clicked: Vec::new(),
        printed: false,
    }
}

/// From the first page on; after each page, most go on to the next, and some of them leap. 4.2 pages on average.
fn pages(random: &mut Random) -> Vec<PageTime> {
    let mut pages: Vec<PageTime> = Vec::new();
    let mut page = 1;
    loop {
        pages.push(PageTime::whole(page, 300 + random.log_normal(14_000.0, 1.1) as u64));
        page += if random.chance(0.1) { 2 } else { 1 };
        if page > PAGES || !random.chance(0.78) {
            return pages;
        }
    }
}

/// [SplitMix64](https://prng.di.unimi.it/splitmix64.c), and the distributions made from it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1, both excluded.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn chance(&mut self, of: f64) -> bool {
        self.unit() < of
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.unit() * limit as f64) as usize
    }

    /// Below the limit, the small numbers far more often.
    fn skewed(&mut self, limit: usize) -> usize {
        (self.unit().powi(3) * limit as f64) as usize
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * self.unit().ln()
    }

    /// By Box and Muller.
    fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        median * (sigma * normal).exp()
    }
}
