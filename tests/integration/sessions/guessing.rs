//! Guessing at the sign-in, and that it shuts out no owner.

use sightline::server::store::accounts::AccountStore;

use super::sign_in;
use crate::support::{
    browser::{Browser, error_of},
    test_app::{PASSWORD, TestApp},
};

/// An app with limits behind a proxy, which names the addresses of browsers.
async fn app_behind_proxy() -> TestApp {
    let app = TestApp::with_config(|config| {
        config.no_limits = false;
        config.trusted_proxies = vec!["10.0.0.0/8".parse().expect("a network")];
    });
    app.await.reached_from(([10, 0, 0, 1], 3_000))
}

fn reached_from<'a>(app: &'a TestApp, address: &str) -> Browser<'a> {
    Browser::new(app).with_header("x-forwarded-for", address)
}

#[tokio::test]
async fn wrong_passwords_are_limited_per_account_and_address() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let mut browser = Browser::new(&app);
    for attempt in 0..10 {
        assert_eq!(browser.call("sign_in", &sign_in(&app, "wrong")).await.status, 401, "{attempt}");
    }
    let capitals = sign_in(&app, PASSWORD).replace("owner", "OWNER");
    for form in [sign_in(&app, "wrong"), sign_in(&app, PASSWORD), capitals] {
        let reply = browser.call("sign_in", &form).await;
        assert_eq!((reply.status, error_of(&reply).code()), (429, "too_many_attempts"), "{form}");
        let wait: u64 = reply.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
    }
    let reply = browser.form("sign_in", &sign_in(&app, PASSWORD)).await;
    assert_eq!(reply.header("location"), "/sign-in?next=%2F", "{reply}");
    let html = browser.get(reply.header("location")).await.ok().text();
    assert!(html.contains("Too many attempts. Try again in 1 min."), "{html}");
    // One client address has thirty attempts over all accounts.
    for attempt in 0..20 {
        let form = format!("email=other{attempt}%40example.com&password=wrong");
        assert_eq!(browser.call("sign_in", &form).await.status, 401, "{attempt}");
    }
    assert_eq!(browser.call("sign_in", "email=new%40example.com&password=wrong").await.status, 429);
}

#[tokio::test]
async fn attacker_elsewhere_never_shuts_the_owner_out() {
    let app = app_behind_proxy().await;
    let mut attacker = reached_from(&app, "198.51.100.66");
    let mut looked_at = 0;
    for second in 0..600 {
        // Two guesses a second for ten minutes.
        for _ in 0..2 {
            let status = attacker.call("sign_in", &sign_in(&app, "wrong")).await.status;
            looked_at += u32::from(status == 401);
        }
        if second % 30 == 0 {
            // A new browser each time, so that it is not known.
            let mut owner = reached_from(&app, &format!("192.0.2.{}", second / 30));
            owner.call("sign_in", &sign_in(&app, PASSWORD)).await.ok();
        }
        app.advance_ms(1_000);
    }
    // Ten at once, then one a minute.
    assert!((19..=20).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn known_browser_signs_in_beside_an_attacker() {
    let app = app_behind_proxy().await;
    let mut owner = reached_from(&app, "192.0.2.1");
    owner.call("sign_in", &sign_in(&app, PASSWORD)).await.ok();
    owner.call("sign_out", "").await.ok();
    // Someone at the same address, a colleague or a program, uses up its attempts.
    let mut attacker = reached_from(&app, "192.0.2.1");
    while attacker.call("sign_in", &sign_in(&app, "wrong")).await.status != 429 {}
    let mut unknown = reached_from(&app, "192.0.2.1");
    assert_eq!(unknown.call("sign_in", &sign_in(&app, PASSWORD)).await.status, 429);
    owner.call("sign_in", &sign_in(&app, PASSWORD)).await.ok();
    // The cookie is for this account alone, and counts its own guesses.
    let other: &AccountStore = &app.state.stores.accounts;
    let email = format!("other-{}", app.owner.email);
    other.add(&email, PASSWORD).await.expect("an owner");
    let form = sign_in(&app, PASSWORD).replace("email=", "email=other-");
    while attacker.call("sign_in", &form.replace("horse", "cart")).await.status != 429 {}
    assert_eq!(owner.call("sign_in", &form).await.status, 429);
    for guess in 0..10 {
        assert_eq!(owner.call("sign_in", &sign_in(&app, "wrong")).await.status, 401, "{guess}");
    }
    assert_eq!(owner.call("sign_in", &sign_in(&app, "wrong")).await.status, 429);
}

#[tokio::test]
async fn changing_the_password_has_its_own_limit() {
    let app = app_behind_proxy().await;
    let mut owner = reached_from(&app, "192.0.2.1");
    owner.call("sign_in", &sign_in(&app, PASSWORD)).await.ok();
    let mut attacker = reached_from(&app, "192.0.2.1");
    while attacker.call("sign_in", &sign_in(&app, "wrong")).await.status != 429 {}
    let change = |old: &str| format!("old={}&new=turquoise+ladder+seven", old.replace(' ', "+"));
    for guess in 0..10 {
        let reply = owner.call("change_password", &change("wrong")).await;
        assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"), "{guess}");
    }
    assert_eq!(owner.call("change_password", &change(PASSWORD)).await.status, 429);
    app.advance(1);
    owner.call("change_password", &change(PASSWORD)).await.ok();
}
