//! What can be asked of Sightline, whichever door it is asked at.
//!
//! Server functions and REST both end here, so both refuse the same things with the same words.

mod account;
mod documents;
mod links;
mod reading;
mod watching;

pub use self::{documents::check_title, reading::Download};
