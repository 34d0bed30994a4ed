//! The one room that knows the browser, with two faces of the same names.
//!
//! Under `hydrate` the functions do what they say. Everywhere else they are inert: what asks answers
//! nothing, what starts something starts nothing. So hooks are written once and carry no `cfg`.
//! Only hooks call this room, and only from effects, callbacks and what those started: none of that
//! runs on the server.

#[cfg(not(feature = "hydrate"))]
mod inert;
#[cfg(feature = "hydrate")]
mod web;
#[cfg(feature = "hydrate")]
mod web_document;
#[cfg(feature = "hydrate")]
mod web_files;

#[cfg(not(feature = "hydrate"))]
pub use inert::*;
#[cfg(feature = "hydrate")]
pub use web::*;
#[cfg(feature = "hydrate")]
pub use web_document::*;
#[cfg(feature = "hydrate")]
pub use web_files::*;

/// What an event stream has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// An event.
    Message {
        /// One of the names that were listened for.
        name: &'static str,
        /// What it carries.
        data: String,
    },
    /// The stream broke or was refused, and is closed.
    Lost,
}

/// What is heard of a file that is being sent.
#[derive(Clone, Debug, PartialEq)]
pub enum SendProgress {
    /// So many bytes have left.
    Sent {
        /// Until now.
        bytes: f64,
        /// In all.
        total: f64,
    },
    /// All bytes have left; what remains is the answer.
    AllSent,
    /// The server has answered, whatever its answer is.
    Answered(String),
    /// The connection broke or never was.
    Lost,
}

/// How much of one page of the document can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InView {
    /// The page, from 1.
    pub page: u32,
    /// The visible part's height in CSS pixels; 0 when it has left the view.
    pub height: f64,
    /// The visible share of the page, 0 to 1.
    pub share: f64,
}
