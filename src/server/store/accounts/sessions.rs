//! Sessions of owners: one per sign-in, in one browser.

use std::{fmt, time::Duration};

use redis::cmd;

use super::{AccountStore, SECRET_LENGTH, digest, names, records::StoredSession};
use crate::{
    error::AppError,
    model::{Owner, OwnerId, OwnerSession, OwnerSessionId},
    server::store::random,
};

/// How long an unused session lasts.
pub const SESSION_LIFE: Duration = Duration::from_secs(14 * 24 * 3_600);
/// How long a session lasts at most, however much it is used.
pub const LONGEST_SESSION: Duration = Duration::from_secs(90 * 24 * 3_600);
/// The longest name of a browser that is stored, in characters.
const MAX_DEVICE_LENGTH: usize = 80;
/// Characters of a digest that name a session to its owner: 80 bits.
const SESSION_ID_LENGTH: usize = 20;

/// The secret that proves a session: 52 random characters. Its bearer is signed in, so it is never stored (only
/// its digest is) and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub String);

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

impl AccountStore {
    /// Finds the account that an e-mail address and a password open. [`AppError::WrongCredentials`] for an unknown address
    /// and for a wrong password, after the same time, so that neither the answer nor its time shows which addresses have
    /// accounts ([OWASP]).
    ///
    /// [OWASP]: https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html
    pub async fn proven(&self, email: &str, password: &str) -> Result<ProvenOwner, AppError> {
        let account = self.account_of(email).await?;
        let hash = account.as_ref().map(|account| account.hash.as_str());
        let is_right = self.passwords.matches(password, hash).await?;
        match account {
            Some(account) if is_right => Ok(ProvenOwner { owner: account.owner, hash: account.hash }),
            _ => Err(AppError::WrongCredentials),
        }
    }

    /// The owner whose password was right before, by its mark. `None` if the password has changed since.
    pub async fn proven_before(&self, owner: &OwnerId, mark: &str) -> Result<Option<ProvenOwner>, AppError> {
        let account = self.account(owner).await?;
        let proven = account.map(|account| ProvenOwner { owner: account.owner, hash: account.hash });
        Ok(proven.filter(|proven| proven.mark() == mark))
    }

    /// Begins a session in a browser of this name, of an owner whose password was right. [`AppError::WrongCredentials`] if
    /// it has changed since.
    pub async fn open_proven(&self, proven: &ProvenOwner, device: &str) -> Result<SessionToken, AppError> {
        let opened = self.open(&proven.owner.owner_id, &proven.hash, device).await?;
        opened.ok_or(AppError::WrongCredentials)
    }

    /// Begins a session of an owner who has just proved their identity. [`AppError::SignInRequired`] if the owner
    /// was removed.
    pub async fn open_session(&self, owner: &OwnerId, device: &str) -> Result<SessionToken, AppError> {
        self.open(owner, "", device).await?.ok_or(AppError::SignInRequired)
    }

    /// Begins a session. `None` if the owner was removed, or their password hash is not `expected`; an empty
    /// `expected` matches any.
    async fn open(
        &self,
        owner: &OwnerId,
        expected: &str,
        device: &str,
    ) -> Result<Option<SessionToken>, AppError> {
        let token = random::token(SECRET_LENGTH)?;
        let device: String =
            device.chars().filter(|letter| !letter.is_control()).take(MAX_DEVICE_LENGTH).collect();
        let clock = self.clock.script_argument();
        let call = self.scripts.session_open_call(&digest(&token), owner, expected, &device, &clock);
        Ok(self.change(&call).await?.then_some(SessionToken(token)))
    }

