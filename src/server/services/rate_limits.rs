//! How often one address may do something.
//!
//! Honest browsers never meet these limits; they are there for what repeats itself. Each server process counts
//! for itself: behind a balancer the limits of several add up, which is good enough to stop guessing and
//! flooding, and costs no round trip.
//!
//! Memory: one entry of about 50 bytes for each key that was used in the last few minutes, until [`RateLimits::tidy`].
//! So [`RateLimits::action`] and [`RateLimits::gate`] come after it is known that the link exists.

mod uploads;

use std::{
    hash::{BuildHasher, Hash, RandomState},
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

pub use self::uploads::UploadPermit;
use self::uploads::Uploads;
use crate::{
    error::AppError,
    model::{LinkId, OwnerId},
};

/// A client's address as limits count it. With IPv6 one client has 2⁶⁴ addresses (RFC 4291, section 2.5.4), which
/// count as one; an IPv4 address written as IPv6 counts as itself.
///
/// It is only compared and counted, never stored; without `Debug` it cannot come into a log.
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

/// Which of a viewer's actions is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    /// Somebody opens the document.
    Join,
    /// A sign of life, or a page turned.
    Heartbeat,
    /// Somebody closes the document.
    Leave,
}

/// The limits. Cheap to clone; all clones count together.
#[derive(Clone)]
pub struct RateLimits<C: Clock = DefaultClock>(Option<Arc<Counters<C>>>);

/// What is counted: a text by its hash, so that a key needs no memory of its own and no e-mail is held. Two
/// texts share a limit with a probability of 2⁻⁶⁴.
type HashedKey = u64;
type Limiter<K, C> = RateLimiter<K, DefaultKeyedStateStore<K>, C, NoOpMiddleware<<C as Clock>::Instant>>;

struct Counters<C: Clock> {
    hash: RandomState,
    joins: Limiter<(RateLimitKey, HashedKey), C>,
    heartbeats: Limiter<(RateLimitKey, HashedKey), C>,
    leaves: Limiter<(RateLimitKey, HashedKey), C>,
    sign_ins_to_account: Limiter<HashedKey, C>,
    sign_ins_from_address: Limiter<RateLimitKey, C>,
    gate_from_address: Limiter<(RateLimitKey, HashedKey), C>,
    gate_of_link: Limiter<HashedKey, C>,
    set_ups: Limiter<RateLimitKey, C>,
    uploads: Uploads,
}

impl RateLimits {
    /// The limits as they are for everybody.
    pub fn new() -> Self {
        Self::with_clock(&DefaultClock::default())
    }

    /// Everything passes: for benchmarks, where all requests come from one address.
    pub fn none() -> Self {
        Self(None)
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Clock + Clone> RateLimits<C> {
    /// With a clock that a test can set.
    fn with_clock(clock: &C) -> Self {
        // 500 people behind one address who open a link together and reload; each beats every 30 s and at
        // each page turn.
        let (opening_quota, heartbeat_quota) = (per_second(20, 1_000), per_second(100, 2_000));
        Self(Some(Arc::new(Counters {
            hash: RandomState::new(),
            joins: limiter(opening_quota, clock),
            heartbeats: limiter(heartbeat_quota, clock),
            leaves: limiter(opening_quota, clock),
            sign_ins_to_account: limiter(one_per(Duration::from_secs(60), 10), clock),
            sign_ins_from_address: limiter(one_per(Duration::from_secs(20), 30), clock),
            gate_from_address: limiter(one_per(Duration::from_secs(60), 10), clock),
            gate_of_link: limiter(per_second(1, 300), clock),
            set_ups: limiter(one_per(Duration::from_secs(60), 10), clock),
            uploads: Uploads::default(),
        })))
    }

    /// A viewer's action, per address and link. [`AppError::TooManyRequests`].
    pub fn action(&self, client: RateLimitKey, link: &LinkId, kind: ActionKind) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        let limiter = match kind {
            ActionKind::Join => &counters.joins,
            ActionKind::Heartbeat => &counters.heartbeats,
            ActionKind::Leave => &counters.leaves,
        };
        check(limiter, &(client, counters.hash(link)))
            .map_err(|retry_after| AppError::TooManyRequests { retry_after })
    }

    /// An attempt to sign in, per address and per account, right or wrong. [`AppError::TooManyAttempts`].
    ///
    /// The address comes first, so that one address can neither fill the memory with accounts nor keep more
    /// than a few of them shut.
    pub fn sign_in(&self, client: RateLimitKey, email: &str) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        attempt(&counters.sign_ins_from_address, &client)?;
        attempt(&counters.sign_ins_to_account, &counters.hash(email.trim().to_lowercase()))
    }

    /// An attempt to pass a link's gate, per address and link and per link, right or wrong.
    /// [`AppError::TooManyAttempts`].
    pub fn gate(&self, client: RateLimitKey, link: &LinkId) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        let link = counters.hash(link);
        attempt(&counters.gate_from_address, &(client, link))?;
        attempt(&counters.gate_of_link, &link)
    }

    /// An attempt to make the first account, per address. [`AppError::TooManyAttempts`].
    pub fn set_up(&self, client: RateLimitKey) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        attempt(&counters.set_ups, &client)
    }

    /// A place for one upload, taken until it is dropped. [`AppError::TooManyRequests`].
    pub fn upload(&self, owner: &OwnerId) -> Result<UploadPermit, AppError> {
        match &self.0 {
            Some(counters) => counters.uploads.admit(owner),
            None => Ok(UploadPermit::uncounted()),
        }
    }

    /// Forgets whoever has stayed quiet for so long that it makes no difference.
    pub fn tidy(&self) {
        let Some(counters) = &self.0 else { return };
        for limiter in [&counters.joins, &counters.heartbeats, &counters.leaves, &counters.gate_from_address]
        {
            drop_idle(limiter);
        }
        for limiter in [&counters.sign_ins_to_account, &counters.gate_of_link] {
            drop_idle(limiter);
        }
        for limiter in [&counters.sign_ins_from_address, &counters.set_ups] {
            drop_idle(limiter);
        }
    }
}

impl<C: Clock> Counters<C> {
    fn hash(&self, text: impl Hash) -> HashedKey {
        self.hash.hash_one(text)
    }
}

fn limiter<K: Clone + Eq + Hash, C: Clock + Clone>(quota: Quota, clock: &C) -> Limiter<K, C> {
    RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock.clone())
}

/// `burst` at once, then `rate` a second.
fn per_second(rate: u32, burst: u32) -> Quota {
    one_per(Duration::from_secs(1) / rate, burst)
}

/// `burst` at once, then one in each `period`.
fn one_per(period: Duration, burst: u32) -> Quota {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    // Only a period of no time is none.
    Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst)
}

fn attempt<K: Clone + Eq + Hash, C: Clock>(limiter: &Limiter<K, C>, key: &K) -> Result<(), AppError> {
    check(limiter, key).map_err(|retry_after| AppError::TooManyAttempts { retry_after })
}

/// The error is whole seconds until it passes again, at least one.
fn check<K: Clone + Eq + Hash, C: Clock>(limiter: &Limiter<K, C>, key: &K) -> Result<(), u32> {
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(limiter.clock().now());
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
    })
}

/// Gives the memory back as well, which a flood may have made large.
fn drop_idle<K: Clone + Eq + Hash, C: Clock>(limiter: &Limiter<K, C>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}

#[cfg(test)]
mod tests;
