//! The one error of the crate: what went wrong, in words for a person and a code for a program.
//!
//! It crosses the wire, so it never holds what a driver said; that is logged where it happened.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

use crate::model::{
    Failure, Invalid, LinkId, MAX_FILE_SIZE, MAX_LABEL_LENGTH, MAX_TITLE_LENGTH, check_email, check_password,
    failure,
};

/// Everything that can be answered in place of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// 404: no document is shared at this link.
    #[error("There is no document at this link. Check the address, or ask whoever sent it.")]
    LinkNotFound,
    /// 404: no such document, or not the asker's.
    #[error("There is no such document.")]
    DocumentNotFound,
    /// 410: the owner has switched the link off.
    #[error("Whoever shared this document has closed the link. Ask them for a new one.")]
    LinkOff,
    /// 410: the link was made for a time that is over.
    #[error("This link has expired. Ask whoever sent it for a new one.")]
    LinkExpired,
    /// 401: only an owner may ask, and nobody is signed in.
    #[error("Sign in first.")]
    SignInRequired,
    /// 401: no such account, or not its password; which of the two is not told.
    #[error("The e-mail address or the password is wrong.")]
    WrongCredentials,
    /// 401: the key is not one of ours, or was revoked.
    #[error("This API key is not valid. Make a new one in the settings.")]
    WrongApiKey,
    /// 403: the link asks for an e-mail address or a password first.
    #[error("This link asks for something first: open it in a browser.")]
    GateClosed,
    /// 403: not the link's password.
    #[error("The password is wrong.")]
    WrongPassword,
    /// 403: the owner does not let this document be downloaded.
    #[error("This document can not be downloaded.")]
    NoDownload,
    /// 403: a visit that is not counted: the owner's own, or a bot's.
    #[error("This visit does not count: it is the owner's own, or a bot's.")]
    NotCounted,
    /// 403: a change that another site's page asked for.
    #[error("This request came from another site and was refused.")]
    CrossSite,
    /// 409: the address, or the e-mail, belongs to something else already.
    #[error("{what} is taken. Choose another.")]
    Taken {
        /// What is taken, as the sentence begins.
        what: String,
    },
    /// 422: a file that can not be shared, and what to do about it.
    #[error("{0}")]
    FileRefused(String),
    /// 429: too many wrong passwords.
    #[error("Too many attempts. Try again in {} min.", retry_after.div_ceil(60))]
    TooManyAttempts {
        /// Seconds until the next attempt is answered.
        retry_after: u32,
    },
    /// 429: one address does the same too often.
    #[error("Too many requests from this address. Try again in {retry_after} s.")]
    TooManyRequests {
        /// Seconds until the next request is answered.
        retry_after: u32,
    },
    /// 429: as many viewers read this link as may at once.
    #[error("As many people are reading this document as may at once. Try again in a minute.")]
    TooManyViewers,
    /// 404: nothing else is at this address.
    #[error("There is nothing at this address.")]
    NotFound,
    /// 404: a heartbeat for a session that is not active; join again.
    #[error("This session is not active: join again.")]
    SessionNotActive,
    /// 400: a field that cannot be accepted.
    #[error("{field} {reason}.")]
    Invalid {
        /// The field's name on the wire.
        field: String,
        /// What would be right, to be read after the name.
        reason: String,
    },
    /// 400: a body that is not what the contract says.
    #[error("{0}")]
    BadRequest(String),
    /// 405: the address exists, the method does not.
    #[error("This address does not answer that method.")]
    MethodNotAllowed,
    /// 413: a body over the limit.
    #[error("{}", too_large(*limit))]
    TooLarge {
        /// The largest body that is read, in bytes.
        limit: usize,
    },
    /// 429: one address has as many event streams open as it may.
    #[error("Too many dashboards are open at this address. Close one, or wait a little.")]
    TooManyStreams,
    /// 503: all event streams that this server can hold are taken.
    #[error("This server has as many dashboards open as it can hold. Try again shortly.")]
    Full,
    /// 503: Redis does not answer. Nothing was counted; try again.
    #[error("The analytics are out of reach for the moment. Nothing is lost; try again shortly.")]
    Unavailable,
    /// 500: this page of the document cannot be shown.
    #[error("This page can not be shown. The other pages are not affected.")]
    PageUnreadable,
    /// 500: a fault of ours, told in full only in the log.
    #[error("Something went wrong on our side.")]
    Internal,
    /// The browser did not reach the server at all.
    #[error("The server can not be reached. Check the connection.")]
    Unreachable,
}

