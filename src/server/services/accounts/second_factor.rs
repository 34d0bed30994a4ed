//! Two-factor sign-in.

use super::Accounts;
use crate::{
    error::AppError,
    model::{AccountAction, OwnerId, SecondFactorState},
    server::{
        services::{device::Device, requester::Requester},
        store::accounts::{ProvenOwner, SecondFactorOffer, SessionToken},
    },
};

/// How long the code may follow the password, in milliseconds.
const PENDING_LIFE_MS: i64 = 10 * 60 * 1_000;

/// How a sign-in with the right password goes on.
pub enum SignInStep {
    /// The owner is signed in.
    Open(SessionToken, Device),
    /// A code has to follow.
    NeedsCode(PendingSignIn),
}

/// The proof that the password was right, which the browser keeps until the code follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Who signs in.
    pub owner: OwnerId,
    /// A mark of the password that was given.
    pub mark: String,
    /// When it expires, in Unix milliseconds.
    pub ends_at: i64,
}

impl Accounts {
    /// Goes on from the right password.
    pub(super) async fn after_password(
        &self,
        proven: &ProvenOwner,
        requester: &Requester,
    ) -> Result<SignInStep, AppError> {
        let owner = &proven.owner;
        if self.accounts.has_second_factor(&owner.owner_id).await? {
            return Ok(SignInStep::NeedsCode(PendingSignIn {
                owner: owner.owner_id.clone(),
                mark: proven.mark(),
                ends_at: self.clock.now() + PENDING_LIFE_MS,
            }));
        }
        self.open(proven, requester).await
    }

    /// Opens a session for the right code after the right password. [`AppError::Invalid`] for a wrong code,
    /// [`AppError::TooManyAttempts`], [`AppError::SignInRequired`] where the password has to be given again.
    pub async fn sign_in_with_code(
        &self,
        pending: Option<&PendingSignIn>,
        code: &str,
        requester: &Requester,
    ) -> Result<SignInStep, AppError> {
        let pending = pending.filter(|pending| pending.ends_at > self.clock.now());
        let pending = pending.ok_or(AppError::SignInRequired)?;
        let proven = self.accounts.proven_before(&pending.owner, &pending.mark).await?;
        let proven = proven.ok_or(AppError::SignInRequired)?;
        let check = self.check_code(&pending.owner, code);
        let checked =
            self.rate_limits.second_factor(requester.visitor.rate_limit_key, &pending.owner, check).await;
        if matches!(checked, Err(AppError::Invalid { .. })) {
            self.audit.note_of(&pending.owner, AccountAction::WrongCode, "", &requester.client).await;
        }
        checked?;
        self.open(&proven, requester).await
    }

    async fn open(&self, proven: &ProvenOwner, requester: &Requester) -> Result<SignInStep, AppError> {
        let session = self.accounts.open_proven(proven, &requester.client).await?;
        self.audit.note_of(&proven.owner.owner_id, AccountAction::SignedIn, "", &requester.client).await;
        let device = Device::after_sign_in(requester.visitor.device.as_ref(), &proven.owner.email)?;
        Ok(SignInStep::Open(session, device))
    }

    async fn check_code(&self, owner: &OwnerId, code: &str) -> Result<(), AppError> {
        if self.accounts.use_second_factor(owner, code).await? {
            return Ok(());
        }
        Err(if self.accounts.second_factor_opens(owner).await? { wrong_code() } else { no_app_code() })
    }

    /// The requester's two-factor sign-in.
    pub async fn second_factor(&self, requester: &Requester) -> Result<SecondFactorState, AppError> {
        let owner = &requester.signed_in()?.owner_id;
        if self.accounts.has_second_factor(owner).await? {
            let recovery_codes_left = self.accounts.recovery_codes_left(owner).await? as u64;
            let opens = self.accounts.second_factor_opens(owner).await?;
            return Ok(SecondFactorState::On { recovery_codes_left, opens });
        }
        Ok(SecondFactorState::Off { is_required: self.requires_second_factor })
    }

    /// What the requester is setting up, unless it has expired. A session alone may see it.
    pub async fn second_factor_offer(
        &self,
        requester: &Requester,
    ) -> Result<Option<SecondFactorOffer>, AppError> {
        requester.session().ok_or(AppError::SignInRequired)?;
        self.accounts.second_factor_offer(&requester.signed_in()?.owner_id).await
    }

    /// Begins to set up the requester's two-factor sign-in. [`AppError::WrongPassword`], [`AppError::TooManyAttempts`];
    /// [`AppError::Forbidden`] where it is set up already.
    pub async fn offer_second_factor(&self, password: &str, requester: &Requester) -> Result<(), AppError> {
        let owner = &requester.signed_in()?.owner_id;
        requester.session().ok_or(AppError::SignInRequired)?;
        self.confirm_password(owner, password).await?;
        if self.accounts.has_second_factor(owner).await? {
            return Err(AppError::Forbidden("Two-factor sign-in is on already.".to_owned()));
        }
        self.accounts.offer_second_factor(owner).await
    }

    /// Turns the requester's two-factor sign-in on, with a first code. [`AppError::Invalid`] for a wrong one.
    pub async fn confirm_second_factor(&self, code: &str, requester: &Requester) -> Result<(), AppError> {
        let owner = &requester.signed_in()?.owner_id;
        requester.session().ok_or(AppError::SignInRequired)?;
        let check = async {
            let is_right = self.accounts.confirm_second_factor(owner, code).await?;
            is_right.then_some(()).ok_or_else(wrong_code)
        };
        self.rate_limits.second_factor(requester.visitor.rate_limit_key, owner, check).await?;
        self.audit.note(requester, AccountAction::SecondFactorAdded, "").await;
        Ok(())
    }

    /// Turns the requester's two-factor sign-in off. [`AppError::WrongPassword`], [`AppError::TooManyAttempts`].
    pub async fn remove_second_factor(&self, password: &str, requester: &Requester) -> Result<(), AppError> {
        let owner = &requester.manager()?.owner_id;
        self.confirm_password(owner, password).await?;
        if self.accounts.remove_second_factor(owner).await? {
            self.audit.note(requester, AccountAction::SecondFactorRemoved, "").await;
        }
        Ok(())
    }

    /// Checks the password of an owner who is signed in. [`AppError::WrongPassword`], [`AppError::TooManyAttempts`].
    pub(super) async fn confirm_password(&self, owner: &OwnerId, password: &str) -> Result<(), AppError> {
        let check = async {
            let is_right = self.accounts.is_password(owner, password).await?;
            is_right.then_some(()).ok_or(AppError::WrongPassword)
        };
        self.rate_limits.confirm(owner, check).await
    }
}

/// The secret of the server has changed since the app was set up.
fn no_app_code() -> AppError {
    AppError::Invalid {
        field: "code".to_owned(),
        reason: "is no recovery code, and codes of your app cannot be checked any more: the server's secret has changed. \
                 Use a recovery code, or ask the person who runs the server to end two-factor sign-in for you"
            .to_owned(),
    }
}

fn wrong_code() -> AppError {
    AppError::Invalid {
        field: "code".to_owned(),
        reason: "is wrong, or was used before. Wait for the next one".to_owned(),
    }
}
