//! Sessions in the browser: how they begin and end, and that none can be taken over.

mod cross_site;
mod first_account;
mod guessing;
mod memory;
mod streams;

use axum_extra::extract::cookie::{Key, SignedCookieJar};
use serde_json::json;
use sightline::server::{http::cookies, services::gate::Grant};

use crate::support::{
    browser::{Browser, error_of, set_cookies},
    test_app::{PASSWORD, TestApp},
};

const SESSION: &str = "sightline-session";

/// The fields of the sign-in form, URL-encoded.
fn sign_in(app: &TestApp, password: &str) -> String {
    format!("email={}&password={}", app.owner.email.replace('@', "%40"), password.replace(' ', "+"))
}

async fn signed_in<'a>(app: &'a TestApp) -> Browser<'a> {
    let mut browser = Browser::new(app);
    browser.call("sign_in", &sign_in(app, PASSWORD)).await.ok();
    browser
}

/// 200 when signed in, else 401.
async fn status(browser: &mut Browser<'_>) -> u16 {
    browser.json("POST", "/sfn/who_am_i", &json!({})).await.status
}

#[tokio::test]
async fn owner_signs_in_and_out_without_script() {
    let app = TestApp::new().await;
    let mut browser = Browser::new(&app);
    let page = format!("/dashboard/{}", app.link);
    let asked = browser.get(&page).await;
    assert_eq!(asked.status, 401);
    let html = asked.text();
    assert!(html.contains(&format!("name=\"next\" value=\"{page}\"")), "{html}");
    let next = page.replace('/', "%2F");
    let wrong = format!("{}&next={next}", sign_in(&app, "wrong password"));
    let reply = browser.form("sign_in", &wrong).await;
    let back = format!("/sign-in?next={next}");
    assert_eq!((reply.status, reply.header("location")), (302, &*back));
    let html = browser.get(&back).await.ok().text();
    assert!(html.contains("The e-mail address or the password is wrong."), "{html}");
    assert!(html.contains(&format!("value=\"{page}\"")), "the form keeps where to go next");
    let reply = browser.form("sign_in", &format!("{}&next={next}", sign_in(&app, PASSWORD))).await;
    assert_eq!((reply.status, reply.header("location")), (302, &*page));
    browser.get(&page).await.ok();
    let reply = browser.form("sign_out", "").await;
    assert_eq!((reply.status, reply.header("location")), (302, "/sign-in"));
    assert_eq!(browser.get(&page).await.status, 401);
    assert_eq!(browser.cookie(SESSION), None);
}

#[tokio::test]
async fn sign_in_never_redirects_to_another_site() {
    let app = TestApp::new().await;
    for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", ""] {
        let form = format!("{}&next={next}", sign_in(&app, PASSWORD));
        let reply = Browser::new(&app).form("sign_in", &form).await;
        assert_eq!((reply.status, reply.header("location")), (302, "/"), "{next}");
    }
}

#[tokio::test]
async fn script_signs_in_and_out_by_server_functions() {
    let app = TestApp::new().await;
    let mut browser = Browser::new(&app);
    let reply = browser.call("sign_in", &sign_in(&app, "wrong password")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (401, "wrong_credentials"));
    assert!(set_cookies(&reply.headers).is_empty());
    let reply = browser.call("sign_in", &sign_in(&app, PASSWORD)).await.ok();
    assert_eq!((reply.text(), reply.header("location")), ("null".to_owned(), ""));
    assert_eq!(status(&mut browser).await, 200);
    browser.call("sign_out", "").await.ok();
    assert_eq!(status(&mut browser).await, 401);
}

