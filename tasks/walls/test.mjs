// Breaks each rule of walls.mjs once, in a small tree of its own, and expects the words of that rule and no others.
//
//   node tasks/walls/test.mjs

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { CRATES, WINGS, check, wingRule } from "../walls.mjs";

const rule = (wing) => wingRule(WINGS.find(([name]) => name === wing));

/** A tree in which everything is allowed: each wing once, and spellings that look like a breach and are none. */
const CLEAN = {
  "src/main.rs": `
    #[cfg(feature = "ssr")]
    use sightline::server::commands::command_line;
    fn main() { command_line::main(); }`,
  "src/lib.rs": `
    pub mod api; pub mod app; pub mod browser; pub mod components; pub mod error; pub mod format; pub mod hooks;
    pub mod islands; pub mod model; pub mod pages;
    #[cfg(feature = "ssr")] pub mod server;`,
  "src/app.rs": "use crate::{hooks::use_hydration_mark, pages::{HomePage, NotFoundPage}};",
  "src/islands.rs": "use crate::{components::Copy, hooks::use_documents, model::LinkId};",
  "src/pages.rs": "mod home; mod not_found; pub use self::{home::HomePage, not_found::NotFoundPage};",
  "src/pages/home.rs": `
    use leptos::prelude::*;
    use crate::{api, components::Copy, error::AppError, format, hooks::use_documents, model::LinkId};`,
  "src/pages/not_found.rs": `
    #[cfg(feature = "ssr")] fn status() { leptos_axum::ResponseOptions::default(); axum::http::StatusCode::OK; }`,
  "src/components.rs": "pub struct Copy; pub mod realtime_analytics_widget; mod viewer_list;",
  "src/components/realtime_analytics_widget.rs": "use crate::hooks::use_clipboard; fn draw() { use_clipboard(); }",
  "src/components/viewer_list.rs": "use crate::hooks::Connection; fn draw() { view! { <p>\"document(\"</p> } }",
  "src/hooks.rs": `
    use crate::{api, browser, error::AppError, model::LinkId};
    pub enum Connection {}
    pub fn use_clipboard() { browser::after(); }
    pub fn use_documents() {}
    pub fn use_hydration_mark() {}`,
  "src/browser.rs": `
    #[cfg(feature = "hydrate")] mod web;
    pub fn after() { gloo_timers::callback::Timeout::new(); window(); }`,
  "src/browser/web.rs": "pub struct Timer; struct Mark;",
  "src/browser/inert.rs": "pub enum Timer {} pub(super) struct Mark; // pub struct LinkId;",
  "src/api.rs": `
    mod readers;
    use leptos::prelude::*;
    use crate::{error::AppError, model::LinkId};
    #[server] pub async fn link() -> Result<(), AppError> {
        use crate::server::http::requester;
        crate::server::services::link()
    }`,
  "src/api/readers.rs": `
    #[server] pub async fn reader() -> Result<(), AppError> { use crate::server::http::requester; }`,
  "src/error.rs": `
    use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
    use crate::model::LinkId;`,
  "src/format.rs": "pub fn short() {}",
  "src/model.rs": "mod ids; pub use ids::*;",
  "src/model/ids.rs": "use super::LinkId as Link; pub struct LinkId;",
  "src/server.rs": "pub mod commands; mod start; use self::{http::router, live::Follower, store::redis::Redis};",
  "src/server/start.rs": "use super::{config, http, services, store::files}; use redis::RedisError; use axum::Router;",
  "src/server/start_error.rs": "use crate::error::AppError; pub struct StartError;",
  "src/server/config.rs": "use crate::model::LinkId; use clap::Args;",
  "src/server/commands.rs": "use super::{services::library, store::accounts::Accounts}; pub fn list() {}",
  "src/server/http.rs": `
    pub mod rest;
    use leptos::prelude::*;
    use axum::Router;
    use super::{config::Config, live, services::{self, library}, start_error::StartError};
    use crate::{app::App, error::AppError, model::LinkId};
    fn f() { services::library::upload(); live::Follower::new(); }`,
  "src/server/http/rest.rs": `
    //! Not through crate::server::store::redis.
    /* crate::server::store /* nested */ redis::Client */
    use super::super::services::{library, SessionToken, self};
    use axum::http::StatusCode;
    pub(in crate::server) struct Reply<'a>(&'a str);
    fn f(picture: services::Picture) -> Option<SessionToken> { SessionToken::new(); let text = "crate::server::store::redis"; let raw = r#"use "redis::Client""#; let quote = '"'; }
    #[cfg(test)]
    mod tests {
        use super::*;
        use super::super::super::live::Follower;
    }`,
  "src/server/services.rs": `
    pub mod library;
    use http_body_of_ours as body;
    use super::{live, store::{accounts, files}};
    pub use super::store::{accounts::SessionToken, files::Picture};
    use crate::{error::AppError, model};`,
  "src/server/services/library.rs": "use super::super::store::redis::Redis; pub fn upload() {}",
  "src/server/live.rs": "use super::store::analytics::Analytics; use redis_of_ours::X; pub struct Follower;",
  "src/server/store.rs": "pub mod redis; pub use self::redis::Redis; use self::{accounts::Accounts, files::Files};",
  "src/server/store/redis.rs": `
    mod announcements;
    use ::redis::Client;
    use super::super::start_error::StartError;
    pub struct Redis;`,
  "src/server/store/redis/announcements.rs": "use redis::Client; use super::Redis;",
  "src/server/store/random.rs": "use crate::error::AppError;",
  "src/server/store/encryption.rs": "use super::random;",
  "src/server/store/secret.rs": "use super::{random, encryption};",
  "src/server/store/clock.rs": "pub struct Clock;",
  "src/server/store/schema.rs": "use super::{random, redis::Redis};",
  "src/server/instruments.rs": "use prometheus_client::registry::Registry; use crate::error::AppError; pub struct Instruments;",
  "src/server/store/passwords.rs": "use super::random; use crate::model::MAX_PASSWORD_LENGTH;",
  "src/server/store/batcher.rs": "use crate::error::AppError;",
  "src/server/store/stored_file.rs": "use crate::model::FileKind;",
  "src/server/store/time_index.rs": "use super::redis::Redis; use crate::model::LinkId;",
  "src/server/store/link_keys.rs": "use crate::model::LinkId;",
  "src/server/store/objects.rs": "use crate::server::start_error::StartError;",
  "src/server/store/history.rs": "use super::{link_keys, objects, redis::Redis}; use crate::model::LinkId;",
  "src/server/store/accounts.rs": "use super::{clock::Clock, passwords, random, redis::Redis}; use ::redis::Script;",
  "src/server/store/analytics.rs": "mod keys; use super::redis::Redis;",
  "src/server/store/analytics/keys.rs": "use super::super::redis; use crate::model::LinkId; fn f() { redis::Redis; }",
  "src/server/store/catalogue.rs": "use crate::server::store::redis::Redis;",
  "src/server/store/channels.rs": "use super::{redis::Redis, time_index::TimeIndex};",
  "src/server/store/outbox.rs": "use super::{link_keys, redis::Redis};",
  "src/server/store/files.rs": "use super::random; use tokio::fs;",
  "style/tokens.css": ":root { --ink: #123456; }",
  "style/base.css": `
    /* color: red; */
    a:hover, .white:focus { color: var(--ink); }
    .green { background: color-of(--ink);
      border: 1px solid var(--red); }`,
};

