//! The history of finished visits, which outlives the live numbers.
//!
//! Belongs here: the record of a visit at rest, and what reads, rewrites and removes it. What is active now is
//! `analytics`'; what a question means is the services'.

pub mod facts;
pub mod sealed;
