//! Where what was observed is kept, and what the owner is told of it.

use super::*;
use crate::support::browser::Browser;

/// A server of the release before lists visits that this one has recorded, while one after the other is updated.
#[tokio::test]
async fn recorded_visit_is_readable_for_the_release_before() {
    let app = TestApp::new().await;
    let told =
        json!({ "seen": [{ "page": 1, "thirds": 1 }], "clicked": ["https://a.example"], "printed": true });
    replay(&app, &[(0, "join", page(1)), (2_000, "heartbeat", told), (0, "leave", json!({}))]).await;
    let entries: Vec<(String, Vec<String>)> = app.stored("XRANGE", "visits", "- +");
    let [name, packed, ..] = &entries[0].1[..] else { panic!("{entries:?}") };
    let fields: Vec<&str> = packed.splitn(11, ' ').collect();
    assert_eq!((name.as_str(), fields[5], fields[7]), ("v", "------", "1:2000"));
}

/// A server of the release before ends a visit that this one has begun: it packs the whole of its traits.
#[tokio::test]
async fn visit_that_the_release_before_ended_is_read() {
    let app = TestApp::new().await;
    replay(&app, &[(0, "join", page(1)), (2_000, "leave", json!({}))]).await;
    let packed = "1000 2000 2000 1 0 cwdDE1p;1/3>https://a.example - 1:2000   ann@example.com";
    let _: String = app.redis.command(&["XADD", &app.redis_key("visits"), "*", "v", packed]);
    let visit = app.visits().await.remove(1);
    assert_eq!((pages(&visit), visit.printed), (vec![(1, 2, 3)], true));
    assert_eq!(
        (&visit.clicked[..], visit.email.as_deref()),
        (&["https://a.example".to_owned()][..], Some("ann@example.com"))
    );
}

#[tokio::test]
async fn sealing_keeps_what_was_observed() {
    let app = TestApp::with_config(|config| config.seal_from = 2).await;
    for session in ["s1", "s2", "s3"] {
        app.join_with(session, page(1)).await;
        app.advance_ms(2_000);
        let told = json!({ "seen": [{ "page": 1, "thirds": 5 }], "clicked": ["https://a.example"], "printed": true });
        app.act("heartbeat", session, if session == "s2" { json!({}) } else { told }).await.ok();
        app.leave(session).await;
    }
    app.advance(11);
    let before = app.visits().await;
    let store = &app.state.stores.visits;
    store.tend(&app.link, &app.document).await.expect("Redis and the folder answer");
    assert_eq!(app.stored::<u32>("XLEN", "visits", ""), 0, "sealed");
    assert_eq!(app.visits().await, before);
    let thirds: Vec<_> = before.iter().map(pages).collect();
    assert_eq!(thirds, [[(1, 2, 5)], [(1, 2, 7)], [(1, 2, 5)]]);
}

#[tokio::test]
async fn owner_is_told_what_was_observed() {
    let app = TestApp::new().await;
    let told = json!({
        "seen": [{ "page": 1, "thirds": 3 }, { "page": 2, "thirds": 7 }], "printed": true,
        "clicked": ["https://example.org/?a=1&b=", "mailto:ada@example.org"],
    });
    let steps = [(0, "join", page(1)), (2_000, "heartbeat", told), (0, "heartbeat", page(2))];
    replay(&app, &steps).await;
    replay(&app, &[(2_000, "leave", json!({}))]).await;
    let id = only_visit(&app).await.id;

    let of_link = format!("/api/links/{}", app.link);
    let visit = app.get(&format!("{of_link}/visits/{id}")).await.ok().json()["listed"]["visit"].take();
    assert_eq!(visit["pages"][0], json!({ "page": 1, "visibleMs": 2_000, "thirds": 3 }));
    assert_eq!((&visit["pages"][1]["thirds"], &visit["printed"]), (&json!(7), &json!(true)));
    assert_eq!(visit["clicked"], json!(["https://example.org/?a=1&b=", "mailto:ada@example.org"]));

    let report = app.get(&format!("{of_link}/analytics?range=today")).await.ok().json();
    assert_eq!(report["report"]["numbers"]["completionPercent"]["value"], 13, "5 of 36 thirds");
    let row = app.get(&format!("{of_link}/visits.ndjson?printed=yes")).await.ok().json();
    assert_eq!((&row["completion_percent"], &row["printed"]), (&json!(13), &json!(true)));
    assert_eq!(row["clicked"], "https://example.org/?a=1&b= mailto:ada@example.org");
    let rows = app.get(&format!("{of_link}/visit-pages.csv")).await.ok().text();
    let thirds: Vec<_> = rows.lines().map(|row| row.rsplit(',').next().unwrap_or_default()).collect();
    assert_eq!(thirds, ["thirds", "3", "7"]);

    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let html = browser.get(&format!("/links/{}/visits/{id}", app.link)).await.ok().text();
    for part in
        ["13 %", "Upper two thirds seen", "Links opened", "https://example.org/?a=1&amp;b=", "Tried to print"]
    {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert!(!html.contains("href=\"https://example.org"), "the address is no link");
    let html = browser.get(&format!("/dashboard/{}", app.link)).await.ok().text();
    assert!(html.contains("Tried to print") && html.contains("2 links opened"), "{html}");
}
