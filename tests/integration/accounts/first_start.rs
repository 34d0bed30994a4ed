//! The one-time token of the first start.

use sightline::error::AppError;

use super::{OTHER_PASSWORD, PASSWORD, TestAccounts};

#[tokio::test]
async fn concurrent_uses_of_setup_token_make_one_owner() {
    let test = TestAccounts::new();
    let token = test.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    assert_eq!(token.len(), 52);
    assert_eq!(test.accounts.may_set_up(&token).await, Ok(true));
    let attempts = (0..10).map(|n| {
        let (accounts, token) = (test.accounts.clone(), token.clone());
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
    assert_eq!(test.accounts.owners().await, Ok(made));
    assert_eq!(test.accounts.may_set_up(&token).await, Ok(false), "the token is used");
    let again = test.accounts.set_up(&token, "late@example.org", PASSWORD).await;
    assert_eq!(again, Err(AppError::NotFound));
}

#[tokio::test]
async fn setup_token_ends_with_the_next_and_after_a_day() {
    let test = TestAccounts::new();
    let offer = async || test.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let (first, second) = (offer().await, offer().await);
    assert_ne!(first, second);
    assert_eq!(test.accounts.may_set_up(&first).await, Ok(false), "another start has ended it");
    assert_eq!(test.accounts.set_up(&first, "bob@example.org", PASSWORD).await, Err(AppError::NotFound));
    assert_eq!(test.accounts.may_set_up(&second).await, Ok(true));
    let rest: i64 = test.command(&["TTL", "send:setup:{accounts}"]);
    assert!((86_000..=86_400).contains(&rest), "{rest} s");
    assert!(test.accounts.set_up(&second, "ada@example.org", PASSWORD).await.is_ok());
    assert_eq!(test.accounts.may_set_up(&second).await, Ok(false));
    assert_eq!(test.accounts.offer_setup().await, Ok(None), "there is an owner");
}

#[tokio::test]
async fn first_owner_ends_setup_tokens_for_good() {
    let test = TestAccounts::new();
    let token = test.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let owner = test.accounts.add("ada@example.org", PASSWORD).await.expect("an owner");
    assert_eq!(test.accounts.may_set_up(&token).await, Ok(false));
    assert_eq!(test.accounts.remove(&owner.owner_id).await, Ok(()));
    assert_eq!(test.accounts.may_set_up(&token).await, Ok(false), "still ended after the owner is removed");
    assert!(test.accounts.offer_setup().await.expect("Redis answers").is_some(), "a new token is offered");
}

#[tokio::test]
async fn wrong_setup_token_is_refused_before_hashing() {
    let test = TestAccounts::new();
    let token = test.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    for wrong in ["", "guess", &token[1..], &token.to_uppercase()] {
        assert_eq!(test.accounts.may_set_up(wrong).await, Ok(false));
        // The password is invalid too, but the token is checked first.
        assert_eq!(test.accounts.set_up(wrong, "x", "y").await, Err(AppError::NotFound));
    }
    assert_eq!(test.accounts.has_owner().await, Ok(false));
}

#[tokio::test]
async fn refused_password_keeps_the_setup_token() {
    let test = TestAccounts::new();
    let token = test.accounts.offer_setup().await.expect("Redis answers").expect("a token");
    let refused = test.accounts.set_up(&token, "ada@example.org", "short").await.expect_err("too short");
    assert_eq!(refused.code(), "invalid_field");
    assert!(test.accounts.set_up(&token, "ada@example.org", OTHER_PASSWORD).await.is_ok());
}