#[tokio::test]
async fn session_cookie_has_every_protective_flag() {
    let trusted = vec!["10.0.0.0/8".parse().expect("a network")];
    let proxy: std::net::SocketAddr = ([10, 0, 0, 1], 3_000).into();
    let stranger: std::net::SocketAddr = ([192, 0, 2, 1], 3_000).into();
    let local: std::net::SocketAddr = ([127, 0, 0, 1], 3_000).into();
    for (public_url, peer, proto, is_secure) in [
        (None, local, None, false),
        (Some("http://read.example"), local, None, false),
        (Some("https://read.example"), local, None, true),
        (None, proxy, Some("https"), true),
        (None, proxy, Some("http"), false),
        (None, stranger, Some("https"), false),
    ] {
        let what = format!("{public_url:?} {peer} {proto:?}");
        let app = TestApp::with_config(|config| {
            config.public_url = public_url.map(str::to_owned);
            config.trusted_proxies = trusted.clone();
        });
        let app = app.await.reached_from(peer);
        let mut browser = Browser::new(&app).with_header("host", "read.example");
        if let Some(proto) = proto {
            browser = browser.with_header("x-forwarded-proto", proto);
        }
        for function in ["sign_in", "sign_out"] {
            let reply = browser.call(function, &sign_in(&app, PASSWORD)).await.ok();
            let set = set_cookies(&reply.headers);
            // A sign-in also marks the browser; signing out also ends what the other scheme may have set.
            assert_eq!(set.len(), 2, "{what}: {set:?}");
            for cookie in &set {
                for flag in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
                    assert!(cookie.contains(flag), "{what}: {flag} is not in {cookie}");
                }
                assert!(!cookie.contains("Domain"), "{what}: {cookie}");
                assert_eq!(cookie.contains("Max-Age=0"), function == "sign_out", "{what}: {cookie}");
            }
            let prefix = if is_secure { "__Host-sightline-session=" } else { "sightline-session=" };
            let own = set.iter().find(|cookie| cookie.starts_with(prefix)).expect("the scheme's own cookie");
            assert_eq!(own.contains("; Secure"), is_secure, "{what}: {own}");
        }
    }
}

#[tokio::test]
async fn forged_or_planted_session_is_never_adopted() {
    let app = TestApp::new().await;
    let stranger = TestApp::new().await;
    let token = app.state.stores.accounts.open_session(&app.owner.owner_id, "").await.expect("a session").0;
    let set = |key: &Key, token: &str| {
        let set = cookies::set_session(key, Some(token), false);
        set[0].to_str().expect("text").to_owned()
    };
    // A real token signed with another server's secret, and one without a signature.
    let mut foreign = Browser::new(&app);
    foreign.store_cookie(&set(&stranger.cookie_key, &token));
    let mut plain = Browser::new(&app);
    plain.store_cookie(&format!("{SESSION}=session {token}; Path=/"));
    // A grant that we signed, renamed: its e-mail address is text that the visitor chose.
    let mut renamed = Browser::new(&app);
    let grant = Grant {
        ends_at: i64::MAX,
        gate: "x".to_owned(),
        email: Some(format!("session {token}")),
        is_verified: false,
    };
    let given = cookies::set_grant(
        &app.cookie_key,
        &SignedCookieJar::new(app.cookie_key.clone()),
        &app.link,
        &grant,
        false,
    );
    let given =
        given[0].to_str().expect("text").replacen(&format!("sightline-grant-{}", app.link), SESSION, 1);
    renamed.store_cookie(&given);
    for (what, browser) in [("foreign", &mut foreign), ("plain", &mut plain), ("renamed", &mut renamed)] {
        assert_eq!(status(browser).await, 401, "{what}");
    }
    // A cookie that an attacker planted before the victim signs in.
    for planted in [
        set(&app.cookie_key, "chosen-by-an-attacker"),
        set(&app.cookie_key, &token),
        set(&stranger.cookie_key, "chosen-by-an-attacker"),
    ] {
        let mut victim = Browser::new(&app);
        victim.store_cookie(&planted);
        let before = victim.cookie(SESSION).expect("a cookie").to_owned();
        victim.call("sign_in", &sign_in(&app, PASSWORD)).await.ok();
        assert_ne!(victim.cookie(SESSION), Some(&*before));
        assert_eq!(status(&mut victim).await, 200);
        let mut attacker = Browser::new(&app);
        attacker.store_cookie(&planted);
        let ours = if planted == set(&app.cookie_key, &token) { 200 } else { 401 };
        assert_eq!(status(&mut attacker).await, ours, "the planted cookie gained nothing");
    }
}

