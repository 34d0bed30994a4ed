// What counts as one visit, with real browsers.

import { expect, test } from "./support/fixtures.ts";
import { ViewerPage } from "./support/pages.ts";

test("a reload resumes the same visit", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const seen = async () => {
    const { metrics, activeViewers } = await server.snapshot(link.linkId);
    return { active: metrics.activeViewers, views: metrics.totalViews, session: activeViewers[0]?.sessionId };
  };
  await expect.poll(seen).toMatchObject({ active: 1, views: 1 });
  const before = await seen();

  await viewer.reload();
  await viewer.next.click();
  await expect.poll(async () => (await server.snapshot(link.linkId)).activeViewers[0]?.currentPage).toBe(2);
  expect(await seen()).toEqual(before);
});

test("a second tab of the same browser is the same visit, until the last one closes", async ({ server, viewer, context }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const second = new ViewerPage(await context.newPage());
  await second.open(link.linkId);
  await second.next.click();

  const numbers = async () => {
    const { metrics, activeViewers } = await server.snapshot(link.linkId);
    return [metrics.activeViewers, metrics.totalViews, activeViewers[0]?.currentPage];
  };
  await expect.poll(numbers).toEqual([1, 1, 2]);

  await second.page.close({ runBeforeUnload: true });
  await viewer.next.click();
  await viewer.next.click();
  await expect.poll(numbers).toEqual([1, 1, 3]);

  await viewer.page.close({ runBeforeUnload: true });
  await expect.poll(numbers).toEqual([0, 1, undefined]);
});

test("two browsers are two visits", async ({ server, visitor }) => {
  const link = await server.share();
  for (const reader of [await visitor(), await visitor()]) await reader.open(link.linkId);
  await expect.poll(async () => (await server.snapshot(link.linkId)).metrics).toMatchObject({
    activeViewers: 2,
    totalViews: 2,
    peakConcurrentViewers: 2,
  });
});

test("leaving for another page ends the visit, coming back resumes it", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const metrics = async () => (await server.snapshot(link.linkId)).metrics;
  await expect.poll(metrics).toMatchObject({ activeViewers: 1, totalViews: 1 });

  await viewer.page.goto("/");
  await expect.poll(metrics).toMatchObject({ activeViewers: 0, totalViews: 1 });

  await viewer.page.goBack();
  await expect.poll(metrics).toMatchObject({ activeViewers: 1, totalViews: 1 });
});

test("a page that is only fetched, and not opened in a browser, is no view", async ({ server }) => {
  const link = await server.share();
  const response = await fetch(`${server.origin}/v/${link.linkId}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(link.title);
  expect((await server.snapshot(link.linkId)).metrics.totalViews).toBe(0);
});
