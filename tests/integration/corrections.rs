//! Corrections: visits that are left out of all numbers together, and come back together.

mod preview;
mod resumed;

use axum::http::Method;
use serde_json::{Value, json};
use sightline::{
    model::{CorrectionState, DocumentId, LinkId, NewLink, ReaderName},
    server::store::{
        corrections::{CorrectionName, StoredCorrection},
        history::{VisitMarking, sealed::ScanBounds},
    },
};

use crate::support::{browser::Browser, pdf::Pdf, redis_server::RedisServer, test_app::TestApp};

/// Visits by three readers on three days, the first ones sealed if `seals`; the last of Ben's is archived.
async fn app_with_visits(seals: bool) -> TestApp {
    let seal_from = if seals { 3 } else { 1_000 };
    filled(TestApp::with_config(|config| config.seal_from = seal_from).await, seals).await
}

async fn filled(app: TestApp, seals: bool) -> TestApp {
    for day in 0..3 {
        for (session, join) in [
            ("ann", json!({ "email": "Ann@example.com", "fingerprint": "mark-ann" })),
            ("ben", json!({ "fingerprint": "mark-ben", "referrer": "news.example.org" })),
            ("eve", json!({})),
        ] {
            app.join_with(&format!("{session}{day}"), join).await;
            app.heartbeat(&format!("{session}{day}"), 1).await;
            app.advance_ms(20_000);
            app.leave(&format!("{session}{day}")).await;
        }
        app.advance(if day < 2 { 24 * 60 } else { 11 });
        if day < 2 {
            let visits = &app.state.stores.visits;
            visits.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
        }
    }
    assert_eq!(app.stored::<u32>("HLEN", "sealed", "") > 0, seals);
    let ben = app
        .visits()
        .await
        .into_iter()
        .rev()
        .find(|visit| visit.referrer.as_deref() == Some("news.example.org"))
        .expect("a visit");
    let path = format!("/api/links/{}/visits/{}", app.link, ben.id);
    app.send(Method::PATCH, &path, r#"{"archived":true}"#).await.ok();
    app
}

/// Every number that visits are in: of the widget, the analytics page, the list and an export.
async fn numbers(app: &TestApp) -> Value {
    let shown = app.snapshot().await.metrics;
    let of = |rest: &str| format!("/api/links/{}/{rest}", app.link);
    let report = app.get(&of("analytics?range=all")).await.ok().json();
    let visits = app.get(&of("visits?range=all")).await.ok().json();
    let export = app.get(&of("visits.ndjson?range=all")).await.ok().text();
    json!({
        "widget": [shown.total_views, shown.views_today, shown.views_this_week, shown.views_this_month],
        "peak": shown.peak_concurrent_viewers,
        "report": report["report"]["numbers"],
        "chart": report["report"]["views"]["bars"],
        "list": visits["visits"],
        "export": export,
    })
}

fn listed(numbers: &Value) -> usize {
    numbers["list"].as_array().expect("visits").len()
}

async fn list(app: &TestApp) -> Vec<Value> {
    let list = app.get("/api/corrections").await.ok().json();
    list["corrections"].as_array().expect("corrections").clone()
}

#[tokio::test]
async fn every_kind_is_left_out_and_brought_back_together() {
    let mark = ReaderName::of_text("mark-ben");
    for seals in [false, true] {
        let app = app_with_visits(seals).await;
        let before = numbers(&app).await;
        assert_eq!(listed(&before), 8);
        let first_day = "from=2026-03-18&to=2026-03-18";
        for (asked, visits) in [
            ("of=reader:ann@EXAMPLE.com&range=all".to_owned(), 3),
            (format!("of=reader:{mark}&range=all"), 2),
            (format!("of=link:{}&range=all&who=ann", app.link), 3),
            (format!("of=link:{}&referrer=news.example.org", app.link), 2),
            (format!("of=document:{}&{first_day}", app.document), 3),
            (format!("of=all&{first_day}&who=ann"), 1),
            ("range=all".to_owned(), 8),
        ] {
            let preview = app.get(&format!("/api/corrections/preview?{asked}")).await.ok().json();
            let preview = &preview["preview"];
            assert_eq!((&preview["visits"], &preview["views"]), (&json!(visits), &json!(visits)), "{asked}");
            assert_eq!(numbers(&app).await, before, "a preview changes nothing");

            let made = app.send(Method::POST, &format!("/api/corrections?{asked}"), "").await.json();
            let made = &made["correction"];
            assert_eq!((&made["visits"], &made["state"]), (&json!(visits), &json!("leftOut")), "{asked}");
            assert_eq!(&list(&app).await[0], made);
            let then = numbers(&app).await;
            assert_eq!(listed(&then), 8 - visits, "{asked}");
            assert_eq!(then["report"]["views"]["value"], preview["totalViewsThen"], "{asked}");
            assert_eq!(then["widget"][0], preview["totalViewsThen"], "{asked}");
            assert_eq!(then["peak"], preview["peaks"][0]["peakConcurrentViewersThen"], "{asked}");
            assert_eq!(then["export"].as_str().expect("lines").lines().count(), 8 - visits, "{asked}");

            let id = made["correctionId"].as_str().expect("an id");
            let back = app.send(Method::DELETE, &format!("/api/corrections/{id}"), "").await.ok().json();
            assert_eq!(back["broughtBack"], visits, "{asked}");
            assert_eq!(numbers(&app).await, before, "{asked}");
            assert!(list(&app).await.is_empty());
            app.send(Method::DELETE, &format!("/api/corrections/{id}"), "").await.refused(404, "not_found");
        }
        assert_eq!(app.stored::<u32>("EXISTS", "corrections", ""), 0, "nothing is left behind");
    }
}

#[tokio::test]
async fn nothing_to_leave_out_is_refused() {
    let app = app_with_visits(false).await;
    for asked in ["who=unknown", "archived=yes&range=all", "from=2026-01-01&to=2026-01-02", "of=visit:1-0"] {
        let path = format!("/api/corrections?{asked}");
        app.send(Method::POST, &path, "").await.refused(400, "invalid_field");
    }
    for (asked, code) in
        [("of=link:unknown", "link_not_found"), ("of=document:unknown", "document_not_found")]
    {
        let path = format!("/api/corrections?{asked}");
        app.send(Method::POST, &path, "").await.refused(404, code);
    }
    assert!(list(&app).await.is_empty());
}

#[tokio::test]
async fn later_and_running_visits_count() {
    let app = app_with_visits(false).await;
    app.join_with("ann-now", json!({ "email": "ann@example.com" })).await;
    let preview = app.get("/api/corrections/preview?of=reader:ann@example.com&range=all").await.ok().json();
    let as_of = &preview["preview"]["asOf"];
    app.advance(1);
    app.join_with("ann-later", json!({ "email": "ann@example.com" })).await;
    app.leave("ann-later").await;
    let path = format!("/api/corrections?of=reader:ann@example.com&range=all&asOf={as_of}");
    let made = app.send(Method::POST, &path, "").await.json();
    assert_eq!(made["correction"]["visits"], 3, "as the preview said");
    app.leave("ann-now").await;
    assert_eq!(listed(&numbers(&app).await), 7);
}

/// A correction of two links whose server was killed after the first.
struct Interrupted {
    app: TestApp,
    links: [(LinkId, DocumentId); 2],
    name: CorrectionName,
    record: StoredCorrection,
}

impl Interrupted {
    async fn new() -> Self {
        // Its sweeper finds the corrections of this test alone.
        let app = TestApp::with_redis(RedisServer::start(), |config| config.seal_from = 3).await;
        let app = filled(app, true).await;
        let document = app.state.stores.catalogue.document(&app.document).await.expect("a document");
        let second =
            app.state.services.library.make_link(&document, NewLink::default()).await.expect("a link").id;
        let path = format!("/api/send/realtime/{second}");
        for action in ["join", "leave"] {
            let body = json!({ "action": action, "sessionId": "s" }).to_string();
            app.send(Method::POST, &path, body).await.ok();
        }
        app.advance(1);
        let links = [(app.link.clone(), app.document.clone()), (second, app.document.clone())];
        let name =
            CorrectionName { owner: app.owner.owner_id.clone(), id: "interrupted".parse().expect("an id") };
        let record = StoredCorrection {
            of: "all".parse().expect("a subject"),
            query: "?range=all".to_owned(),
            from: 0,
            until: app.now(),
            words: "All documents · all time".to_owned(),
            state: CorrectionState::LeavingOut,
            made_at: app.now(),
            visits: 0,
            views: 0,
            newer: Default::default(),
        };
        app.state.stores.corrections.begin(&name, &record).await.expect("Redis answers");
        Self { app, links, name, record }
    }

    /// Does the part of one link.
    async fn mark(&self, link: usize, marking: VisitMarking<'_>) {
        let (link, document) = &self.links[link];
        let bounds = ScanBounds::joined_within(&(self.record.from..self.record.until));
        let filter = sightline::server::services::history::VisitFilter::new(&Default::default());
        let visits = &self.app.state.stores.visits;
        visits.mark(link, document, &bounds, &filter, marking).await.expect("Redis and the folder answer");
    }

    async fn views(&self) -> Value {
        let report = self.app.get("/api/analytics?range=all").await.ok().json();
        report["report"]["numbers"]["views"]["value"].clone()
    }

    async fn events(&self) -> Vec<Value> {
        let events = self.app.get("/api/account/events").await.ok().json();
        let events = events["events"].as_array().expect("events").clone();
        events
            .into_iter()
            .filter(|event| event["action"].as_str().is_some_and(|a| a.starts_with("visits")))
            .collect()
    }
}

#[tokio::test]
async fn interrupted_correction_is_told_and_finished() {
    let case = Interrupted::new().await;
    case.mark(0, VisitMarking::LeaveOutTogether(&case.name.id)).await;
    assert_eq!((case.views().await, &list(&case.app).await[0]["state"]), (json!(1), &json!("leavingOut")));
    let path = format!("/api/corrections/{}", case.name.id);
    case.app.send(Method::DELETE, &path, "").await.refused(400, "bad_request");

    case.app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!(case.views().await, 1, "its server may still be at it");
    case.app.advance_ms(60_001);
    case.app.state.sweeper().sweep().await.expect("Redis answers");
    let corrections = list(&case.app).await;
    assert_eq!((case.views().await, &corrections[0]["state"]), (json!(0), &json!("leftOut")));
    assert_eq!(corrections[0]["visits"], 9, "those of both links, though one was done before");
    assert_eq!(case.events().await[0]["about"], "visits: 9");

    let back = case.app.send(Method::DELETE, &path, "").await.ok().json();
    assert_eq!((&back["broughtBack"], case.views().await), (&json!(9), json!(9)));
    assert_eq!(case.events().await[0]["action"], "visits_taken_back");
}

#[tokio::test]
async fn interrupted_return_is_told_and_finished() {
    let case = Interrupted::new().await;
    case.app.advance_ms(60_001);
    case.app.state.sweeper().sweep().await.expect("Redis answers");
    let record = StoredCorrection { state: CorrectionState::TakingBack, ..case.record.clone() };
    case.app.state.stores.corrections.begin(&case.name, &record).await.expect("Redis answers");
    case.mark(1, VisitMarking::TakeBackTogether(&case.name.id)).await;
    assert_eq!((case.views().await, &list(&case.app).await[0]["state"]), (json!(1), &json!("takingBack")));
    case.app.advance_ms(60_001);
    case.app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!((case.views().await, list(&case.app).await.len()), (json!(9), 0));
}

#[tokio::test]
async fn two_servers_do_a_correction_once() {
    let case = Interrupted::new().await;
    case.app.advance_ms(60_001);
    let mark = || case.mark(0, VisitMarking::LeaveOutTogether(&case.name.id));
    tokio::join!(mark(), mark(), mark(), mark());
    case.app.state.sweeper().sweep().await.expect("Redis answers");
    assert_eq!(list(&case.app).await[0]["visits"], 9);
    assert_eq!(numbers(&case.app).await["widget"][0], 0);
}

#[tokio::test]
async fn page_asks_first_and_offers_the_way_back() {
    let app = app_with_visits(false).await;
    let mut owner = Browser::signed_in(&app, &app.owner.owner_id).await;
    let page = owner.get("/analytics?range=all&who=ann").await.ok().text();
    let ask = "/corrections/new?of=all&amp;range=all&amp;who=ann";
    assert!(page.contains(ask), "{page}");
    assert!(
        owner
            .get("/readers/ann%40example.com")
            .await
            .ok()
            .text()
            .contains("/corrections/new?of=reader%3Aann")
    );
    let page = owner.get(&ask.replace("&amp;", "&")).await.ok().text();
    for shown in ["All documents · all time · reader “ann”", "Leave out 3 visits", "<td>8<", "<td>5<"] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    let as_of = page.split("name=\"as_of\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let as_of = as_of.expect("a time");
    let form = format!("of=all&query=%3Frange%3Dall%26who%3Dann&as_of={as_of}");
    assert_eq!(owner.form("leave_out", &form).await.header("location"), "/corrections");
    let page = owner.get("/corrections").await.ok().text();
    assert!(page.contains("3 visits are in no number any more"), "{page}");
    let id = page.split("name=\"correction_id\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let form = format!("correction_id={}", id.expect("a button"));
    assert_eq!(owner.form("bring_back", &form).await.header("location"), "/corrections");
    let page = owner.get("/corrections").await.ok().text();
    assert!(page.contains("3 visits are back in all numbers"), "{page}");
    assert_eq!(listed(&numbers(&app).await), 8);
}

#[tokio::test]
async fn corrections_of_another_owner_do_not_exist() {
    let app = app_with_visits(false).await;
    let made = app.send(Method::POST, "/api/corrections?range=all", "").await.json();
    let id = made["correction"]["correctionId"].as_str().expect("an id");
    let email = format!("stranger-of-{}@b.c", app.link);
    let accounts = &app.state.stores.accounts;
    let stranger = accounts.add(&email, crate::support::test_app::PASSWORD).await.expect("an owner").owner_id;
    let key = accounts.new_key(&stranger, "theirs", Default::default()).await.expect("a key").key;
    let mut other = app.second_server();
    other.api_key = key;
    assert!(list(&other).await.is_empty());
    other.send(Method::DELETE, &format!("/api/corrections/{id}"), "").await.refused(404, "not_found");
    let path = format!("/api/corrections?of=link:{}", app.link);
    other.send(Method::POST, &path, "").await.refused(404, "link_not_found");
    assert_eq!(listed(&numbers(&app).await), 0);
}

#[tokio::test]
async fn erased_reader_is_in_no_correction() {
    let app = app_with_visits(true).await;
    let mark = ReaderName::of_text("mark-ben");
    let corrections =
        ["of=reader:ann@example.com&range=all".to_owned(), format!("of=reader:{mark}&range=all")];
    for asked in corrections.iter().chain([&"range=all".to_owned()]) {
        let made = app.send(Method::POST, &format!("/api/corrections?{asked}"), "").await;
        assert_eq!(made.status, 201, "{asked}");
    }
    for reader in ["ann%40example.com", mark.as_str()] {
        app.send(Method::DELETE, &format!("/api/readers/{reader}"), "").await.ok();
    }
    assert_eq!(list(&app).await.len(), 1);
    for (key, value) in app.dump() {
        let value = String::from_utf8_lossy(&value).to_lowercase();
        for trace in ["ann@example.com", mark.as_str()] {
            assert!(!value.contains(trace), "{trace} is still in {key}");
        }
    }
}

#[tokio::test]
async fn hundred_corrections_are_kept() {
    let app = TestApp::new().await;
    app.share(Pdf::with_pages(1).bytes()).await;
    for number in 0..101 {
        let email = format!("r{number}@example.com");
        app.join_with(&email.replace('@', "-"), json!({ "email": email })).await;
        app.leave(&email.replace('@', "-")).await;
        let path = format!("/api/corrections?of=reader:{email}&range=all");
        assert_eq!(app.send(Method::POST, &path, "").await.status, 201);
        app.advance_ms(10);
    }
    let kept = list(&app).await;
    assert_eq!((kept.len(), &kept[99]["words"]), (100, &json!("r1@example.com · all time")));
    assert_eq!(app.stored::<u32>("HLEN", "corrections", ""), 100, "the link forgets it, too");
    assert_eq!(app.snapshot().await.metrics.total_views, 0, "its visits stay left out");
}
