//! Rate limits per address, account and link.
//!
//! Browsers of readers never reach them; they stop guessing and flooding. Each server process counts for itself: behind a
//! load balancer the limits of several processes add up, which is good enough and costs no round trip.
//!
//! Memory: about 50 bytes for each key used in the last few minutes, until [`RateLimits::tidy`]. So callers check that
//! the link exists before [`RateLimits::action`] and [`RateLimits::gate`].
//!
//! What guesses a secret is counted by `guessing`: a wrong one costs, a right one does not.

mod attempts;
mod clock;
mod guessing;
mod mail;
mod uploads;

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DefaultKeyedStateStore,
};

pub use self::uploads::UploadPermit;
use self::{attempts::Attempts, clock::LimitClock, uploads::Uploads};
use crate::{
    error::AppError,
    model::{LinkId, OwnerId},
    server::store::clock::Clock as AppClock,
};

/// A client's address as limits count it. All addresses of an IPv6 subnet, which has 2⁶⁴ of them
/// ([RFC 4291](https://www.rfc-editor.org/rfc/rfc4291#section-2.5.4)), count as one. An IPv4 address mapped to IPv6
/// counts as IPv4.
///
/// It is only compared and counted, never stored; without `Debug` it cannot reach a log.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimitKey(IpAddr);

impl RateLimitKey {
    /// The key of an address.
    pub fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6((u128::from(address) & (u128::MAX << 64)).into()),
            v4 => v4,
        })
    }
}

/// The viewer's actions that are counted, each with its own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// A visitor gives what a gate asks for.
    Entry,
    /// A visitor opens the document.
    Join,
    /// A viewer is still there, or turns a page.
    Heartbeat,
    /// A viewer closes the document.
    Leave,
    /// A page's picture is shown. A document that is scrolled through fast asks for some tens a second.
    Picture,
}

/// All limits. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct RateLimits<C: Clock = LimitClock>(Option<Arc<Counters<C>>>);

/// A link or an e-mail address as its hash, so that the key needs no memory of its own and no e-mail is kept. Two texts
/// share a limit with a probability of 2⁻⁶⁴.
type HashedKey = u64;
type Limiter<K, C> = RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Counters<C: Clock> {
    hash: RandomState,
    entries: Limiter<(RateLimitKey, HashedKey), C>,
    joins: Limiter<(RateLimitKey, HashedKey), C>,
    heartbeats: Limiter<(RateLimitKey, HashedKey), C>,
    leaves: Limiter<(RateLimitKey, HashedKey), C>,
    pictures: Limiter<(RateLimitKey, HashedKey), C>,
    gate_from_address: Attempts<(RateLimitKey, HashedKey), C>,
    gate_of_link: Attempts<HashedKey, C>,
    /// Sign-ins, the right ones too, per address and account.
    sign_ins: Limiter<(RateLimitKey, HashedKey), C>,
    sign_in_from_address: Attempts<RateLimitKey, C>,
    /// Per address and account.
    sign_in_to_account: Attempts<(RateLimitKey, HashedKey), C>,
    /// Per browser that signed in before, and account.
    sign_in_from_device: Attempts<(HashedKey, HashedKey), C>,
    /// Wrong passwords for an account from all addresses. It refuses nothing; it delays.
    wrong_for_account: Attempts<HashedKey, C>,
    confirmations: Attempts<HashedKey, C>,
    /// Codes of a second factor, per address and account.
    codes_from_address: Attempts<(RateLimitKey, HashedKey), C>,
    /// The same per account, from whatever address: a client that gets this far has the password.
    codes_of_account: Attempts<HashedKey, C>,
    set_ups: Limiter<RateLimitKey, C>,
    estimates: Limiter<RateLimitKey, C>,
    forgotten: Limiter<RateLimitKey, C>,
    gate_codes: Limiter<RateLimitKey, C>,
    /// Mails that strangers have sent, per recipient.
    mails_to: Limiter<HashedKey, C>,
    /// Sign-ins by passkey that are begun.
    passkey_challenges: Limiter<RateLimitKey, C>,
    uploads: Uploads,
}

impl RateLimits {
    /// The limits for production. Under a manual clock they go by that.
    pub fn new(clock: &AppClock) -> Self {
        Self::with_clock(&LimitClock::of(clock.clone()))
    }

    /// No limits: for benchmarks, where all requests come from one address.
    pub fn none() -> Self {
        Self(None)
    }
}

