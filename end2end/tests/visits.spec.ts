// What real browsers count as one visit.

import { expect, test } from "./support/fixtures.ts";
import { ViewerPage } from "./support/pages.ts";

test("reload resumes the same visit", async ({ server, viewer }) => {
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

test("tabs of one browser share one visit", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const second = new ViewerPage(await viewer.page.context().newPage());
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

test("leaving ends the visit, returning resumes it", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const metrics = async () => (await server.snapshot(link.linkId)).metrics;
  await expect.poll(metrics).toMatchObject({ activeViewers: 1, totalViews: 1 });

  await viewer.page.goto("/sign-in");
  await expect.poll(metrics).toMatchObject({ activeViewers: 0, totalViews: 1 });

  await viewer.page.goBack();
  await expect.poll(metrics).toMatchObject({ activeViewers: 1, totalViews: 1 });
});

test("fetching a page is no view", async ({ server }) => {
  const link = await server.share();
  const response = await fetch(`${server.origin}/v/${link.linkId}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain(link.title);
  expect((await server.snapshot(link.linkId)).metrics.totalViews).toBe(0);
});

test("owner's preview is not counted, and says so", async ({ server, page, dashboard, visitor }) => {
  const link = await server.share();
  const own = new ViewerPage(page);
  const requests: string[] = [];
  page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await own.open(link.linkId);
  await expect(own.picture(1)).toBeVisible();
  await expect(own.notice).toHaveText(/^Preview: not counted/);
  await own.next.click();
  await own.expectPage(2, 3);
  expect(requests.filter((path) => path.startsWith("/sfn/"))).toEqual([]);

  // A visitor who is not signed in counts, and is told something else.
  const reader = await visitor();
  await reader.open(link.linkId);
  await expect(reader.notice).not.toContainText("not counted");
  await dashboard.open(link.linkId);
  await dashboard.expectMetric("active-now", "1");
  await dashboard.expectMetric("total-views", "1");
});

test("bots are counted apart from views", async ({ server, dashboard }) => {
  const link = await server.share();
  for (const agent of ["Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", "WhatsApp/2.23.20.0"]) {
    const response = await fetch(`${server.origin}/v/${link.linkId}`, { headers: { "user-agent": agent } });
    expect(response.status).toBe(200);
  }
  await dashboard.open(link.linkId);
  await dashboard.expectMetric("total-views", "0");
  await expect(dashboard.filtered).toHaveText("2");
});
