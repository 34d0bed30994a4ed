// The pictures of the README: a reader beside the widget, and the analytics of a document.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { expect, test } from "../tests/support/fixtures.ts";
import { DashboardPage, ViewerPage } from "../tests/support/pages.ts";
import { REPOSITORY } from "../tests/support/server.ts";
import { LINKS, visitFor9Weeks } from "./sample.ts";

/** Thursday afternoon in the owner's time zone. */
const NOW = Date.parse("2026-09-17T15:20:00+02:00");
const ZONE = "Europe/Berlin";
/** The longest that a picture of the README may be, in bytes. */
const LARGEST = 300_000;

test.use({
  serverOptions: {
    testClock: true,
    env: {
      SIGHTLINE_NO_LIMITS: "true",
      SIGHTLINE_COUNTRY_HEADER: "x-country",
      SIGHTLINE_TRUSTED_PROXIES: "127.0.0.1/32",
    },
  },
  timezoneId: ZONE,
  colorScheme: "light",
  reducedMotion: "reduce",
});

async function save(name: string, picture: Buffer): Promise<void> {
  expect(picture.length, `bytes of ${name}`).toBeLessThan(LARGEST);
  await writeFile(join(REPOSITORY, "docs", name), picture);
}

/** Two windows side by side. */
async function sideBySide(page: Page, windows: Buffer[]): Promise<Buffer> {
  const images = windows.map((window) => `<img src="data:image/png;base64,${window.toString("base64")}" alt="">`);
  await page.setContent(`
    <style>
      body { display: flex; gap: 20px; margin: 0; padding: 20px; background: #cdd3da; }
      img { border-radius: 10px; box-shadow: 0 1px 6px #0004; }
    </style>
    ${images.join("")}`);
  return page.screenshot({ fullPage: true });
}

test("pictures of the README", async ({ server, page, newBrowser }) => {
  const guide = await readFile(join(REPOSITORY, "docs/guide/guide.pdf"));
  const [first, ...others] = LINKS;
  if (!first) throw new Error("the sample has links");
  await server.share({ id: first.linkId, title: "The Sightline User Guide", file: guide });
  const documentId = await server.documentOf(first.linkId);
  for (const { linkId } of others) {
    const made = await server.fetchAsOwner(`/api/documents/${documentId}/links`, "POST", JSON.stringify({ linkId }));
    expect(made.ok, await made.text()).toBe(true);
  }
  for (const { linkId, label } of LINKS) await server.setLink(linkId, { label, download: true });
  const zone = await server.fetchAsOwner("/sfn/note_time_zone", "POST", JSON.stringify({ zone: ZONE }));
  expect(zone.ok, await zone.text()).toBe(true);
  await visitFor9Weeks(server, NOW);

  // Readers who are there now, one of whom has switched to another window.
  const present = [["grace.5@example.net", 5], ["", 2], ["alan.25@example.org", 7]] as const;
  for (const [number, [email, currentPage]] of present.entries()) {
    const sessionId = `present-${number}`;
    await server.join(first.linkId, { sessionId, currentPage: 1, ...(email && { email }) });
    await server.advance(35_000);
    await server.act(first.linkId, { action: "heartbeat", sessionId, currentPage });
  }
  await server.act(first.linkId, { action: "heartbeat", sessionId: "present-1", visible: false });

  const window = { viewport: { width: 640, height: 924 }, timezoneId: ZONE };
  const reader = new ViewerPage(await newBrowser(window));
  await reader.open(first.linkId);
  for (const shown of [2, 3]) {
    await expect(reader.picture(shown - 1)).toBeVisible();
    await server.advance(20_000);
    await reader.page.keyboard.press("ArrowRight");
    await reader.expectPage(shown, 8);
  }
  await expect(reader.picture(3)).toBeInViewport();

  // The address of the link, without the port that this server happens to have.
  await page.setExtraHTTPHeaders({ "x-forwarded-host": "read.example.com" });
  await page.setViewportSize(window.viewport);
  const dashboard = new DashboardPage(page);
  await dashboard.open(first.linkId);
  await expect(dashboard.rows).toHaveCount(4);
  await expect(dashboard.rows.first()).toContainText("Page 3");
  await page.waitForLoadState("networkidle");
  const windows = [await reader.page.screenshot(), await page.screenshot()];
  await save("screenshot.png", await sideBySide(await newBrowser({ viewport: { width: 1340, height: 964 } }), windows));

  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`/documents/${documentId}/analytics`);
  // Down to the chart of pages, whole.
  const chart = await page.getByRole("figure").filter({ has: page.getByRole("heading", { name: "Pages" }) }).boundingBox();
  if (!chart) throw new Error("The pages have a chart.");
  await page.setViewportSize({ width: 1280, height: Math.ceil(chart.y + chart.height) + 10 });
  await page.waitForLoadState("networkidle");
  await save("analytics.png", await page.screenshot());
});
