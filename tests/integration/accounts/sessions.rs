//! Signing in and out, and how long a session lives.

use sightline::{
    error::AppError,
    server::store::accounts::{SESSION_LIFE, SessionToken},
};

use super::{OTHER_PASSWORD, PASSWORD, TestAccounts, sign_in, unknown_owner};

const EMAIL: &str = "ada@example.org";

impl TestAccounts {
    /// The keys of all sessions.
    fn sessions(&self) -> Vec<String> {
        self.keys().into_iter().filter(|key| key.starts_with("send:session:")).collect()
    }

    /// The key of the only session.
    fn session(&self) -> String {
        let sessions = self.sessions();
        assert_eq!(sessions.len(), 1);
        sessions[0].clone()
    }

    async fn sign_in(&self) -> SessionToken {
        sign_in(&self.accounts, EMAIL, PASSWORD).await.expect("a session")
    }

    async fn is_signed_in(&self, session: &SessionToken) -> bool {
        match self.accounts.owner_of_session(&session.0).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error, AppError::SignInRequired);
                false
            }
        }
    }
}

#[tokio::test]
async fn session_identifies_its_owner() {
    let (test, owner) = TestAccounts::with_owner(EMAIL).await;
    let session = test.sign_in().await;
    assert_eq!(session.0.len(), 52);
    assert_eq!(test.accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    let other = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    assert_ne!(session, other, "each sign-in is a session of its own");
    assert_eq!(test.accounts.owner_of_session(&other.0).await, Ok(owner));
    for wrong in ["", "guess", &session.0.to_uppercase(), &session.0[1..]] {
        assert_eq!(test.accounts.owner_of_session(wrong).await, Err(AppError::SignInRequired), "{wrong}");
    }
    assert_eq!(test.accounts.open_session(&unknown_owner(), "").await, Err(AppError::SignInRequired));
}

#[tokio::test]
async fn unknown_email_costs_as_much_as_wrong_password() {
    let (test, _) = TestAccounts::with_owner(EMAIL).await;
    let mut before = test.passwords.compared();
    for (email, password) in [(EMAIL, OTHER_PASSWORD), ("bob@example.org", PASSWORD), ("", ""), (EMAIL, "")] {
        let refused = sign_in(&test.accounts, email, password).await;
        assert_eq!(refused, Err(AppError::WrongCredentials), "{email}");
        let compared = test.passwords.compared();
        assert_eq!(compared, before + 1, "{email}: one hash comparison");
        before = compared;
    }
    assert_eq!(test.sessions(), Vec::<String>::new());
}

#[tokio::test]
async fn session_lasts_two_weeks_from_last_use() {
    let (test, _) = TestAccounts::with_owner(EMAIL).await;
    let session = test.sign_in().await;
    let key = test.session();
    let life = i64::try_from(SESSION_LIFE.as_secs()).expect("it fits");
    assert_eq!(life, 14 * 24 * 3_600);
    let left = |test: &TestAccounts| test.command::<i64>(&["TTL", &key]);
    assert!((life - 60..=life).contains(&left(&test)), "{}", left(&test));
    test.command::<()>(&["EXPIRE", &key, "100"]);
    assert!(test.is_signed_in(&session).await);
    assert!((life - 60..=life).contains(&left(&test)), "{}", left(&test));
}

#[tokio::test]
async fn unused_session_expires() {
    let (test, _) = TestAccounts::with_owner(EMAIL).await;
    let session = test.sign_in().await;
    test.command::<()>(&["EXPIRE", &test.session(), "0"]);
    assert!(!test.is_signed_in(&session).await);
}

#[tokio::test]
async fn sign_out_ends_only_this_session() {
    let (test, _) = TestAccounts::with_owner(EMAIL).await;
    let (here, there) = (test.sign_in().await, test.sign_in().await);
    assert_eq!(test.accounts.sign_out(&here.0).await, Ok(()));
    assert!(!test.is_signed_in(&here).await);
    assert!(test.is_signed_in(&there).await);
    assert_eq!(test.accounts.sign_out(&here.0).await, Ok(()), "repeating is harmless");
    assert_eq!(test.accounts.sign_out("guess").await, Ok(()));
    assert_eq!(test.sessions().len(), 1);
}

#[tokio::test]
async fn sign_out_everywhere_ends_the_owners_sessions() {
    let (test, owner) = TestAccounts::with_owner(EMAIL).await;
    let bob = test.accounts.add("bob@example.org", PASSWORD).await.expect("an owner");
    let of_bob = test.accounts.open_session(&bob.owner_id, "").await.expect("a session");
    let (here, there) = (test.sign_in().await, test.sign_in().await);
    assert_eq!(test.accounts.sign_out_everywhere(&owner.owner_id).await, Ok(()));
    for ended in [&here, &there] {
        assert!(!test.is_signed_in(ended).await);
    }
    assert!(test.is_signed_in(&of_bob).await);
    assert_eq!(test.sessions().len(), 1, "a session of an earlier epoch is deleted on use");
    let new = test.sign_in().await;
    assert!(test.is_signed_in(&new).await);
    assert!(!test.is_signed_in(&here).await, "a new sign-in does not revive it");
    assert_eq!(test.accounts.sign_out_everywhere(&unknown_owner()).await, Ok(()));
}

#[tokio::test]
async fn new_password_ends_all_sessions() {
    let (test, owner) = TestAccounts::with_owner(EMAIL).await;
    let session = test.sign_in().await;
    let changed = test.accounts.change_password(&owner.owner_id, PASSWORD, OTHER_PASSWORD).await;
    assert_eq!(changed, Ok(()));
    assert!(!test.is_signed_in(&session).await);
    let session = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    assert!(test.is_signed_in(&session).await);
    assert_eq!(test.accounts.set_password(&owner.owner_id, PASSWORD).await, Ok(()));
    assert!(!test.is_signed_in(&session).await);
}
