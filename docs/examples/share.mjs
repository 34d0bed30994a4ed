#!/usr/bin/env node
// Shares a file, and prints its link, who reads it now, and who has read it. Needs nothing but Node.
//
//     ORIGIN=https://read.example.org KEY=sl_… node share.mjs report.pdf

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { argv, env, exit, stdout } from "node:process";

const { ORIGIN, KEY } = env;

/** The text of an answer. An error of the API ends the program with its message. */
async function ask(method, path, body, once) {
  const headers = { authorization: `Bearer ${KEY}` };
  // Sent again with the same key, the request makes nothing anew.
  if (once) headers["idempotency-key"] = `"${once}"`;
  const answer = await fetch(ORIGIN + path, { method, headers, body });
  const text = await answer.text();
  if (!answer.ok) {
    const { code, error } = JSON.parse(text);
    console.error(`${code}: ${error}`);
    exit(1);
  }
  return text;
}

const file = argv[2];
const content = await readFile(file);
const name = createHash("sha256").update(content).digest("hex");

const title = encodeURIComponent(basename(file, extname(file)));
const { document } = JSON.parse(await ask("POST", `/api/documents?title=${title}`, content, `upload ${name}`));

const settings = JSON.stringify({ label: "For Ada", download: true });
const path = `/api/documents/${document.documentId}/links`;
const { link } = JSON.parse(await ask("POST", path, settings, `link ${name}`));
console.log("link", link.viewerUrl);

const live = JSON.parse(await ask("GET", `/api/send/realtime/${link.linkId}`));
console.log("reading now", live.metrics.activeViewers, "views", live.metrics.totalViews);
for (const { email = "anonymous", currentPage = 1 } of live.activeViewers) console.log("reader", email, "page", currentPage);

stdout.write(await ask("GET", `/api/links/${link.linkId}/visits.csv`));
