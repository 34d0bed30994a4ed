//! The islands of the pages that visitors see: all that the browser loads to read a document.
//!
//! The islands of the owner's pages stand in `pages`, beside what they are part of, and are in a program of their own:
//! tasks/build.sh.

mod hydration_mark;
mod reader;

pub use hydration_mark::HydrationMark;
pub use reader::Reader;
