//! The owner's list of documents: pages, order, search, and what it costs Redis.

mod cost;
mod stream;

use std::collections::HashSet;

use axum::http::Method;
use futures::future::join_all;
use serde_json::{Value, json};
use sightline::model::{DocumentId, LinkId, NewLink};

use crate::support::{
    browser::Browser,
    cluster::Cluster,
    test_app::{PASSWORD, TestApp},
};

/// A document of the app's owner with links, made without a file of its own.
pub async fn add(app: &TestApp, number: usize, title: &str, links: usize) -> (DocumentId, Vec<LinkId>) {
    let mut document = app.state.stores.catalogue.document(&app.document).await.expect("a document");
    document.id = format!("{}-{number:04}", app.document).parse().expect("an id");
    document.title = title.to_owned();
    document.created_at += number as i64 * 1_000;
    app.state.stores.catalogue.add_document(&document).await.expect("it is added");
    let mut made = Vec::new();
    for _ in 0..links {
        let link = app.state.services.library.make_link(&document, NewLink::default()).await;
        made.push(link.expect("a link").id);
    }
    (document.id, made)
}

/// Documents 1 to `count`, titled `name 0001` and so on.
pub async fn add_many(app: &TestApp, name: &str, numbers: std::ops::Range<usize>, links: usize) {
    for batch in numbers.collect::<Vec<_>>().chunks(20) {
        let titles: Vec<_> = batch.iter().map(|number| (*number, format!("{name} {number:04}"))).collect();
        join_all(titles.iter().map(|(number, title)| add(app, *number, title, links))).await;
    }
}

pub fn titles(list: &Value) -> Vec<String> {
    let documents = list["documents"].as_array().expect("documents");
    documents.iter().map(|document| document["title"].as_str().expect("a title").to_owned()).collect()
}

pub async fn list(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/api/documents{query}")).await.ok().json()
}

async fn page(app: &TestApp, path: &str) -> String {
    let mut browser = Browser::signed_in(app, &app.owner.owner_id).await;
    browser.get(path).await.ok().text()
}

#[tokio::test]
async fn pages_show_every_document_once() {
    let app = TestApp::new().await;
    add_many(&app, "Report", 1..121, 0).await;
    for order in ["sort=date", "sort=name", "sort=viewed"] {
        for direction in ["asc", "desc"] {
            let mut seen = Vec::new();
            for number in 1..=4 {
                let list = list(&app, &format!("?{order}&direction={direction}&page={number}")).await;
                assert_eq!(list["total"], 121);
                let expected = [50, 50, 21, 0][number - 1];
                assert_eq!(titles(&list).len(), expected, "{order} {direction} {number}");
                seen.extend(titles(&list));
            }
            assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 121, "{order} {direction}");
            let all = list(&app, &format!("?{order}&direction={direction}")).await;
            assert_eq!(titles(&all), seen, "all of them in the same order");
        }
    }
}

#[tokio::test]
async fn list_is_sorted_by_name_date_and_last_view() {
    let app = TestApp::new().await;
    let (_, banana) = add(&app, 1, "banana", 1).await;
    add(&app, 2, "Cherry", 1).await;
    let (_, apple) = add(&app, 3, "Apple", 1).await;
    for link in [&banana[0], &apple[0]] {
        app.advance(1);
        let body = json!({ "action": "join", "sessionId": "s1" }).to_string();
        app.send(Method::POST, &format!("/api/send/realtime/{link}"), body).await.ok();
    }
    for (query, expected) in [
        ("?sort=name", ["Apple", "banana", "Cherry", "Twelve pages"]),
        ("?sort=name&direction=desc", ["Twelve pages", "Cherry", "banana", "Apple"]),
        ("?sort=date", ["Apple", "Cherry", "banana", "Twelve pages"]),
        ("", ["Apple", "Cherry", "banana", "Twelve pages"]),
    ] {
        assert_eq!(titles(&list(&app, query).await), expected, "{query}");
    }
    let viewed = list(&app, "?sort=viewed").await;
    assert_eq!(titles(&viewed)[..2], ["Apple", "banana"]);
    assert_eq!(viewed["documents"][0]["lastView"], app.now());
    assert_eq!(viewed["documents"][1]["lastView"], app.now() - 60_000);
    assert_eq!(viewed["documents"][2]["lastView"], Value::Null);
    let html = page(&app, "/?sort=viewed").await;
    assert!(html.find(">Apple<") < html.find(">banana<") && html.contains("never viewed"), "{html}");
}

