// Which Chromium the tests drive: the one named in SIGHTLINE_CHROMIUM, the system's, or Playwright's own.
// Run by itself it prints that, or fails when there is none; `./make` asks it so.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** @param {string} path */
function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of the system's browser; undefined where Playwright's own is to be used. */
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
    console.error("There is no Chromium here.");
    process.exit(1);
  }
  console.log(path);
}
