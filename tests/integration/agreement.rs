//! Sums and visits agree: every number that a page takes from sums is the one that its visits give.

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::{Thirds, Visit};

use crate::support::{dice::Dice, pdf::Pdf, test_app::TestApp, utc};

/// Offsets of whole, half and quarter hours; clocks that change by an hour, by half an hour, and at midnight.
const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
];
const RANGES: [&str; 10] = [
    "range=today",
    "range=yesterday",
    "range=7d",
    "range=28d",
    "range=12m",
    "range=all",
    "from=2026-03-28&to=2026-03-30", // clocks go forward in Berlin
    "range=2026-03-29T02",           // an hour that Berlin skips
    "from=2026-10-25&to=2026-10-25", // clocks go back in Berlin
    "range=2026-10-25T02",           // an hour that Berlin repeats
];
/// Every reader of this test has an e-mail address with this in it: a filter that asks for all visits, and so reads them.
const ALL_BY_VISITS: &str = "who=%40example.com";

/// Pages that every version of the file has.
const PAGES: u64 = 6;

/// Random visits, and what happens to them afterwards.
struct Story {
    app: TestApp,
    dice: Dice,
}

impl Story {
    async fn steps(&mut self, steps: u32) {
        for _ in 0..steps {
            let reader = self.dice.below(12);
            let session = format!("s{reader}");
            let app = &self.app;
            match self.dice.below(1_000) {
                0..250 => {
                    let email = format!("reader{}@example.com", reader / 2);
                    let mark = format!("mark-{reader}");
                    let page = 1 + self.dice.below(PAGES);
                    let more = json!({ "email": email, "fingerprint": mark, "currentPage": page });
                    app.join_with(&session, more).await;
                }
                250..500 => {
                    let idle = [0, 0, 20, 400][self.dice.below(4) as usize];
                    let mut more = json!({ "currentPage": 1 + self.dice.below(PAGES), "idle": idle });
                    if self.dice.below(3) > 0 {
                        let (page, thirds) = (1 + self.dice.below(PAGES), self.dice.below(8));
                        more["seen"] = json!([{ "page": page, "thirds": thirds }]);
                    }
                    app.act("heartbeat", &session, more).await;
                }
                500..650 => app.leave(&session).await,
                650..850 => app.advance_ms(self.dice.below(15_000) as i64),
                850..900 => app.advance_ms(self.dice.below(20 * 60_000) as i64),
                900..910 => app.advance_ms(self.dice.below(9 * 3_600_000) as i64),
                910..930 => drop(app.sweep().await),
                930..965 => self.archive().await,
                965..980 => self.correct().await,
                980..990 => {
                    let visits = &app.state.stores.visits;
                    visits.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
                }
                990..995 => {
                    let path = format!("/v/{}/download?session=none-{reader}", app.link);
                    app.get(&path).await.ok();
                }
                _ => {
                    let path = format!("/api/documents/{}/file", app.document);
                    let pages = (PAGES + self.dice.below(4)) as usize;
                    app.send(Method::PUT, &path, Pdf::with_pages(pages).bytes()).await.ok();
                }
            }
        }
    }

    /// Leaves one of the newest visits out of all numbers, or takes it back.
    async fn archive(&mut self) {
        let visits = self.app.visits().await;
        let Some(newest) = visits.len().checked_sub(1) else { return };
        let Visit { id, archived, .. } = &visits[newest - self.dice.below(20).min(newest as u64) as usize];
        let path = format!("/api/links/{}/visits/{id}", self.app.link);
        self.app.send(Method::PATCH, &path, json!({ "archived": !archived }).to_string()).await.ok();
    }

