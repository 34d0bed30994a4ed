// What every reader and every owner does, in Firefox: the specs of the journey, reading, gates and the widget.

import { defineConfig } from "@playwright/test";
import { join } from "node:path";

import chromium from "./playwright.config.ts";

const SPECS = ["journey", "reading", "gates", "viewer", "dashboard", "live", "push"];

/** What Playwright cannot see or do in Firefox, by WebDriver BiDi, and the tests that need it. */
const LEFT_OUT = {
  "the body of a request with `keepalive`": [
    "change reaches the dashboard within half a second",
    "page counts as read for the part that was in view",
    "links that lead away are told to the owner",
  ],
  "a stream that the page ends": ["hidden tab closes its stream until shown"],
  "a page as PDF": ["every page is printed on a sheet of its own", "printing that is off says so on one sheet"],
  "fingers": ["pinching sizes the pages, not the toolbar"],
};

export default defineConfig({
  ...chromium,
  outputDir: "test-results/firefox",
  projects: [{ name: "firefox", testMatch: SPECS.map((spec) => `${spec}.spec.ts`), workers: 2 }],
  grepInvert: Object.values(LEFT_OUT).flat().map((title) => new RegExp(title)),
  reporter: [["list"], ["json", { outputFile: "test-results/firefox.json" }]],
  use: {
    ...chromium.use,
    browserName: "firefox",
    channel: "moz-firefox",
    // Both write a style into the page, which Firefox refuses, as it should.
    trace: "off",
    screenshot: "off",
    launchOptions: {
      executablePath: join(import.meta.dirname, "tests/support/firefox.mjs"),
      // Playwright waits for a page to load, which one that was kept does not.
      firefoxUserPrefs: { "browser.sessionhistory.max_total_viewers": 0 },
    },
  },
});
