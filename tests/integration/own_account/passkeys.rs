//! Passkeys: registering, signing in, removing, and every answer that must open nothing.

use serde_json::{Value, json};
use sightline::model::AccountAction;

use super::{encoded, read, sign_in_form, status};
use crate::support::{
    authenticator::Authenticator,
    browser::{Browser, error_of, set_cookies},
    redis_server::RedisServer,
    test_app::{PASSWORD, TestApp},
};

const ORIGIN: &str = "https://read.example.org";
const HOST: &str = "read.example.org";

async fn app() -> TestApp {
    let set = |config: &mut sightline::server::config::Config| config.public_url = Some(ORIGIN.to_owned());
    TestApp::with_redis(RedisServer::start(), set).await
}

async fn signed_in(app: &TestApp) -> Browser<'_> {
    let mut browser = Browser::new(app);
    browser.call("sign_in", &sign_in_form(app)).await.ok();
    browser
}

/// Calls a server function with arguments in JSON.
async fn call(browser: &mut Browser<'_>, function: &str, arguments: Value) -> crate::support::reply::Reply {
    browser.json("POST", &format!("/sfn/{function}"), &arguments).await
}

/// Registers a passkey of this name.
async fn register(owner: &mut Browser<'_>, name: &str) -> Authenticator {
    let mut authenticator = Authenticator::new(ORIGIN, HOST);
    let options = call(owner, "begin_passkey", json!({ "current": PASSWORD })).await.ok().json();
    // Many authenticators cannot protect credentials in this way, and Chromium then makes none.
    assert_eq!(options["extensions"]["enforceCredentialProtectionPolicy"], false);
    let credential = authenticator.create(&options);
    call(owner, "add_passkey", json!({ "name": name, "credential": credential })).await.ok();
    authenticator
}

async fn challenge(browser: &mut Browser<'_>) -> Value {
    call(browser, "begin_passkey_sign_in", json!({})).await.ok().json()
}

async fn answer(browser: &mut Browser<'_>, credential: &Value) -> crate::support::reply::Reply {
    call(browser, "sign_in_passkey", json!({ "credential": credential, "next": "/settings" })).await
}

#[tokio::test]
async fn passkey_signs_in_without_password_and_code() {
    let app = app().await;
    let mut owner = signed_in(&app).await;
    let mut authenticator = register(&mut owner, "My phone").await;
    let html = owner.get("/settings/passkeys").await.ok().text();
    assert!(
        html.contains("My phone") && html.contains("not used yet") && html.contains("is added"),
        "{html}"
    );
    // With two-factor sign-in on, too: a passkey is both factors.
    let id = app.owner.owner_id.as_str();
    let _: u32 = app.redis.command(&["HSET", "send:second-factors:{accounts}", id, "JBSWY3DPEHPK3PXP 0"]);
    let mut browser = Browser::new(&app);
    let options = challenge(&mut browser).await;
    assert_eq!((&options["rpId"], &options["userVerification"]), (&HOST.into(), &"required".into()));
    let reply = answer(&mut browser, &authenticator.get(&options)).await;
    assert_eq!((reply.status, reply.json()), (200, "/settings".into()), "{reply}");
    assert_eq!(status(&mut browser).await, 200);
    assert_eq!(read(&mut browser, "passkeys").await[0]["usedAt"], app.now());
    let events = app.state.stores.accounts.events(&app.owner.owner_id, 1).await.expect("events");
    assert_eq!(
        (events[0].action, events[0].about.as_str()),
        (AccountAction::SignedIn, "with the passkey My phone")
    );
    // It never leads to another site.
    let options = challenge(&mut browser).await;
    let foreign = json!({ "credential": authenticator.get(&options), "next": "https://evil.example" });
    assert_eq!(call(&mut browser, "sign_in_passkey", foreign).await.json(), "/");
}