impl AppError {
    /// The HTTP status that carries it.
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } | Self::BadRequest(_) => 400,
            Self::SignInRequired | Self::WrongCredentials | Self::WrongApiKey => 401,
            Self::GateClosed
            | Self::WrongPassword
            | Self::NoDownload
            | Self::NotCounted
            | Self::CrossSite => 403,
            Self::LinkNotFound | Self::DocumentNotFound | Self::NotFound | Self::SessionNotActive => 404,
            Self::MethodNotAllowed => 405,
            Self::Taken { .. } => 409,
            Self::LinkOff | Self::LinkExpired => 410,
            Self::TooLarge { .. } => 413,
            Self::FileRefused(_) => 422,
            Self::TooManyStreams
            | Self::TooManyAttempts { .. }
            | Self::TooManyRequests { .. }
            | Self::TooManyViewers => 429,
            Self::PageUnreadable | Self::Internal => 500,
            Self::Full | Self::Unavailable | Self::Unreachable => 503,
        }
    }

    /// What a program can decide by; stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LinkNotFound => "link_not_found",
            Self::DocumentNotFound => "document_not_found",
            Self::LinkOff => "link_off",
            Self::LinkExpired => "link_expired",
            Self::SignInRequired => "sign_in_required",
            Self::WrongCredentials => "wrong_credentials",
            Self::WrongApiKey => "wrong_api_key",
            Self::GateClosed => "gate_closed",
            Self::WrongPassword => "wrong_password",
            Self::NoDownload => "no_download",
            Self::NotCounted => "not_counted",
            Self::CrossSite => "cross_site",
            Self::Taken { .. } => "taken",
            Self::FileRefused(_) => "file_refused",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::TooManyViewers => "too_many_viewers",
            Self::NotFound => "not_found",
            Self::SessionNotActive => "session_not_active",
            Self::Invalid { .. } => "invalid_field",
            Self::BadRequest(_) => "bad_request",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::TooLarge { .. } => "body_too_large",
            Self::TooManyStreams => "too_many_streams",
            Self::Full => "full",
            Self::Unavailable => "unavailable",
            Self::PageUnreadable => "page_unreadable",
            Self::Internal => "internal",
            Self::Unreachable => "unreachable",
        }
    }
}

impl AppError {
    /// As every JSON answer and event tells it.
    pub fn envelope(&self) -> Failure {
        failure(self.to_string(), self.code())
    }

    /// Seconds after which asking again makes sense, where it does.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyAttempts { retry_after } | Self::TooManyRequests { retry_after } => {
                Some(*retry_after)
            }
            Self::TooManyViewers => Some(60),
            Self::Unavailable | Self::Full | Self::TooManyStreams => Some(1),
            _ => None,
        }
    }
}

/// In an address: a page that a form leads back to says by it what was wrong. Only what a form can meet, and none
/// of it free text: anybody can write an address.
impl AppError {
    /// As a query, without its question mark.
    pub fn as_query(&self) -> String {
        let detail = match self {
            Self::Invalid { field, .. } => format!("&about={field}"),
            Self::TooManyAttempts { retry_after } => format!("&about={retry_after}"),
            _ => String::new(),
        };
        format!("problem={}{detail}", self.code())
    }

    /// Reads what [`AppError::as_query`] has written.
    pub fn of_query(code: &str, about: &str) -> Option<Self> {
        let error = match code {
            "invalid_field" => return rule_of(about).map(Self::from),
            "too_many_attempts" => Self::TooManyAttempts { retry_after: about.parse().ok()? },
            "taken" => Self::Taken { what: "That".to_owned() },
            "wrong_credentials" => Self::WrongCredentials,
            "wrong_password" => Self::WrongPassword,
            "sign_in_required" => Self::SignInRequired,
            "cross_site" => Self::CrossSite,
            "not_found" => Self::NotFound,
            "link_not_found" => Self::LinkNotFound,
            "document_not_found" => Self::DocumentNotFound,
            "unavailable" => Self::Unavailable,
            _ => Self::Internal,
        };
        Some(error)
    }
}

/// People meet one of the limits, that of a file.
fn too_large(limit: usize) -> String {
    if limit as u64 == MAX_FILE_SIZE {
        format!("The file is larger than {} MB, which is the most.", MAX_FILE_SIZE >> 20)
    } else {
        format!("The body is larger than {limit} bytes.")
    }
}

/// The rule that a field of a form has broken, in its own words.
fn rule_of(field: &str) -> Option<Invalid> {
    let rule = match field {
        "email" => check_email("").err(),
        "password" => check_password("").err(),
        "linkId" => "".parse::<LinkId>().err(),
        "title" => Some(Invalid::new("title", format!("must have 1 to {MAX_TITLE_LENGTH} characters"))),
        "label" => Some(Invalid::new("label", format!("must have 1 to {MAX_LABEL_LENGTH} characters"))),
        "expiresAt" => Some(Invalid::new("expiresAt", "must be a date and a time")),
        _ => None,
    };
    rule.map(|rule| Invalid { field: word_of(field).to_owned(), ..rule })
}

/// What a person calls a field.
fn word_of(field: &str) -> &str {
    match field {
        "email" => "The e-mail address",
        "password" => "The password",
        "linkId" => "The address",
        "title" => "The title",
        "label" => "The label",
        _ => "The time",
    }
}

impl From<Invalid> for AppError {
    fn from(Invalid { field, reason }: Invalid) -> Self {
        Self::Invalid { field, reason }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // An answer that is none of ours comes from something in between: a proxy, a captive portal.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) => Self::Unreachable,
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::MissingArg(why) => Self::BadRequest(why),
            _ => Self::Internal,
        }
    }
}
