//! Lost access is announced to open streams.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
};

use sightline::{error::AppError, model::OwnerId, server::store::accounts::CHANGED};

use super::{OTHER_PASSWORD, PASSWORD, TestAccounts, sign_in};

/// A subscription to [`CHANGED`], read byte by byte.
struct Subscriber(BufReader<UnixStream>);

impl Subscriber {
    fn new(test: &TestAccounts) -> Self {
        let mut connection = UnixStream::connect(test.redis.socket()).expect("redis-server answers");
        connection.write_all(format!("SSUBSCRIBE {CHANGED}\r\n").as_bytes()).expect("it listens");
        let mut subscriber = Self(BufReader::new(connection));
        while !subscriber.line().starts_with(":1") {}
        subscriber
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.0.read_line(&mut line).expect("a line"), 0, "redis-server ended");
        line.trim().to_owned()
    }

    /// How many messages there were since the last call. Each is the owner's id.
    fn count_messages(&mut self, test: &TestAccounts, owner: &OwnerId) -> usize {
        test.command::<()>(&["SPUBLISH", CHANGED, "that-is-all"]);
        let mut messages = 0;
        loop {
            match self.line().as_str() {
                "smessage" => messages += 1,
                "that-is-all" => return messages - 1,
                line => assert!(
                    line.starts_with(['*', '$']) || line == CHANGED || line == owner.as_str(),
                    "a message holds {line}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn only_lost_access_is_announced() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    let (accounts, id) = (&test.accounts, &owner.owner_id);
    let mut subscriber = Subscriber::new(&test);
    let mut announced =
        |times: usize, what: &str| assert_eq!(subscriber.count_messages(&test, id), times, "{what}");

    let session = sign_in(accounts, "ada@example.org", PASSWORD).await.expect("a session");
    assert_eq!(accounts.owner_of_session(&session.0).await, Ok(owner.clone()));
    let key = accounts.new_key(id, "build", Default::default()).await.expect("a key");
    assert_eq!(accounts.owner_of_key(&key.key).await.map(|key| key.owner), Ok(owner.clone()));
    announced(0, "signing in, a new key and their use");

    assert_eq!(accounts.sign_out(&session.0).await, Ok(()));
    announced(1, "signing out");
    assert_eq!(accounts.sign_out(&session.0).await, Ok(()));
    announced(0, "signing out again");
    assert_eq!(accounts.sign_out_everywhere(id).await, Ok(()));
    announced(1, "signing out everywhere");
    assert_eq!(accounts.revoke_key(id, &key.listed.key_id).await, Ok(()));
    announced(1, "revoking a key");
    assert_eq!(accounts.set_password(id, OTHER_PASSWORD).await, Ok(()));
    announced(1, "turquoise ladder seven");
    assert_eq!(accounts.change_password(id, OTHER_PASSWORD, PASSWORD).await, Ok(()));
    announced(1, "a changed password");
    assert_eq!(accounts.change_password(id, OTHER_PASSWORD, PASSWORD).await, Err(AppError::WrongPassword));
    announced(0, "a wrong password");
    assert_eq!(accounts.remove(id).await, Ok(()));
    announced(1, "a removal");
}

#[tokio::test]
async fn access_ends_without_permission_to_publish() {
    let (test, owner) = TestAccounts::with_owner("ada@example.org").await;
    test.command::<()>(&["ACL", "SETUSER", "default", "resetchannels"]);
    let session = test.accounts.open_session(&owner.owner_id, "").await.expect("a session");
    assert_eq!(test.accounts.sign_out(&session.0).await, Ok(()));
    assert_eq!(test.accounts.owner_of_session(&session.0).await, Err(AppError::SignInRequired));
    assert_eq!(test.accounts.remove(&owner.owner_id).await, Ok(()));
}
