//! The error type of the crate: a message for a person, a code for a program, and an HTTP status.
//!
//! It crosses the wire, so it never holds the text of a driver's error; that is logged where it happens.

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

use crate::{
    model::{Failure, Invalid, MAX_FILE_SIZE, failure},
    wire::TextJson,
};

/// Every error that the server answers with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// 404: no document is shared at this link.
    #[error("There is no document at this link. Check the address, or ask the person who sent it.")]
    LinkNotFound,
    /// 404: no such document, or not the requester's.
    #[error("There is no such document.")]
    DocumentNotFound,
    /// 410: the owner has switched the link off.
    #[error("The owner of this document has closed the link. Ask them for a new one.")]
    LinkOff,
    /// 410: the expiry of the link has passed.
    #[error("This link has expired. Ask the person who sent it for a new one.")]
    LinkExpired,
    /// 401: only an owner may ask, and the requester is none.
    #[error("Sign in first.")]
    SignInRequired,
    /// 401: no such account, or not its password. Which of the two is not said.
    #[error("The e-mail address or the password is wrong.")]
    WrongCredentials,
    /// 401: an unknown or revoked API key.
    #[error("This API key is not valid. Make a new one in the settings.")]
    WrongApiKey,
    /// 403: the link asks for an e-mail address or a password first.
    #[error("This link asks for an e-mail address or a password first. Open it in a browser.")]
    GateClosed,
    /// 403: not the link's password.
    #[error("The password is wrong.")]
    WrongPassword,
    /// 403: the link does not allow downloads.
    #[error("This document cannot be downloaded.")]
    NoDownload,
    /// 403: a visit that is not counted: the owner's own, or a bot's.
    #[error("This visit does not count: it is the owner's own, or a bot's.")]
    NotCounted,
    /// 403: more than the requester may do, in words.
    #[error("{0}")]
    Forbidden(String),
    /// 403: a change requested by a page of another site.
    #[error("This request came from another site and was refused.")]
    CrossSite,
    /// 409: a link's address or an account's e-mail address is in use.
    #[error("{what} is taken. Choose another.")]
    Taken {
        /// What is taken, as the beginning of a sentence.
        what: String,
    },
    /// 422: a file that cannot be shared, and what to do about it.
    #[error("{0}")]
    FileRefused(String),
    /// 429: too many wrong passwords.
    #[error("Too many attempts. Try again in {} min.", retry_after.div_ceil(60))]
    TooManyAttempts {
        /// Seconds until the next attempt is answered.
        retry_after: u32,
    },
    /// 429: too many requests from one address.
    #[error("Too many requests from this address. Try again in {retry_after} s.")]
    TooManyRequests {
        /// Seconds until the next request is answered.
        retry_after: u32,
    },
    /// 429: the link has as many active viewers as it may have.
    #[error("This document has reached its reader limit. Try again in a minute.")]
    TooManyViewers,
    /// 404: the storage lacks the file of a document.
    #[error("The file of this document is missing on the server. Replace it on the document's page.")]
    FileMissing,
    /// 507: the server's disk is full.
    #[error("The server has no room for this file. Tell the person who runs it.")]
    NoRoom,
    /// 404: no page and no route at this address.
    #[error("There is nothing at this address.")]
    NotFound,
    /// 404: a heartbeat for a session that is not active.
    #[error("This session is not active: join again.")]
    SessionNotActive,
    /// 400: a field that cannot be accepted.
    #[error("{field} {reason}.")]
    Invalid {
        /// The field's name on the wire.
        field: String,
        /// What a valid value is, as it reads after the name.
        reason: String,
    },
    /// 400: a body that the contract does not allow.
    #[error("{0}")]
    BadRequest(String),
    /// 405: the address exists, the method does not.
    #[error("This address does not answer that method.")]
    MethodNotAllowed,
    /// 413: a body over the limit.
    #[error("{}", too_large(*limit))]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// 429: too many event streams of one address.
    #[error("Too many dashboards are open at this address. Close one, then try again.")]
    TooManyStreams,
    /// 503: too many event streams on this server, or too many pages that wait to be drawn.
    #[error("This server has as much to do as it can. Try again shortly.")]
    Full,
    /// 503: Redis does not answer. Nothing was counted or changed.
    #[error("The numbers are out of reach for the moment. Nothing is lost; try again shortly.")]
    Unavailable,
    /// 500: this page of the document cannot be rendered.
    #[error("This page cannot be shown. The other pages are not affected.")]
    PageUnreadable,
    /// 500: a fault of the server; the log says which.
    #[error("Something went wrong on our side.")]
    Internal,
    /// The browser did not reach the server.
    #[error("The server cannot be reached. Check the connection.")]
    Unreachable,
}

impl AppError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Invalid { .. } | Self::BadRequest(_) => 400,
            Self::SignInRequired | Self::WrongCredentials | Self::WrongApiKey => 401,
            Self::GateClosed
            | Self::WrongPassword
            | Self::NoDownload
            | Self::NotCounted
            | Self::Forbidden(_)
            | Self::CrossSite => 403,
            Self::LinkNotFound
            | Self::DocumentNotFound
            | Self::FileMissing
            | Self::NotFound
            | Self::SessionNotActive => 404,
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
            Self::NoRoom => 507,
        }
    }

    /// The code for programs; stable.
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
            Self::Forbidden(_) => "forbidden",
            Self::CrossSite => "cross_site",
            Self::Taken { .. } => "taken",
            Self::FileRefused(_) => "file_refused",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::TooManyViewers => "too_many_viewers",
            Self::FileMissing => "file_missing",
            Self::NoRoom => "no_room",
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
    /// The envelope of JSON answers and events.
    pub fn envelope(&self) -> Failure {
        failure(self.to_string(), self.code())
    }

    /// The message for a visitor, who knows neither numbers nor settings of a document.
    pub fn for_visitors(&self) -> String {
        match self {
            Self::Unavailable | Self::Full | Self::Internal => {
                "This document cannot be opened at the moment. Try again shortly.".to_owned()
            }
            Self::FileMissing => {
                "The file of this document is missing. Tell the person who sent you the link.".to_owned()
            }
            Self::WrongApiKey => "This document cannot be opened with that API key.".to_owned(),
            error => error.to_string(),
        }
    }

    /// Seconds after which another attempt may succeed.
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

/// The limit of a file is one that people meet, so it is said in MB.
fn too_large(limit: usize) -> String {
    if limit as u64 == MAX_FILE_SIZE {
        format!("The file is larger than {} MB, which is the most.", MAX_FILE_SIZE >> 20)
    } else {
        format!("The body is larger than {limit} bytes.")
    }
}

impl From<Invalid> for AppError {
    fn from(Invalid { field, reason }: Invalid) -> Self {
        Self::Invalid { field, reason }
    }
}

impl FromServerFnError for AppError {
    type Encoder = TextJson;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // An answer that is none of ours comes from something in between: a proxy, a captive portal.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Deserialization(_) => Self::Unreachable,
            ServerFnErrorErr::Args(why) | ServerFnErrorErr::MissingArg(why) => Self::BadRequest(why),
            _ => Self::Internal,
        }
    }
}
