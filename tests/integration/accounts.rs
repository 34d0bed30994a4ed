//! Owners, their passwords, sessions and keys, over a real Redis of their own: its keys are global.

mod announced;
mod first_start;
mod keys;
mod sessions;
mod stored;

use std::sync::Arc;

use redis::{FromRedisValue, cmd};
use sightline::{
    error::AppError,
    model::{Owner, OwnerId},
    server::{accounts::Accounts, redis::Redis},
};

use crate::support::redis_server::RedisServer;

const PASSWORD: &str = "correct horse battery";
const OTHER_PASSWORD: &str = "staple and more";

/// Accounts in a Redis that nobody else uses.
struct House {
    redis: Arc<RedisServer>,
    accounts: Accounts,
}

impl House {
    fn new() -> Self {
        let redis = RedisServer::start();
        let accounts = Accounts::new(Redis::new(&redis.url()).expect("an address"));
        Self { redis, accounts }
    }

    /// One with an owner.
    async fn of(email: &str) -> (Self, Owner) {
        let house = Self::new();
        let owner = house.accounts.add(email, PASSWORD).await.expect("an owner");
        (house, owner)
    }

    /// Runs a command whose words may hold blanks.
    fn tell<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]).query(&mut self.redis.connect()).expect("Redis answers")
    }

    fn keys(&self) -> Vec<String> {
        self.tell(&["KEYS", "*"])
    }
}

fn nobody() -> OwnerId {
    "nobody".parse().expect("an owner id")
}

#[tokio::test]
async fn email_is_unique_ignoring_case() {
    let (house, owner) = House::of("  Ada@Example.org ").await;
    assert_eq!(owner.email, "Ada@Example.org", "kept as it was written, without the blanks around it");
    for same in ["ada@example.org", "ADA@EXAMPLE.ORG", " Ada@Example.org"] {
        let refused = house.accounts.add(same, OTHER_PASSWORD).await.expect_err("taken");
        let AppError::Taken { what } = &refused else { panic!("{refused:?}") };
        assert_eq!(*what, format!("The e-mail address {}", same.trim()));
        assert_eq!(house.accounts.find(same).await, Ok(Some(owner.clone())));
        assert!(house.accounts.sign_in(same, PASSWORD).await.is_ok());
    }
    assert_eq!(house.accounts.find("grace@example.org").await, Ok(None));
    assert_eq!(house.accounts.owners().await, Ok(vec![owner]));
}

#[tokio::test]
async fn concurrent_adds_of_one_email_make_one_owner() {
    let house = House::new();
    let attempts = (0..10).map(|n| {
        let accounts = house.accounts.clone();
        let email = if n % 2 == 0 { "ada@example.org" } else { "ADA@example.org" };
        tokio::spawn(async move { accounts.add(email, PASSWORD).await })
    });
    let mut made = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.expect("no panic") {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(error.code(), "taken"),
        }
    }
    assert_eq!((made, house.accounts.owners().await.map(|all| all.len())), (1, Ok(1)));
}

