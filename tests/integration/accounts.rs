//! Owners, passwords, sessions and API keys. Each test has its own Redis, since the keys are global.

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
    server::store::{
        accounts::{AccountStore, SessionToken},
        clock::Clock,
        encryption::EncryptionKey,
        passwords::Passwords,
        redis::Redis,
    },
};

use crate::support::{redis_server::RedisServer, storage::REDIS_TIMEOUT};

const PASSWORD: &str = "correct horse battery";
const OTHER_PASSWORD: &str = "staple lantern river";

/// Accounts in a Redis of their own.
struct TestAccounts {
    redis: Arc<RedisServer>,
    accounts: AccountStore,
    passwords: Passwords,
}

impl TestAccounts {
    fn new() -> Self {
        let redis = RedisServer::start();
        let passwords = Passwords::default();
        let accounts = AccountStore::new(
            Redis::new(&redis.url(), REDIS_TIMEOUT).expect("an address"),
            passwords.clone(),
            Clock::redis(),
            EncryptionKey::of(&[7; 64], "tests"),
        );
        Self { redis, accounts, passwords }
    }

    /// Accounts with one owner.
    async fn with_owner(email: &str) -> (Self, Owner) {
        let test = Self::new();
        let owner = test.accounts.add(email, PASSWORD).await.expect("an owner");
        (test, owner)
    }

    /// Runs a command whose words may contain spaces.
    fn command<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let mut command = cmd(words[0]);
        command.arg(&words[1..]).query(&mut self.redis.connect()).expect("Redis answers")
    }

    fn keys(&self) -> Vec<String> {
        self.command(&["KEYS", "*"])
    }
}

async fn sign_in(accounts: &AccountStore, email: &str, password: &str) -> Result<SessionToken, AppError> {
    accounts.open_proven(&accounts.proven(email, password).await?, "").await
}

fn unknown_owner() -> OwnerId {
    "unknown".parse().expect("an owner id")
}

#[tokio::test]
async fn email_is_unique_ignoring_case() {
    let (test, owner) = TestAccounts::with_owner("  Ada@Example.org ").await;
    assert_eq!(owner.email, "Ada@Example.org", "trimmed, but otherwise as written");
    for same in ["ada@example.org", "ADA@EXAMPLE.ORG", " Ada@Example.org"] {
        let refused = test.accounts.add(same, OTHER_PASSWORD).await.expect_err("the address is taken");
        let AppError::Taken { what } = &refused else { panic!("{refused:?}") };
        assert_eq!(*what, format!("The e-mail address {}", same.trim()));
        assert_eq!(test.accounts.find(same).await, Ok(Some(owner.clone())));
        assert!(sign_in(&test.accounts, same, PASSWORD).await.is_ok());
    }
    assert_eq!(test.accounts.find("grace@example.org").await, Ok(None));
    assert_eq!(test.accounts.owners().await, Ok(vec![owner]));
}

