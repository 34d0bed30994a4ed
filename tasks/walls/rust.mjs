// Reads Rust sources far enough to say where each path leads: `crate::`, `self::`, `super::`, names that a `use`
// brings in, globs and re-exports. It knows paths and modules, nothing of types.
//
// Limits: a path that a macro puts together from pieces is not seen, and `#[path]` is not followed.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Names that stand where an identifier stands, and begin no path. */
const KEYWORDS = new Set(
  ("as async await break const continue dyn else enum extern false fn for if impl in let loop match mod move mut " +
    "pub ref return static struct trait true type unsafe use where while").split(" "),
);

/** Every file below `folder` whose name ends in `ending`, sorted, with `/` between its parts. */
export function filesBelow(root, folder, ending) {
  const found = [];
  const walk = (place) => {
    if (!existsSync(join(root, place))) return;
    for (const entry of readdirSync(join(root, place), { withFileTypes: true })) {
      const path = `${place}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (path.endsWith(ending)) found.push(path);
    }
  };
  walk(folder);
  return found.sort();
}

/** The text with every comment, and what stands in quotes, replaced by blanks; lines stay where they are. */
export function withoutComments(text) {
  let out = "";
  let at = 0;
  const blank = (end) => {
    out += text.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  // Keeps both quotes, so that a literal can still be told from nothing.
  const quoted = (open, end, close) => {
    out += text.slice(at, at + open);
    at += open;
    blank(Math.max(at, end - close));
    out += text.slice(at, end);
    at = end;
  };
  const endOf = (pattern, from) => {
    pattern.lastIndex = from;
    return pattern.test(text) ? pattern.lastIndex : text.length;
  };

  while (at < text.length) {
    const rest = text.slice(at, at + 80);
    if (rest.startsWith("//")) {
      const end = text.indexOf("\n", at);
      blank(end < 0 ? text.length : end);
    } else if (rest.startsWith("/*")) {
      let depth = 0;
      let end = at;
      do {
        if (text.startsWith("/*", end)) (depth += 1), (end += 2);
        else if (text.startsWith("*/", end)) (depth -= 1), (end += 2);
        else end += 1;
      } while (depth > 0 && end < text.length);
      blank(end);
    } else {
      const raw = /^(?:br|cr|r)(#*)"/.exec(rest);
      const string = /^[bc]?"/.exec(rest);
      const char = /^b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^\\'])'/su.exec(rest);
      const word = /^[\p{XID_Start}_][\p{XID_Continue}]*/u.exec(rest);
      if (raw) {
        const close = `"${raw[1]}`;
        const end = text.indexOf(close, at + raw[0].length);
        quoted(raw[0].length, end < 0 ? text.length : end + close.length, close.length);
      } else if (string) {
        quoted(string[0].length, endOf(/(?:[^"\\]|\\[^])*"/y, at + string[0].length), 1);
      } else if (char) {
        quoted(char[0].indexOf("'") + 1, at + char[0].length, 1);
      } else {
        const end = at + (word ? endOf(/[\p{XID_Continue}]*/uy, at) - at : 1);
        out += text.slice(at, end);
        at = end;
      }
    }
  }
  return out;
}

/** `{ text, line }` of every identifier and sign. Numbers and lifetimes are signs that begin no path. */
function tokens(code) {
  const found = [];
  let line = 1;
  for (const [text] of code.matchAll(
    /\n|r#[\p{XID_Start}_]\p{XID_Continue}*|[\p{XID_Start}_]\p{XID_Continue}*|\d[\w.]*|'[\p{XID_Start}_]\p{XID_Continue}*|::|->|=>|[^\s]/gu,
  )) {
    if (text === "\n") line += 1;
    else found.push({ text: text.startsWith("r#") ? text.slice(2) : text, line });
  }
  return found;
}

const isName = (token) => token !== undefined && /^[\p{XID_Start}_]/u.test(token.text);

/**
 * One module: its names, the `use`s it makes and the paths it writes out. A `use` is
 * `{ path, name, glob, line, nested }`; `nested` says that it stands inside a function or another block.
 */
class Module {
  constructor(path, file, parent) {
    Object.assign(this, { path, file, parent, children: new Map(), uses: [], paths: [] });
  }

  child(name, file) {
    if (!this.children.has(name)) this.children.set(name, new Module([...this.path, name], file, this));
    return this.children.get(name);
  }
}

/** Puts what `code` says into `module`, and its inline modules into modules of their own. */
function read(code, module) {
  const list = tokens(code);
  /** For every open brace the module that it opened, or null. */
  const open = [];
  let here = module;
  let at = 0;

  const useTree = (prefix, line, nested) => {
    const path = [...prefix];
    if (list[at]?.text === "::") {
      at += 1;
      if (path.length === 0) path.push("::");
    }
    for (;;) {
      const token = list[at];
      if (token === undefined) return;
      if (token.text === "{") {
        at += 1;
        while (list[at] !== undefined && list[at].text !== "}") {
          useTree(path, list[at].line, nested);
          if (list[at]?.text === ",") at += 1;
        }
        at += 1;
        return;
      }
      if (token.text === "*") {
        at += 1;
        here.uses.push({ path, name: null, glob: true, line: token.line, nested });
        return;
      }
      if (!isName(token)) {
        at += 1;
        return;
      }
      // `{self}` names the module before the brace.
      if (!(token.text === "self" && path.length > 0)) path.push(token.text);
      line = token.line;
      at += 1;
      if (list[at]?.text === "::") {
        at += 1;
        continue;
      }
      let name = path.at(-1);
      if (list[at]?.text === "as") {
        name = list[at + 1].text;
        at += 2;
      }
      here.uses.push({ path, name, glob: false, line, nested });
      return;
    }
  };

  while (at < list.length) {
    const { text, line } = list[at];
    const nested = open.length > 0 && open.at(-1) === null;
    if (text === "{") {
      open.push(null);
      at += 1;
    } else if (text === "}") {
      if (open.pop()) here = here.parent;
      at += 1;
    } else if (text === "mod" && isName(list[at + 1]) && list[at + 2]?.text === "{") {
      here = here.child(list[at + 1].text, module.file);
      open.push(here);
      at += 3;
    } else if (text === "use" && list[at + 1]?.text !== "<") {
      at += 1;
      useTree([], line, nested);
    } else if (text === "pub" && list[at + 1]?.text === "(") {
      // How far a name can be seen is no import.
      while (at < list.length && list[at].text !== ")") at += 1;
    } else if (text === "::" || (isName(list[at]) && !KEYWORDS.has(text))) {
      const before = list[at - 1]?.text;
      // `::` after a name or a closing `>` goes on with a path that is already read, or with a type.
      const goesOn = before === "." || before === ">" || before === "$";
      const path = text === "::" ? ["::"] : [];
      if (text === "::") at += 1;
      while (isName(list[at])) {
        path.push(list[at].text);
        at += 1;
        if (list[at]?.text !== "::" || !isName(list[at + 1])) break;
        at += 1;
      }
      // The signs of a type's arguments, `Vec::<u8>`, end the path.
      if (list[at]?.text === "::") at += 1;
      const whole = text !== "::" || (path.length > 1 && !["<", ">", ")", "]"].includes(before));
      const dollar = before === "$" && path[0] === "crate";
      if (whole && path.length > 1 && (!goesOn || dollar)) here.paths.push({ path, line, nested });
    } else {
      at += 1;
    }
  }
}

/** All of `src` as a tree of modules: `lib` is the crate's root, `main` the program's. */
export class Crate {
  constructor(root, name) {
    this.name = name;
    this.lib = new Module([], "src/lib.rs", null);
    this.main = new Module([], "src/main.rs", null);
    this.main.program = true;
    /** file → its text without comments */
    this.code = new Map();
    for (const file of filesBelow(root, "src", ".rs")) {
      const code = withoutComments(readFileSync(join(root, file), "utf8"));
      this.code.set(file, code);
      let module = this.lib;
      if (file === "src/main.rs") {
        module = this.main;
      } else if (file !== "src/lib.rs") {
        const parts = file.replace(/^src\//, "").replace(/(\/mod)?\.rs$/, "").split("/");
        for (const part of parts) module = module.child(part, null);
        module.file = file;
      }
      read(code, module);
    }
  }

  /** Every module, inline ones included. */
  modules() {
    const found = [];
    const walk = (module) => {
      found.push(module);
      for (const child of module.children.values()) walk(child);
    };
    walk(this.lib);
    walk(this.main);
    return found;
  }

  /**
   * Where `path`, written in `module`, may lead: `{ module, item }` inside the crate, `item` being the names behind
   * the module, or `{ crate, item }` outside it, with `via`, the module whose `use` gave the name, where one did. More
   * than one where a name is taken twice.
   */
  resolve(module, path, seen = new Map()) {
    const [first, ...rest] = path;
    if (first === "::") {
      if (rest[0] === this.name) return this.#walk(this.lib, rest.slice(1), seen);
      return [{ crate: rest[0], item: rest.slice(1) }];
    }
    if (first === "crate") return this.#walk(this.#root(module), rest, seen);
    if (first === "self" || first === "super") {
      let from = module;
      let left = path;
      while (left[0] === "self" || left[0] === "super") {
        if (left[0] === "super") from = from.parent ?? from;
        left = left.slice(1);
      }
      return this.#walk(from, left, seen);
    }
    const known = this.#names(module, first, seen);
    if (known.length > 0) return known.flatMap((place) => this.#onward(place, rest, seen));
    if (first === this.name) return this.#walk(this.lib, rest, seen);
    return [{ crate: first, item: rest }];
  }

  #root(module) {
    let root = module;
    while (root.parent) root = root.parent;
    return root;
  }

  #walk(module, path, seen) {
    if (path.length === 0) return [{ module, item: [] }];
    const known = this.#names(module, path[0], seen);
    if (known.length === 0) return [{ module, item: path }];
    return known.flatMap((place) => this.#onward(place, path.slice(1), seen));
  }

  #onward(place, rest, seen) {
    if (rest.length === 0) return [place];
    if (place.crate !== undefined || place.item.length > 0) return [{ ...place, item: [...place.item, ...rest] }];
    return this.#walk(place.module, rest, seen);
  }

  /** What `name` stands for in `module`: a module below it, what a `use` calls so, or what a glob brings. `seen` holds
   * what is known of this path's names already. */
  #names(module, name, seen) {
    const found = [];
    if (module.children.has(name)) found.push({ module: module.children.get(name), item: [] });
    module.uses.forEach((use, index) => {
      if (!use.glob && use.name !== name) return;
      const key = `${module.program ?? ""} ${module.path.join("::")} ${index} ${use.glob ? name : ""}`;
      if (!seen.has(key)) {
        // A name does not stand for itself: while it is looked up, it stands for nothing.
        seen.set(key, []);
        const places = this.resolve(module, use.path, seen);
        const named = use.glob ? places.flatMap((place) => this.#brings(place, name, seen)) : places;
        seen.set(key, named.map((place) => ({ ...place, via: module })));
      }
      found.push(...seen.get(key));
    });
    return found;
  }

  #brings(place, name, seen) {
    return place.module && place.item.length === 0 ? this.#names(place.module, name, seen) : [];
  }
}
