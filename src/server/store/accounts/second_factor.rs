//! Two-factor sign-in: codes of an authenticator app ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)), and recovery
//! codes, each of which works once.
//!
//! The server computes with the secret, so Redis holds it encrypted rather than hashed, bound to its owner. Where the server's
//! secret was lost, it does not open any more: recovery codes, which are hashed, still work.

use redis::cmd;
use totp_rs::{Builder, Secret, Totp};

use super::{AccountStore, corrupt_record, digest, names};
use crate::{
    error::AppError,
    model::OwnerId,
    server::store::{
        encryption::{EncryptionKey, is_encrypted},
        random,
    },
};

/// How long a set-up may take, in seconds.
const OFFER_LIFE: u32 = 15 * 60;
/// Bytes of the secret, as RFC 4226, section 4 recommends.
const SECRET_LENGTH: usize = 20;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Characters of a recovery code, at five bits each: 120 bits need no slow hash (OWASP ASVS 4.0.3, 2.6.2).
const RECOVERY_LENGTH: usize = 24;

/// A two-factor sign-in that is being set up. It is shown until it is confirmed.
pub struct SecondFactorOffer {
    /// The secret in Base32, for the authenticator app.
    pub secret: String,
    /// The recovery codes.
    pub recovery_codes: Vec<String>,
}

impl AccountStore {
    /// Whether the owner signs in with two factors.
    pub async fn has_second_factor(&self, owner: &OwnerId) -> Result<bool, AppError> {
        self.redis.query(cmd("HEXISTS").arg(names::SECOND_FACTORS).arg(owner.as_str())).await
    }

    /// Begins to set up two-factor sign-in. A set-up that was begun before ends.
    pub async fn offer_second_factor(&self, owner: &OwnerId) -> Result<(), AppError> {
        let secret = Secret::from(random::bytes::<SECRET_LENGTH>()?.to_vec()).to_base32();
        let codes =
            (0..RECOVERY_CODES).map(|_| random::token(RECOVERY_LENGTH)).collect::<Result<Vec<_>, _>>()?;
        let offer = format!("{secret} {}", codes.join(" "));
        let offer = self.second_factor_key()?.encrypt(&offer, &offer_of(owner))?;
        let mut command = cmd("SET");
        command.arg(names::second_factor_offer(owner)).arg(offer).arg("EX").arg(OFFER_LIFE);
        self.redis.query(&command).await
    }

    /// The set-up that was begun, if it has not expired.
    pub async fn second_factor_offer(&self, owner: &OwnerId) -> Result<Option<SecondFactorOffer>, AppError> {
        let offer: Option<String> =
            self.redis.query(cmd("GET").arg(names::second_factor_offer(owner))).await?;
        // One that was encrypted by another secret, or not at all by an earlier version, counts as expired.
        let Some(encrypted) = offer else { return Ok(None) };
        Ok(self.second_factor_key()?.decrypt(&encrypted, &offer_of(owner)).map(|offer| {
            let mut words = offer.split(' ').map(str::to_owned);
            SecondFactorOffer { secret: words.next().unwrap_or_default(), recovery_codes: words.collect() }
        }))
    }

    /// Ends a set-up with a code of the app, which shows that it works: from then on each sign-in asks for one.
    /// [`AppError::NotFound`] for a set-up that has expired; `false` for a wrong code.
    pub async fn confirm_second_factor(&self, owner: &OwnerId, code: &str) -> Result<bool, AppError> {
        let offer = self.second_factor_offer(owner).await?.ok_or(AppError::NotFound)?;
        let Some(step) = self.step_of(&offer.secret, &plain(code))? else { return Ok(false) };
        let digests = offer.recovery_codes.iter().map(|code| digest(code)).collect();
        let secret = self.second_factor_key()?.encrypt(&offer.secret, owner.as_str())?;
        let record = Record { secret, last_step: step, recovery_digests: digests };
        let mut command = cmd("HSET");
        command.arg(names::SECOND_FACTORS).arg(owner.as_str()).arg(record.as_text());
        let _new: u32 = self.redis.query(&command).await?;
        let _gone: u32 = self.redis.query(cmd("DEL").arg(names::second_factor_offer(owner))).await?;
        Ok(true)
    }

    /// Whether a code of the app or a recovery code is right. Each is right once.
    pub async fn use_second_factor(&self, owner: &OwnerId, code: &str) -> Result<bool, AppError> {
        let mut command = cmd("HGET");
        command.arg(names::SECOND_FACTORS).arg(owner.as_str());
        let Some(stored) = self.redis.query::<Option<String>>(&command).await? else { return Ok(false) };
        let mut record = Record::read(&stored).ok_or_else(|| corrupt_record("a second factor"))?;
        let code = plain(code);
        let step = match self.opened(owner, &record.secret)? {
            Some(secret) => self.step_of(&secret, &code)?,
            None => None,
        };
        if let Some(step) = step {
            if step <= record.last_step {
                return Ok(false);
            }
            record.last_step = step;
        } else {
            let used = digest(&code);
            let Some(at) = record.recovery_digests.iter().position(|digest| *digest == used) else {
                return Ok(false);
            };
            record.recovery_digests.remove(at);
        }
        if !is_encrypted(&record.secret) {
            record.secret = self.second_factor_key()?.encrypt(&record.secret, owner.as_str())?;
        }
        self.change(&self.scripts.second_factor_swap_call(owner, &stored, &record.as_text())).await
    }

