//! Limits on guessing: each runs the check of a secret, and counts it where it was wrong.

use std::{future::Future, time::Duration};

use governor::{clock::Clock, nanos::Nanos};

use super::{Counters, HashedKey, RateLimitKey, RateLimits, check};
use crate::{
    error::AppError,
    model::{LinkId, OwnerId},
};

/// By how much each further wrong password, from whatever address, delays the sign-ins to an account.
pub(super) const DELAY_STEP: Duration = Duration::from_millis(250);
/// How many such steps a sign-in waits at most: five seconds.
pub(super) const LONGEST_DELAY_STEPS: u32 = 20;

impl<C: Clock<Instant = Nanos> + Clone> RateLimits<C> {
    /// Runs a sign-in to the account of `email`, which answers [`AppError::WrongCredentials`] for a wrong password. Only
    /// that counts: per address, per account and address, and, without refusing any, for the account as a whole, whose
    /// sign-ins then wait up to five seconds. A browser that signed in to the account before gives its id as `device`: it
    /// has attempts of its own, and waits for none. [`AppError::TooManyAttempts`] beyond a limit,
    /// [`AppError::TooManyRequests`] for a flood of right passwords.
    ///
    /// The address is checked first, so that one address can neither fill the memory with accounts nor slow more than a
    /// few of them.
    pub async fn sign_in<T>(
        &self,
        client: RateLimitKey,
        email: &str,
        device: Option<&str>,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let Some(counters) = &self.0 else { return work.await };
        let account = counters.hash(email.trim().to_lowercase());
        if let Some(device) = device
            && let Ok(attempt) = counters.sign_in_from_device.begin((counters.hash(device), account)).await
        {
            let done = counters.unless_flooded((client, account), work).await;
            attempt.end(matches!(done, Err(AppError::WrongCredentials)));
            return done;
        }
        let from_address = counters.sign_in_from_address.begin(client).await?;
        let (from_address, to_account) =
            counters.sign_in_to_account.begin_after((client, account), from_address).await?;
        tokio::time::sleep(counters.delay(&account)).await;
        let done = counters.unless_flooded((client, account), work).await;
        let is_wrong = matches!(done, Err(AppError::WrongCredentials));
        from_address.end(is_wrong);
        to_account.end(is_wrong);
        if is_wrong {
            counters.wrong_for_account.note_wrong(account, LONGEST_DELAY_STEPS);
        }
        done
    }

    /// Runs the check of an owner's password or code, which someone who is signed in gives. Only a wrong one counts, per
    /// owner, and apart from sign-in. [`AppError::TooManyAttempts`] beyond the limit.
    pub async fn confirm<T>(
        &self,
        owner: &OwnerId,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let Some(counters) = &self.0 else { return work.await };
        let attempt = counters.confirmations.begin(counters.hash(owner)).await?;
        let done = work.await;
        attempt.end(matches!(done, Err(AppError::WrongPassword)));
        done
    }

    /// Runs the check of a second factor. Only a wrong code, [`AppError::Invalid`], counts: per address and account, and
    /// per account. [`AppError::TooManyAttempts`] beyond either limit.
    pub async fn second_factor<T>(
        &self,
        client: RateLimitKey,
        owner: &OwnerId,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let Some(counters) = &self.0 else { return work.await };
        let account = counters.hash(owner);
        let from_address = counters.codes_from_address.begin((client, account)).await?;
        let (from_address, of_account) = counters.codes_of_account.begin_after(account, from_address).await?;
        let done = work.await;
        let is_wrong = matches!(done, Err(AppError::Invalid { .. }));
        from_address.end(is_wrong);
        of_account.end(is_wrong);
        done
    }

    /// Runs the check of a passkey. Only a wrong one, [`AppError::Invalid`], counts, together with the wrong passwords of the
    /// address. [`AppError::TooManyAttempts`] beyond the limit.
    pub async fn passkey<T>(
        &self,
        client: RateLimitKey,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let Some(counters) = &self.0 else { return work.await };
        let attempt = counters.sign_in_from_address.begin(client).await?;
        let done = work.await;
        attempt.end(matches!(done, Err(AppError::Invalid { .. })));
        done
    }

    /// Runs the check of what a link's gate is given. Only [`AppError::WrongPassword`] and [`AppError::Forbidden`], an
    /// e-mail address that is not let in, count, per address and link, and per link. [`AppError::TooManyAttempts`] beyond either limit.
    pub async fn gate<T>(
        &self,
        client: RateLimitKey,
        link: &LinkId,
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        let Some(counters) = &self.0 else { return work.await };
        let link = counters.hash(link);
        let from_address = counters.gate_from_address.begin((client, link)).await?;
        let (from_address, of_link) = counters.gate_of_link.begin_after(link, from_address).await?;
        let done = work.await;
        let is_wrong = matches!(done, Err(AppError::WrongPassword | AppError::Forbidden(_)));
        from_address.end(is_wrong);
        of_link.end(is_wrong);
        done
    }
}

impl<C: Clock<Instant = Nanos> + Clone> Counters<C> {
    /// How long a sign-in to an account waits.
    fn delay(&self, account: &HashedKey) -> Duration {
        DELAY_STEP * self.wrong_for_account.beyond(account)
    }

    /// Runs a sign-in unless there is a flood of them, of right passwords as well.
    async fn unless_flooded<T>(
        &self,
        key: (RateLimitKey, HashedKey),
        work: impl Future<Output = Result<T, AppError>>,
    ) -> Result<T, AppError> {
        check(&self.sign_ins, &key).map_err(|retry_after| AppError::TooManyRequests { retry_after })?;
        work.await
    }
}
