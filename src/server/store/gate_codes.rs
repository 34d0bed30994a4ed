//! Codes that visitors get by mail to show that an e-mail address is theirs.
//!
//! A code is one of a million, so its digest would protect nothing: it is encrypted. It can be tried a few times and used
//! once, also by several requests at a time on several servers.

use std::{sync::Arc, time::Duration};

use redis::Script;

use super::{
    clock::Clock,
    encryption::EncryptionKey,
    random,
    redis::{Redis, ScriptLoader},
};
use crate::{error::AppError, model::LinkId};

/// How long a code is valid.
pub const CODE_LIFE: Duration = Duration::from_secs(10 * 60);
/// How often a code may be tried.
pub const MAX_TRIES: u32 = 5;
/// Characters of a code's id, at five bits each.
const ID_LENGTH: usize = 20;

/// The codes of all links. Cheap to clone.
#[derive(Clone)]
pub struct GateCodes {
    redis: Redis,
    clock: Clock,
    key: Option<EncryptionKey>,
    attempt: Arc<Script>,
}

/// A code that was made.
pub struct GateCode {
    /// Its id, which the visitor's browser keeps.
    pub id: String,
    /// Its six digits, which the mail brings.
    pub digits: String,
    /// When it expires, in Unix milliseconds.
    pub ends_at: i64,
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeCheck {
    /// The code is right, and used up.
    Right,
    /// The code is wrong, and may be tried again.
    Wrong,
    /// The code has expired, was used, or was tried too often.
    Spent,
}

impl GateCodes {
    /// Codes in `redis`, encrypted by `key`, which end by `clock`.
    pub fn new(redis: Redis, clock: Clock, key: Option<EncryptionKey>) -> Self {
        let attempt = ScriptLoader::sharing(&[]).script(include_str!("gate_codes/attempt.lua"));
        Self { redis, clock, key, attempt: Arc::new(attempt) }
    }

    /// Makes a code for a visitor who gave this e-mail address at a link.
    pub async fn make(&self, link: &LinkId, email: &str) -> Result<GateCode, AppError> {
        let id = random::token(ID_LENGTH)?;
        let digits = six_digits()?;
        let ends_at = self.clock.now() + CODE_LIFE.as_millis() as i64;
        let encrypted = self.key()?.encrypt(&digits, &about(link, &id, email))?;
        let mut create = redis::cmd("HSET");
        create.arg(name(link, &id)).arg("code").arg(encrypted).arg("ends").arg(ends_at).arg("tries").arg(0);
        let mut expire = redis::cmd("EXPIRE");
        expire.arg(name(link, &id)).arg(CODE_LIFE.as_secs());
        for done in self.redis.query_many::<u64>(&[create, expire]).await {
            done?;
        }
        Ok(GateCode { id, digits, ends_at })
    }

    /// Tries a code. Blanks and hyphens between its digits do not matter.
    pub async fn check(
        &self,
        link: &LinkId,
        id: &str,
        email: &str,
        typed: &str,
    ) -> Result<CodeCheck, AppError> {
        let name = name(link, id);
        let mut call = self.attempt.key(&name);
        call.arg(self.clock.now()).arg(MAX_TRIES);
        let encrypted: Option<String> = self.redis.run(&call).await?;
        let Some(encrypted) = encrypted else { return Ok(CodeCheck::Spent) };
        let Some(digits) = self.key()?.decrypt(&encrypted, &about(link, id, email)) else {
            return Ok(CodeCheck::Spent);
        };
        let typed: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if typed != digits {
            return Ok(CodeCheck::Wrong);
        }
        // The request that removes it has used it.
        let removed: u64 = self.redis.query(redis::cmd("DEL").arg(&name)).await?;
        Ok(if removed == 1 { CodeCheck::Right } else { CodeCheck::Spent })
    }

    fn key(&self) -> Result<&EncryptionKey, AppError> {
        self.key.as_ref().ok_or(AppError::Internal)
    }
}

fn name(link: &LinkId, id: &str) -> String {
    format!("send:gate-code:{{{link}}}:{id}")
}

/// What an encrypted code is bound to.
fn about(link: &LinkId, id: &str, email: &str) -> String {
    format!("gate code {link} {id} {email}")
}

/// Six random digits, each number as likely as any other.
fn six_digits() -> Result<String, AppError> {
    const NUMBERS: u32 = 1_000_000;
    loop {
        let number = random::number()?;
        if number < u32::MAX / NUMBERS * NUMBERS {
            return Ok(format!("{:06}", number % NUMBERS));
        }
    }
}