/// An answer that must open nothing, and how it is made from a right authenticator.
type Wrong = (&'static str, fn(&mut Authenticator));

const WRONG: [Wrong; 12] = [
    ("another origin", |answer| answer.origin = "https://read.example.org.evil.example".to_owned()),
    ("http", |answer| answer.origin = "http://read.example.org".to_owned()),
    ("another port", |answer| answer.origin = "https://read.example.org:8443".to_owned()),
    ("another site", |answer| answer.rp_id = "example.org".to_owned()),
    ("in another site's frame", |answer| answer.cross_origin = true),
    ("no verification of the user", |answer| answer.verifies_user = false),
    ("a counter that goes back", |answer| answer.counter = 4),
    ("a counter that stays", |answer| answer.counter = 9),
    ("another key", Authenticator::forge),
    ("the answer to a registration", |answer| answer.kind = "webauthn.create"),
    ("an unknown passkey", |answer| answer.id.reverse()),
    ("another owner", |answer| answer.user_handle.reverse()),
];

#[tokio::test]
async fn wrong_answers_open_nothing() {
    let app = app().await;
    let mut owner = signed_in(&app).await;
    let mut right = register(&mut owner, "key").await;
    right.counter = 9;
    let mut browser = Browser::new(&app);
    let options = challenge(&mut browser).await;
    answer(&mut browser, &right.get(&options)).await.ok();
    for (what, change) in WRONG {
        let mut browser = Browser::new(&app);
        let options = challenge(&mut browser).await;
        let mut wrong = right.clone();
        change(&mut wrong);
        let reply = answer(&mut browser, &wrong.get(&options)).await;
        assert_eq!((reply.status, error_of(&reply).code()), (400, "invalid_field"), "{what}: {reply}");
        assert!(set_cookies(&reply.headers).is_empty(), "{what}: {reply}");
        assert_eq!(status(&mut browser).await, 401, "{what}");
    }
    let options = challenge(&mut browser).await;
    answer(&mut browser, &right.get(&options)).await.ok();
}

#[tokio::test]
async fn challenge_is_answered_once_and_in_time() {
    let app = app().await;
    let mut owner = signed_in(&app).await;
    let mut authenticator = register(&mut owner, "key").await;
    let mut browser = Browser::new(&app);
    let made_up = json!({ "challenge": "AAAAAAAAAAAAAAAAAAAAAA" });
    assert_eq!(
        answer(&mut browser, &authenticator.get(&made_up)).await.status,
        400,
        "a challenge of its own"
    );
    let options = challenge(&mut browser).await;
    let credential = authenticator.get(&options);
    answer(&mut browser, &credential).await.ok();
    assert_eq!(answer(&mut browser, &credential).await.status, 400, "repeated");
    // A wrong answer uses the challenge up, too.
    let options = challenge(&mut browser).await;
    authenticator.verifies_user = false;
    assert_eq!(answer(&mut browser, &authenticator.get(&options)).await.status, 400);
    authenticator.verifies_user = true;
    assert_eq!(answer(&mut browser, &authenticator.get(&options)).await.status, 400, "after a wrong answer");
    // Redis forgets one without an answer.
    let options = challenge(&mut browser).await;
    let waiting: Vec<String> = app.redis.query("KEYS send:passkey-challenge:*");
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert!((1..=300).contains(&app.redis.query::<i64>(&format!("TTL {}", waiting[0]))));
    app.redis.query::<()>(&format!("DEL {}", waiting[0]));
    assert_eq!(answer(&mut browser, &authenticator.get(&options)).await.status, 400, "late");
    for nonsense in [json!({}), json!("x"), json!({ "id": "x", "response": {} })] {
        assert_eq!(answer(&mut browser, &nonsense).await.status, 400, "{nonsense}");
    }
}

#[tokio::test]
async fn registering_asks_for_password_and_verified_user() {
    let app = app().await;
    let mut owner = signed_in(&app).await;
    let reply = call(&mut owner, "begin_passkey", json!({ "current": "wrong" })).await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"));
    let mut program = Browser::new(&app).with_key(&app.api_key);
    assert_eq!(
        call(&mut program, "begin_passkey", json!({ "current": PASSWORD })).await.status,
        401,
        "no session"
    );
    let changes: [Wrong; 4] = [WRONG[0], WRONG[3], WRONG[4], WRONG[5]];
    for (what, change) in changes {
        let options = call(&mut owner, "begin_passkey", json!({ "current": PASSWORD })).await.ok().json();
        let mut authenticator = Authenticator::new(ORIGIN, HOST);
        change(&mut authenticator);
        let credential = authenticator.create(&options);
        let reply = call(&mut owner, "add_passkey", json!({ "name": "x", "credential": credential })).await;
        assert_eq!(reply.status, 400, "{what}: {reply}");
    }
    // A challenge that is used once, and a name.
    let mut authenticator = Authenticator::new(ORIGIN, HOST);
    let options = call(&mut owner, "begin_passkey", json!({ "current": PASSWORD })).await.ok().json();
    let credential = authenticator.create(&options);
    let nameless = call(&mut owner, "add_passkey", json!({ "name": " ", "credential": credential })).await;
    assert_eq!(nameless.status, 400, "{nameless}");
    call(&mut owner, "add_passkey", json!({ "name": "x", "credential": credential })).await.ok();
    let again = call(&mut owner, "add_passkey", json!({ "name": "x", "credential": credential })).await;
    assert_eq!(again.status, 400, "{again}");
    let options = call(&mut owner, "begin_passkey", json!({ "current": PASSWORD })).await.ok().json();
    let known = &options["excludeCredentials"];
    assert_eq!(known.as_array().map(Vec::len), Some(1), "no second one beside it: {known}");
    // Nor under another account.
    let credential = authenticator.create(&options);
    let taken = call(&mut owner, "add_passkey", json!({ "name": "x", "credential": credential })).await;
    assert_eq!(taken.status, 409, "{taken}");
}

#[tokio::test]
async fn removed_passkey_opens_nothing() {
    let app = app().await;
    let mut owner = signed_in(&app).await;
    let mut authenticator = register(&mut owner, "lost phone").await;
    let id = read(&mut owner, "passkeys").await[0]["passkeyId"].as_str().expect("an id").to_owned();
    let form = |password: &str| format!("passkey_id={id}&password={}", encoded(password));
    let reply = owner.call("remove_passkey", &form("wrong")).await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "wrong_password"));
    let reply = owner.form("remove_passkey", &form(PASSWORD)).await;
    assert_eq!((reply.status, reply.header("location")), (302, "/settings/passkeys"));
    assert!(owner.get("/settings/passkeys").await.ok().text().contains("The passkey is removed."));
    let mut browser = Browser::new(&app);
    let options = challenge(&mut browser).await;
    assert_eq!(answer(&mut browser, &authenticator.get(&options)).await.status, 400);
    let events = app.state.stores.accounts.events(&app.owner.owner_id, 2).await.expect("events");
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    assert_eq!(actions, [AccountAction::PasskeyRemoved, AccountAction::PasskeyAdded]);
}

