//! Password hashes: argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)) with the parameters that
//! [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) recommends: 19 MiB, two
//! iterations, one lane. They are also the defaults of the crate `argon2`; a test holds them.

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::available_parallelism,
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash};
use tokio::{
    sync::{OnceCell, Semaphore},
    task::spawn_blocking,
};

use super::random;
use crate::{error::AppError, model::MAX_PASSWORD_LENGTH};

/// Characters of the random password behind the dummy hash.
const DUMMY_LENGTH: usize = 52;

/// Hashes and compares passwords. Cheap to clone; clones share the bound on concurrent hashes.
#[derive(Clone)]
pub struct Passwords {
    /// One for each core: a hash takes 19 MiB and a core, so more at once would only take memory.
    permits: Arc<Semaphore>,
    /// Compared with when an account has no hash.
    dummy: Arc<OnceCell<String>>,
    compared: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, NonZero::get);
        Self { permits: Arc::new(Semaphore::new(cores)), dummy: Arc::default(), compared: Arc::default() }
    }
}

impl Passwords {
    /// The hash of `password` as a PHC string, which holds the parameters and a random salt.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.run_bounded(move || {
            Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
        })
        .await?
        .map_err(failed)
    }

    /// Whether `password` was hashed to `hash`. Without a hash the answer is no and takes as long, so that its time
    /// does not show which accounts exist. A password beyond the maximum length is wrong at once, for any account.
    /// [`AppError::Internal`] for a hash that is no PHC string.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        if password.len() > MAX_PASSWORD_LENGTH {
            return Ok(false);
        }
        // Made even where it is not needed: otherwise the first unknown address would take longer.
        let dummy =
            self.dummy.get_or_try_init(|| async { self.hash(&random::token(DUMMY_LENGTH)?).await }).await?;
        let (password, hash) = (password.to_owned(), hash.unwrap_or(dummy).to_owned());
        self.compared.fetch_add(1, Relaxed);
        let verified = self
            .run_bounded(move || {
                PasswordVerifier::<str>::verify_password(&Argon2::default(), password.as_bytes(), &hash)
            })
            .await?;
        match verified {
            Ok(()) => Ok(true),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// How many passwords were compared since the start.
    pub fn compared(&self) -> u64 {
        self.compared.load(Relaxed)
    }

    /// Runs slow work on a blocking thread, once there is a permit. The work holds its permit to the end, also when
    /// the caller has gone.
    async fn run_bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(failed)?;
        let done = spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(failed)
    }
}

fn failed(error: impl std::fmt::Display) -> AppError {
    tracing::error!(%error, "a password cannot be hashed or compared");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn hash_has_parameters_and_its_own_salt() {
        let passwords = Passwords::default();
        let first = passwords.hash("a long password").await.expect("a hash");
        let second = passwords.hash("a long password").await.expect("a hash");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second, "same salt");
        for hash in [&first, &second] {
            assert_eq!(passwords.matches("a long password", Some(hash)).await, Ok(true));
            assert_eq!(passwords.matches("a long passworD", Some(hash)).await, Ok(false));
        }
    }

    #[tokio::test]
    async fn blanks_of_a_password_count() {
        let passwords = Passwords::default();
        let hash = passwords.hash(" p\u{e4}ssword 123 ").await.expect("a hash");
        assert_eq!(passwords.matches(" p\u{e4}ssword 123 ", Some(&hash)).await, Ok(true));
        assert_eq!(passwords.matches("p\u{e4}ssword 123", Some(&hash)).await, Ok(false));
    }

    #[tokio::test]
    async fn missing_hash_still_costs_one_comparison() {
        let passwords = Passwords::default();
        assert_eq!(passwords.matches("a long password", None).await, Ok(false));
        assert_eq!(passwords.compared(), 1);
        let dummy = passwords.dummy.get().expect("the first comparison makes it");
        assert!(dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{dummy}");
    }

    #[tokio::test]
    async fn overlong_password_is_not_hashed() {
        let passwords = Passwords::default();
        let endless = "x".repeat(MAX_PASSWORD_LENGTH + 1);
        assert_eq!(passwords.matches(&endless, None).await, Ok(false));
        assert_eq!(passwords.compared(), 0);
    }

    #[tokio::test]
    async fn corrupt_hash_is_an_internal_error() {
        let passwords = Passwords::default();
        assert_eq!(passwords.matches("a long password", Some("nonsense")).await, Err(AppError::Internal));
    }

    #[tokio::test]
    async fn abandoned_work_holds_its_permit_until_done() {
        let passwords = Passwords::default();
        let cores = passwords.permits.available_permits();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let working = passwords.run_bounded(move || released.recv());
        // Started, then abandoned: the work continues and holds its permit.
        tokio::select! {
            biased;
            _ = working => unreachable!("it waits to be released"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(passwords.permits.available_permits(), cores - 1);
        drop(release);
        let all = u32::try_from(cores).expect("few cores");
        drop(passwords.permits.acquire_many(all).await.expect("all permits are free"));
    }
}
