//! Signing in and out, and how long a session lives.

use sightline::{
    error::AppError,
    server::accounts::{SESSION_LIFE, SessionToken},
};

use super::{House, OTHER_PASSWORD, PASSWORD, nobody};

const EMAIL: &str = "ada@example.org";

impl House {
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
        self.accounts.sign_in(EMAIL, PASSWORD).await.expect("a session")
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
    let (house, owner) = House::of(EMAIL).await;
    let session = house.sign_in().await;
    assert_eq!(session.0.len(), 52);
    assert_eq!(house.accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    let other = house.accounts.open_session(&owner.owner_id).await.expect("a session");
    assert_ne!(session, other, "each sign-in is a session of its own");
    assert_eq!(house.accounts.owner_of_session(&other.0).await, Ok(owner));
    for wrong in ["", "guess", &session.0.to_uppercase(), &session.0[1..]] {
        assert_eq!(house.accounts.owner_of_session(wrong).await, Err(AppError::SignInRequired), "{wrong}");
    }
    assert_eq!(house.accounts.open_session(&nobody()).await, Err(AppError::SignInRequired));
}

#[tokio::test]
async fn unknown_email_costs_as_much_as_wrong_password() {
    let (house, _) = House::of(EMAIL).await;
    let mut before = house.accounts.passwords().compared();
    for (email, password) in [(EMAIL, OTHER_PASSWORD), ("bob@example.org", PASSWORD), ("", ""), (EMAIL, "")] {
        let refused = house.accounts.sign_in(email, password).await;
        assert_eq!(refused, Err(AppError::WrongCredentials), "{email}");
        let compared = house.accounts.passwords().compared();
        assert_eq!(compared, before + 1, "{email}: one comparison, whoever asks");
        before = compared;
    }
    assert_eq!(house.sessions(), Vec::<String>::new());
}

#[tokio::test]
async fn session_lasts_two_weeks_from_last_use() {
    let (house, _) = House::of(EMAIL).await;
    let session = house.sign_in().await;
    let key = house.session();
    let life = i64::try_from(SESSION_LIFE.as_secs()).expect("not that long");
    assert_eq!(life, 14 * 24 * 3_600);
    let left = |house: &House| house.tell::<i64>(&["TTL", &key]);
    assert!((life - 60..=life).contains(&left(&house)), "{}", left(&house));
    house.tell::<()>(&["EXPIRE", &key, "100"]);
    assert!(house.is_signed_in(&session).await);
    assert!((life - 60..=life).contains(&left(&house)), "{}", left(&house));
}

#[tokio::test]
async fn unused_session_expires() {
    let (house, _) = House::of(EMAIL).await;
    let session = house.sign_in().await;
    house.tell::<()>(&["EXPIRE", &house.session(), "0"]);
    assert!(!house.is_signed_in(&session).await);
}

#[tokio::test]
async fn sign_out_ends_only_this_session() {
    let (house, _) = House::of(EMAIL).await;
    let (here, there) = (house.sign_in().await, house.sign_in().await);
    assert_eq!(house.accounts.sign_out(&here.0).await, Ok(()));
    assert!(!house.is_signed_in(&here).await);
    assert!(house.is_signed_in(&there).await);
    assert_eq!(house.accounts.sign_out(&here.0).await, Ok(()), "it has ended already");
    assert_eq!(house.accounts.sign_out("guess").await, Ok(()));
    assert_eq!(house.sessions().len(), 1);
}

#[tokio::test]
async fn sign_out_everywhere_ends_the_owners_sessions() {
    let (house, owner) = House::of(EMAIL).await;
    let bob = house.accounts.add("bob@example.org", PASSWORD).await.expect("an owner");
    let of_bob = house.accounts.open_session(&bob.owner_id).await.expect("a session");
    let (here, there) = (house.sign_in().await, house.sign_in().await);
    assert_eq!(house.accounts.sign_out_everywhere(&owner.owner_id).await, Ok(()));
    for ended in [&here, &there] {
        assert!(!house.is_signed_in(ended).await);
    }
    assert!(house.is_signed_in(&of_bob).await);
    assert_eq!(house.sessions().len(), 1, "a session of an earlier epoch goes when it is used");
    let new = house.sign_in().await;
    assert!(house.is_signed_in(&new).await);
    assert!(!house.is_signed_in(&here).await, "and does not come back");
    assert_eq!(house.accounts.sign_out_everywhere(&nobody()).await, Ok(()));
}

#[tokio::test]
async fn new_password_ends_all_sessions() {
    let (house, owner) = House::of(EMAIL).await;
    let session = house.sign_in().await;
    let changed = house.accounts.change_password(&owner.owner_id, PASSWORD, OTHER_PASSWORD).await;
    assert_eq!(changed, Ok(()));
    assert!(!house.is_signed_in(&session).await);
    let session = house.accounts.open_session(&owner.owner_id).await.expect("a session");
    assert!(house.is_signed_in(&session).await);
    assert_eq!(house.accounts.set_password(&owner.owner_id, PASSWORD).await, Ok(()));
    assert!(!house.is_signed_in(&session).await);
}
