//! What is in Redis, and how it comes there.

use sightline::{
    error::AppError,
    server::{
        accounts::{Accounts, CHANGED},
        redis::Redis,
    },
};

use super::{House, PASSWORD};
use crate::support::{cluster::Cluster, monitor::Monitor};

/// Every name and everything that is stored under it.
fn dump(house: &House) -> String {
    let mut all = String::new();
    for key in house.keys() {
        let stored = match house.tell::<String>(&["TYPE", &key]).as_str() {
            "string" => vec![house.tell::<String>(&["GET", &key])],
            "hash" => house.tell(&["HGETALL", &key]),
            "zset" => house.tell(&["ZRANGE", &key, "0", "-1"]),
            other => panic!("{key} is a {other}"),
        };
        all.push_str(&format!("{key} {}\n", stored.join(" ")));
    }
    all
}

#[tokio::test]
async fn redis_holds_no_usable_credential() {
    let house = House::new();
    let token = house.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    assert!(dump(&house).starts_with("send:setup:{accounts} "));
    assert!(!dump(&house).contains(&token));

    let owner = house.accounts.set_up(&token, "ada@example.org", PASSWORD).await.expect("an owner");
    let session = house.accounts.sign_in("ada@example.org", PASSWORD).await.expect("a session");
    let key = house.accounts.new_key(&owner.owner_id, "build").await.expect("a key").key;
    let stored = dump(&house);
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
    let house = House::new();
    house.accounts.offer_setup().await.expect("Redis answers");
    let mut names = house.keys();
    let owner = house.accounts.add("ada@example.org", PASSWORD).await.expect("an owner");
    house.accounts.open_session(&owner.owner_id).await.expect("a session");
    house.accounts.new_key(&owner.owner_id, "build").await.expect("a key");
    names.extend(house.keys());
    names.push(CHANGED.to_owned());
    assert_eq!(names.len(), 7, "{names:?}");
    for name in names {
        assert!(name.starts_with("send:") && name.contains(":{accounts}"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_work_on_a_cluster() {
    let cluster = Cluster::start();
    let accounts = Accounts::new(Redis::new(&cluster.url()).expect("an address"));
    let began = std::time::Instant::now();
    while accounts.load_scripts().await.is_err() {
        assert!(began.elapsed().as_secs() < 60, "the cluster does not answer");
    }
    let token = accounts.offer_setup().await.expect("it answers").expect("a token");
    let owner = accounts.set_up(&token, "ada@example.org", PASSWORD).await.expect("an owner");
    let id = &owner.owner_id;
    let session = accounts.sign_in("ada@example.org", PASSWORD).await.expect("a session");
    assert_eq!(accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    let key = accounts.new_key(id, "build").await.expect("a key");
    assert_eq!(accounts.owner_of_key(&key.key).await, Ok(owner.clone()));
    assert_eq!(accounts.revoke_key(id, &key.listed.key_id).await, Ok(()));
    assert_eq!(accounts.sign_out(&session.0).await, Ok(()));
    assert_eq!(accounts.sign_out_everywhere(id).await, Ok(()));
    assert_eq!(accounts.remove(id).await, Ok(()));
    assert_eq!(accounts.has_owner().await, Ok(false));
}

#[tokio::test]
async fn requester_is_resolved_in_one_round_trip() {
    let (house, owner) = House::of("ada@example.org").await;
    house.accounts.load_scripts().await.expect("Redis answers");
    let session = house.accounts.open_session(&owner.owner_id).await.expect("a session");
    let key = house.accounts.new_key(&owner.owner_id, "build").await.expect("a key");
    let mut monitor = Monitor::start(&house.redis);
    assert_eq!(house.accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    assert_eq!(monitor.commands(&house.redis), ["EVALSHA"]);
    assert_eq!(house.accounts.owner_of_key(&key.key).await, Ok(owner));
    assert_eq!(monitor.commands(&house.redis), ["EVALSHA"]);
}

#[tokio::test]
async fn unreadable_owner_record_is_an_internal_error() {
    let (house, owner) = House::of("ada@example.org").await;
    let session = house.accounts.open_session(&owner.owner_id).await.expect("a session");
    let key = house.accounts.new_key(&owner.owner_id, "build").await.expect("a key");
    let id = &owner.owner_id;
    house.tell::<()>(&["HSET", "send:owners:{accounts}", id.as_str(), "something else"]);
    let accounts = &house.accounts;
    assert_eq!(accounts.owners().await, Err(AppError::Internal));
    assert_eq!(accounts.find("ada@example.org").await, Err(AppError::Internal));
    assert_eq!(accounts.sign_in("ada@example.org", PASSWORD).await, Err(AppError::Internal));
    assert_eq!(accounts.owner_of_session(&session.0).await, Err(AppError::Internal));
    assert_eq!(accounts.owner_of_key(&key.key).await, Err(AppError::Internal));
    assert_eq!(accounts.sign_out_everywhere(id).await, Err(AppError::Internal));
    assert_eq!(accounts.remove(id).await, Err(AppError::Internal));
    assert_eq!(accounts.open_session(id).await, Err(AppError::Internal));
    house.tell::<()>(&["HDEL", "send:owners:{accounts}", id.as_str()]);
    assert_eq!(accounts.find("ada@example.org").await, Err(AppError::Internal), "an address without owner");
}

#[tokio::test]
async fn without_redis_account_calls_are_unavailable() {
    let (house, owner) = House::of("ada@example.org").await;
    let session = house.accounts.open_session(&owner.owner_id).await.expect("a session");
    house.redis.stop();
    let accounts = &house.accounts;
    assert_eq!(accounts.owner_of_session(&session.0).await, Err(AppError::Unavailable));
    assert_eq!(accounts.owner_of_key("sl_x").await, Err(AppError::Unavailable));
    assert_eq!(accounts.sign_in("ada@example.org", PASSWORD).await, Err(AppError::Unavailable));
    assert_eq!(accounts.has_owner().await, Err(AppError::Unavailable));
    assert_eq!(accounts.may_set_up("x").await, Err(AppError::Unavailable));
    assert_eq!(accounts.sign_out(&session.0).await, Err(AppError::Unavailable));
}

#[tokio::test]
async fn full_memory_still_allows_ending_access() {
    let (house, owner) = House::of("ada@example.org").await;
    let session = house.accounts.open_session(&owner.owner_id).await.expect("a session");
    let key = house.accounts.new_key(&owner.owner_id, "build").await.expect("a key");
    house.tell::<()>(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(house.accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    assert_eq!(house.accounts.owner_of_key(&key.key).await, Ok(owner.clone()));
    assert_eq!(house.accounts.open_session(&owner.owner_id).await, Err(AppError::Unavailable));
    assert_eq!(house.accounts.sign_out(&session.0).await, Ok(()));
    assert_eq!(house.accounts.revoke_key(&owner.owner_id, &key.listed.key_id).await, Ok(()));
    assert_eq!(house.accounts.remove(&owner.owner_id).await, Ok(()));
}
