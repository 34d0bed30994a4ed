//! Limits on mail that strangers can have sent.

use governor::{clock::Clock, nanos::Nanos};

use super::{RateLimitKey, RateLimits, check};
use crate::error::AppError;

impl<C: Clock<Instant = Nanos> + Clone> RateLimits<C> {
    /// Counts a forgotten password, per client. [`AppError::TooManyRequests`] beyond the limit.
    pub fn forgotten(&self, client: RateLimitKey) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        check(&counters.forgotten, &client).map_err(|retry_after| AppError::TooManyRequests { retry_after })
    }

    /// Counts a code for a gate, per client. [`AppError::TooManyRequests`] beyond the limit.
    pub fn gate_code(&self, client: RateLimitKey) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        check(&counters.gate_codes, &client).map_err(|retry_after| AppError::TooManyRequests { retry_after })
    }

    /// Counts a mail that someone else has sent to an e-mail address, whichever client and link it comes from: so that no
    /// mailbox is flooded. [`AppError::TooManyAttempts`] beyond the limit.
    pub fn mail_to(&self, email: &str) -> Result<(), AppError> {
        let Some(counters) = &self.0 else { return Ok(()) };
        let mailbox = counters.hash(email.trim().to_lowercase());
        check(&counters.mails_to, &mailbox).map_err(|retry_after| AppError::TooManyAttempts { retry_after })
    }
}
