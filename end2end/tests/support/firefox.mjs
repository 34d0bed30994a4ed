#!/usr/bin/env node
// The Firefox of the system, as a program that Playwright drives by WebDriver BiDi: it starts Firefox with the arguments
// that it gets and relays the protocol, command by command.
//
// Playwright sets the media features of every page. A Firefox that does not know this command yet (153 does not) would
// fail at the first page; here it keeps its own features, so that a test that sets some does not see them. Once Firefox
// knows the command, the relay changes nothing.

import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

import { WebSocket, WebSocketServer } from "ws";

const NAMES = ["firefox", "firefox-esr"];

/** The command that may be unknown. */
const MEDIA_FEATURES = "emulation.setMediaFeaturesOverride";

/** The path of the system's Firefox; undefined where there is none. */
function systemFirefox() {
  const named = process.env.SIGHTLINE_FIREFOX;
  if (named) return named;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Relays one connection of Playwright to Firefox.
 * @param {WebSocket} playwright
 * @param {string} address
 */
function relay(playwright, address) {
  const firefox = new WebSocket(address, { maxPayload: 0, perMessageDeflate: false });
  const opened = new Promise((resolve) => firefox.once("open", resolve));
  /** The ids of the commands that may fail. @type {Set<number>} */
  const mayBeUnknown = new Set();

  playwright.on("message", async (data) => {
    const text = data.toString();
    if (text.includes(MEDIA_FEATURES)) mayBeUnknown.add(JSON.parse(text).id);
    await opened;
    firefox.send(text);
  });
  firefox.on("message", (data) => {
    const text = data.toString();
    const answer = mayBeUnknown.size > 0 ? JSON.parse(text) : {};
    if (mayBeUnknown.delete(answer.id) && answer.error === "unknown command") {
      playwright.send(JSON.stringify({ type: "success", id: answer.id, result: {} }));
    } else {
      playwright.send(text);
    }
  });
  playwright.on("close", () => firefox.close());
  firefox.on("close", () => playwright.close());
  firefox.on("error", (error) => console.error(String(error)));
}

const path = systemFirefox();
if (!path) {
  console.error("No Firefox was found. Install it, or set SIGHTLINE_FIREFOX.");
  process.exit(1);
}
if (process.argv.includes("--find")) {
  console.log(path);
  process.exit();
}

const firefox = spawn(path, process.argv.slice(2), { stdio: ["ignore", "inherit", "pipe"] });
firefox.on("exit", (code) => process.exit(code ?? 1));
createInterface({ input: firefox.stderr }).on("line", (line) => {
  const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line)?.[1];
  if (!address) {
    console.error(line);
    return;
  }
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 0, perMessageDeflate: false });
  server.on("connection", (connection) => relay(connection, `${address}/session`));
  server.on("listening", () => {
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    console.error(`WebDriver BiDi listening on ws://127.0.0.1:${port}`);
  });
});
