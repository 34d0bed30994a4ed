//! The peak follows the visits that are left out: it is what the others make.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use crate::support::{dice::Dice, test_app::TestApp};

/// Until when a viewer counts as active behind the last sign of life, in milliseconds.
const WINDOW: i64 = 300_000;
const READERS: u64 = 4;

/// One viewer, as the test has seen them.
#[derive(Clone, Copy, Debug)]
struct Seen {
    reader: u64,
    joined: i64,
    last: i64,
    /// When they left; `None`: not yet, or never.
    left: Option<i64>,
}

impl Seen {
    fn is_active(&self, time: i64) -> bool {
        let is_gone = self.left.map_or(time > self.last + WINDOW, |left| time >= left);
        self.joined <= time && !is_gone
    }
}

/// Random visits, none of which is resumed.
struct Story {
    app: TestApp,
    dice: Dice,
    seen: Vec<Seen>,
}

impl Story {
    async fn steps(&mut self, steps: u32) {
        for _ in 0..steps {
            self.app.advance_ms(1 + self.dice.below(90_000) as i64);
            let now = self.app.now();
            let active: Vec<usize> = (0..self.seen.len()).filter(|&n| self.seen[n].is_active(now)).collect();
            let one = active.get(self.dice.below(active.len().max(1) as u64) as usize).copied();
            match (self.dice.below(10), one) {
                (0..4, _) | (_, None) => {
                    let reader = self.dice.below(READERS);
                    let email = format!("reader{reader}@example.com");
                    self.app.join_with(&format!("s{}", self.seen.len()), json!({ "email": email })).await;
                    self.seen.push(Seen { reader, joined: now, last: now, left: None });
                }
                (4..7, Some(one)) => {
                    self.app.heartbeat(&format!("s{one}"), 1).await;
                    self.seen[one].last = now;
                }
                (_, Some(one)) => {
                    self.app.leave(&format!("s{one}")).await;
                    self.seen[one].left = Some(now);
                }
            }
        }
    }

    /// The peak without the finished visits of some readers.
    fn expected(&self, left_out: &BTreeMap<u64, String>, corrected_at: i64) -> usize {
        let counts = |seen: &&Seen| !left_out.contains_key(&seen.reader) || seen.is_active(corrected_at);
        let counted: Vec<Seen> = self.seen.iter().filter(counts).copied().collect();
        let active_at = |time: i64| counted.iter().filter(|seen| seen.is_active(time)).count();
        counted.iter().map(|seen| active_at(seen.joined)).max().unwrap_or(0)
    }

    async fn peak(&self) -> usize {
        self.app.snapshot().await.metrics.peak_concurrent_viewers as usize
    }
}

#[tokio::test]
async fn peak_is_what_the_other_visits_make() {
    for seal_from in [10, 10_000] {
        let app = TestApp::with_config(|config| config.seal_from = seal_from).await;
        let (dice, seed) = Dice::new();
        let mut story = Story { app, dice, seen: Vec::new() };
        story.steps(200).await;
        while story.app.sweep().await > 0 {}
        let visits = &story.app.state.stores.visits;
        visits.tend(&story.app.link, &story.app.document).await.expect("Redis and the folder answer");
        assert_eq!(story.app.stored::<u32>("HLEN", "sealed", "") > 0, seal_from == 10);

        let (whole, now) = (story.peak().await, story.app.now());
        assert_eq!(whole, story.expected(&BTreeMap::new(), now), "seed {seed}");
        let (mut left_out, mut peaks) = (BTreeMap::new(), Vec::new());
        for _ in 0..25 {
            let reader = story.dice.below(READERS);
            match left_out.remove(&reader) {
                Some(id) => {
                    story.app.send(Method::DELETE, &format!("/api/corrections/{id}"), "").await.ok();
                }
                None => {
                    let asked = format!("of=reader:reader{reader}@example.com&range=all");
                    let preview = format!("/api/corrections/preview?{asked}");
                    let preview = story.app.get(&preview).await.ok().json()["preview"]["peaks"][0].clone();
                    assert_eq!(preview["peakConcurrentViewers"], story.peak().await, "seed {seed}");
                    let path = format!("/api/corrections?{asked}");
                    let made = story.app.send(Method::POST, &path, "").await.json();
                    assert_eq!(preview["peakConcurrentViewersThen"], story.peak().await, "seed {seed}");
                    let id = made["correction"]["correctionId"].as_str().expect("a correction");
                    left_out.insert(reader, id.to_owned());
                }
            }
            peaks.push(story.peak().await);
            let expected = story.expected(&left_out, now);
            assert_eq!(peaks.last(), Some(&expected), "seed {seed}: without {left_out:?}");
        }
        for id in left_out.into_values() {
            story.app.send(Method::DELETE, &format!("/api/corrections/{id}"), "").await.ok();
        }
        assert_eq!(story.peak().await, whole, "seed {seed}: all are back");
        peaks.retain(|peak| *peak < whole);
        assert!(!peaks.is_empty(), "seed {seed}: no reader was of the peak {whole}");
    }
}