#[tokio::test]
async fn repeated_join_is_no_new_last_view() {
    let app = TestApp::new().await;
    app.join("s1").await;
    let joined = app.now();
    app.advance(1);
    app.join("s1").await;
    assert_eq!(list(&app, "").await["documents"][0]["lastView"], joined);
}

#[tokio::test]
async fn search_finds_parts_of_titles_in_any_case() {
    let app = TestApp::new().await;
    for (number, title) in ["Übersicht 2026", "Quarter [3] 100%", "Plan", "plan B"].iter().enumerate() {
        add(&app, number, title, 0).await;
    }
    for (search, expected) in [
        ("%C3%BCBER", vec!["Übersicht 2026"]),
        ("%5B3%5D%20100%25", vec!["Quarter [3] 100%"]),
        ("PLAN", vec!["Plan", "plan B"]),
        (".", vec![]),
        ("document-", vec![]),
    ] {
        let found = list(&app, &format!("?sort=name&q={search}&page=1")).await;
        assert_eq!(titles(&found), expected, "{search}");
        assert_eq!(found["total"], expected.len());
    }
    assert_eq!(titles(&list(&app, "?q=plan&sort=date").await), ["plan B", "Plan"]);
    let html = page(&app, "/?q=%3Cb%3E").await;
    assert!(
        html.contains("No title contains") && html.contains("&lt;b&gt;") && !html.contains("<b>"),
        "{html}"
    );
}

#[tokio::test]
async fn invalid_parameter_is_refused() {
    let app = TestApp::new().await;
    for path in ["/api/documents", "/api/documents/events"] {
        for query in ["sort=size", "direction=up", "page=0"] {
            app.get(&format!("{path}?{query}")).await.refused(400, "invalid_field");
        }
    }
    assert!(page(&app, "/?sort=size&page=x").await.contains("Twelve pages"), "a page shows what it can");
}

#[tokio::test]
async fn renamed_document_is_found_by_its_new_title() {
    let app = TestApp::new().await;
    let path = format!("/api/documents/{}", app.document);
    app.send(Method::PATCH, &path, json!({ "title": "Annual report" }).to_string()).await.ok();
    assert_eq!(list(&app, "?q=twelve").await["total"], 0);
    assert_eq!(titles(&list(&app, "?q=annual").await), ["Annual report"]);
    app.send(Method::DELETE, &path, "").await.ok();
    let empty = list(&app, "").await;
    assert_eq!((&empty["total"], titles(&empty).len()), (&json!(0), 0));
}

#[tokio::test]
async fn damaged_record_is_passed_over_with_a_note() {
    let app = TestApp::new().await;
    let (damaged, _) = add(&app, 1, "Damaged", 1).await;
    let (other, _) = add(&app, 2, "Of another type", 1).await;
    let (sound, links) = add(&app, 3, "Sound", 2).await;
    let _: u32 = app.redis.query(&format!("HDEL send:document:{{{damaged}}} file"));
    let _: u32 = app.redis.query(&format!("DEL send:document:{{{other}}}"));
    let _: String = app.redis.query(&format!("SET send:document:{{{other}}} text"));
    let _: u32 = app.redis.query(&format!("HDEL send:link:{{{}}} gate", links[0]));
    for query in ["", "?page=1"] {
        let list = list(&app, query).await;
        assert_eq!(titles(&list), ["Sound", "Twelve pages"]);
        assert_eq!((&list["total"], &list["unreadable"]), (&json!(4), &json!(2)));
        let sound = &list["documents"][0];
        assert_eq!(
            (sound["links"].as_array().map(Vec::len), &sound["unreadableLinks"]),
            (Some(1), &json!(1))
        );
    }
    let html = page(&app, "/").await;
    assert!(html.contains("2 documents cannot be shown"), "{html}");
    assert!(page(&app, &format!("/documents/{sound}")).await.contains(links[1].as_str()));
}

#[tokio::test]
async fn entry_without_its_record_is_removed() {
    let app = TestApp::new().await;
    let (gone, _) = add(&app, 1, "Gone", 0).await;
    let (taken, _) = add(&app, 2, "Taken", 0).await;
    let _: u32 = app.redis.query(&format!("DEL send:document:{{{gone}}}"));
    let _: u32 = app.redis.query(&format!("HSET send:document:{{{taken}}} owner another"));
    assert_eq!(titles(&list(&app, "?page=1").await), ["Twelve pages"]);
    let owner = &app.owner.owner_id;
    for (command, key) in [("SCARD", "documents"), ("ZCARD", "documents-by-name"), ("HLEN", "document-names")]
    {
        let left: u32 = app.redis.query(&format!("{command} send:{key}:{{{owner}}}"));
        assert_eq!(left, 1, "{key}");
    }
}

