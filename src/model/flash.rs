//! What one page tells the next one about a form: what was done, or what was wrong and what was typed.

use serde::{Deserialize, Serialize};

use super::LinkId;

/// The answer to a form, for the page that the browser is sent to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    /// The path of the page that shows it. No other page does.
    pub page: String,
    /// The path of the server function that the form was sent to.
    pub form: String,
    /// How it went.
    pub outcome: FormOutcome,
}

/// How a form went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormOutcome {
    /// It did its work.
    Done(Done),
    /// It changed nothing.
    Refused(Refusal),
}

/// What a form did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// In a word or a sentence: "Saved."
    pub message: String,
    /// What the owner may not have wanted, one sentence each.
    pub warnings: Vec<String>,
    /// The link that was made.
    pub link: Option<LinkId>,
    /// The API key that was made, which is shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// The secret of the webhook that was made or changed, which is shown this once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<String>,
}

impl Done {
    /// A message without more.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// An API key is made.
    pub fn key(key: &str) -> Self {
        let message = "Copy the key now: it is not shown again.";
        Self { api_key: Some(key.to_owned()), ..Self::new(message) }
    }

    /// A webhook is made, or has another secret.
    pub fn webhook(message: &str, secret: Option<String>) -> Self {
        Self { webhook_secret: secret, ..Self::new(message) }
    }

    /// So many visits are left out of all numbers.
    pub fn left_out(visits: u64) -> Self {
        let (are, them) = if visits == 1 { ("visit is", "it") } else { ("visits are", "them") };
        Self::new(format!("{visits} {are} in no number any more. You can bring {them} back here."))
    }

    /// So many visits are in the numbers again.
    pub fn brought_back(visits: u64) -> Self {
        let are = if visits == 1 { "visit is" } else { "visits are" };
        Self::new(format!("{visits} {are} back in all numbers."))
    }

    /// So many visits are erased.
    pub fn erased(visits: u64) -> Self {
        let are = if visits == 1 { "visit is" } else { "visits are" };
        Self::new(format!("{visits} {are} erased."))
    }
}

/// Why a form was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The name of the field that was wrong; `None` where it was none of them.
    pub field: Option<String>,
    /// What was wrong, as a sentence.
    pub message: String,
    /// The names of the form's fields with what was typed. Passwords are never among them.
    pub typed: Vec<(String, String)>,
}
