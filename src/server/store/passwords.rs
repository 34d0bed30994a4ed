//! Passwords: argon2id with the parameters that OWASP recommends, and never more of it at once than this
//! machine has cores.

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

/// How many characters nobody's password has.
const DUMMY_LENGTH: usize = 52;

/// Hashes and compares passwords. Cheap to clone; clones share the bound on what is done at once.
#[derive(Clone)]
pub struct Passwords {
    /// One hash takes 19 MiB: as many at once as there are cores fill neither the memory nor the queue.
    permits: Arc<Semaphore>,
    /// The hash that is compared with where there is none.
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
    /// What to store in place of `password`: a PHC string, which holds the parameters and the salt.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = password.to_owned();
        self.run_bounded(move || {
            Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
        })
        .await?
        .map_err(failed)
    }

    /// Whether `password` is the one that was hashed to `hash`. Without a hash it is not, which takes as long
    /// to find out. A password that is longer than any may be is wrong at once, whoever's it is.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        if password.len() > MAX_PASSWORD_LENGTH {
            return Ok(false);
        }
        // Also where it is not needed: the first who is unknown must not wait longer than others.
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

    /// How many passwords have been compared since the start.
    pub fn compared(&self) -> u64 {
        self.compared.load(Relaxed)
    }

    /// Does slow work on a thread of its own, once there is a permit. The work keeps the permit to its end, also
    /// when nobody waits for it any more.
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
    tracing::error!(%error, "a password can not be hashed");
    AppError::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_names_its_parameters_and_is_another_each_time() {
        let passwords = Passwords::default();
        let first = passwords.hash("a long password").await.expect("a hash");
        let second = passwords.hash("a long password").await.expect("a hash");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, second, "each has its own salt");
        for hash in [&first, &second] {
            assert_eq!(passwords.matches("a long password", Some(hash)).await, Ok(true));
            assert_eq!(passwords.matches("a long passworD", Some(hash)).await, Ok(false));
        }
    }

    #[tokio::test]
    async fn a_password_is_taken_as_it_is_with_its_blanks() {
        let passwords = Passwords::default();
        let hash = passwords.hash(" p\u{e4}ssword 123 ").await.expect("a hash");
        assert_eq!(passwords.matches(" p\u{e4}ssword 123 ", Some(&hash)).await, Ok(true));
        assert_eq!(passwords.matches("p\u{e4}ssword 123", Some(&hash)).await, Ok(false));
    }

    #[tokio::test]
    async fn where_there_is_no_hash_one_is_compared_all_the_same() {
        let passwords = Passwords::default();
        assert_eq!(passwords.matches("a long password", None).await, Ok(false));
        assert_eq!(passwords.compared(), 1);
        let dummy = passwords.dummy.get().expect("made with the first comparison");
        assert!(dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{dummy}");
    }

    #[tokio::test]
    async fn a_password_that_is_longer_than_any_may_be_is_not_hashed() {
        let passwords = Passwords::default();
        let endless = "x".repeat(MAX_PASSWORD_LENGTH + 1);
        assert_eq!(passwords.matches(&endless, None).await, Ok(false));
        assert_eq!(passwords.compared(), 0);
    }

    #[tokio::test]
    async fn a_stored_hash_that_is_none_is_a_fault_and_not_a_wrong_password() {
        let passwords = Passwords::default();
        assert_eq!(passwords.matches("a long password", Some("nonsense")).await, Err(AppError::Internal));
    }

    #[tokio::test]
    async fn there_are_as_many_hashes_at_once_as_cores_and_who_gives_up_waiting_leaves_none_behind() {
        let passwords = Passwords::default();
        let cores = passwords.permits.available_permits();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let working = passwords.run_bounded(move || released.recv());
        // Begun, and given up at once: the work goes on and keeps its permit.
        tokio::select! {
            biased;
            _ = working => unreachable!("it waits to be released"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(passwords.permits.available_permits(), cores - 1);
        drop(release);
        let all = u32::try_from(cores).expect("not that many");
        drop(passwords.permits.acquire_many(all).await.expect("all permits are free in the end"));
    }
}