#[tokio::test]
async fn entry_outlives_the_entering_of_its_record() {
    let app = TestApp::new().await;
    let mut document = app.state.stores.catalogue.document(&app.document).await.expect("a document");
    document.id = format!("{}-new", app.document).parse().expect("an id");
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    document.created_at = since_1970.as_millis() as i64;
    app.state.stores.catalogue.add_document(&document).await.expect("it is added");
    // As another server sees it between the entry and the record.
    let _: u32 = app.redis.query(&format!("DEL send:document:{{{}}}", document.id));
    assert_eq!(titles(&list(&app, "?page=1").await), ["Twelve pages"]);
    let entered: u32 = app.redis.query(&format!("HLEN send:document-names:{{{}}}", app.owner.owner_id));
    assert_eq!(entered, 2);
}

/// The version before kept only the set.
#[tokio::test]
async fn earlier_data_is_indexed_by_any_number_of_servers() {
    let app = TestApp::new().await;
    add_many(&app, "Old", 1..60, 1).await;
    let (damaged, _) = add(&app, 60, "Damaged", 0).await;
    let _: u32 = app.redis.query(&format!("DEL send:document:{{{damaged}}}"));
    let _: String = app.redis.query(&format!("SET send:document:{{{damaged}}} text"));
    let owner = &app.owner.owner_id;
    let forget = || {
        for key in ["documents-by-date", "documents-by-view", "documents-by-name", "document-names"] {
            let _: u32 = app.redis.query(&format!("DEL send:{key}:{{{owner}}}"));
        }
        let _: u32 = app.redis.query(&format!("SADD send:documents:{{{owner}}} never-entered"));
    };
    forget();
    let servers = [app.second_server(), app.second_server(), app.second_server()];
    let lists = join_all(servers.iter().map(|server| list(server, "?sort=name&page=1"))).await;
    for list in lists {
        assert_eq!((&list["total"], titles(&list).len()), (&json!(61), 49), "one of the first 50 is damaged");
    }
    // A server of the version before adds and removes through the set alone.
    let _: u32 = app.redis.query(&format!("SREM send:documents:{{{owner}}} {}", app.document));
    assert_eq!(list(&app, "?page=1").await["total"], 60);
    forget();
    assert_eq!(list(&app, "").await["total"], 60);
}

#[tokio::test]
async fn handed_over_documents_are_in_the_new_owners_list() {
    let app = TestApp::new().await;
    add_many(&app, "Report", 1..4, 1).await;
    let stores = &app.state.stores;
    let heir = stores.accounts.add(&format!("heir-{}", app.owner.email), PASSWORD).await.expect("an owner");
    stores
        .catalogue
        .hand_over(Some(&app.owner.owner_id), &heir.owner_id)
        .await
        .expect("they are handed over");
    assert_eq!(list(&app, "").await["total"], 0);
    let mut browser = Browser::signed_in(&app, &heir.owner_id).await;
    assert!(browser.get("/?q=report%200003").await.ok().text().contains("Report 0003"));
}

#[tokio::test]
async fn damaged_owner_does_not_hide_the_others() {
    let app = TestApp::with_own_redis().await;
    let _: u32 = app.redis.query("HSET send:owners:{accounts} damaged text");
    let owners = app.state.stores.accounts.owners().await.expect("a list");
    assert_eq!(owners, std::slice::from_ref(&app.owner));
}

#[tokio::test(flavor = "multi_thread")]
async fn cluster_holds_the_list_of_one_owner() {
    let cluster = Cluster::start();
    let app = TestApp::with_config(|config| config.redis_url = Some(cluster.url())).await;
    add_many(&app, "Report", 1..60, 2).await;
    let mut events = app.document_events().await;
    let first = events.next_named("documents").await.data;
    assert_eq!((&first["total"], titles(&first).len()), (&json!(60), 50));
    assert_eq!(titles(&list(&app, "?q=report%200007").await), ["Report 0007"]);
    assert_eq!(titles(&list(&app, "?sort=name&page=2").await).len(), 10);
    let link = first["documents"][0]["links"][0]["linkId"].as_str().expect("a link").to_owned();
    let body = json!({ "action": "join", "sessionId": "s1" }).to_string();
    app.send(Method::POST, &format!("/api/send/realtime/{link}"), body).await.ok();
    loop {
        let row = events.next_named("documents").await.data["documents"][0].take();
        let links = row["links"].as_array().expect("links");
        if links.iter().any(|row| row["linkId"] == json!(link) && row["totalViews"] == 1) {
            break;
        }
    }
}
