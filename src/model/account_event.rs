//! What happened in an owner's account, for its owner to read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountEvent {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// What.
    pub action: AccountAction,
    /// To what: a title, a label, an e-mail address. Empty where the action says all.
    pub about: String,
    /// The browser or program that did it.
    pub client: String,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal, $words:literal;)*) => {
        /// What can happen in an account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum AccountAction {
            $($(#[$doc])* #[serde(rename = $name)] $action,)*
        }

        impl AccountAction {
            /// All actions.
            pub const ALL: &[Self] = &[$(Self::$action),*];

            /// The name on the wire, in Redis and in the log.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }

            /// As people read it.
            pub fn words(self) -> &'static str {
                match self { $(Self::$action => $words,)* }
            }

            /// The action of a name; `None` for one of a newer version.
            pub fn of(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.as_str() == name)
            }
        }
    };
}

/// By hand, as the derive macro sees no names that come from another macro.
impl utoipa::PartialSchema for AccountAction {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let names = AccountAction::ALL.iter().map(|action| action.as_str());
        let words = "What happened; a later version may have more.";
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names))
            .description(Some(words))
            .into()
    }
}

impl ToSchema for AccountAction {}

actions! {
    /// A sign-in.
    SignedIn = "signed_in", "Signed in";
    /// A sign-in with a wrong password.
    WrongPassword = "wrong_password", "A sign-in with a wrong password";
    /// A sign-in with the right password and a wrong code.
    WrongCode = "wrong_code", "A sign-in with a wrong code";
    /// A sign-out.
    SignedOut = "signed_out", "Signed out";
    /// The end of another session.
    SessionEnded = "session_ended", "Ended a session";
    /// The end of all sessions.
    SignedOutEverywhere = "signed_out_everywhere", "Signed out everywhere";
    /// A new password.
    PasswordChanged = "password_changed", "Changed the password";
    /// A mail with a link for a new password.
    PasswordForgotten = "password_forgotten", "Had a link for a new password sent";
    /// A new password by such a link.
    PasswordReset = "password_reset", "Set a new password by a link";
    /// A new e-mail address.
    EmailChanged = "email_changed", "Changed the e-mail address";
    /// Two-factor sign-in is on.
    SecondFactorAdded = "second_factor_added", "Turned two-factor sign-in on";
    /// Two-factor sign-in is off.
    SecondFactorRemoved = "second_factor_removed", "Turned two-factor sign-in off";
    /// A new passkey.
    PasskeyAdded = "passkey_added", "Added a passkey";
    /// The end of a passkey.
    PasskeyRemoved = "passkey_removed", "Removed a passkey";
    /// A new API key.
    KeyMade = "key_made", "Made an API key";
    /// The end of an API key.
    KeyRevoked = "key_revoked", "Revoked an API key";
    /// A new link.
    LinkMade = "link_made", "Made a link";
    /// New settings of a link.
    LinkChanged = "link_changed", "Changed a link";
    /// A badge of a link, for other sites.
    BadgeMade = "badge_made", "Made a badge";
    /// The end of a badge.
    BadgeRevoked = "badge_revoked", "Revoked a badge";
    /// The end of a link.
    LinkDeleted = "link_deleted", "Deleted a link";
    /// The end of a document.
    DocumentDeleted = "document_deleted", "Deleted a document";
    /// A download of a document's file by its owner.
    FileDownloaded = "file_downloaded", "Downloaded a file";
    /// A new webhook.
    WebhookMade = "webhook_made", "Made a webhook";
    /// New settings or a new secret of a webhook.
    WebhookChanged = "webhook_changed", "Changed a webhook";
    /// The end of a webhook.
    WebhookDeleted = "webhook_deleted", "Deleted a webhook";
    /// Mails about visits of all links.
    MailsChanged = "mails_changed", "Changed mails about visits";
    /// The erasure of a reader.
    ReaderErased = "reader_erased", "Erased a reader";
    /// Visits that are left out of all numbers together.
    VisitsLeftOut = "visits_left_out", "Left visits out of the numbers";
    /// The same visits, taken back.
    VisitsTakenBack = "visits_taken_back", "Took visits back into the numbers";
    /// A download of what the account holds.
    AccountExported = "account_exported", "Exported the account";
}

#[cfg(test)]
mod tests {
    use super::AccountAction;

    #[test]
    fn every_action_is_found_by_its_name() {
        for action in AccountAction::ALL {
            assert_eq!(AccountAction::of(action.as_str()), Some(*action));
            assert_eq!(serde_json::to_value(action).expect("JSON"), action.as_str());
        }
        assert_eq!(AccountAction::of("of a newer version"), None);
    }
}