    /// Encrypts the secrets that earlier versions stored as they are. Logs how many were encrypted with another secret than this
    /// server's.
    pub async fn encrypt_second_factors(&self) -> Result<(), AppError> {
        let stored: Vec<(String, String)> =
            self.redis.query(cmd("HGETALL").arg(names::SECOND_FACTORS)).await?;
        let mut closed = 0;
        for (owner, text) in stored {
            let (Ok(owner), Some(mut record)) = (owner.parse::<OwnerId>(), Record::read(&text)) else {
                continue;
            };
            if is_encrypted(&record.secret) {
                let opens = self.second_factor_key()?.decrypt(&record.secret, owner.as_str()).is_some();
                closed += u32::from(!opens);
            } else {
                record.secret = self.second_factor_key()?.encrypt(&record.secret, owner.as_str())?;
                // A record that has changed meanwhile was encrypted by the change.
                self.change(&self.scripts.second_factor_swap_call(&owner, &text, &record.as_text())).await?;
            }
        }
        if closed > 0 {
            tracing::warn!(
                owners = closed,
                "second factors were encrypted with another secret than this server's: these owners need a recovery code to \
                 sign in, or `sightline owner remove-second-factor EMAIL`"
            );
        }
        Ok(())
    }

    /// Whether codes of the owner's app can be checked: `false` where another secret than this server's encrypted what that
    /// takes. Then recovery codes alone work.
    pub async fn second_factor_opens(&self, owner: &OwnerId) -> Result<bool, AppError> {
        let mut command = cmd("HGET");
        command.arg(names::SECOND_FACTORS).arg(owner.as_str());
        let Some(stored) = self.redis.query::<Option<String>>(&command).await? else { return Ok(true) };
        let record = Record::read(&stored).ok_or_else(|| corrupt_record("a second factor"))?;
        Ok(self.opened(owner, &record.secret)?.is_some())
    }

    /// The secret in Base32 that a record holds. `None`, which is logged, where the server's secret has changed since.
    fn opened(&self, owner: &OwnerId, stored: &str) -> Result<Option<String>, AppError> {
        if !is_encrypted(stored) {
            return Ok(Some(stored.to_owned()));
        }
        let secret = self.second_factor_key()?.decrypt(stored, owner.as_str());
        if secret.is_none() {
            tracing::error!(
                owner = owner.as_str(),
                "the second factor was encrypted with another secret than this server's; only recovery codes work"
            );
        }
        Ok(secret)
    }

    fn second_factor_key(&self) -> Result<&EncryptionKey, AppError> {
        self.second_factor_key.as_ref().ok_or_else(|| {
            tracing::error!("second factors need the server's secret, which this process has not loaded");
            AppError::Internal
        })
    }

    /// How many recovery codes are left.
    pub async fn recovery_codes_left(&self, owner: &OwnerId) -> Result<usize, AppError> {
        let mut command = cmd("HGET");
        command.arg(names::SECOND_FACTORS).arg(owner.as_str());
        let stored: Option<String> = self.redis.query(&command).await?;
        let record = stored.and_then(|stored| Record::read(&stored));
        Ok(record.map_or(0, |record| record.recovery_digests.len()))
    }

    /// Ends two-factor sign-in of an owner. `false` if they had none.
    pub async fn remove_second_factor(&self, owner: &OwnerId) -> Result<bool, AppError> {
        self.redis.query(cmd("HDEL").arg(names::SECOND_FACTORS).arg(owner.as_str())).await
    }

    /// The step of a code that is right about now.
    fn step_of(&self, secret: &str, code: &str) -> Result<Option<u64>, AppError> {
        let now = u64::try_from(self.clock.now() / 1_000).unwrap_or(0);
        Ok(totp(secret)?.check(code, now))
    }
}

/// What an encrypted offer is about: it does not open as a record.
fn offer_of(owner: &OwnerId) -> String {
    format!("offer {owner}")
}

/// The codes of a secret in Base32.
fn totp(secret: &str) -> Result<Totp, AppError> {
    let secret = Secret::try_from_base32(secret).map_err(|_| corrupt_record("a second factor's secret"))?;
    Builder::new().with_secret(secret).build().map_err(|_| corrupt_record("a second factor's secret"))
}

/// A code without the blanks and dashes with which people write it.
fn plain(code: &str) -> String {
    code.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// What is stored: the encrypted secret, the step of the code that was used last, and digests of the unused recovery codes.
struct Record {
    secret: String,
    last_step: u64,
    recovery_digests: Vec<String>,
}

impl Record {
    fn read(record: &str) -> Option<Self> {
        let mut words = record.split(' ');
        let (secret, last_step) = (words.next()?.to_owned(), words.next()?.parse().ok()?);
        Some(Self { secret, last_step, recovery_digests: words.map(str::to_owned).collect() })
    }

    fn as_text(&self) -> String {
        let words = [self.secret.clone(), self.last_step.to_string()];
        words.iter().chain(&self.recovery_digests).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_is_read_as_written() {
        for text in ["SECRET 7", "SECRET 7 a b"] {
            assert_eq!(Record::read(text).map(|record| record.as_text()).as_deref(), Some(text));
        }
        for bad in ["", "SECRET", "SECRET x"] {
            assert!(Record::read(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of its eight digits.
        let secret = Secret::from(b"12345678901234567890".to_vec()).to_base32();
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp(&secret).expect("a secret").check(code, time), Some(time / 30), "{time}");
        }
    }

    #[test]
    fn code_is_read_however_it_is_written() {
        assert_eq!(plain(" 123 456 "), "123456");
        assert_eq!(plain("ABCD-efgh 2345"), "abcdefgh2345");
    }
}