#[tokio::test]
async fn invalid_email_or_password_makes_no_owner() {
    let house = House::new();
    let long = "x".repeat(513);
    for (email, password, field) in [
        ("nobody", PASSWORD, "email"),
        ("", PASSWORD, "email"),
        ("a b@example.org", PASSWORD, "email"),
        ("ada@example.org", "too short", "password"),
        ("ada@example.org", &long, "password"),
    ] {
        match house.accounts.add(email, password).await {
            Err(AppError::Invalid { field: wrong, .. }) => assert_eq!(wrong, field, "{email}"),
            other => panic!("{email}: {other:?}"),
        }
    }
    assert_eq!(house.accounts.has_owner().await, Ok(false));
    assert_eq!(house.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn owners_are_listed_oldest_first() {
    let house = House::new();
    let mut made = Vec::new();
    for name in ["zoe", "ada", "mia", "bob", "eve"] {
        made.push(house.accounts.add(&format!("{name}@example.org"), PASSWORD).await.expect("an owner"));
    }
    assert_eq!(house.accounts.has_owner().await, Ok(true));
    assert_eq!(house.accounts.owners().await, Ok(made));
}

#[tokio::test]
async fn removing_an_owner_removes_only_their_records() {
    let (house, ada) = House::of("ada@example.org").await;
    let bob = house.accounts.add("bob@example.org", PASSWORD).await.expect("an owner");
    let sessions = [&ada, &bob].map(|owner| house.accounts.open_session(&owner.owner_id));
    let [of_ada, of_bob] = sessions;
    let (of_ada, of_bob) = (of_ada.await.expect("a session"), of_bob.await.expect("a session"));
    let key_of_ada = house.accounts.new_key(&ada.owner_id, "one").await.expect("a key").key;
    let second_of_ada = house.accounts.new_key(&ada.owner_id, "two").await.expect("a key").key;
    let key_of_bob = house.accounts.new_key(&bob.owner_id, "one").await.expect("a key").key;

    assert_eq!(house.accounts.remove(&ada.owner_id).await, Ok(()));
    assert_eq!(house.accounts.owner_of_session(&of_ada.0).await, Err(AppError::SignInRequired));
    for key in [key_of_ada, second_of_ada] {
        assert_eq!(house.accounts.owner_of_key(&key).await, Err(AppError::WrongApiKey));
    }
    assert_eq!(house.accounts.sign_in("ada@example.org", PASSWORD).await, Err(AppError::WrongCredentials));
    assert_eq!(house.accounts.find("ada@example.org").await, Ok(None));
    assert_eq!(house.accounts.remove(&ada.owner_id).await, Err(AppError::NotFound));

    assert_eq!(house.accounts.owner_of_session(&of_bob.0).await, Ok(bob.clone()));
    assert_eq!(house.accounts.owner_of_key(&key_of_bob).await, Ok(bob.clone()));
    assert_eq!(house.accounts.remove(&bob.owner_id).await, Ok(()));
    // Its session is not looked for: it is none without its owner, and goes with its use or its time.
    let left: Vec<String> =
        house.keys().into_iter().filter(|key| !key.starts_with("send:session:{accounts}:")).collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(house.accounts.has_owner().await, Ok(false));
    assert!(house.accounts.add("ADA@example.org", PASSWORD).await.is_ok(), "the address is free again");
}

#[tokio::test]
async fn changing_a_password_requires_the_old_one() {
    let (house, owner) = House::of("ada@example.org").await;
    let id = &owner.owner_id;
    let wrong = house.accounts.change_password(id, OTHER_PASSWORD, "another password").await;
    assert_eq!(wrong, Err(AppError::WrongPassword));
    let short = house.accounts.change_password(id, PASSWORD, "short").await.expect_err("too short");
    assert_eq!(short.code(), "invalid_field");
    assert!(house.accounts.sign_in("ada@example.org", PASSWORD).await.is_ok(), "nothing has changed so far");

    assert_eq!(house.accounts.change_password(id, PASSWORD, OTHER_PASSWORD).await, Ok(()));
    let old = house.accounts.sign_in("ada@example.org", PASSWORD).await;
    assert_eq!(old, Err(AppError::WrongCredentials));
    assert!(house.accounts.sign_in("ada@example.org", OTHER_PASSWORD).await.is_ok());

    assert_eq!(house.accounts.set_password(id, PASSWORD).await, Ok(()));
    assert!(house.accounts.sign_in("ada@example.org", PASSWORD).await.is_ok());
    assert_eq!(
        house.accounts.set_password(id, "short").await.expect_err("too short").code(),
        "invalid_field"
    );
    assert_eq!(house.accounts.set_password(&nobody(), PASSWORD).await, Err(AppError::NotFound));
    let unknown = house.accounts.change_password(&nobody(), PASSWORD, OTHER_PASSWORD).await;
    assert_eq!(unknown, Err(AppError::NotFound));
}

#[tokio::test]
async fn second_of_two_concurrent_password_changes_fails() {
    let (house, owner) = House::of("ada@example.org").await;
    let change = |new| house.accounts.change_password(&owner.owner_id, PASSWORD, new);
    let (first, second) = tokio::join!(change("the first of two"), change("the second of two"));
    let mut outcomes = [first, second];
    outcomes.sort_by_key(Result::is_err);
    assert_eq!(outcomes, [Ok(()), Err(AppError::WrongPassword)]);
}
