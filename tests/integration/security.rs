//! What an attack on a running server tried, kept as tables.

mod bombs;
mod parameters;
mod polyglots;
