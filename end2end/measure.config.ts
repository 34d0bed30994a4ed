// Measures the viewer page on a slow line: `./make slow-line`.

import { defineConfig } from "@playwright/test";

import config from "./playwright.config.ts";

export default defineConfig({
  ...config,
  testDir: "measure",
  projects: [{ name: "measure" }],
  workers: 1,
  timeout: 300_000,
  reporter: "list",
});