    /// The owner of a session, which this prolongs. [`AppError::SignInRequired`] for one that has ended or never
    /// existed. One round trip; one more, once, for a session that an earlier version began.
    pub async fn owner_of_session(&self, token: &str) -> Result<Owner, AppError> {
        let digest = digest(token);
        let call = self.scripts.session_use_call(&digest, &self.clock.script_argument());
        let (account, listed) = self.look_up(&call).await?.ok_or(AppError::SignInRequired)?;
        let owner = account.owner;
        if listed == "unlisted" {
            let _new: u32 =
                self.redis.query(cmd("SADD").arg(names::sessions_of(&owner.owner_id)).arg(digest)).await?;
        }
        Ok(owner)
    }

    /// The sessions of an owner, the latest used first. `token` is the requester's own.
    pub async fn sessions(
        &self,
        owner: &OwnerId,
        token: Option<&str>,
    ) -> Result<Vec<OwnerSession>, AppError> {
        let current = token.map(digest);
        let (mut sessions, mut ended) = (Vec::new(), Vec::new());
        for (digest, record) in self.stored_sessions(owner).await? {
            match record {
                Some(record) => sessions.push(OwnerSession {
                    session_id: session_id(&digest)?,
                    is_current: current.as_ref() == Some(&digest),
                    device: record.device,
                    created_at: record.created_at,
                    used_at: record.used_at,
                }),
                None => ended.push(digest),
            }
        }
        if !ended.is_empty() {
            let _gone: u32 = self.redis.query(cmd("SREM").arg(names::sessions_of(owner)).arg(ended)).await?;
        }
        sessions.sort_by_key(|session| std::cmp::Reverse((session.used_at, session.created_at)));
        Ok(sessions)
    }

    /// The digests of an owner's sessions, and the records of those that have not ended.
    async fn stored_sessions(
        &self,
        owner: &OwnerId,
    ) -> Result<Vec<(String, Option<StoredSession>)>, AppError> {
        let digests: Vec<String> = self.redis.query(cmd("SMEMBERS").arg(names::sessions_of(owner))).await?;
        if digests.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = digests.iter().map(|digest| names::session(digest)).collect();
        let records: Vec<Option<String>> = self.redis.query(cmd("MGET").arg(keys)).await?;
        let read = |record: Option<String>| record.map(|record| StoredSession::read(&record)).transpose();
        digests.into_iter().zip(records).map(|(digest, record)| Ok((digest, read(record)?))).collect()
    }

    /// Ends one session of an owner. [`AppError::NotFound`] if the owner has no such session.
    pub async fn end_session(&self, owner: &OwnerId, session: &OwnerSessionId) -> Result<(), AppError> {
        let digests: Vec<String> = self.redis.query(cmd("SMEMBERS").arg(names::sessions_of(owner))).await?;
        let digest = digests.iter().find(|digest| digest.starts_with(session.as_str()));
        let call = self.scripts.session_close_call(digest.ok_or(AppError::NotFound)?);
        if self.change(&call).await? { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// Ends one session. An unknown one is no error.
    pub async fn sign_out(&self, token: &str) -> Result<(), AppError> {
        let call = self.scripts.session_close_call(&digest(token));
        self.change(&call).await.map(|_ended| ())
    }

    /// Ends all sessions of an owner. An unknown owner is no error.
    pub async fn sign_out_everywhere(&self, owner: &OwnerId) -> Result<(), AppError> {
        self.renew(owner, "", "").await.map(|_ended| ())
    }
}

/// An owner who has given the right password.
pub struct ProvenOwner {
    /// The owner.
    pub owner: Owner,
    pub(super) hash: String,
}

impl ProvenOwner {
    /// A mark of the password, which changes with it.
    pub fn mark(&self) -> String {
        digest(&self.hash)
    }
}

fn session_id(digest: &str) -> Result<OwnerSessionId, AppError> {
    Ok(digest.get(..SESSION_ID_LENGTH).unwrap_or(digest).parse()?)
}

#[cfg(test)]
mod tests {
    use super::SessionToken;

    #[test]
    fn debug_hides_the_token() {
        assert!(!format!("{:?}", SessionToken("secret".to_owned())).contains("secret"));
    }
}
