//! Two-factor sign-in.

mod encrypted;

use totp_rs::{Builder, Secret};

use super::{encoded, read, sign_in_form, signed_in, status};
use crate::support::{
    browser::{Browser, error_of},
    test_app::{PASSWORD, TestApp},
};

/// The code of an authenticator app at the app's time.
fn code(app: &TestApp, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).expect("Base32");
    let codes = Builder::new().with_secret(secret).build().expect("a secret");
    codes.generate(app.now() as u64 / 1_000).to_string()
}

/// Turns two-factor sign-in on. Returns the secret and the recovery codes.
async fn turn_on(app: &TestApp, owner: &mut Browser<'_>) -> (String, Vec<String>) {
    owner.form("begin_second_factor", &format!("current={}", encoded(PASSWORD))).await;
    let setup = read(owner, "second_factor_setup").await;
    let secret = setup["secret"].as_str().expect("a secret").to_owned();
    let html = owner.get("/settings/two-factor").await.ok().text();
    assert!(html.contains(&secret) && html.contains("<svg"), "{html}");
    let codes: Vec<String> = serde_json::from_value(setup["recoveryCodes"].clone()).expect("codes");
    assert!(codes.len() == 10 && codes.iter().all(|code| html.contains(code)), "{codes:?}");
    owner.form("confirm_second_factor", &format!("code={}", code(app, &secret))).await;
    let html = owner.get("/settings/two-factor").await.ok().text();
    assert!(html.contains("10 recovery codes are") && !html.contains(&secret), "{html}");
    assert!(!codes.iter().any(|code| html.contains(code)), "they are shown once");
    app.advance(1);
    (secret, codes)
}

#[tokio::test]
async fn sign_in_asks_for_a_code_without_script() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let (secret, _) = turn_on(&app, &mut owner).await;
    let mut browser = Browser::new(&app);
    let reply = browser.form("sign_in", &format!("{}&next=%2Fsettings", sign_in_form(&app))).await;
    assert_eq!(reply.header("location"), "/sign-in/code?next=%2Fsettings", "{reply}");
    assert_eq!(status(&mut browser).await, 401, "the password alone opens nothing");
    let html = browser.get(reply.header("location")).await.ok().text();
    assert!(html.contains("action=\"/sfn/sign_in_code\""), "{html}");
    let reply = browser.form("sign_in_code", "code=000000&next=%2Fsettings").await;
    assert_eq!(reply.header("location"), "/sign-in/code?next=%2Fsettings");
    assert!(browser.get(reply.header("location")).await.ok().text().contains("The code is wrong"));
    let form = format!("code={}&next=%2Fsettings", code(&app, &secret));
    let reply = browser.form("sign_in_code", &form).await;
    assert_eq!(reply.header("location"), "/settings", "{reply}");
    assert_eq!(status(&mut browser).await, 200);
}

#[tokio::test]
async fn each_code_works_once() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let (secret, recovery) = turn_on(&app, &mut owner).await;
    let now = code(&app, &secret);
    let dashed = format!("{}-{}", &recovery[0][..4], &recovery[0][4..].to_uppercase());
    for (code, first) in [(&now, 200), (&dashed, 200), (&recovery[1], 200), (&"123".to_owned(), 400)] {
        for expected in [first, 400] {
            let mut browser = Browser::new(&app);
            let reply = browser.call("sign_in", &sign_in_form(&app)).await;
            assert_eq!((reply.status, error_of(&reply).code()), (403, "forbidden"));
            let reply = browser.call("sign_in_code", &format!("code={code}")).await;
            assert_eq!(reply.status, expected, "{code}: {reply}");
        }
    }
    let html = owner.get("/settings/two-factor").await.ok().text();
    assert!(html.contains("8 recovery codes are"), "{html}");
}

#[tokio::test]
async fn code_needs_the_password_of_now() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    let (secret, _) = turn_on(&app, &mut owner).await;
    let mut stranger = Browser::new(&app);
    assert_eq!(stranger.call("sign_in_code", &format!("code={}", code(&app, &secret))).await.status, 401);
    // Ten minutes after the password, and after a change of it, the sign-in begins again.
    let mut late = Browser::new(&app);
    late.call("sign_in", &sign_in_form(&app)).await;
    let mut early = late.clone();
    app.advance(10);
    assert_eq!(late.call("sign_in_code", &format!("code={}", code(&app, &secret))).await.status, 401);
    early.call("sign_in", &sign_in_form(&app)).await;
    let change = format!("old={}&new=turquoise+ladder+seven", encoded(PASSWORD));
    owner.call("change_password", &change).await.ok();
    assert_eq!(early.call("sign_in_code", &format!("code={}", code(&app, &secret))).await.status, 401);
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let app = TestApp::with_config(|config| config.no_limits = false).await;
    let mut owner = signed_in(&app).await;
    let (secret, _) = turn_on(&app, &mut owner).await;
    let mut attacker = Browser::new(&app);
    attacker.call("sign_in", &sign_in_form(&app)).await;
    for guess in 0..10 {
        assert_eq!(attacker.call("sign_in_code", "code=000000").await.status, 400, "{guess}");
    }
    for code in ["000000".to_owned(), code(&app, &secret)] {
        let reply = attacker.call("sign_in_code", &format!("code={code}")).await;
        assert_eq!((reply.status, error_of(&reply).code()), (429, "too_many_attempts"));
    }
}

#[tokio::test]
async fn turning_it_off_asks_for_the_password() {
    let app = TestApp::new().await;
    let mut owner = signed_in(&app).await;
    turn_on(&app, &mut owner).await;
    let reply = owner.call("remove_second_factor", "current=wrong").await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"));
    owner.call("remove_second_factor", &format!("current={}", encoded(PASSWORD))).await.ok();
    Browser::new(&app).call("sign_in", &sign_in_form(&app)).await.ok();
}

#[tokio::test]
async fn required_second_factor_comes_before_all_else() {
    let app = TestApp::with_config(|config| config.require_second_factor = true).await;
    let mut owner = signed_in(&app).await;
    for path in ["/", "/settings", "/analytics", &format!("/documents/{}", app.document)] {
        let reply = owner.get(path).await;
        assert_eq!(reply.status, 403, "{path}");
        let html = reply.text();
        assert!(
            html.contains("href=\"/settings/two-factor\"") && !html.contains("Twelve pages"),
            "{path}: {html}"
        );
    }
    owner.get(&format!("/api/documents/{}", app.document)).await.refused(403, "forbidden");
    let preview = owner.get(&format!("/v/{}", app.link)).await.ok().text();
    assert!(!preview.contains("Preview: not counted"), "nor is the owner one at a link");
    let html = owner.get("/settings/two-factor").await.ok().text();
    assert!(html.contains("This server requires it"), "{html}");
    turn_on(&app, &mut owner).await;
    owner.get("/").await.ok();
    Browser::new(&app).with_key(&app.api_key).get("/api/documents").await.ok();
}