/** One breach: the words that refuse it, the file that breaks the rule, and what stands in that file. */
const BREACHES = [
  // A line of the table each.
  [rule("app"), "src/app.rs", "use crate::browser;"],
  [rule("pages"), "src/pages/home.rs", "use crate::app::App;"],
  [rule("islands"), "src/islands.rs", "use crate::pages::HomePage;"],
  [rule("components"), "src/components/viewer_list.rs", "use crate::api;"],
  [rule("components"), "src/components/viewer_list.rs", "fn f() { crate::browser::after() }"],
  [rule("hooks"), "src/hooks.rs", "use crate::components::Copy;"],
  [rule("browser"), "src/browser.rs", "use crate::hooks::use_clipboard;"],
  [rule("api"), "src/api.rs", "use crate::hooks::use_documents;"],
  [rule("error"), "src/error.rs", "use crate::format;"],
  [rule("wire"), "src/wire.rs", "use crate::model::LinkId;"],
  [rule("format"), "src/format.rs", "use crate::model::LinkId;"],
  [rule("model"), "src/model.rs", "use crate::error::AppError;"],
  [rule("server/config"), "src/server/config.rs", "use super::start_error::StartError;"],
  [rule("server/start_error"), "src/server/start_error.rs", "use crate::model::LinkId;"],
  [rule("server/http"), "src/server/http.rs", "use super::store::accounts::Accounts;"],
  [rule("server/services"), "src/server/services.rs", "use super::http::rest;"],
  [rule("server/services"), "src/server/services.rs", "use super::config::Config;"],
  [rule("server/live"), "src/server/live.rs", "use super::services;"],
  [rule("server/store.rs"), "src/server/store.rs", "use super::live::Follower;"],
  [rule("server/store/redis"), "src/server/store/redis.rs", "use super::accounts::Accounts;"],
  [rule("server/store/accounts"), "src/server/store/accounts.rs", "use super::catalogue::Catalogue;"],
  [rule("server/store/analytics"), "src/server/store/analytics/keys.rs", "use super::super::accounts::Accounts;"],
  [rule("server/store/catalogue"), "src/server/store/catalogue.rs", "use super::files::Files;"],
  [rule("server/store/channels"), "src/server/store/channels.rs", "use super::files::Files;"],
  [rule("server/store/outbox"), "src/server/store/outbox.rs", "use super::analytics::Analytics;"],
  [rule("server/store/files"), "src/server/store/files.rs", "use super::analytics::Analytics;"],
  [rule("server/store/gate_codes"), "src/server/store/gate_codes.rs", "use super::accounts::Accounts;"],
  [rule("server/store/mail"), "src/server/store/mail.rs", "use super::accounts::Accounts;"],
  [rule("server/store/history"), "src/server/store/history.rs", "use super::files::Files;"],
  [rule("server/store/corrections"), "src/server/store/corrections.rs", "use super::history::VisitStore;"],
  [rule("server/store/badges"), "src/server/store/badges.rs", "use super::accounts::Accounts;"],
  [rule("server/store/made_once"), "src/server/store/made_once.rs", "use super::accounts::Accounts;"],
  [rule("server/store/objects"), "src/server/store/objects.rs", "use super::redis::Redis;"],
  [rule("server/store/encryption"), "src/server/store/encryption.rs", "use super::redis::Redis;"],
  [rule("server/store/secret"), "src/server/store/secret.rs", "use super::redis::Redis;"],
  [rule("server/store/random"), "src/server/store/random.rs", "use super::secret;"],
  [rule("server/store/clock"), "src/server/store/clock.rs", "use super::random;"],
  [rule("server/store/passwords"), "src/server/store/passwords.rs", "use super::accounts::Accounts;"],
  [rule("server/store/batcher"), "src/server/store/batcher.rs", "use super::redis::Redis;"],
  [rule("server/store/stored_file"), "src/server/store/stored_file.rs", "use super::files::Files;"],
  [rule("server/store/time_index"), "src/server/store/time_index.rs", "use super::catalogue::Catalogue;"],
  [rule("server/store/link_keys"), "src/server/store/link_keys.rs", "use super::analytics::Analytics;"],
  ["Every file stands in a wing of tasks/walls.mjs", "src/server/attic.rs", ""],
  ["Every file stands in a wing of tasks/walls.mjs", "src/server/store/attic.rs", ""],

  // Spellings of one forbidden path.
  ...[
    "use super::super::store::redis::Redis;",
    "use super::super::{services, store::{self}};",
    "use crate::{error::AppError, server::{live::Follower, store::{redis::Redis}}};",
    "use crate::server::{services,\n        store as below};",
    "fn f() { super::super::store::redis::Redis::new(); }",
    "fn f() -> Vec<crate::server::store::redis::Redis> { Vec::<super::super::store::redis::Redis>::new() }",
    "mod inner { use super::super::super::store; }",
    "mod inner { fn f() { super::super::super::store::redis::connect() } }",
    "use super::super::*; fn f() { store::redis::connect() }",
    "use self::super::super::store;",
    "fn f() { use sightline::server::store::random; }",
    "fn f() { ::sightline::server::store::random::text() }",
    "macro_rules! get { () => { $crate::server::store::random::text() } }",
    "#[cfg(test)] mod tests { use super::super::super::store::redis::Redis; }",
  ].map((source) => [rule("server/http"), "src/server/http/rest.rs", source]),
  // What is lent comes through the wing that lends it.
  [rule("server/http"), "src/server/http.rs", "use super::store::accounts::SessionToken;"],
  // A re-export, and a name that an allowed `use` brought in.
  [rule("server/http"), "src/server/services.rs", "pub use super::store::redis::Redis;", {
    "src/server/http/rest.rs": "use super::super::services::Redis;",
  }],
  [rule("server/services"), "src/server/services.rs", "use super::live; fn f() { live::above::router() }", {
    "src/server/live.rs": "pub(super) use super::http as above;",
  }, rule("server/live")],
  [rule("server/store/accounts"), "src/server/store/accounts.rs", "use super::*; fn f() { files::open() }"],

  [rule("server/store/schema"), "src/server/store/schema.rs", "use crate::model::LinkId;"],
  [rule("server/instruments"), "src/server/instruments.rs", "use crate::model::LinkId;"],
  [rule("server/traces"), "src/server/traces.rs", "use crate::model::LinkId;"],
  [rule("main.rs"), "src/main.rs", "use sightline::server::start;"],

  // Crates.
  ["Only src/server/traces knows OpenTelemetry", "src/server/live.rs", "use opentelemetry::Context;"],
  ["Only src/server/instruments knows Prometheus", "src/server/live.rs", "use prometheus_client::registry::Registry;"],
  ["Only src/server knows Redis, Axum or Tokio", "src/hooks.rs", "#[tokio::test] async fn f() {}"],
  ["Only src/server knows Redis, Axum or Tokio", "src/main.rs", "fn f() { tokio::spawn(async {}); }"],
  ["Only src/server/store and src/server/start know the crate redis", "src/server/live.rs", "use redis::Client;"],
  ["Only src/server/store and src/server/start know the crate redis", "src/server/services.rs", "fn f() { ::redis::cmd() }"],
  ["Only src/server/store/mail knows SMTP", "src/server/services.rs", "use lettre::Message;"],
  ["In src/server only http, and what starts it, knows HTTP", "src/server/services.rs", "use axum::http::HeaderMap;"],
  ["In src/server only http, and what starts it, knows HTTP", "src/server/store/files.rs", "use axum as web;"],
  ["In src/server only http knows Leptos", "src/server/services.rs", "use leptos::prelude::use_context;"],
  ["Only src/browser knows the crates of the browser", "src/hooks.rs", "fn f() { web_sys::window_of(); }"],
  ["model and format do not know Leptos", "src/model/ids.rs", "use leptos::prelude::*;"],
  ["error knows of Leptos only how a server function's error crosses the wire", "src/error.rs", "use leptos::prelude::*;"],

  // What stands in the code itself.
  ...["src/api.rs", "src/api/readers.rs"].map((file) => [
    "api names the server only inside the body of a server function",
    file,
    `${file === "src/api.rs" ? "mod readers; " : ""}use crate::server::services;`,
  ]),
  ["Timers, the window and the document are reached through src/browser", "src/hooks.rs", "fn f() { set_timeout_with_handle(g) }"],
  ["Hooks draw nothing", "src/hooks.rs", "fn f() { view! { <p/> } }"],
  ["Components take props and call nothing", "src/components/viewer_list.rs", "fn f() { Resource::new_blocking(g) }"],
  ...["fn f() { use_clipboard() }", "use crate::hooks::{Connection,\n    use_clipboard};"].map((source) => [
    "Only the widget's container calls a hook; other components may name what a hook returns",
    "src/components/viewer_list.rs",
    source,
  ]),
  ...[
    "pub struct LinkId;",
    "pub enum LinkId {}",
    "pub trait LinkId {}",
    "pub type LinkId = String;",
    "#[component] pub fn LinkId() {}",
    "#[island] #[allow(dead_code)] pub fn LinkId() {}",
    '#[server(endpoint = "id")] pub async fn link_id() {}',
    '#[server(name = LinkId, endpoint = "id")] pub async fn read_id() {}',
    "#[server(LinkId)] pub async fn read_id() {}",
    "pub struct Timer;",
  ].map((source) => [
    "No two public types share a name, those included that macros make of components and server functions",
    "src/pages/home.rs",
    source,
    { "src/pages.rs": "mod home; mod not_found;", "src/app.rs": "" },
  ]),
  ...['#[cfg(feature = "ssr")] fn f() {}', '#[cfg_attr(all(test,\n not(any(feature="ssr"))), ignore)] fn f() {}', 'fn f() { cfg!(feature = "ssr"); }'].map(
    (source) => ["cfg(feature) stands only in main.rs, lib.rs, browser.rs, server/traces.rs and where a status is set", "src/model.rs", source],
  ),
  ...["a { color: red; }", "a { color: #fff }", "a {\n  background:\n    linear-gradient(rgb(0 0 0), var(--ink));\n}", "@media print { a:hover { color: var(--ink); border: 1px solid black; } }"].map(
    (source) => ["Colours are named in tokens.css alone; elsewhere they are var(--…)", "style/base.css", source],
  ),
];

/** What is broken in `files`, each file's text by its path. */
function checked(files) {
  const root = mkdtempSync(join(tmpdir(), "sightline-walls-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

assert.deepEqual([...checked(CLEAN)], [], "the clean tree passes");

for (const [words, file, source, others = {}, also] of BREACHES) {
  const broken = checked({ ...CLEAN, [file]: source, ...others });
  const expected = [words, ...(also ? [also] : [])].sort();
  assert.deepEqual([...broken.keys()].sort(), expected, `${file}: ${source}`);
  const places = [...broken.get(words)].map((where) => where.split(":")[0]);
  const breaker = Object.keys(others).find((other) => places.includes(other)) ?? file;
  assert.ok(places.includes(breaker), `${file} is named: ${places}`);
}

// Every rule has its breach.
const tried = new Set(BREACHES.map(([words]) => words));
for (const wing of WINGS.filter(([, may]) => may !== "*")) assert.ok(tried.has(wingRule(wing)), wingRule(wing));
for (const { rule: words } of CRATES) assert.ok(tried.has(words), words);

console.log(`walls: ${BREACHES.length} breaches refused, one clean tree passed`);
