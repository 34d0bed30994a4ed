// Checks the architecture: which wing may import which, which crates a wing may know, where `cfg(feature)` may stand,
// where a colour may be named, and that no two public types share a name.
//
//   node tasks/walls.mjs [FOLDER]     prints each rule that is broken, and where; exits with 1 if there is any
//
// Paths are resolved as the compiler does it (walls/rust.mjs): `super::` and `self::`, nested braces, globs, names
// that an earlier `use` brought in, and re-exports, which do not lend their module to another wing.
// walls/test.mjs breaks each rule once.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Crate, filesBelow, withoutComments } from "./walls/rust.mjs";

/** The rooms of the store that serve all its modules. */
const SHARED = ["redis", "batcher", "objects", "clock", "passwords", "random", "encryption", "stored_file", "time_index", "link_keys"].map((room) => `server/store/${room}`).join(" ");

/**
 * The wings. A place `x` is `src/x.rs` with the folder `src/x/`, a place `x.rs` that file alone. The longest place
 * that fits is a file's wing. A wing may import itself and what stands beside it; `*` is everything.
 */
export const WINGS = [
  // wing                      may import
  ["main.rs",                  "server/commands"],
  ["lib.rs",                   "*"],
  ["app",                      "pages islands components hooks api format error model"],
  ["pages",                    "islands components hooks api format error model"],
  ["islands",                  "components hooks format error model"],
  ["components",               "hooks format error model"],
  ["hooks",                    "browser api format error model"],
  ["browser",                  "format error model"],
  ["api",                      "error model wire"], // and the server, inside the bodies of its functions
  ["error",                    "model wire"],
  ["wire",                     ""],
  ["format",                   ""],
  ["model",                    ""],
  ["server.rs",                "*"],
  ["server/start",             "*"],
  ["server/commands",          "*"],
  ["server/config",            "model"],
  ["server/start_error",       "error"],
  ["server/instruments",       "error"],
  ["server/traces",            "server/start_error"],
  ["server/http",              "server/services server/live server/instruments server/traces server/config server/start_error app error model"],
  ["server/services",          "server/live server/store server/instruments error model"],
  ["server/live",              "server/store error model"],
  ["server/store.rs",          "server/store server/start_error error model"],
  ["server/store/accounts",    `${SHARED} server/start_error error model`],
  ["server/store/analytics",   `${SHARED} server/instruments server/start_error error model`],
  ["server/store/catalogue",   `${SHARED} server/start_error error model`],
  ["server/store/channels",    `${SHARED} server/start_error error model`],
  ["server/store/files",       `${SHARED} server/instruments server/start_error error model`],
  ["server/store/history",     `${SHARED} server/start_error error model`],
  ["server/store/outbox",      `${SHARED} error model`],
  ["server/store/gate_codes",  `${SHARED} error model`],
  ["server/store/corrections", `${SHARED} error model`],
  ["server/store/mail",        `${SHARED} server/instruments server/start_error error model`],
  ["server/store/badges",      `${SHARED} error model`],
  ["server/store/made_once",   `${SHARED} error model`],
  ["server/store/redis",       "server/store/random server/instruments server/start_error error model"],
  ["server/store/objects",     "server/store/random server/start_error error model"],
  ["server/store/schema",      "server/store/redis server/store/random error"],
  ["server/store/encryption",     "server/store/random error"],
  ["server/store/secret",      "server/store/random server/store/encryption server/start_error error model"],
  ["server/store/passwords",   "server/store/random error model"],
  ["server/store/batcher",     "error"],
  ["server/store/stored_file", "model"],
  ["server/store/time_index",  "server/store/redis error model"],
  ["server/store/link_keys",   "model"],
  ["server/store/clock",       ""],
  ["server/store/random",      "error"],
];

/**
 * A re-export does not lend another wing's type, but for these: the types of the store that services answer with,
 * which `server::services` re-exports. One that can be a type of `model` belongs there.
 */
export const LENT = [
  // type                              from                    by                 to
  ["SessionToken",                     "server/store/accounts", "server/services", "server/http"],
  ["Picture",                          "server/store/files",    "server/services", "server/http"],
  ["Kept",                             "server/store/made_once", "server/services", "server/http"],
  ["Known",                            "server/store/made_once", "server/services", "server/http"],
];