    /// Leaves visits of a reader or of a time out of all numbers together, or takes back what was.
    async fn correct(&mut self) {
        let corrections = self.app.get("/api/corrections").await.ok().json();
        let corrections = corrections["corrections"].as_array().expect("corrections");
        if corrections.len() > self.dice.below(3) as usize {
            let one = &corrections[self.dice.below(corrections.len() as u64) as usize]["correctionId"];
            let path = format!("/api/corrections/{}", one.as_str().expect("an id"));
            self.app.send(Method::DELETE, &path, "").await.ok();
            return;
        }
        let range = ["range=today", "range=7d", "range=all"][self.dice.below(3) as usize];
        let who = ["".to_owned(), format!("&who=reader{}%40", self.dice.below(6))];
        let who = &who[usize::from(self.dice.below(10) > 0)];
        let asked = format!("of=link:{}&{range}{who}", self.app.link);
        let preview = self.app.get(&format!("/api/corrections/preview?{asked}")).await.ok().json();
        let preview = &preview["preview"];
        let made = self.app.send(Method::POST, &format!("/api/corrections?{asked}"), "").await;
        // There may be none.
        if preview["visits"] == 0 {
            made.refused(400, "invalid_field");
            return;
        }
        assert_eq!((made.status, &made.json()["correction"]["visits"]), (201, &preview["visits"]), "{asked}");
        let shown = self.app.snapshot().await.metrics;
        assert_eq!(preview["totalViewsThen"], shown.total_views, "{asked}");
        let peak = &preview["peaks"][0]["peakConcurrentViewersThen"];
        assert_eq!(*peak, shown.peak_concurrent_viewers, "{asked}");
    }

    /// Ends all visits; the newest can still be resumed.
    async fn end_visits(&self) {
        self.app.advance(6);
        while self.app.sweep().await > 0 {}
    }

    /// Compares all numbers of all ranges in all zones.
    async fn compare(&self) {
        for (number, zone) in ZONES.into_iter().enumerate() {
            self.set_zone(zone).await;
            // The link's in every zone, the others' in the first.
            let scopes = self.scopes();
            for scope in if number == 0 { &scopes[..] } else { &scopes[..1] } {
                for range in RANGES {
                    let [by_sums, by_visits] = self.reports(scope, range).await;
                    assert_eq!(by_sums, by_visits, "{scope} {zone} {range}");
                }
            }
            if zone == "UTC" {
                self.compare_with_widget().await;
            }
        }
    }

    /// The widget counts by days of UTC.
    async fn compare_with_widget(&self) {
        let metrics = self.app.snapshot().await.metrics;
        for (range, shown) in [("range=all", metrics.total_views), ("range=today", metrics.views_today)] {
            let [by_sums, _] = self.reports(&self.scopes()[0], range).await;
            assert_eq!(by_sums["numbers"]["views"]["value"], shown, "{range}");
        }
    }

    fn scopes(&self) -> [String; 3] {
        let app = &self.app;
        [
            format!("/api/links/{}/analytics", app.link),
            format!("/api/documents/{}/analytics", app.document),
            "/api/analytics".to_owned(),
        ]
    }

    async fn set_zone(&self, zone: &str) {
        let owner = &self.app.owner.owner_id;
        self.app.state.stores.accounts.set_zone(owner, zone, true).await.expect("Redis answers");
    }

    /// What a page shows without a filter, and with one that asks for all visits.
    async fn reports(&self, scope: &str, range: &str) -> [Value; 2] {
        let mut reports = [range.to_owned(), format!("{range}&{ALL_BY_VISITS}")].map(Value::from);
        for report in &mut reports {
            let path = format!("{scope}?{}", report.as_str().expect("a query"));
            let mut page = self.app.get(&path).await.ok().json();
            let bars = page["report"]["views"]["bars"].as_array_mut().expect("bars");
            bars.iter_mut().for_each(|bar| bar["address"] = Value::Null);
            // Those without a visit have no e-mail address, and no sum counts them.
            page["report"]["numbers"]["downloads"] = Value::Null;
            *report = json!({
                "numbers": page["report"]["numbers"],
                "bars": page["report"]["views"]["bars"],
                "hours": page["report"]["hours"],
                "documents": page["documents"],
            });
        }
        reports
    }

    async fn views(&self) -> [u64; 2] {
        let views = |report: &Value| report["numbers"]["views"]["value"].as_u64().expect("a number");
        let [by_sums, by_visits] = self.reports(&self.scopes()[0], "range=12m").await;
        [views(&by_sums), views(&by_visits)]
    }
}

