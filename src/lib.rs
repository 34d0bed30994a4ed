//! Sightline tells the owner of a shared document who is reading it, the moment they read it.
//!
//! The modules, from shared to specific:
//!
//! - [`model`], [`mod@format`], [`error`]: data types, their display, and the errors.
//! - [`wire`]: how server functions write JSON.
//! - [`api`]: server functions, by which pages and hooks call the server.
//! - [`browser`]: the only module that uses the browser's APIs; only [`hooks`] call it.
//! - [`hooks`], [`components`], [`islands`], [`pages`], [`app`]: the user interface, from behaviour to routes. The program
//!   that visitors load ends at [`islands`].
//! - `server`: the only module that uses Axum, Tokio and Redis.

// A view is one type that nests all its elements, and the dashboard's exceeds the default limit of 128.
#![recursion_limit = "256"]

#[cfg_attr(
    not(any(feature = "ssr", feature = "owner")),
    expect(unused_macros, unused_imports, reason = "the names of form fields, which pages use")
)]
pub mod api;
#[cfg(any(feature = "ssr", feature = "owner"))]
pub mod app;
pub mod browser;
pub mod components;
pub mod error;
pub mod format;
pub mod hooks;
pub mod islands;
#[macro_use]
pub mod model;
#[cfg(any(feature = "ssr", feature = "owner"))]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod server;
pub mod wire;

/// Compiles the examples of the README and of docs/embedding.md as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/embedding.md")]
mod documentation {}

/// Prepares the page for hydration. The shell's script calls it, then hydrates each island.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