/** Crates that only some places know. `inside` limits the rule to files below these places. */
export const CRATES = [
  {
    rule: "Only src/server knows Redis, Axum or Tokio",
    crates: "redis axum axum_extra tokio tokio_util tower tower_http leptos_axum hayro clap tracing",
    // A page's status is set in pages/not_found.rs.
    allowed: "server pages/not_found",
  },
  {
    rule: "Only src/server/store and src/server/start know the crate redis",
    crates: "redis",
    allowed: "server/store server/start",
    inside: "server",
  },
  {
    rule: "Only src/server/store/mail knows SMTP",
    crates: "lettre",
    allowed: "server/store/mail",
  },
  {
    rule: "In src/server only http, and what starts it, knows HTTP",
    crates: "axum axum_extra tower tower_http http hyper headers cookie",
    allowed: "server/http server/traces server/start server.rs",
    inside: "server",
  },
  {
    rule: "Only src/server/traces knows OpenTelemetry",
    crates: "opentelemetry opentelemetry_otlp opentelemetry_sdk tracing_opentelemetry",
    allowed: "server/traces",
  },
  {
    rule: "Only src/server/instruments knows Prometheus",
    crates: "prometheus_client",
    allowed: "server/instruments",
    inside: "server",
  },
  {
    rule: "In src/server only http knows Leptos",
    crates: "leptos leptos_axum leptos_config leptos_meta leptos_router server_fn",
    allowed: "server/http",
    inside: "server",
  },
  {
    rule: "Only src/browser knows the crates of the browser",
    crates: "gloo_timers web_sys js_sys wasm_bindgen wasm_bindgen_futures send_wrapper",
    allowed: "browser lib.rs",
  },
  {
    rule: "model and format do not know Leptos",
    crates: "leptos leptos_axum leptos_config leptos_meta leptos_router server_fn",
    allowed: "",
    inside: "model format",
  },
];

/** All that error.rs may know of Leptos: how an error of a server function crosses the wire. */
const ERROR_IN_LEPTOS = [
  "leptos::prelude::FromServerFnError",
  "leptos::prelude::ServerFnErrorErr",
];

