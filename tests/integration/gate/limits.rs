//! How often a gate may be tried: visitors who give what it asks for enter, and guessing stays hard.

use futures::future::join_all;
use sightline::model::{EmailGate, LinkChange, LinkId};

use super::{Kind, answers, make_link};
use crate::support::{
    browser::{Browser, error_of},
    test_app::TestApp,
};

/// An app with limits behind a proxy, which names the addresses of browsers.
async fn app_behind_proxy() -> TestApp {
    let app = TestApp::with_config(|config| {
        config.no_limits = false;
        config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
    });
    app.await.reached_from(([10, 0, 0, 1], 3_000))
}

fn reached_from(app: &TestApp, address: String) -> Browser<'_> {
    Browser::new(app).with_header("x-forwarded-for", address)
}

/// The statuses of one browser after the other that gives the right answers, each from its address.
async fn enter(app: &TestApp, link: &LinkId, addresses: impl Iterator<Item = String>) -> Vec<u16> {
    join_all(addresses.map(async |address| {
        let mut browser = reached_from(app, address);
        let status = browser.call("pass_gate", &answers(link)).await.status;
        assert_eq!(browser.get(&format!("/v/{link}/download")).await.status, status);
        status
    }))
    .await
}

fn office(people: u16) -> impl Iterator<Item = String> {
    (0..people).map(|_| "192.0.2.1".to_owned())
}

fn everywhere(people: u16) -> impl Iterator<Item = String> {
    (0..people).map(|person| format!("198.51.{}.{}", person / 200, person % 200))
}

#[tokio::test]
async fn crowds_pass_every_gate() {
    let app = app_behind_proxy().await;
    let mut links = Vec::new();
    for kind in [Kind::EmailOptional, Kind::EmailRequired] {
        links.push((format!("{kind:?}"), kind.make_link(&app).await));
    }
    links.push(("a list".to_owned(), listed(&app).await));
    for (kind, link) in links {
        assert_eq!(enter(&app, &link, office(500)).await, [200; 500], "{kind}, behind one address");
        assert_eq!(enter(&app, &link, everywhere(400)).await, [200; 400], "{kind}, at many addresses");
    }
    // Each costs a slow hash, so fewer, but more than may guess.
    for kind in [Kind::Password, Kind::Both] {
        let link = kind.make_link(&app).await;
        assert_eq!(enter(&app, &link, office(40)).await, [200; 40], "{kind:?}, behind one address");
    }
}

/// A link that lets in the domain of [`answers`] alone.
async fn listed(app: &TestApp) -> LinkId {
    let allow = Some(vec!["example.com".to_owned()]);
    let (email, download) = (Some(EmailGate::Required), Some(true));
    make_link(app, LinkChange { email, allow, download, ..LinkChange::default() }).await
}

#[tokio::test]
async fn guessing_is_as_hard_after_a_crowd() {
    let app = app_behind_proxy().await;
    for (link, crowd, wrong) in [
        (Kind::Password.make_link(&app).await, 40, "email=&password=wrong"),
        (listed(&app).await, 500, "email=reader%40example.org"),
    ] {
        assert!(enter(&app, &link, office(crowd)).await.iter().all(|status| *status == 200));
        let mut browser = reached_from(&app, "192.0.2.1".to_owned());
        let mut guesses = Vec::new();
        for _ in 0..12 {
            guesses.push(browser.call("pass_gate", &format!("link_id={link}&{wrong}")).await.status);
        }
        assert_eq!(guesses, [[403; 10].as_slice(), &[429; 2]].concat(), "{wrong}");
    }
}

#[tokio::test]
async fn wrong_link_password_is_refused_and_rate_limited() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let link = Kind::Password.make_link(&app).await;
    let other = Kind::Password.make_link(&app).await;
    let wrong = |link: &LinkId| format!("link_id={link}&password=wrong");
    let mut browser = Browser::new(&app);
    for attempt in 0..10 {
        let reply = browser.call("pass_gate", &wrong(&link)).await;
        assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"), "{attempt}");
        assert!(browser.cookies.is_empty());
    }
    for form in [wrong(&link), answers(&link)] {
        let reply = browser.call("pass_gate", &form).await;
        assert_eq!((reply.status, error_of(&reply).code()), (429, "too_many_attempts"), "{form}");
        let wait: u64 = reply.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert!(browser.cookies.is_empty(), "the right password is refused too");
    }
    browser.call("pass_gate", &answers(&other)).await.ok();
}

#[tokio::test]
async fn guessing_all_at_once_gains_nothing() {
    let app = app_behind_proxy().await;
    let link = Kind::Password.make_link(&app).await;
    let compared = app.state.stores.passwords.compared();
    let guesses = (0..50).map(async |_| {
        let mut browser = reached_from(&app, "192.0.2.1".to_owned());
        browser.call("pass_gate", &format!("link_id={link}&password=wrong")).await.status
    });
    let statuses = join_all(guesses).await;
    let looked_at = statuses.iter().filter(|status| **status == 403).count();
    assert_eq!((looked_at, statuses.len()), (10, 50), "{statuses:?}");
    assert_eq!(app.state.stores.passwords.compared() - compared, 10);
}