#[tokio::test]
async fn sums_and_visits_agree() {
    let app = TestApp::with_config(|config| config.seal_from = 40).await;
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), r#"{"download":true}"#).await.ok();
    let (dice, seed) = Dice::new();
    let mut story = Story { app, dice };
    // Until after the last Sunday in March, and again around that in October.
    for day in [(2026, 3, 27), (2026, 10, 23)] {
        story.app.set_clock(utc(day, (9, 0, 0, 0)));
        for _ in 0..2 {
            story.steps(900).await;
            story.end_visits().await;
            story.compare().await;
        }
    }
    let visits = story.app.visits().await;
    let archived = visits.iter().filter(|visit| visit.archived).count();
    let in_parts = |visit: &&Visit| visit.pages.iter().flatten().any(|time| time.thirds != Thirds::WHOLE);
    let in_parts = visits.iter().filter(in_parts).count();
    println!("{} visits, {archived} archived, {in_parts} read in parts", visits.len());
    let files = story.app.stored::<u32>("HLEN", "sealed", "");
    assert!(visits.len() > 300 && archived > 20 && files > 0, "seed {seed}: {files} files");
    assert!(in_parts > 20, "seed {seed}: {in_parts} in parts");
}

#[tokio::test]
async fn sums_keep_views_of_readers_who_are_erased_or_active() {
    let story = Story { app: TestApp::new().await, dice: Dice::new().0 };
    let app = &story.app;
    for session in ["ann", "ben", "ann"] {
        let more = json!({ "email": format!("{session}@example.com"), "fingerprint": session });
        app.join_with(session, more).await;
        app.leave(session).await;
        app.advance(11);
    }
    assert_eq!(story.views().await, [3, 3]);
    let visit = app.visits().await.swap_remove(0).id;
    app.send(Method::DELETE, &format!("/api/links/{}/visits/{visit}/reader", app.link), "").await.ok();
    assert_eq!(story.views().await, [3, 1]);
    app.join("still-reading").await;
    assert_eq!(story.views().await, [4, 1]);
}

/// A visit that began before views were summed is counted as a visit.
#[tokio::test]
async fn views_before_there_were_sums_are_counted() {
    let story = Story { app: TestApp::new().await, dice: Dice::new().0 };
    let app = &story.app;
    for session in ["a", "b"] {
        app.join_with(session, json!({ "email": "reader@example.com" })).await;
        app.leave(session).await;
        app.advance(11);
    }
    // As a server of an earlier release leaves it.
    app.stored::<()>("DEL", "sums", "");
    app.stored::<()>("DEL", "sums:2026-03-18", "");
    assert_eq!(story.views().await, [2, 2]);
    app.join_with("c", json!({ "email": "reader@example.com" })).await;
    app.leave("c").await;
    assert_eq!(story.views().await, [3, 3]);
    story.compare().await;
}

#[tokio::test]
async fn archived_visit_stays_archived_when_it_is_resumed() {
    let story = Story { app: TestApp::new().await, dice: Dice::new().0 };
    let app = &story.app;
    app.join_with("a", json!({ "email": "reader@example.com" })).await;
    app.leave("a").await;
    let archive = async |archived: bool| {
        let visit = app.visits().await[0].id;
        let path = format!("/api/links/{}/visits/{visit}", app.link);
        app.send(Method::PATCH, &path, json!({ "archived": archived }).to_string()).await.ok();
    };
    archive(true).await;
    for _ in 0..2 {
        app.join("a").await;
        app.leave("a").await;
        assert_eq!((app.visits().await[0].archived, story.views().await), (true, [0, 0]));
    }
    archive(false).await;
    assert_eq!((app.visits().await[0].archived, story.views().await), (false, [1, 1]));
    app.join("a").await;
    app.leave("a").await;
    assert_eq!((app.visits().await[0].archived, story.views().await), (false, [1, 1]));
    assert_eq!(app.stored::<u32>("EXISTS", "archived", ""), 0);
}