impl<C: Clock<Instant = Nanos> + Clone> RateLimits<C> {
    /// With a clock that a test can set.
    fn with_clock(clock: &C) -> Self {
        // Enough for 500 people behind one address who open a link together and reload; each sends a heartbeat every
        // 30 s and at each page turn.
        let (opening_quota, heartbeat_quota) = (per_second(20, 1_000), per_second(100, 2_000));
        let picture_quota = per_second(300, 10_000);
        let minute = Duration::from_secs(60);
        Self(Some(Arc::new(Counters {
            hash: RandomState::new(),
            entries: limiter(opening_quota, clock),
            joins: limiter(opening_quota, clock),
            heartbeats: limiter(heartbeat_quota, clock),
            leaves: limiter(opening_quota, clock),
            pictures: limiter(picture_quota, clock),
            gate_from_address: Attempts::new(minute, 10, clock),
            gate_of_link: Attempts::new(Duration::from_secs(1), 300, clock),
            sign_ins: limiter(per_second(1, 200), clock),
            sign_in_from_address: Attempts::new(Duration::from_secs(20), 30, clock),
            sign_in_to_account: Attempts::new(minute, 10, clock),
            sign_in_from_device: Attempts::new(minute, 10, clock),
            wrong_for_account: Attempts::new(minute, 20, clock),
            confirmations: Attempts::new(minute, 10, clock),
            codes_from_address: Attempts::new(minute, 10, clock),
            codes_of_account: Attempts::new(5 * minute, 100, clock),
            set_ups: limiter(one_per(minute, 10), clock),
            estimates: limiter(per_second(2, 100), clock),
            forgotten: limiter(one_per(minute, 10), clock),
            gate_codes: limiter(one_per(Duration::from_secs(2), 100), clock),
            mails_to: limiter(one_per(10 * minute, 3), clock),
            passkey_challenges: limiter(per_second(1, 200), clock),
            uploads: Uploads::default(),
        })))
    }

    /// Counts a viewer's action, per address and link. [`AppError::TooManyRequests`] beyond the limit.
    pub fn action(&self, client: RateLimitKey, link: &LinkId, kind: ActionKind) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        let limiter = match kind {
            ActionKind::Entry => &counters.entries,
            ActionKind::Join => &counters.joins,
            ActionKind::Heartbeat => &counters.heartbeats,
            ActionKind::Leave => &counters.leaves,
            ActionKind::Picture => &counters.pictures,
        };
        check(limiter, &(client, counters.hash(link)))
            .map_err(|retry_after| AppError::TooManyRequests { retry_after })
    }

    /// Counts an attempt to create the first account, per address. [`AppError::TooManyAttempts`] beyond the limit.
    pub fn set_up(&self, client: RateLimitKey) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        attempt(&counters.set_ups, &client)
    }

    /// Counts a question how strong a password is, per address. [`AppError::TooManyRequests`] beyond the limit.
    pub fn estimate(&self, client: RateLimitKey) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        check(&counters.estimates, &client).map_err(|retry_after| AppError::TooManyRequests { retry_after })
    }

    /// Counts a sign-in by passkey that is begun, per address. [`AppError::TooManyRequests`] beyond the limit.
    pub fn passkey_challenge(&self, client: RateLimitKey) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        check(&counters.passkey_challenges, &client)
            .map_err(|retry_after| AppError::TooManyRequests { retry_after })
    }

    /// A permit for one upload, until it is dropped. [`AppError::TooManyRequests`] when the owner has none left.
    pub fn upload(&self, owner: &OwnerId) -> Result<UploadPermit, AppError> {
        match &self.0 {
            Some(counters) => counters.uploads.admit(owner),
            None => Ok(UploadPermit::uncounted()),
        }
    }

    /// Removes counters that are full again, which count like new ones.
    pub fn tidy(&self) {
        let Some(counters) = &self.0 else { return };
        for limiter in [
            &counters.entries,
            &counters.joins,
            &counters.heartbeats,
            &counters.leaves,
            &counters.pictures,
            &counters.sign_ins,
        ] {
            drop_idle(limiter);
        }
        for limiter in [
            &counters.set_ups,
            &counters.estimates,
            &counters.forgotten,
            &counters.gate_codes,
            &counters.passkey_challenges,
        ] {
            drop_idle(limiter);
        }
        drop_idle(&counters.mails_to);
        counters.gate_from_address.tidy();
        counters.gate_of_link.tidy();
        counters.sign_in_from_address.tidy();
        counters.sign_in_to_account.tidy();
        counters.sign_in_from_device.tidy();
        counters.wrong_for_account.tidy();
        counters.confirmations.tidy();
        counters.codes_from_address.tidy();
        counters.codes_of_account.tidy();
    }
}

impl<C: Clock<Instant = Nanos> + Clone> Counters<C> {
    fn hash(&self, text: impl Hash) -> HashedKey {
        self.hash.hash_one(text)
    }
}

fn limiter<K: Clone + Eq + Hash, C: Clock + Clone>(quota: Quota, clock: &C) -> Limiter<K, C> {
    RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone())
}

/// A quota of `burst` at once, then `rate` a second.
fn per_second(rate: u32, burst: u32) -> Quota {
    one_per(Duration::from_secs(1) / rate, burst)
}

/// A quota of `burst` at once, then one per `period`.
fn one_per(period: Duration, burst: u32) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    // `None` only for a period of zero.
    Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
}

fn attempt<K: Clone + Eq + Hash, C: Clock>(limiter: &Limiter<K, C>, key: &K) -> Result<(), AppError> {
    check(limiter, key).map_err(|retry_after| AppError::TooManyAttempts { retry_after })
}

/// Counts one request of a key. The error is the wait until the next one passes, in whole seconds, at least one.
fn check<K: Clone + Eq + Hash, C: Clock>(limiter: &Limiter<K, C>, key: &K) -> Result<(), u32> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(limiter.clock().now());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
    })
}

/// Removes counters that are full again, and frees the memory that a flood may have taken.
fn drop_idle<K: Clone + Eq + Hash, C: Clock>(limiter: &Limiter<K, C>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}

#[cfg(test)]
mod tests;
