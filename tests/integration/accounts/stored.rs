//! What accounts store in Redis, and with which commands.

use sightline::{
    error::AppError,
    server::store::{
        accounts::{AccountStore, CHANGED},
        clock::Clock,
        passwords::Passwords,
        redis::Redis,
    },
};

use super::{PASSWORD, TestAccounts, sign_in};
use crate::support::{cluster::Cluster, monitor::Monitor, storage::REDIS_TIMEOUT};

/// Every key with its value.
fn dump(test: &TestAccounts) -> String {
    let mut all = String::new();
    for key in test.keys() {
        let stored = match test.command::<String>(&["TYPE", &key]).as_str() {
            "string" => vec![test.command::<String>(&["GET", &key])],
            "hash" => test.command(&["HGETALL", &key]),
            "set" => test.command(&["SMEMBERS", &key]),
            "zset" => test.command(&["ZRANGE", &key, "0", "-1"]),
            other => panic!("{key} is a {other}"),
        };
        all.push_str(&format!("{key} {}\n", stored.join(" ")));
    }
    all
}

#[tokio::test]
async fn redis_holds_no_usable_credential() {
    let test = TestAccounts::new();
    let token = test.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    assert!(dump(&test).starts_with("send:setup:{accounts} "));
    assert!(!dump(&test).contains(&token));

    let owner = test.accounts.set_up(&token, "ada@example.org", PASSWORD).await.expect("an owner");
    let session = sign_in(&test.accounts, "ada@example.org", PASSWORD).await.expect("a session");
    let key = test.accounts.new_key(&owner.owner_id, "build", Default::default()).await.expect("a key").key;
    let stored = dump(&test);
    for (secret, what) in [
        (PASSWORD, "password"),
        (&token, "token"),
        (&session.0, "session"),
        (&key, "key"),
        (&key[3..], "key without its prefix"),
    ] {
        assert!(!stored.contains(secret), "the {what} is stored: {stored}");
    }
    assert!(stored.contains("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
}

#[tokio::test]
async fn account_keys_share_one_hash_tag() {
    let test = TestAccounts::new();
    test.accounts.offer_setup().await.expect("Redis answers");
    let mut names = test.keys();
    let owner = test.accounts.add("ada@example.org", PASSWORD).await.expect("an owner");
    test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    test.accounts.new_key(&owner.owner_id, "build", Default::default()).await.expect("a key");
    names.extend(test.keys());
    names.push(CHANGED.to_owned());
    assert_eq!(names.len(), 8, "{names:?}");
    for name in names {
        assert!(name.starts_with("send:") && name.contains(":{accounts}"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_work_on_a_cluster() {
    let cluster = Cluster::start();
    let accounts = AccountStore::new(
        Redis::new(&cluster.url(), REDIS_TIMEOUT).expect("an address"),
        Passwords::default(),
        Clock::redis(),
        None,
    );
    let began = std::time::Instant::now();
    while accounts.load_scripts().await.is_err() {
        assert!(began.elapsed().as_secs() < 60, "the cluster does not answer");
    }
    let token = accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let owner = accounts.set_up(&token, "ada@example.org", PASSWORD).await.expect("an owner");
    let id = &owner.owner_id;
    let session = sign_in(&accounts, "ada@example.org", PASSWORD).await.expect("a session");
    assert_eq!(accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    let key = accounts.new_key(id, "build", Default::default()).await.expect("a key");
    assert_eq!(accounts.owner_of_key(&key.key).await.map(|key| key.owner), Ok(owner.clone()));
    assert_eq!(accounts.revoke_key(id, &key.listed.key_id).await, Ok(()));
    assert_eq!(accounts.sign_out(&session.0).await, Ok(()));
    assert_eq!(accounts.sign_out_everywhere(id).await, Ok(()));
    assert_eq!(accounts.remove(id).await, Ok(()));
    assert_eq!(accounts.has_owner().await, Ok(false));
}

#[tokio::test]
async fn requester_is_resolved_in_one_round_trip() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    test.accounts.load_scripts().await.expect("Redis answers");
    let session = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    let key = test.accounts.new_key(&owner.owner_id, "build", Default::default()).await.expect("a key");
    let mut monitor = Monitor::start(&test.redis);
    assert_eq!(test.accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    assert_eq!(monitor.commands(&test.redis), ["EVALSHA"]);
    assert_eq!(test.accounts.owner_of_key(&key.key).await.map(|key| key.owner), Ok(owner));
    assert_eq!(monitor.commands(&test.redis), ["EVALSHA"]);
}

#[tokio::test]
async fn unreadable_owner_record_is_an_internal_error() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let session = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    let key = test.accounts.new_key(&owner.owner_id, "build", Default::default()).await.expect("a key");
    let id = &owner.owner_id;
    test.command::<()>(&["HSET", "send:owners:{accounts}", id.as_str(), "something else"]);
    let accounts = &test.accounts;
    assert_eq!(accounts.owners().await, Ok(Vec::new()), "passed over");
    assert_eq!(accounts.find("ada@example.org").await, Err(AppError::Internal));
    assert_eq!(sign_in(accounts, "ada@example.org", PASSWORD).await, Err(AppError::Internal));
    assert_eq!(accounts.owner_of_session(&session.0).await, Err(AppError::Internal));
    assert_eq!(accounts.owner_of_key(&key.key).await.map(|key| key.owner), Err(AppError::Internal));
    assert_eq!(accounts.sign_out_everywhere(id).await, Err(AppError::Internal));
    assert_eq!(accounts.remove(id).await, Err(AppError::Internal));
    assert_eq!(accounts.open_session(id, "").await, Err(AppError::Internal));
    test.command::<()>(&["HDEL", "send:owners:{accounts}", id.as_str()]);
    assert_eq!(
        accounts.find("ada@example.org").await,
        Err(AppError::Internal),
        "the address points to no owner"
    );
}

#[tokio::test]
async fn without_redis_account_calls_are_unavailable() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let session = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    test.redis.stop();
    let accounts = &test.accounts;
    assert_eq!(accounts.owner_of_session(&session.0).await, Err(AppError::Unavailable));
    assert_eq!(accounts.owner_of_key("sl_x").await.map(|key| key.owner), Err(AppError::Unavailable));
    assert_eq!(sign_in(accounts, "ada@example.org", PASSWORD).await, Err(AppError::Unavailable));
    assert_eq!(accounts.has_owner().await, Err(AppError::Unavailable));
    assert_eq!(accounts.may_set_up("x").await, Err(AppError::Unavailable));
    assert_eq!(accounts.sign_out(&session.0).await, Err(AppError::Unavailable));
}

#[tokio::test]
async fn full_memory_still_allows_ending_access() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let session = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    let key = test.accounts.new_key(&owner.owner_id, "build", Default::default()).await.expect("a key");
    test.command::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(test.accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    assert_eq!(test.accounts.owner_of_key(&key.key).await.map(|key| key.owner), Ok(owner.clone()));
    assert_eq!(test.accounts.open_session(&owner.owner_id, "").await, Err(AppError::Unavailable));
    assert_eq!(test.accounts.sign_out(&session.0).await, Ok(()));
    assert_eq!(test.accounts.revoke_key(&owner.owner_id, &key.listed.key_id).await, Ok(()));
    assert_eq!(test.accounts.remove(&owner.owner_id).await, Ok(()));
}
