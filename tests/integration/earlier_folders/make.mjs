// Makes a data folder by an earlier program, used as a person would use it, and packs it beside this file:
//
//   node make.mjs PROGRAM NAME     writes NAME.tar.gz, and NAME.json: what that program answered
//
// README.md says which program each folder is of, and how it is built. Needs redis-server, tar and gzip.

import { spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What the program of each folder has, beyond documents at links and their live numbers. */
const HAS = {
  "release-0.1": [],
  "release-0.2": ["accounts"],
  "sealed-1": ["accounts", "history"],
  "sealed-2": ["accounts", "history", "printing", "two factors"],
  "sealed-3": ["accounts", "history", "printing", "two factors", "webhooks"],
  "schema-1": ["accounts", "history", "printing", "two factors", "webhooks", "badges"],
};

const [program, name] = process.argv.slice(2);
if (!program || !name || !(name in HAS)) throw new Error(`node make.mjs PROGRAM ${Object.keys(HAS).join("|")}`);
const has = (/** @type {string} */ what) => HAS[name].includes(what);

const PASSWORD = "correct horse battery";
const GATE = "open sesame";
const FIREFOX = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
const [SECOND, MINUTE, DAY] = [1_000, 60_000, 86_400_000];
/** Monday, 2 March 2026, 09:00 UTC. */
let now = Date.UTC(2026, 2, 2, 9);

/** A PDF of `count` pages, each with a bar. */
function pdf(count) {
  const kids = Array.from({ length: count }, (_, page) => `${3 + 2 * page} 0 R`);
  const objects = ["<</Type/Catalog/Pages 2 0 R>>", `<</Type/Pages/Kids[${kids.join(" ")}]/Count ${count}>>`];
  for (let page = 1; page <= count; page += 1) {
    const bar = `0 0 1 rg 20 20 ${100 * page} 50 re f`;
    objects.push(`<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents ${objects.length + 2} 0 R>>`);
    objects.push(`<</Length ${bar.length}>>stream\n${bar}\nendstream`);
  }
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const size = objects.length + 1;
  return `${text}xref\n0 ${size}\n0000000000 65535 f \n${offsets.join("")}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`;
}

// Short, since the path of the managed Redis' socket in it has at most 107 bytes (unix(7)).
const data = mkdtempSync(join(tmpdir(), "folder-"));
const env = {
  PATH: process.env.PATH,
  SIGHTLINE_ADDR: "127.0.0.1:0",
  SIGHTLINE_DATA_DIR: data,
  SIGHTLINE_SAMPLE: "false",
  SIGHTLINE_NO_LIMITS: "true",
  SIGHTLINE_TEST_CLOCK: "true",
  SIGHTLINE_SWEEP_INTERVAL_MS: "50",
  SIGHTLINE_SNAPSHOTS_SHARED_MS: "0",
  SIGHTLINE_REDIS_TIMEOUT_MS: "20000",
  LEPTOS_SITE_ROOT: "/nonexistent",
};
let key = "";
let origin = "";
let server;
// After a failure, too. It stops its Redis.
process.on("exit", () => server?.kill());

/** Runs a command of the program; `input` is its standard input. */
function run(words, input = "") {
  writeFileSync(join(data, "input"), input);
  const done = spawnSync(program, words, { env, stdio: [openSync(join(data, "input"), "r"), "pipe", "pipe"], encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${words.join(" ")}: ${done.stderr}`);
  return done.stdout.trim();
}

async function start(sealFrom) {
  let output = "";
  const child = spawn(program, ["serve"], { env: { ...env, SIGHTLINE_SEAL_FROM: String(sealFrom) } });
  server = child;
  origin = await new Promise((ready, failed) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const address = /(http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
        if (address) ready(address);
      });
    }
    child.once("exit", (code) => failed(new Error(`the server ended with ${code}: ${output}`)));
  });
  while ((await send("GET", "/readyz")).status !== 200);
  await at(0);
}

async function stop() {
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
}

/** Sends a request; an object is sent as JSON, a text as it is. */
function send(method, path, body = undefined, headers = {}) {
  const text = typeof body === "object" ? JSON.stringify(body) : (body ?? "");
  const all = { "user-agent": FIREFOX, "content-length": Buffer.byteLength(text), ...headers };
  return new Promise((done, failed) => {
    const asked = request(`${origin}${path}`, { method, headers: all }, async (answer) => {
      let read = "";
      for await (const chunk of answer.setEncoding("utf8")) read += chunk;
      done({ status: answer.statusCode, text: read, cookies: answer.headers["set-cookie"] ?? [] });
    });
    asked.once("error", failed);
    asked.end(text);
  });
}

/** As the owner, by their API key. Returns the answer's JSON. */
async function asOwner(method, path, body = undefined) {
  const answer = await send(method, path, body, key ? { authorization: `Bearer ${key}` } : {});
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return answer.text ? JSON.parse(answer.text) : null;
}

/** Lets time pass. */
async function at(later) {
  now += later;
  await send("PUT", "/test/clock", String(now));
}

/** Sends a form, as a script does. Returns the cookies. */
async function form(name, fields, cookie = "") {
  const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json", cookie };
  const answer = await send("POST", `/sfn/${name}`, new URLSearchParams(fields).toString(), headers);
  if (answer.status >= 300) throw new Error(`${name}: ${answer.status} ${answer.text}`);
  return answer.cookies.map((set) => set.split(";")[0]).join("; ");
}

/** One visit: page 1, then page 2 for half of the time. The reader passes the gate, if there is one. */
async function visit(link, session, seconds, { email = "", gate = null } = {}) {
  const cookie = gate ? await form("pass_gate", { link_id: link, ...gate }) : "";
  const act = async (body) => {
    const answer = await send("POST", `/api/send/realtime/${link}`, { sessionId: session, ...body }, { cookie });
    if (answer.status !== 200) throw new Error(`${link} ${session}: ${answer.status} ${answer.text}`);
  };
  const joined = { action: "join", fingerprint: `mark-of-${session}`, currentPage: 1 };
  await act(email ? { ...joined, email } : joined);
  for (const page of [1, 2]) {
    await at((seconds / 2) * SECOND);
    await act({ action: "heartbeat", currentPage: page });
  }
  if (has("printing") && session === "first") await act({ action: "heartbeat", printed: true });
  return () => act({ action: "leave" });
}

/** The code of an authenticator app (RFC 6238). */
function code(secret) {
  let bits = "";
  for (const letter of secret.replace(/=+$/, "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const hash = createHmac("sha1", bytes).update(counter).digest();
  const at = (hash[19] ?? 0) & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Sends one command to the managed redis-server. */
async function redis(line) {
  const socket = connect(join(data, "redis/redis.sock"));
  let answer = "";
  socket.end(`${line}\r\n`);
  for await (const chunk of socket) answer += chunk;
  return answer;
}

async function until(what, holds) {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries === 600) throw new Error(`${what} does not come`);
    await new Promise((passed) => setTimeout(passed, 50));
  }
}

const then = { now: 0, owner: null, links: ["plain"], secondFactor: null, signingSecret: null, answers: {} };
writeFileSync(join(data, "report.pdf"), pdf(2));

if (has("accounts")) {
  run(["owner", "add", "owner@example.com"], `${PASSWORD}\n`);
  key = run(["key", "new", "owner@example.com"]).split("\n").at(-1).trim();
  then.owner = { email: "owner@example.com", password: PASSWORD, key };
}
run(["share", join(data, "report.pdf"), "--id", "plain", "--title", "Report"]);
await start(1);
const links = { plain: {} };
let document;
if (has("accounts")) {
  document = (await asOwner("GET", "/api/documents")).documents[0].documentId;
  const made = async (settings) => {
    const link = (await asOwner("POST", `/api/documents/${document}/links`, settings)).link.linkId;
    then.links.push(link);
    return link;
  };
  links[await made({ linkId: "password", label: "For the board", password: GATE, download: true })] = { gate: { password: GATE } };
  links[await made({ linkId: "email", label: "For all", email: "required" })] = { email: "ada@example.org", gate: { email: "ada@example.org" } };
  await made({ linkId: "off", enabled: false });
  if (has("webhooks")) await asOwner("PATCH", "/api/links/email", { allow: ["example.org", "example.net"] });
}

// Two readers at once on the first day, one on each link on the second and third.
const [first, second] = [await visit("plain", "first", 20), await visit("plain", "second", 60)];
await first();
await second();
for (const day of [1, 2]) {
  await at(DAY);
  for (const [link, { email, gate }] of Object.entries(links)) {
    await (await visit(link, `${link}-${day}`, 40 * day, { email, gate }))();
    await at(5 * MINUTE);
  }
}
await at(11 * MINUTE);
if (has("history")) {
  for (const link of Object.keys(links)) {
    await until(`a sealed file of ${link}`, () => existsSync(join(data, "visits", link)) && readdirSync(join(data, "visits", link)).length > 0);
  }
  const sealed = async (link) => (await asOwner("GET", `/api/links/${link}/visits?range=all`)).visits;
  await until("the list of sealed visits", async () => (await sealed("plain")).length === 4);
  // The visit in the middle of a sealed file is left out.
  await asOwner("PATCH", `/api/links/plain/visits/${(await sealed("plain"))[1].id}`, { archived: true });
}
// One visit more, which is not sealed.
await stop();
await start(1_000);
await at(DAY);
await (await visit("plain", "last", 30))();
await at(11 * MINUTE);

if (has("two factors")) {
  run(["owner", "add", "second@example.com"], `${PASSWORD}\n`);
  const cookie = await form("sign_in", { email: "second@example.com", password: PASSWORD });
  await form("begin_second_factor", { current: PASSWORD }, cookie);
  const setup = JSON.parse((await send("POST", "/sfn/second_factor_setup", {}, { cookie, "content-type": "application/json" })).text);
  await form("confirm_second_factor", { code: code(setup.secret) }, cookie);
  then.secondFactor = { email: "second@example.com", password: PASSWORD, secret: setup.secret, recoveryCode: setup.recoveryCodes[0] };
}
if (has("webhooks")) {
  // Last, so that none of them is ever told anything.
  const made = async (kind, path) => (await asOwner("POST", "/api/webhooks", { kind, url: `https://hooks.example.org/${path}` })).webhook;
  then.signingSecret = (await made("webhook", "sightline")).secret;
  await made("slack", "services/of-a-chat");
}
if (has("badges")) {
  await asOwner("POST", "/api/links/plain/badges", { sites: ["https://www.example.org"], counts: true, live: false });
  await asOwner("POST", "/api/corrections?of=reader:ada@example.org&from=2026-03-03&to=2026-03-03");
}

const read = then.links.map((link) => `/api/send/realtime/${link}`);
if (has("accounts")) read.push("/api/documents", `/api/documents/${document}`, ...then.links.map((link) => `/api/links/${link}`));
if (has("history")) {
  for (const link of Object.keys(links)) {
    const { visits } = await asOwner("GET", `/api/links/${link}/visits?range=all`);
    read.push(...["", "&archived=yes"].map((more) => `/api/links/${link}/visits?range=all${more}`));
    read.push(...visits.map(({ id }) => `/api/links/${link}/visits/${id}`));
  }
  read.push(`/api/documents/${document}/analytics?from=2026-03-02&to=2026-03-04`);
}
if (has("webhooks")) read.push("/api/webhooks");
if (has("badges")) read.push("/api/links/plain/badges", "/api/corrections", "/api/keys");
then.now = now;
for (const path of read) then.answers[path] = await asOwner("GET", path);

await redis("BGREWRITEAOF");
await until("the compact file", async () => /aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/.test(await redis("INFO persistence")));
await stop();

const here = dirname(fileURLToPath(import.meta.url));
// An answer a line.
const lines = Object.entries(then.answers).map(([path, answer]) => `  ${JSON.stringify(path)}: ${JSON.stringify(answer)}`);
const facts = Object.entries({ ...then, answers: undefined }).filter(([, fact]) => fact !== undefined);
const text = facts.map(([fact, value]) => `  ${JSON.stringify(fact)}: ${JSON.stringify(value)},\n`).join("");
const answers = `  "answers": {\n  ${lines.join(",\n  ")}\n  }`;
writeFileSync(join(here, `${name}.json`), `{\n${text}${answers}\n}\n`.replaceAll(origin, "http://here"));
// Not packed: what each start makes anew, and the log, which names places of this machine.
const kept = ["documents", "files", "redis/appendonlydir", "secret", "visits"].filter((path) => existsSync(join(data, path)));
const archive = resolve(here, `${name}.tar.gz`);
const packing = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", `--mtime=@${Math.floor(now / 1_000)}`, "--use-compress-program=gzip -9n"];
const packed = spawnSync("tar", ["-cf", archive, ...packing, "-C", data, ...kept], { encoding: "utf8" });
if (packed.status !== 0) throw new Error(packed.stderr);
rmSync(data, { recursive: true });
