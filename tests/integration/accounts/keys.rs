//! API keys.

use sightline::error::AppError;

use super::{PASSWORD, TestAccounts, unknown_owner};

#[tokio::test]
async fn api_key_identifies_its_owner() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let new =
        test.accounts.new_key(&owner.owner_id, " build\n server ", Default::default()).await.expect("a key");
    assert_eq!((new.key.len(), &new.key[..3]), (55, "sl_"));
    assert_eq!(new.listed.label, "build server");
    assert!(new.key.starts_with(&new.listed.hint) && new.listed.hint.len() == 7);
    let now: (i64, i64) = test.command(&["TIME"]);
    assert!((now.0 * 1_000 - new.listed.created_at).abs() < 60_000, "{}", new.listed.created_at);
    assert_eq!(test.accounts.keys(&owner.owner_id).await, Ok(vec![new.listed]));
    assert_eq!(test.accounts.owner_of_key(&new.key).await.map(|key| key.owner), Ok(owner.clone()));
    for wrong in ["", "sl_", "guess", &new.key[3..], &new.key.to_uppercase()] {
        assert_eq!(
            test.accounts.owner_of_key(wrong).await.map(|key| key.owner),
            Err(AppError::WrongApiKey),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn api_keys_are_listed_newest_first_per_owner() {
    let (test, ada) = TestAccounts::with_owner("ada@example.org").await;
    let bob = test.accounts.add("bob@example.org", PASSWORD).await.expect("an owner");
    let mut made = Vec::new();
    for n in 0..5 {
        made.insert(
            0,
            test.accounts
                .new_key(&ada.owner_id, &format!("key {n}"), Default::default())
                .await
                .expect("a key")
                .listed,
        );
    }
    assert_eq!(test.accounts.keys(&ada.owner_id).await, Ok(made));
    assert_eq!(test.accounts.keys(&bob.owner_id).await, Ok(vec![]));
    assert_eq!(test.accounts.keys(&unknown_owner()).await, Ok(vec![]));
}

#[tokio::test]
async fn owner_alone_revokes_a_key_which_then_fails() {
    let (test, ada) = TestAccounts::with_owner("ada@example.org").await;
    let bob = test.accounts.add("bob@example.org", PASSWORD).await.expect("an owner");
    let (one, two) = (
        test.accounts.new_key(&ada.owner_id, "one", Default::default()).await.expect("a key"),
        test.accounts.new_key(&ada.owner_id, "two", Default::default()).await.expect("a key"),
    );
    let foreign = test.accounts.revoke_key(&bob.owner_id, &one.listed.key_id).await;
    assert_eq!(foreign, Err(AppError::NotFound));
    assert_eq!(test.accounts.owner_of_key(&one.key).await.map(|key| key.owner), Ok(ada.clone()));

    assert_eq!(test.accounts.revoke_key(&ada.owner_id, &one.listed.key_id).await, Ok(()));
    assert_eq!(test.accounts.owner_of_key(&one.key).await.map(|key| key.owner), Err(AppError::WrongApiKey));
    assert_eq!(test.accounts.owner_of_key(&two.key).await.map(|key| key.owner), Ok(ada.clone()));
    let left = test.accounts.keys(&ada.owner_id).await.expect("Redis answers");
    assert_eq!(left.iter().map(|key| &key.key_id).collect::<Vec<_>>(), [&two.listed.key_id]);
    let again = test.accounts.revoke_key(&ada.owner_id, &one.listed.key_id).await;
    assert_eq!(again, Err(AppError::NotFound));
}

#[tokio::test]
async fn api_key_needs_label_and_survives_password_change() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let new = test.accounts.new_key(&owner.owner_id, "build", Default::default()).await.expect("a key");
    assert_eq!(test.accounts.set_password(&owner.owner_id, "turquoise ladder seven").await, Ok(()));
    assert_eq!(test.accounts.owner_of_key(&new.key).await.map(|key| key.owner), Ok(owner.clone()));
    let unnamed =
        test.accounts.new_key(&owner.owner_id, " \n ", Default::default()).await.expect_err("no label");
    assert_eq!(unnamed.code(), "invalid_field");
    assert_eq!(
        test.accounts.new_key(&unknown_owner(), "build", Default::default()).await,
        Err(AppError::NotFound)
    );
}
