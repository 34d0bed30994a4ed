//! What the list costs Redis, counted by MONITOR: as much as is shown, whatever the size of the catalogue.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::json;

use super::{add_many, titles};
use crate::support::{browser::Browser, events::Events, monitor::Monitor, test_app::TestApp};

/// How often each command came that reads or writes data.
fn data_commands(monitor: &mut Monitor, app: &TestApp) -> BTreeMap<String, usize> {
    const CONNECTION: [&str; 6] = ["PING", "SSUBSCRIBE", "SUNSUBSCRIBE", "HELLO", "CLIENT", "SCRIPT"];
    let mut counts = BTreeMap::new();
    for command in monitor.commands(&app.redis) {
        if !CONNECTION.contains(&command.as_str()) {
            *counts.entry(command).or_default() += 1;
        }
    }
    counts
}

async fn cost_of_page(app: &TestApp, path: &str) -> BTreeMap<String, usize> {
    let mut browser = Browser::signed_in(app, &app.owner.owner_id).await;
    browser.get(path).await.ok();
    let mut monitor = Monitor::start(&app.redis);
    browser.get(path).await.ok();
    data_commands(&mut monitor, app)
}

async fn cost_of_stream(app: &TestApp, query: &str) -> BTreeMap<String, usize> {
    let mut monitor = Monitor::start(&app.redis);
    let mut events = app.stream(&format!("/api/documents/events{query}")).await;
    events.next_named("documents").await;
    data_commands(&mut monitor, app)
}

#[tokio::test]
async fn same_screen_costs_the_same_among_any_number_of_documents() {
    let app = TestApp::with_own_redis().await;
    add_many(&app, "Shown", 1..11, 5).await;
    let page = cost_of_page(&app, "/?q=shown").await;
    let stream = cost_of_stream(&app, "?q=shown").await;
    assert_eq!(page["HGETALL"], 10 + 50, "one for each document and link: {page:?}");
    add_many(&app, "Beside", 11..1_000, 5).await;
    assert_eq!(cost_of_page(&app, "/?q=shown").await, page);
    let among_many = cost_of_stream(&app, "?q=shown").await;
    // The key, the page of the index, fifty links. The key is checked again whenever the stream has subscribed.
    for cost in [&stream, &among_many] {
        assert!((52..=54).contains(&cost["EVALSHA"]), "{cost:?}");
    }
    for command in ["HGETALL", "SMEMBERS"] {
        assert_eq!(among_many[command], stream[command], "{command}");
    }

    // A thousand documents with five links each: a page shows fifty of them.
    let html = Browser::signed_in(&app, &app.owner.owner_id).await.get("/").await.ok().text();
    assert!(html.contains("1–50 of 1,000 documents"), "{html}");
    let all = cost_of_page(&app, "/").await;
    assert_eq!(all["HGETALL"], 50 + 250);
    let mut events = app.document_events().await;
    assert_eq!(titles(&events.next_named("documents").await.data).len(), 50);
}

/// Joins one link and returns what that cost until the stream showed it.
async fn cost_of_view(app: &TestApp, events: &mut Events, session: &str) -> BTreeMap<String, usize> {
    let mut monitor = Monitor::start(&app.redis);
    let before = app.snapshot().await.metrics.total_views;
    app.join(session).await;
    loop {
        let list = events.next_named("documents").await.data;
        let rows = list["documents"].as_array().expect("documents");
        let mut links = rows.iter().flat_map(|row| row["links"].as_array().expect("links"));
        let row = links.find(|link| link["linkId"] == json!(app.link)).expect("the link is shown");
        if row["totalViews"] == json!(before + 1) {
            return data_commands(&mut monitor, app);
        }
    }
}

#[tokio::test]
async fn announcement_of_one_link_reads_that_link_only() {
    let app = TestApp::with_own_redis().await;
    add_many(&app, "Report", 1..40, 5).await;
    let mut events = app.document_events().await;
    events.next_named("documents").await;
    for attempt in 0.. {
        let commands = cost_of_view(&app, &mut events, &format!("s{attempt}")).await;
        let scripts = commands["EVALSHA"];
        // Now and then a subscription was just made, or everything is compared: try again.
        if scripts < 20 {
            break;
        }
        assert!(attempt < 20, "{scripts} scripts");
    }
}

#[tokio::test]
async fn rows_are_read_again_only_when_the_catalogue_changed() {
    let app = TestApp::with_own_redis().await;
    add_many(&app, "Report", 1..10, 2).await;
    let mut events = app.document_events().await;
    events.next_named("documents").await;
    let mut monitor = Monitor::start(&app.redis);
    // At least one comparison of everything.
    events.next_named("alive").await;
    let commands = data_commands(&mut monitor, &app);
    assert!(commands.contains_key("GET"), "the version is compared: {commands:?}");
    assert!(!commands.contains_key("HGETALL"), "{commands:?}");
    let change = json!({ "label": "New" }).to_string();
    app.send(Method::PATCH, &format!("/api/links/{}", app.link), change).await.ok();
    events.next_named("documents").await;
    let commands = data_commands(&mut monitor, &app);
    assert!(commands["HGETALL"] >= 10, "{commands:?}");
}