#[tokio::test]
async fn concurrent_adds_of_one_email_make_one_owner() {
    let test = TestAccounts::new();
    let attempts = (0..10).map(|n| {
        let accounts = test.accounts.clone();
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
    assert_eq!((made, test.accounts.owners().await.map(|all| all.len())), (1, Ok(1)));
}

#[tokio::test]
async fn invalid_email_or_password_makes_no_owner() {
    let test = TestAccounts::new();
    let long = "x".repeat(513);
    for (email, password, field) in [
        ("no-address", PASSWORD, "email"),
        ("", PASSWORD, "email"),
        ("a b@example.org", PASSWORD, "email"),
        ("ada@example.org", "too short", "password"),
        ("ada@example.org", &long, "password"),
    ] {
        match test.accounts.add(email, password).await {
            Err(AppError::Invalid { field: wrong, .. }) => assert_eq!(wrong, field, "{email}"),
            other => panic!("{email}: {other:?}"),
        }
    }
    assert_eq!(test.accounts.has_owner().await, Ok(false));
    assert_eq!(test.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn owners_are_listed_oldest_first() {
    let test = TestAccounts::new();
    let mut made = Vec::new();
    for name in ["zoe", "ada", "mia", "bob", "eve"] {
        made.push(test.accounts.add(&format!("{name}@example.org"), PASSWORD).await.expect("an owner"));
    }
    assert_eq!(test.accounts.has_owner().await, Ok(true));
    assert_eq!(test.accounts.owners().await, Ok(made));
}

#[tokio::test]
async fn removing_an_owner_removes_only_their_records() {
    let (test, ada) = TestAccounts::with_owner("ada@example.org").await;
    let bob = test.accounts.add("bob@example.org", PASSWORD).await.expect("an owner");
    let sessions = [&ada, &bob].map(|owner| test.accounts.open_session(&owner.owner_id, ""));
    let [of_ada, of_bob] = sessions;
    let (of_ada, of_bob) = (of_ada.await.expect("a session"), of_bob.await.expect("a session"));
    let key_of_ada =
        test.accounts.new_key(&ada.owner_id, "one", Default::default()).await.expect("a key").key;
    let second_of_ada =
        test.accounts.new_key(&ada.owner_id, "two", Default::default()).await.expect("a key").key;
    let key_of_bob =
        test.accounts.new_key(&bob.owner_id, "one", Default::default()).await.expect("a key").key;

    assert_eq!(test.accounts.remove(&ada.owner_id).await, Ok(()));
    assert_eq!(test.accounts.owner_of_session(&of_ada.0).await, Err(AppError::SignInRequired));
    for key in [key_of_ada, second_of_ada] {
        assert_eq!(test.accounts.owner_of_key(&key).await.map(|key| key.owner), Err(AppError::WrongApiKey));
    }
    assert_eq!(sign_in(&test.accounts, "ada@example.org", PASSWORD).await, Err(AppError::WrongCredentials));
    assert_eq!(test.accounts.find("ada@example.org").await, Ok(None));
    assert_eq!(test.accounts.remove(&ada.owner_id).await, Err(AppError::NotFound));

    assert_eq!(test.accounts.owner_of_session(&of_bob.0).await, Ok(bob.clone()));
    assert_eq!(test.accounts.owner_of_key(&key_of_bob).await.map(|key| key.owner), Ok(bob.clone()));
    assert_eq!(test.accounts.remove(&bob.owner_id).await, Ok(()));
    // The session is not searched for: without an owner it is invalid, and goes with its next use or its expiry.
    let left: Vec<String> =
        test.keys().into_iter().filter(|key| !key.starts_with("send:session:{accounts}:")).collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(test.accounts.has_owner().await, Ok(false));
    assert!(test.accounts.add("ADA@example.org", PASSWORD).await.is_ok(), "the address is free again");
}

#[tokio::test]
async fn changing_a_password_requires_the_old_one() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let id = &owner.owner_id;
    let wrong = test.accounts.change_password(id, OTHER_PASSWORD, "turquoise ladder seven").await;
    assert_eq!(wrong, Err(AppError::WrongPassword));
    let short = test.accounts.change_password(id, PASSWORD, "short").await.expect_err("too short");
    assert_eq!(short.code(), "invalid_field");
    assert!(sign_in(&test.accounts, "ada@example.org", PASSWORD).await.is_ok(), "the password is unchanged");

    assert_eq!(test.accounts.change_password(id, PASSWORD, OTHER_PASSWORD).await, Ok(()));
    let old = sign_in(&test.accounts, "ada@example.org", PASSWORD).await;
    assert_eq!(old, Err(AppError::WrongCredentials));
    assert!(sign_in(&test.accounts, "ada@example.org", OTHER_PASSWORD).await.is_ok());

    assert_eq!(test.accounts.set_password(id, PASSWORD).await, Ok(()));
    assert!(sign_in(&test.accounts, "ada@example.org", PASSWORD).await.is_ok());
    assert_eq!(test.accounts.set_password(id, "short").await.expect_err("too short").code(), "invalid_field");
    assert_eq!(test.accounts.set_password(&unknown_owner(), PASSWORD).await, Err(AppError::NotFound));
    let unknown = test.accounts.change_password(&unknown_owner(), PASSWORD, OTHER_PASSWORD).await;
    assert_eq!(unknown, Err(AppError::NotFound));
}

#[tokio::test]
async fn second_of_two_concurrent_password_changes_fails() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let change = |new| test.accounts.change_password(&owner.owner_id, PASSWORD, new);
    let (first, second) = tokio::join!(change("violet lantern staple"), change("turquoise ladder seven"));
    let mut outcomes = [first, second];
    outcomes.sort_by_key(Result::is_err);
    assert_eq!(outcomes, [Ok(()), Err(AppError::WrongPassword)]);
}
