//! The page of the owner who runs the server.

use sightline::model::address;

use crate::support::{
    browser::Browser,
    monitor::Monitor,
    test_app::{PASSWORD, TestApp},
};

/// The text of the element with this test id.
fn text<'a>(page: &'a str, testid: &str) -> &'a str {
    let rest =
        page.split(&format!("data-testid=\"{testid}\"")).nth(1).unwrap_or_else(|| panic!("{testid}: {page}"));
    rest.split_once('>').and_then(|(_, rest)| rest.split_once("</")).map_or("", |(text, _)| text)
}

#[tokio::test]
async fn oldest_account_alone_sees_the_server() {
    let app = TestApp::with_own_redis().await;
    let other = app.state.stores.accounts.add("second@example.com", PASSWORD).await.expect("an owner");
    let mut first = Browser::signed_in(&app, &app.owner.owner_id).await;
    let mut second = Browser::signed_in(&app, &other.owner_id).await;
    assert_eq!(first.get(address::ADMIN).await.status, 200);
    assert_eq!(second.get(address::ADMIN).await.status, 404);
    assert_eq!(Browser::new(&app).get(address::ADMIN).await.status, 401);
    let link = format!("href=\"{}\"", address::ADMIN);
    assert!(first.get(address::SETTINGS).await.text().contains(&link));
    assert!(!second.get(address::SETTINGS).await.text().contains(&link));
}

#[tokio::test]
async fn oldest_account_is_found_once() {
    let app = TestApp::with_own_redis().await;
    let accounts = &app.state.stores.accounts;
    let [second, third] =
        ["second@example.com", "third@example.com"].map(|email| accounts.add(email, PASSWORD));
    let (second, third) = (second.await.expect("an owner"), third.await.expect("an owner"));
    let is_oldest = async |owner| accounts.is_oldest(owner).await.expect("Redis answers");
    assert!(is_oldest(&app.owner.owner_id).await);
    let mut monitor = Monitor::start(&app.redis);
    assert!(!is_oldest(&second.owner_id).await && is_oldest(&app.owner.owner_id).await);
    assert_eq!(monitor.commands(&app.redis), ["HEXISTS"; 2], "not all accounts");
    accounts.remove(&app.owner.owner_id).await.expect("it is removed");
    assert!(is_oldest(&second.owner_id).await && !is_oldest(&third.owner_id).await);
}

#[tokio::test]
async fn page_shows_the_numbers_of_now() {
    let app = TestApp::with_own_redis().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    for session in ["s1", "s2", "s3"] {
        app.join(session).await;
        app.heartbeat(session, 2).await;
    }
    let page = browser.get(address::ADMIN).await.ok().text().replace("<!>", "");
    assert_eq!(text(&page, "server-viewers"), "3", "{page}");
    assert!(page.contains("at most 3 on one link") && page.contains("of 3 succeeded"), "{page}");
    assert_eq!(text(&page, "server-heartbeats"), "100.0 %", "{page}");
    assert_ne!(text(&page, "server-response"), "–", "{page}");
    // The disk of the machine that runs the test is not the test's.
    let is_disk_full = page.contains("The disk of the data folder is nearly full");
    assert_eq!(page.matches("notice-warning").count(), usize::from(is_disk_full), "{page}");
    assert_eq!(page.contains("Everything answers, and nothing is full."), !is_disk_full, "{page}");
}

#[tokio::test]
async fn full_redis_is_told_with_what_to_do() {
    let app = TestApp::with_own_redis().await;
    let mut browser = Browser::signed_in(&app, &app.owner.owner_id).await;
    let used: String = app.redis.query("INFO memory");
    let used = used.lines().find_map(|line| line.strip_prefix("used_memory:")?.trim().parse::<u64>().ok());
    let limit = used.expect("a number") * 10 / 9;
    app.redis.query::<()>(&format!("CONFIG SET maxmemory {limit}"));
    let page = browser.get(address::ADMIN).await.ok().text();
    assert!(page.contains("of its memory. At its limit visits are not counted: raise maxmemory"), "{page}");
    assert!(!page.contains("nothing is full"), "{page}");
}
