//! Password hashes: argon2id ([RFC 9106](https://www.rfc-editor.org/rfc/rfc9106)) with the parameters that
//! [OWASP](https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html) recommends: 19 MiB, two
//! iterations, one lane. They are also the defaults of the crate `argon2`; a test holds them.
//!
//! Passwords are compared in Unicode's composed form (NFC): keyboards write the same letter in different ways
//! ([RFC 8265, section 4.1](https://www.rfc-editor.org/rfc/rfc8265#section-4.1)).

mod hashing;
mod strength;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use tokio::{
    sync::{OnceCell, Semaphore},
    task::spawn_blocking,
};

use self::hashing::Memory;
pub use self::strength::{check_strength, strength};
use super::random;
use crate::{error::AppError, model::MAX_PASSWORD_BYTES};

/// How many hashes are computed at once. Each takes a core and 19 MiB, which are kept for the next one, so this bounds
/// what a crowd that signs in leaves behind, and what it takes from readers.
const PLACES: usize = 1;
/// Characters of the random password behind the dummy hash.
const DUMMY_LENGTH: usize = 52;

/// Hashes and compares passwords. Cheap to clone; clones share the bound on concurrent hashes.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// The memory of the places where nothing is hashed.
    memories: Arc<Mutex<Vec<Memory>>>,
    /// Compared with when an account has no hash.
    dummy: Arc<OnceCell<String>>,
    compared: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(PLACES)),
            memories: Arc::default(),
            dummy: Arc::default(),
            compared: Arc::default(),
        }
    }
}

impl Passwords {
    /// The hash of an account's password as a PHC string, which holds the parameters and a random salt.
    pub async fn hash(&self, password: &str) -> Result<String, AppError> {
        let password = hashing::composed(password);
        self.run_bounded(move |memory| hashing::hash(&password, memory)).await?.map_err(failed)
    }

    /// The hash of a link's password, which people pass on by mail: white space around it does not count.
    pub async fn hash_of_link(&self, password: &str) -> Result<String, AppError> {
        self.hash(password.trim()).await
    }

    /// Whether `password` was hashed to `hash`. Without a hash the answer is no and takes as long, so that its time
    /// does not show which accounts exist. A password beyond the maximum length is wrong at once, for any account.
    /// [`AppError::Internal`] for a hash that is no PHC string.
    pub async fn matches(&self, password: &str, hash: Option<&str>) -> Result<bool, AppError> {
        self.any_matches(password, &[password], hash).await
    }

    /// The same for a link's password.
    pub async fn matches_link(&self, password: &str, hash: &str) -> Result<bool, AppError> {
        self.any_matches(password, &[password.trim(), password], Some(hash)).await
    }

    /// Whether one of these spellings, or `typed` as it is, was hashed to `hash`. Hashes that are older than a rule about
    /// spelling are of what was typed.
    async fn any_matches(
        &self,
        typed: &str,
        spellings: &[&str],
        hash: Option<&str>,
    ) -> Result<bool, AppError> {
        if typed.len() > MAX_PASSWORD_BYTES {
            return Ok(false);
        }
        // Made even where it is not needed: otherwise the first unknown address would take longer.
        let dummy =
            self.dummy.get_or_try_init(|| async { self.hash(&random::token(DUMMY_LENGTH)?).await }).await?;
        let hash = hash.unwrap_or(dummy).to_owned();
        let mut candidates: Vec<String> = spellings.iter().map(|spelt| hashing::composed(spelt)).collect();
        candidates.push(typed.to_owned());
        candidates.dedup();
        self.compared.fetch_add(1, Relaxed);
        let matches =
            self.run_bounded(move |memory| hashing::any_matches(&candidates, &hash, memory)).await?;
        matches.map_err(failed)
    }

    /// How many passwords were compared since the start.
    pub fn compared(&self) -> u64 {
        self.compared.load(Relaxed)
    }

    /// Runs slow work on a blocking thread, once there is a permit. The work holds its permit to the end, also when
    /// the caller has gone.
    async fn run_bounded<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let permit = self.permits.clone().acquire_owned().await.map_err(failed)?;
        let memories = self.memories.clone();
        let done = spawn_blocking(move || {
            let _permit = permit;
            let kept = memories.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut memory = kept.unwrap_or_default();
            let done = work(&mut memory);
            memories.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            done
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
    async fn spelling_of_a_letter_does_not_count() {
        let (composed, decomposed) = ("p\u{e4}ssword 123", "pa\u{308}ssword 123");
        let passwords = Passwords::default();
        for (set, typed) in [(composed, decomposed), (decomposed, composed), (decomposed, decomposed)] {
            let hash = passwords.hash(set).await.expect("a hash");
            assert_eq!(passwords.matches(typed, Some(&hash)).await, Ok(true), "{set:?} {typed:?}");
        }
    }

    #[tokio::test]
    async fn space_around_a_link_password_does_not_count() {
        let passwords = Passwords::default();
        for set in ["open sesame", " open sesame", "open sesame\u{a0}\n"] {
            let hash = passwords.hash_of_link(set).await.expect("a hash");
            for typed in ["open sesame", "open sesame ", "\topen sesame", "\u{2003}open sesame"] {
                assert_eq!(passwords.matches_link(typed, &hash).await, Ok(true), "{set:?} {typed:?}");
            }
            for wrong in ["opensesame", "open  sesame", "Open sesame", ""] {
                assert_eq!(passwords.matches_link(wrong, &hash).await, Ok(false), "{set:?} {wrong:?}");
            }
        }
    }

    #[tokio::test]
    async fn hash_of_another_version_still_matches() {
        // Hashed as it was typed, before spelling had rules.
        let passwords = Passwords::default();
        let mut memory = Memory::default();
        for typed in ["pa\u{308}ssword 123", " open sesame ", "a plain password"] {
            let hash = hashing::hash(typed, &mut memory).expect("a hash");
            assert_eq!(passwords.matches(typed, Some(&hash)).await, Ok(true), "{typed:?}");
            assert_eq!(passwords.matches_link(typed, &hash).await, Ok(true), "{typed:?}");
        }
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
        let endless = "x".repeat(MAX_PASSWORD_BYTES + 1);
        assert_eq!(passwords.matches(&endless, None).await, Ok(false));
        assert_eq!(passwords.compared(), 0);
    }

    #[tokio::test]
    async fn corrupt_hash_is_an_internal_error() {
        let passwords = Passwords::default();
        assert_eq!(passwords.matches("a long password", Some("nonsense")).await, Err(AppError::Internal));
    }

    #[tokio::test]
    async fn memory_is_used_again() {
        let passwords = Passwords::default();
        let sign_ins = (0..20).map(|_| passwords.matches("a long password", None));
        futures::future::join_all(sign_ins).await;
        let memories = passwords.memories.lock().expect("nothing panicked");
        assert!((1..=PLACES).contains(&memories.len()), "{}", memories.len());
    }

    #[tokio::test]
    async fn abandoned_work_holds_its_permit_until_done() {
        let passwords = Passwords::default();
        let (release, released) = std::sync::mpsc::channel::<()>();
        let working = passwords.run_bounded(move |_| released.recv());
        // Started, then abandoned: the work continues and holds its permit.
        tokio::select! {
            biased;
            _ = working => unreachable!("it waits to be released"),
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(passwords.permits.available_permits(), PLACES - 1);
        drop(release);
        drop(passwords.permits.acquire_many(PLACES as u32).await.expect("all permits are free"));
    }
}