/// Two readers at once, and one alone, before and after.
async fn two_at_once() -> TestApp {
    let app = TestApp::new().await;
    for sessions in [&["before"][..], &["ann", "ben"], &["after"]] {
        for session in sessions {
            app.join_with(session, json!({ "email": format!("{session}@example.com") })).await;
        }
        app.advance_ms(1_000);
        for session in sessions {
            app.leave(session).await;
        }
        app.advance(11);
    }
    app
}

async fn archive(app: &TestApp, reader: &str, archived: bool) -> u64 {
    let email = format!("{reader}@example.com");
    let visits = app.visits().await;
    let visit = visits.iter().find(|visit| visit.email.as_deref() == Some(&email)).expect("a visit");
    let path = format!("/api/links/{}/visits/{}", app.link, visit.id);
    app.send(Method::PATCH, &path, json!({ "archived": archived }).to_string()).await.ok();
    app.snapshot().await.metrics.peak_concurrent_viewers
}

#[tokio::test]
async fn one_archived_visit_lowers_the_peak() {
    let app = two_at_once().await;
    for (reader, archived, peak) in
        [("before", true, 2), ("ann", true, 1), ("ben", true, 1), ("ann", false, 1), ("ben", false, 2)]
    {
        assert_eq!(archive(&app, reader, archived).await, peak, "{reader} {archived}");
    }
}

#[tokio::test]
async fn later_readers_raise_a_lowered_peak() {
    let app = two_at_once().await;
    assert_eq!(archive(&app, "ann", true).await, 1);
    for (number, peak) in [1, 2, 3].into_iter().enumerate() {
        app.join(&format!("later{number}")).await;
        assert_eq!(app.snapshot().await.metrics.peak_concurrent_viewers, peak);
    }
    assert_eq!(archive(&app, "ann", false).await, 3);
    assert_eq!(archive(&app, "ben", true).await, 3, "who reads now makes the peak");
}

#[tokio::test]
async fn left_out_viewer_raises_no_peak() {
    let app = TestApp::new().await;
    let ann = json!({ "email": "ann@example.com" });
    app.join_with("ann", ann.clone()).await;
    app.advance_ms(1_000);
    app.leave("ann").await;
    assert_eq!(archive(&app, "ann", true).await, 0);
    app.join_with("ann", ann).await;
    let mut peaks = vec![app.snapshot().await.metrics.peak_concurrent_viewers];
    for session in ["ben", "eve"] {
        app.join(session).await;
        peaks.push(app.snapshot().await.metrics.peak_concurrent_viewers);
    }
    assert_eq!(peaks, [0, 1, 2], "Ann goes on, left out");
    app.leave("ann").await;
    app.join("joe").await;
    assert_eq!(app.snapshot().await.metrics.peak_concurrent_viewers, 3);
    app.leave("joe").await;
    app.leave("eve").await;
    assert_eq!(archive(&app, "ann", false).await, 3, "three at once, with and without her");
}

#[tokio::test]
async fn left_out_viewer_who_comes_back_was_of_the_peak() {
    let app = TestApp::new().await;
    app.join_with("ann", json!({ "email": "ann@example.com" })).await;
    app.advance_ms(1_000);
    app.leave("ann").await;
    let path = "/api/corrections?of=reader:ann@example.com&range=all";
    let made = app.send(Method::POST, path, "").await.json();
    app.join("ann").await;
    app.join("ben").await;
    let id = made["correction"]["correctionId"].as_str().expect("a correction");
    app.send(Method::DELETE, &format!("/api/corrections/{id}"), "").await.ok();
    assert_eq!(app.snapshot().await.metrics.peak_concurrent_viewers, 2);
}

#[tokio::test]
async fn peak_of_visits_that_are_gone_stands() {
    let app = two_at_once().await;
    for reader in ["ann", "ben"] {
        app.send(Method::DELETE, &format!("/api/readers/{reader}%40example.com"), "").await.ok();
    }
    assert_eq!(archive(&app, "after", true).await, 2, "the archived one was not there");
}

#[tokio::test]
async fn peak_of_an_earlier_release_is_the_peak_again() {
    let app = two_at_once().await;
    app.stored::<u32>("DEL", "peak-state", "");
    assert_eq!(archive(&app, "ben", true).await, 1);
    assert_eq!(archive(&app, "ben", false).await, 2);
}

#[tokio::test]
async fn expired_visit_counts_to_the_end_of_its_window() {
    let app = TestApp::new().await;
    app.join_with("ann", json!({ "email": "ann@example.com" })).await;
    app.advance_ms(WINDOW);
    app.join_with("ben", json!({ "email": "ben@example.com" })).await;
    app.join_with("eve", json!({ "email": "eve@example.com" })).await;
    app.advance_ms(1);
    assert_eq!(app.sweep().await, 1);
    app.leave("ben").await;
    app.leave("eve").await;
    let kept = app.visits().await;
    let of = |email: &str| kept.iter().find(|visit| visit.email.as_deref() == Some(email)).expect("a visit");
    assert_eq!((of("ann@example.com").active_after_ms, of("ben@example.com").active_after_ms), (300_000, 0));
    assert_eq!(archive(&app, "eve", true).await, 2, "Ann still counted when Ben came");
}