#[tokio::test]
async fn sign_out_ends_one_of_two_sessions() {
    let app = TestApp::new().await;
    let (mut one, mut other) = (signed_in(&app).await, signed_in(&app).await);
    assert_ne!(one.cookie(SESSION), other.cookie(SESSION));
    let mut stolen = one.clone();
    one.call("sign_out", "").await.ok();
    assert_eq!((status(&mut stolen).await, status(&mut other).await), (401, 200));
}

#[tokio::test]
async fn sign_out_everywhere_keeps_api_keys() {
    let app = TestApp::new().await;
    let (mut one, mut other) = (signed_in(&app).await, signed_in(&app).await);
    let reply = one.form("sign_out_everywhere", "").await;
    assert_eq!((reply.status, reply.header("location")), (302, "/sign-in"));
    assert_eq!((status(&mut one).await, status(&mut other).await), (401, 401));
    assert_eq!(status(&mut Browser::new(&app).with_key(&app.api_key)).await, 200);
    assert_eq!(status(&mut signed_in(&app).await).await, 200);
}

#[tokio::test]
async fn changed_password_ends_all_other_sessions() {
    let app = TestApp::new().await;
    let (mut one, mut other) = (signed_in(&app).await, signed_in(&app).await);
    let before = one.clone();
    let reply = one.call("change_password", "old=wrong+password&new=turquoise+ladder+seven").await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"));
    let old = PASSWORD.replace(' ', "+");
    let reply = one.call("change_password", &format!("old={old}&new=short")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (400, "invalid_field"));
    assert_eq!(status(&mut other).await, 200, "the password is unchanged");
    let reply = one.form("change_password", &format!("old={old}&new=turquoise+ladder+seven")).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/settings"));
    assert_eq!((status(&mut one).await, status(&mut other).await), (200, 401));
    assert_eq!(status(&mut before.clone()).await, 401, "this browser has a new session too");
    let mut new = Browser::new(&app);
    assert_eq!(new.call("sign_in", &sign_in(&app, PASSWORD)).await.status, 401);
    new.call("sign_in", &sign_in(&app, "turquoise ladder seven")).await.ok();
}

#[tokio::test]
async fn session_ends_two_weeks_after_last_use() {
    let app = TestApp::with_own_redis().await;
    let redis = app.redis.clone();
    let mut browser = signed_in(&app).await;
    let keys: Vec<String> = redis.query("KEYS send:session:{accounts}:*");
    assert_eq!(keys.len(), 1);
    let left = || redis.query::<i64>(&format!("TTL {}", keys[0]));
    let _: u32 = redis.query(&format!("EXPIRE {} 100", keys[0]));
    assert_eq!(status(&mut browser).await, 200);
    assert!((14 * 86_400 - 10..=14 * 86_400).contains(&left()), "{}", left());
    let _: u32 = redis.query(&format!("PEXPIRE {} 0", keys[0]));
    assert_eq!(status(&mut browser).await, 401);
    assert_eq!(browser.get("/").await.status, 401);
}

#[tokio::test]
async fn unknown_email_and_wrong_password_answer_alike() {
    let app = TestApp::new().await;
    let unknown = "email=unknown%40example.com&password=correct+horse+battery".to_owned();
    let mut answers = Vec::new();
    for form in [sign_in(&app, "wrong password"), unknown, "email=&password=".to_owned()] {
        let reply = Browser::new(&app).call("sign_in", &form).await;
        let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        answers.push((reply.status, reply.text(), headers));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}
