//! The browser's APIs, in two implementations with the same names.
//!
//! With the feature `hydrate` the functions call the browser (`web*.rs`). Without it they do nothing and
//! return empty values (`inert.rs`), so hooks compile for both builds without `cfg`. Only hooks call this
//! module, and only from effects, callbacks and timers, none of which run on the server.

#[cfg(not(feature = "hydrate"))]
mod inert;
#[cfg(feature = "hydrate")]
mod web;
#[cfg(feature = "hydrate")]
mod web_document;
#[cfg(feature = "hydrate")]
mod web_files;
#[cfg(feature = "hydrate")]
mod web_time;

#[cfg(not(feature = "hydrate"))]
pub use inert::*;
#[cfg(feature = "hydrate")]
pub use web::*;
#[cfg(feature = "hydrate")]
pub use web_document::*;
#[cfg(feature = "hydrate")]
pub use web_files::*;
#[cfg(feature = "hydrate")]
pub use web_time::*;

/// An event of a stream of server-sent events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// The server sent an event.
    Message {
        /// The event's name: one of those passed to [`event_source`].
        name: &'static str,
        /// The event's data.
        data: String,
    },
    /// The connection failed or was refused; the stream is closed.
    Lost,
}

/// The progress of sending a file.
#[derive(Clone, Debug, PartialEq)]
pub enum SendProgress {
    /// A part of the file is sent.
    Sent {
        /// Bytes sent so far.
        bytes: f64,
        /// Bytes of the whole file.
        total: f64,
    },
    /// The whole file is sent; the server has not answered yet.
    AllSent,
    /// The server answered with this body, whatever its status.
    Answered(String),
    /// The connection failed.
    Lost,
}

/// How much of one page of the document can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InView {
    /// The page, from 1.
    pub page: u32,
    /// The height of the visible part in CSS pixels; 0 if none is visible.
    pub height: f64,
    /// The visible share of the page, 0 to 1.
    pub share: f64,
}