#[tokio::test]
async fn account_export_and_deletion_include_passkeys() {
    let app = app().await;
    let mut owner = signed_in(&app).await;
    let mut authenticator = register(&mut owner, "key").await;
    let export = owner.json("GET", "/api/account", &json!({})).await.ok();
    assert_eq!(export.json()["passkeys"][0]["name"], "key");
    owner.form("delete_account", &format!("current={}", encoded(PASSWORD))).await;
    let left: Vec<String> = app.redis.query("KEYS *passkey*");
    assert_eq!(left, Vec::<String>::new());
    let mut browser = Browser::new(&app);
    let options = challenge(&mut browser).await;
    assert_eq!(answer(&mut browser, &authenticator.get(&options)).await.status, 400);
}

#[tokio::test]
async fn wrong_passkeys_are_limited_per_address() {
    let set = |config: &mut sightline::server::config::Config| {
        (config.public_url, config.no_limits) = (Some(ORIGIN.to_owned()), false);
    };
    let app = TestApp::with_redis(RedisServer::start(), set).await;
    let mut attacker = Browser::new(&app);
    let mut authenticator = Authenticator::new(ORIGIN, HOST);
    let mut statuses = Vec::new();
    for _ in 0..31 {
        let options = challenge(&mut attacker).await;
        statuses.push(answer(&mut attacker, &authenticator.get(&options)).await.status);
    }
    assert_eq!((statuses[0], statuses[29], statuses[30]), (400, 400, 429), "{statuses:?}");
}

#[tokio::test]
async fn address_without_a_name_has_no_passkeys() {
    let set = |config: &mut sightline::server::config::Config| {
        config.public_url = Some("http://127.0.0.1".to_owned())
    };
    let app = TestApp::with_redis(RedisServer::start(), set).await;
    let reply = call(&mut Browser::new(&app), "begin_passkey_sign_in", json!({})).await;
    assert_eq!((reply.status, error_of(&reply).code()), (403, "forbidden"));
}