/** Rules about words in the code itself, comments and texts left out. */
const WORDS = [
  {
    rule: "Timers, the window and the document are reached through src/browser",
    pattern: /(?<![.\w]|\bfn |\b(?:api|address)::)(?:(?:set_interval|set_timeout|request_animation_frame|request_idle_callback)(?:_[a-z_]+)?|window_event_listener(?:_[a-z]+)?|window|document)\(/,
    allowed: "browser server",
  },
  {
    rule: "Hooks draw nothing",
    pattern: /\bview!\s*[{([]/,
    allowed: "",
    inside: "hooks",
  },
  {
    rule: "Components take props and call nothing",
    pattern: /\b(?:Resource|OnceResource|LocalResource|Action|ServerAction)::new(?:_[a-z]+)?\(/,
    allowed: "",
    inside: "components",
  },
  {
    rule: "Only the widget's container calls a hook; other components may name what a hook returns",
    pattern: /(?<!\bfn )\buse_[a-z_]+(?:::<[^(]*>)?\(/,
    allowed: "components/realtime_analytics_widget",
    inside: "components",
  },
];

const CFG_RULE = "cfg(feature) stands only in main.rs, lib.rs, browser.rs, server/traces.rs and where a status is set";
const CFG_ALLOWED = "main.rs lib.rs browser server/traces.rs pages/not_found";
const NAMES_RULE = "No two public types share a name, those included that macros make of components and server functions";
/** Two files below one of these folders may define the same names: only one of them is compiled. */
const TWO_FACED = "browser server/traces";
const COLOUR_RULE = "Colours are named in tokens.css alone; elsewhere they are var(--…)";

// ---- places -------------------------------------------------------------------------------------------------

/** `server/http/rest` for `src/server/http/rest.rs`. */
const placeOf = (file) => file.replace(/^src\//, "").replace(/(\/mod)?\.rs$/, "");

/** Whether `place` is `scope`, or stands below it. */
const isIn = (place, scope) =>
  scope.endsWith(".rs") ? `${place}.rs` === scope : place === scope || place.startsWith(`${scope}/`);

const isInAny = (place, scopes) => words(scopes).some((scope) => isIn(place, scope));
const words = (text) => text.split(" ").filter(Boolean);

const wingOf = (place) =>
  WINGS.filter(([wing]) => isIn(place, wing)).sort(([a], [b]) => b.length - a.length)[0];

/** The place of a module; an inline module stands where its file does. */
function placeOfModule(module) {
  let file = module;
  while (file.parent && file.file === file.parent.file && file.file !== null) file = file.parent;
  if (file.path.length > 0) return file.path.join("/");
  return file.program ? "main" : "lib";
}

/** The words of the rule for a line of [`WINGS`]. */
export function wingRule([wing, may]) {
  return may === "" ? `${wing} imports nothing else of the crate` : `${wing} imports only ${words(may).join(", ")}`;
}

// ---- the check ----------------------------------------------------------------------------------------------

/** What is broken below `root`: a map from the rule's words to where, `FILE:LINE: what stands there`. */
export function check(root) {
  const broken = new Map();
  const report = (rule, file, line, what) => {
    if (!broken.has(rule)) broken.set(rule, new Set());
    broken.get(rule).add(`${file}:${line}: ${what}`);
  };

  const crate = new Crate(root, "sightline");
  for (const file of crate.code.keys()) {
    if (!wingOf(placeOf(file))) report("Every file stands in a wing of tasks/walls.mjs", file, 1, "in none");
  }
  for (const module of crate.modules()) checkPaths(crate, module, report);
  for (const [file, code] of crate.code) checkWords(file, code, report);
  checkNames(crate, report);
  for (const file of [...filesBelow(root, "style", ".css"), ...filesBelow(root, "public", ".css")]) {
    if (!file.endsWith("/tokens.css")) checkColours(file, readFileSync(join(root, file), "utf8"), report);
  }
  return broken;
}

function checkPaths(crate, module, report) {
  const place = placeOfModule(module);
  const wing = wingOf(place);
  if (!wing || !module.file) return;

  /** The rules that importing `target` breaks here. */
  const rules = (target, nested) => {
    if (target.crate !== undefined) return crateRules(place, target);
    const other = placeOfModule(target.module);
    const found = [];
    if (isIn(other, "server") && isIn(place, "api")) {
      if (!nested) found.push("api names the server only inside the body of a server function");
    } else if (wing[1] !== "*" && ![undefined, wing].includes(wingOf(other)) && !isInAny(other, wing[1]) && !isLent(target, wing[0])) {
      found.push(wingRule(wing));
    }
    if (wing[0] === "components" && isIn(other, "hooks") && target.item.some((name) => /^use_[a-z]/.test(name))) {
      if (!isIn(place, "components/realtime_analytics_widget")) found.push(WORDS.at(-1).rule);
    }
    return found;
  };
  const brokenBy = (path, nested) =>
    new Set(crate.resolve(module, path).flatMap((target) => rules(target, nested)));

  for (const use of module.uses) {
    for (const rule of brokenBy(use.path, use.nested)) report(rule, module.file, use.line, written(use));
  }
  for (const { path, line, nested } of module.paths) {
    // What an import broke already is told at the import.
    const told = ["crate", "self", "super", "::"].includes(path[0]) || !bringsIn(module, path[0])
      ? new Set()
      : brokenBy(path.slice(0, 1), nested);
    for (const rule of brokenBy(path, nested)) {
      if (!told.has(rule)) report(rule, module.file, line, path.join("::").replace(/^::::/, "::"));
    }
  }
}

/** Whether `target` is one of [`LENT`], reached through the wing that lends it. */
const isLent = ({ module, item, via }, wing) =>
  via !== undefined && LENT.some(([type, from, by, to]) =>
    to === wing && type === item[0] && isIn(placeOfModule(module), from) && isIn(placeOfModule(via), by),
  );

const bringsIn = (module, name) => module.uses.some((use) => use.name === name);

const written = ({ path, glob, name }) => {
  const text = path.join("::").replace(/^::::/, "::") + (glob ? "::*" : "");
  return `use ${text}${!glob && name !== path.at(-1) ? ` as ${name}` : ""}`;
};

function crateRules(place, target) {
  const found = CRATES.filter(({ crates, allowed, inside }) =>
    words(crates).includes(target.crate) && (!inside || isInAny(place, inside)) && !isInAny(place, allowed),
  ).map(({ rule }) => rule);
  const whole = [target.crate, ...target.item].join("::");
  if (place === "error" && /^(leptos|server_fn)/.test(whole) && !ERROR_IN_LEPTOS.some((known) => `${whole}::`.startsWith(`${known}::`))) {
    found.push("error knows of Leptos only how a server function's error crosses the wire");
  }
  return found;
}

function checkWords(file, code, report) {
  const place = placeOf(file);
  for (const { rule, pattern, allowed, inside } of WORDS) {
    if (isInAny(place, allowed) || (inside && !isInAny(place, inside))) continue;
    code.split("\n").forEach((line, index) => {
      if (pattern.test(line)) report(rule, file, index + 1, line.trim());
    });
  }
  if (isInAny(place, CFG_ALLOWED)) return;
  for (const match of code.matchAll(/\bcfg(_attr)?\s*!?\s*\(/g)) {
    let end = match.index + match[0].length;
    for (let depth = 1; depth > 0 && end < code.length; end += 1) {
      if (code[end] === "(") depth += 1;
      if (code[end] === ")") depth -= 1;
    }
    const condition = code.slice(match.index, end);
    if (/\bfeature\s*=/.test(condition)) {
      report(CFG_RULE, file, code.slice(0, match.index).split("\n").length, condition.replace(/\s+/g, " "));
    }
  }
}

/** `{ name, index }` of every public type that `code` defines, or from which a macro makes one. */
function publicTypes(code) {
  const found = [];
  for (const { 1: name, index } of code.matchAll(/(?<!\w)pub\s+(?:unsafe\s+)?(?:struct|enum|union|trait|type)\s+(\w+)/g)) {
    found.push({ name, index });
  }
  const made = /#\[(?:\w+::)*(component|island|server)\b([^\]]*)\]\s*(?:#\[[^\]]*\]\s*)*pub\s+(?:async\s+)?fn\s+(\w+)/g;
  for (const { 1: macro, 2: options, 3: fn, index } of code.matchAll(made)) {
    const given = /\bname\s*=\s*(\w+)/.exec(options) ?? /^\s*\(\s*([A-Z]\w*)/.exec(options);
    const camel = fn.replace(/(?:^|_)([a-z])/g, (_, letter) => letter.toUpperCase());
    found.push({ name: macro === "server" ? given?.[1] ?? camel : fn, index });
  }
  return found;
}

function checkNames(crate, report) {
  const places = new Map();
  for (const [file, code] of crate.code) {
    for (const { name, index } of publicTypes(code)) {
      const line = code.slice(0, index).split("\n").length;
      places.set(name, [...(places.get(name) ?? []), { file, line }]);
    }
  }
  for (const [name, found] of places) {
    const twins = found.filter(({ file }) => isInAny(placeOf(file), TWO_FACED));
    if (found.length - Math.max(0, twins.length - 1) < 2) continue;
    for (const { file, line } of found) report(NAMES_RULE, file, line, name);
  }
}

function checkColours(file, text, report) {
  const colour = /#[0-9a-f]{3}|(^|[^a-z-])(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(|[ :,(](white|black|red|green|blue|gr[ae]y|orange|yellow|purple)([ ,;)]|$)/i;
  const code = text.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
  // A declaration's value: from its colon to its end. A selector also has colons, but ends in a brace.
  for (const match of code.matchAll(/(?<=[{};]\s*[\w-]+\s*):[^{};]*(?=[;}])/g)) {
    const before = code.slice(0, match.index).split("\n").length;
    match[0].split("\n").forEach((line, index) => {
      if (colour.test(line)) report(COLOUR_RULE, file, before + index, line.trim());
    });
  }
}

// ---- the command --------------------------------------------------------------------------------------------

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broken = check(process.argv[2] ?? ".");
  for (const [rule, found] of broken) {
    console.error(`${rule}:`);
    for (const where of found) console.error(`    ${where}`);
  }
  process.exit(broken.size === 0 ? 0 : 1);
}
