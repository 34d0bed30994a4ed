//! Sightline tells the owner of a shared document who is reading it, the moment they read it.
//!
//! A map of the crate, from what everybody may use to what only one side knows:
//!
//! - [`model`], [`mod@format`], [`error`]: the words, how they are shown, and what can go wrong.
//! - [`api`]: server functions, through which pages reach the server.
//! - [`browser`]: the only room that knows the browser; [`hooks`] are the only ones who call it.
//! - [`hooks`], [`components`], [`pages`], [`app`]: the user interface, from behaviour to routes.
//! - `server`: the only room that knows Axum, Tokio and Redis.

// The dashboard is one type of all its elements, and that type nests deeper than the compiler's default.
#![recursion_limit = "256"]

pub mod api;
pub mod app;
pub mod browser;
pub mod components;
pub mod error;
pub mod format;
pub mod hooks;
pub mod model;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;

/// Compiles the examples of the README and of docs/embedding.md as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/embedding.md")]
mod documentation {}

/// Makes ready to take over the islands of a page that the server has rendered; the script of the document
/// shell calls it, and then each island.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
