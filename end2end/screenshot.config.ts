// Takes the pictures of the README: `./make screenshot`.

import { defineConfig } from "@playwright/test";

import config from "./playwright.config.ts";

export default defineConfig({
  ...config,
  testDir: "screenshots",
  projects: [{ name: "screenshots" }],
  workers: 1,
  timeout: 180_000,
  reporter: "list",
});
