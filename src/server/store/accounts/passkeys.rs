//! Passkeys: how they are registered, used and removed.
//!
//! A challenge is stored here, and not in the browser, until it is answered: once.

mod ceremony;

use redis::cmd;
use serde_json::Value;

pub use self::ceremony::Site;
use self::ceremony::{
    Assertion, Begun, Record, begin_registration, begin_sign_in, registered, wrong_passkey,
};
use super::{AccountStore, corrupt_record, keys::check_label, names};
use crate::{
    error::AppError,
    model::{Owner, OwnerId, Passkey, PasskeyId},
};

/// How long a challenge may wait for its answer, in seconds.
const CEREMONY_LIFE: u32 = 300;
/// How many passkeys an owner may have.
const MOST_PASSKEYS: u32 = 50;

impl AccountStore {
    /// The passkeys of an owner, the newest first.
    pub async fn passkeys(&self, owner: &OwnerId) -> Result<Vec<Passkey>, AppError> {
        let mut records = self.passkey_records(owner).await?;
        records.sort_by_key(|record| std::cmp::Reverse(record.created_at));
        let listed = records.into_iter().map(|record| {
            Ok(Passkey {
                passkey_id: record.digest().parse()?,
                name: record.name,
                created_at: record.created_at,
                used_at: record.used_at,
            })
        });
        listed.collect()
    }

    async fn passkey_records(&self, owner: &OwnerId) -> Result<Vec<Record>, AppError> {
        let stored: Vec<String> = self.redis.query(cmd("HVALS").arg(names::passkeys_of(owner))).await?;
        stored.iter().map(|text| Record::read(text)).collect()
    }

    /// Begins to register a passkey: what the browser is asked for. A registration that was begun before ends.
    pub async fn offer_passkey(&self, owner: &Owner, site: &Site) -> Result<Value, AppError> {
        let known = self.passkey_records(&owner.owner_id).await?;
        let Begun { options, state, .. } = begin_registration(site, &owner.owner_id, &owner.email, &known)?;
        self.keep_ceremony(&names::passkey_offer(&owner.owner_id), &state).await?;
        Ok(options)
    }

    /// Registers a passkey by the browser's answer, in JSON. [`AppError::Invalid`] where that is wrong or late, and for
    /// an empty or too long name; [`AppError::Forbidden`] for too many.
    pub async fn add_passkey(
        &self,
        owner: &OwnerId,
        site: &Site,
        name: &str,
        credential: &str,
    ) -> Result<(), AppError> {
        let name = check_label(name).map_err(|mut invalid| {
            "name".clone_into(&mut invalid.field);
            invalid
        })?;
        let state = self.take_ceremony(&names::passkey_offer(owner)).await?;
        let record = registered(site, &state, credential, name, self.clock.now())?;
        let call = self.scripts.passkey_add_call(owner, &record.digest(), &record.as_text()?, MOST_PASSKEYS);
        match self.redis.run::<String>(&call).await?.as_str() {
            "done" => Ok(()),
            "none" => Err(AppError::NotFound),
            "taken" => Err(AppError::Taken { what: "This passkey".to_owned() }),
            "full" => Err(AppError::Forbidden(format!(
                "An account has at most {MOST_PASSKEYS} passkeys. Remove one first."
            ))),
            answer => Err(corrupt_record(answer)),
        }
    }

    /// Removes a passkey. [`AppError::NotFound`] if the owner has no such one.
    pub async fn remove_passkey(&self, owner: &OwnerId, passkey: &PasskeyId) -> Result<(), AppError> {
        let call = self.scripts.passkey_remove_call(owner, passkey);
        if self.change(&call).await? { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// Begins a sign-in by passkey: what the browser is asked for.
    pub async fn offer_passkey_sign_in(&self, site: &Site) -> Result<Value, AppError> {
        let Begun { options, challenge, state } = begin_sign_in(site)?;
        self.keep_ceremony(&names::passkey_challenge(&challenge), &state).await?;
        Ok(options)
    }

    /// The owner who signs in by the browser's answer, in JSON, and the name of the passkey. [`AppError::Invalid`] for
    /// whatever is wrong with it: another challenge or origin, a repeated answer, an unknown passkey, no verification of
    /// the user, a counter that goes back.
    pub async fn owner_of_passkey(&self, site: &Site, credential: &str) -> Result<(Owner, String), AppError> {
        let assertion = Assertion::read(credential)?;
        // Taken first: a challenge is answered once, rightly or wrongly.
        let state = self.take_ceremony(&names::passkey_challenge(&assertion.challenge()?)).await?;
        let id = assertion.digest();
        let owner: Option<String> = self.redis.query(cmd("HGET").arg(names::PASSKEYS).arg(&id)).await?;
        let owner: OwnerId = owner.ok_or_else(wrong_passkey)?.parse()?;
        let stored: Option<String> =
            self.redis.query(cmd("HGET").arg(names::passkeys_of(&owner)).arg(&id)).await?;
        let stored = stored.ok_or_else(wrong_passkey)?;
        let mut record = Record::read(&stored)?;
        assertion.check(site, &state, &owner, &mut record, self.clock.now())?;
        let call = self.scripts.passkey_swap_call(&owner, &id, &stored, &record.as_text()?);
        // Removed or used meanwhile: its counter may have gone on.
        if !self.change(&call).await? {
            return Err(wrong_passkey());
        }
        let account = self.account(&owner).await?.ok_or_else(wrong_passkey)?;
        Ok((account.owner, record.name))
    }

    async fn keep_ceremony(&self, name: &str, state: &str) -> Result<(), AppError> {
        self.redis.query(cmd("SET").arg(name).arg(state).arg("EX").arg(CEREMONY_LIFE)).await
    }

    /// What is stored of a ceremony, which ends with this. [`AppError::Invalid`] if there is none, or not any more.
    async fn take_ceremony(&self, name: &str) -> Result<String, AppError> {
        let state: Option<String> = self.redis.query(cmd("GETDEL").arg(name)).await?;
        state.ok_or_else(wrong_passkey)
    }
}
