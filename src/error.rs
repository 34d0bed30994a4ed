//! The one error of the crate: what went wrong, in words for a person and a code for a program.
//!
//! It crosses the wire, so it never holds what a driver said; that is logged where it happened.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

use crate::model::Invalid;

/// Everything that can be answered in place of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    /// 404: no document is shared at this link.
    #[error("There is no document at this link. Check the address, or ask whoever sent it.")]
    LinkNotFound,
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
    #[error("The body is larger than {limit} bytes.")]
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
            Self::LinkNotFound | Self::NotFound | Self::SessionNotActive => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge { .. } => 413,
            Self::TooManyStreams => 429,
            Self::PageUnreadable | Self::Internal => 500,
            Self::Full | Self::Unavailable | Self::Unreachable => 503,
        }
    }

    /// What a program can decide by; stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LinkNotFound => "link_not_found",
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
