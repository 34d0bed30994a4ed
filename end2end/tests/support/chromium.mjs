// The Chromium that the tests drive: the one named in SIGHTLINE_CHROMIUM, the system's, or Playwright's own.
// Run as a program, as `./make` does, it prints the path, or fails when there is none.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The shell comes first: it renders as the browser does, without its window, in half the time. */
const NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of the system's browser; undefined when Playwright's own is used. */
export function systemChromium() {
  const named = process.env.SIGHTLINE_CHROMIUM;
  if (named) return named;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(executable);
}

if (process.argv[1] === import.meta.filename) {
  const { chromium } = await import("@playwright/test");
  const path = systemChromium() ?? chromium.executablePath();
  if (!executable(path)) {
    console.error("No Chromium was found.");
    process.exit(1);
  }
  console.log(path);
}
