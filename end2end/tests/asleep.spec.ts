// A device that sleeps: all processes of its browser are stopped.

import { setTimeout } from "node:timers/promises";

import { expect, test } from "./support/fixtures.ts";
import { ViewerPage } from "./support/pages.ts";
import { stop } from "./support/processes.ts";

/** No clock can be set here: the browser has to find out by its own clock how long it was stopped. */
const SLEEP = 120_000;

test("two minutes of sleep add at most 40 s", async ({ server, playwright, launchOptions, baseURL, browserErrors }) => {
  test.setTimeout(SLEEP + 60_000);
  const link = await server.share();
  const chromium = await playwright.chromium.launchServer(launchOptions);
  const pid = chromium.process().pid ?? 0;
  try {
    const browser = await playwright.chromium.connect(chromium.wsEndpoint());
    const context = await browser.newContext({ baseURL });
    await browserErrors.listenTo(context);
    const viewer = new ViewerPage(await context.newPage());
    const seen = async () => (await server.snapshot(link.linkId)).activeViewers.map(({ currentPage }) => currentPage);

    const opened = Date.now();
    await viewer.open(link.linkId);
    await viewer.next.click();
    await expect.poll(seen).toEqual([2]);
    const awake = Date.now() - opened;

    const stopped = stop(pid);
    try {
      expect(stopped.count, "a browser, its renderers and helpers").toBeGreaterThan(2);
      await setTimeout(SLEEP);
    } finally {
      stopped.goOn();
    }

    const woken = Date.now();
    await viewer.next.click();
    await expect.poll(seen).toEqual([3]);
    await viewer.page.close({ runBeforeUnload: true });
    await expect.poll(async () => (await server.visits(link.linkId)).length).toBe(1);
    const read = awake + Date.now() - woken;

    const [visit] = await server.visits(link.linkId);
    expect(visit?.visibleMs).toBeGreaterThan(0);
    expect(visit?.visibleMs, `of ${read} ms awake`).toBeLessThanOrEqual(read + 40_000);
    expect((await server.snapshot(link.linkId)).metrics.totalViews).toBe(1);
  } finally {
    await chromium.close();
  }
});
