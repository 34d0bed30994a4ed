//! The secret of a second factor in Redis: encrypted, bound to its owner, and renewed where an earlier version wrote it.

use redis::cmd;
use totp_rs::Secret;

use super::{super::sign_in_form, code, turn_on};
use crate::support::{
    browser::Browser,
    redis_server::RedisServer,
    test_app::{PASSWORD, TestApp},
};

const RECORDS: &str = "send:second-factors:{accounts}";

/// Every name and value in Redis, one after the other.
fn everything(redis: &RedisServer) -> Vec<u8> {
    let mut connection = redis.connect();
    let mut all = Vec::new();
    for name in redis.query::<Vec<String>>("KEYS *") {
        let kind: String = cmd("TYPE").arg(&name).query(&mut connection).expect("Redis answers");
        let words: &[&str] = match kind.as_str() {
            "string" => &["GET"],
            "hash" => &["HGETALL"],
            "set" => &["SMEMBERS"],
            "zset" => &["ZRANGE", "0", "-1"],
            "list" => &["LRANGE", "0", "-1"],
            "stream" => &["XRANGE", "-", "+"],
            other => panic!("{name} is a {other}"),
        };
        let mut command = cmd(words[0]);
        command.arg(&name).arg(&words[1..]);
        let value: redis::Value = command.query(&mut connection).expect("Redis answers");
        all.extend(name.into_bytes());
        append(&value, &mut all);
    }
    all
}

fn append(value: &redis::Value, all: &mut Vec<u8>) {
    match value {
        redis::Value::BulkString(bytes) => all.extend(bytes),
        redis::Value::Array(values) | redis::Value::Set(values) => {
            values.iter().for_each(|value| append(value, all));
        }
        redis::Value::Map(pairs) => pairs.iter().for_each(|(name, value)| {
            append(name, all);
            append(value, all);
        }),
        redis::Value::SimpleString(text) => all.extend(text.as_bytes()),
        redis::Value::Int(_) | redis::Value::Double(_) => {}
        other => panic!("{other:?}"),
    }
}

fn holds(all: &[u8], bytes: &[u8]) -> bool {
    all.windows(bytes.len()).any(|window| window == bytes)
}

fn record(app: &TestApp) -> String {
    let mut command = cmd("HGET");
    command.arg(RECORDS).arg(app.owner.owner_id.as_str());
    command.query(&mut app.redis.connect()).expect("a record")
}

fn set_record(app: &TestApp, text: &str) {
    let mut command = cmd("HSET");
    command.arg(RECORDS).arg(app.owner.owner_id.as_str()).arg(text);
    command.exec(&mut app.redis.connect()).expect("Redis answers");
}

/// The status of a code, after the right password.
async fn status_of(app: &TestApp, code: &str) -> u16 {
    let mut browser = Browser::new(app);
    assert_eq!(browser.call("sign_in", &sign_in_form(app)).await.status, 403);
    browser.call("sign_in_code", &format!("code={code}")).await.status
}

#[tokio::test]
async fn redis_never_holds_the_secret() {
    let app = TestApp::with_own_redis().await;
    let mut owner = super::signed_in(&app).await;
    let current = super::encoded(PASSWORD);
    owner.form("begin_second_factor", &format!("current={current}")).await;
    let offer = super::read(&mut owner, "second_factor_setup").await;
    let offered = offer["secret"].as_str().expect("a secret").to_owned();
    let while_offered = everything(&app.redis);
    let (secret, recovery) = turn_on(&app, &mut owner).await;
    let after = everything(&app.redis);
    assert!(holds(&after, app.owner.owner_id.as_str().as_bytes()), "all of it is read");
    for (secret, all) in [(&offered, &while_offered), (&secret, &after)] {
        let raw = Secret::try_from_base32(secret).expect("Base32");
        assert!(!holds(all, secret.as_bytes()) && !holds(all, secret.to_lowercase().as_bytes()));
        assert!(!holds(all, raw.as_ref()), "its bytes");
    }
    for code in recovery {
        assert!(!holds(&after, code.as_bytes()), "{code}");
    }
}

