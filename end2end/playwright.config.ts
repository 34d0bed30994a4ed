import { defineConfig } from "@playwright/test";
import { userInfo } from "node:os";

import { systemChromium } from "./tests/support/chromium.mjs";

/** Chromium runs as root only without its sandbox; the other flags keep it from the network. */
const args = [
  ...(userInfo().uid === 0 ? ["--no-sandbox"] : []),
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results/files",
  fullyParallel: true,
  workers: 3,
  // The one test that has to wait for minutes begins first, beside the two workers of the others.
  projects: [
    { name: "asleep", testMatch: "asleep.spec.ts", workers: 1 },
    { name: "pages", testIgnore: "asleep.spec.ts", workers: 2 },
  ],
  // A test that passes only on a retry has failed.
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 30_000,
  expect: { timeout: 8_000 },
  reporter: [["list"], ["json", { outputFile: "test-results/results.json" }]],
  use: {
    browserName: "chromium",
    headless: true,
    locale: "en-GB",
    timezoneId: "UTC",
    viewport: { width: 1280, height: 800 },
    // What was asked and answered, beside the picture of the end. `--trace on` has pictures and copies of the page after each
    // action, which cost a third more time.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
    screenshot: "only-on-failure",
    launchOptions: { executablePath: systemChromium(), args },
  },
});
