//! The one-time token of the first start.

use sightline::error::AppError;

use super::{House, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn concurrent_uses_of_setup_token_make_one_owner() {
    let house = House::new();
    let token = house.accounts.offer_setup().await.expect("Redis answers").expect("there is no owner yet");
    assert_eq!(token.len(), 52);
    assert_eq!(house.accounts.may_set_up(&token).await, Ok(true));
    let attempts = (0..10).map(|n| {
        let (accounts, token) = (house.accounts.clone(), token.clone());
        tokio::spawn(
            async move { accounts.set_up(&token, &format!("owner-{n}@example.org"), PASSWORD).await },
        )
    });
    let mut made = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.expect("no panic") {
            Ok(owner) => made.push(owner),
            Err(error) => assert_eq!(error, AppError::NotFound),
        }
    }
    assert_eq!(made.len(), 1);
    assert_eq!(house.accounts.owners().await, Ok(made));
    assert_eq!(house.accounts.may_set_up(&token).await, Ok(false), "it is used");
    let again = house.accounts.set_up(&token, "late@example.org", PASSWORD).await;
    assert_eq!(again, Err(AppError::NotFound));
}

#[tokio::test]
async fn using_one_setup_token_ends_them_all() {
    let house = House::new();
    let offer = async || house.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let (first, second) = (offer().await, offer().await);
    assert_ne!(first, second);
    for token in [&first, &second] {
        assert_eq!(house.accounts.may_set_up(token).await, Ok(true));
    }
    assert!(house.accounts.set_up(&second, "ada@example.org", PASSWORD).await.is_ok());
    for token in [&first, &second] {
        assert_eq!(house.accounts.may_set_up(token).await, Ok(false));
        let late = house.accounts.set_up(token, "bob@example.org", PASSWORD).await;
        assert_eq!(late, Err(AppError::NotFound));
    }
    assert_eq!(house.accounts.offer_setup().await, Ok(None), "there is an owner");
}

#[tokio::test]
async fn first_owner_ends_setup_tokens_for_good() {
    let house = House::new();
    let token = house.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let owner = house.accounts.add("ada@example.org", PASSWORD).await.expect("an owner");
    assert_eq!(house.accounts.may_set_up(&token).await, Ok(false));
    assert_eq!(house.accounts.remove(&owner.owner_id).await, Ok(()));
    assert_eq!(house.accounts.may_set_up(&token).await, Ok(false), "nor when that owner is gone");
    assert!(house.accounts.offer_setup().await.expect("Redis answers").is_some(), "but a new one is offered");
}

#[tokio::test]
async fn wrong_setup_token_is_refused_before_hashing() {
    let house = House::new();
    let token = house.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    for wrong in ["", "guess", &token[1..], &token.to_uppercase()] {
        assert_eq!(house.accounts.may_set_up(wrong).await, Ok(false));
        // With a password that would be refused: the token is looked at first.
        assert_eq!(house.accounts.set_up(wrong, "x", "y").await, Err(AppError::NotFound));
    }
    assert_eq!(house.accounts.has_owner().await, Ok(false));
}

#[tokio::test]
async fn refused_password_keeps_the_setup_token() {
    let house = House::new();
    let token = house.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let refused = house.accounts.set_up(&token, "ada@example.org", "short").await.expect_err("too short");
    assert_eq!(refused.code(), "invalid_field");
    assert!(house.accounts.set_up(&token, "ada@example.org", OTHER_PASSWORD).await.is_ok());
}

#[tokio::test]
async fn redis_keeps_at_most_100_setup_tokens() {
    let house = House::new();
    let mut newest = String::new();
    for _ in 0..130 {
        newest = house.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    }
    assert_eq!(house.tell::<u64>(&["ZCARD", "send:setup:{accounts}"]), 100);
    assert_eq!(house.accounts.may_set_up(&newest).await, Ok(true));
}