#[tokio::test]
async fn secret_of_an_earlier_version_is_encrypted() {
    let app = TestApp::with_own_redis().await;
    let mut owner = super::signed_in(&app).await;
    let (secret, _) = turn_on(&app, &mut owner).await;
    let plain = format!("{secret} 0 0123");
    // At its next use.
    set_record(&app, &plain);
    assert_eq!(status_of(&app, &code(&app, &secret)).await, 200);
    assert!(record(&app).starts_with("sealed1.") && record(&app).ends_with(" 0123"), "{}", record(&app));
    // At the next start.
    set_record(&app, &plain);
    app.state.stores.accounts.encrypt_second_factors().await.expect("Redis answers");
    let encrypted = record(&app);
    assert!(encrypted.starts_with("sealed1.") && encrypted.ends_with(" 0 0123"), "{encrypted}");
    app.state.stores.accounts.encrypt_second_factors().await.expect("Redis answers");
    assert_eq!(record(&app), encrypted, "once");
    assert_eq!(status_of(&app, &code(&app, &secret)).await, 200);
}

#[tokio::test]
async fn secret_opens_for_its_own_owner_only() {
    let app = TestApp::with_own_redis().await;
    let mut owner = super::signed_in(&app).await;
    turn_on(&app, &mut owner).await;
    let own = record(&app);
    // An attacker who can write to Redis gives the account their own second factor.
    let mut attacked = app.second_server();
    let other = app.state.stores.accounts.add("other@example.org", PASSWORD).await.expect("an owner");
    attacked.owner = other;
    let mut attacker = super::signed_in(&attacked).await;
    let (secret, _) = turn_on(&attacked, &mut attacker).await;
    set_record(&app, &record(&attacked));
    assert_eq!(status_of(&app, &code(&app, &secret)).await, 400);
    set_record(&app, &own);
}

#[tokio::test]
async fn recovery_codes_work_after_the_secret_is_lost() {
    let app = TestApp::with_own_redis().await;
    let mut owner = super::signed_in(&app).await;
    let (secret, recovery) = turn_on(&app, &mut owner).await;
    std::fs::remove_file(app.data_dir().join("secret")).expect("the secret");
    let restarted = app.second_server();
    assert_eq!(status_of(&restarted, &code(&app, &secret)).await, 400);
    assert_eq!(status_of(&restarted, &recovery[0]).await, 200);
    assert_eq!(status_of(&restarted, &recovery[0]).await, 400, "once");
}

#[tokio::test]
async fn changed_secret_is_told_with_the_ways_out() {
    let app = TestApp::with_own_redis().await;
    let mut owner = super::signed_in(&app).await;
    let (secret, recovery) = turn_on(&app, &mut owner).await;
    assert!(!owner.get("/settings/two-factor").await.ok().text().contains("secret has changed"));
    std::fs::remove_file(app.data_dir().join("secret")).expect("the secret");
    let restarted = app.second_server();

    // The sign-in, without script.
    let mut browser = Browser::new(&restarted);
    browser.form("sign_in", &sign_in_form(&restarted)).await;
    let reply = browser.form("sign_in_code", &format!("code={}", code(&app, &secret))).await;
    let page = browser.get(reply.header("location")).await.ok().text();
    for shown in ["secret has changed", "Use a recovery code", "ask the person who runs the server"] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
    // The owner's way: a recovery code, and the app set up again.
    assert_eq!(browser.call("sign_in_code", &format!("code={}", recovery[0])).await.status, 200);
    let page = browser.get("/settings/two-factor").await.ok().text();
    assert!(page.contains("secret has changed") && page.contains("set it up again"), "{page}");
    browser.call("remove_second_factor", &format!("current={}", super::encoded(PASSWORD))).await.ok();
    let (secret, _) = turn_on(&restarted, &mut browser).await;
    assert_eq!(status_of(&restarted, &code(&restarted, &secret)).await, 200);
    assert!(!browser.get("/settings/two-factor").await.ok().text().contains("secret has changed"));
}

/// What `sightline owner remove-second-factor` does.
#[tokio::test]
async fn operator_ends_a_second_factor_that_does_not_open() {
    let app = TestApp::with_own_redis().await;
    let mut owner = super::signed_in(&app).await;
    turn_on(&app, &mut owner).await;
    std::fs::remove_file(app.data_dir().join("secret")).expect("the secret");
    let restarted = app.second_server();
    let accounts = &restarted.state.stores.accounts;
    accounts.encrypt_second_factors().await.expect("a start goes on");
    assert!(accounts.remove_second_factor(&app.owner.owner_id).await.expect("Redis answers"));
    assert_eq!(Browser::new(&restarted).call("sign_in", &sign_in_form(&restarted)).await.status, 200);
}
