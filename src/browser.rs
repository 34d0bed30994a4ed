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
mod web_gestures;
#[cfg(feature = "hydrate")]
mod web_items;
#[cfg(feature = "hydrate")]
mod web_pages;
#[cfg(feature = "hydrate")]
mod web_requests;
#[cfg(feature = "hydrate")]
mod web_streams;
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
pub use web_gestures::*;
#[cfg(feature = "hydrate")]
pub use web_items::*;
#[cfg(feature = "hydrate")]
pub use web_pages::*;
#[cfg(feature = "hydrate")]
pub use web_requests::*;
#[cfg(feature = "hydrate")]
pub use web_streams::*;
#[cfg(feature = "hydrate")]
pub use web_time::*;

/// An event of a stream of server-sent events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// The server sent an event.
    Message {
        /// The event's name: one of those passed to [`event_stream`].
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
    /// The answer: its status and its body, which may be a proxy's.
    Answered(u16, String),
    /// The connection failed.
    Lost,
}

/// The visible size of an element in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// Where something stands in an element that holds it, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// From the upper edge.
    pub top: f64,
    /// From the left edge.
    pub left: f64,
    /// From left to right.
    pub width: f64,
    /// From top to bottom.
    pub height: f64,
}

/// A click or a tap, or a swipe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tap {
    /// A click, so many CSS pixels from the left and the right edge.
    At {
        /// From the left edge.
        from_left: f64,
        /// From the right edge.
        from_right: f64,
    },
    /// A finger moved sideways; to the left is forward.
    Swipe {
        /// Whether it asks for what comes next.
        forward: bool,
    },
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Seconds to wait before the next request (`Retry-After`).
    pub retry_after: Option<u32>,
}

/// An attribute in an item that a template makes: the selector of its element, empty for the item itself; the attribute's
/// name, empty for the text; and the value.
pub type ItemPart = (&'static str, &'static str, String);
