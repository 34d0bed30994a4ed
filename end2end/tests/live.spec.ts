// The main job: a visitor reads, and the owner sees it as it happens.

import { expect, test } from "./support/fixtures.ts";

test("owner watches a visitor join, turn and leave", async ({ server, dashboard, visitor }) => {
  const link = await server.share({ pages: 3, title: "Quarterly report" });
  await dashboard.open(link.linkId);
  await expect(dashboard.page.getByRole("heading", { name: link.title })).toBeVisible();
  await expect(dashboard.badge).toHaveText("Live");
  await expect(dashboard.empty).toBeVisible();
  await dashboard.expectMetric("active-now", "0");

  const reader = await visitor();
  await reader.open(link.linkId);
  await reader.expectPage(1, 3);
  await expect(dashboard.rows).toHaveCount(1);
  await expect(dashboard.rows).toContainText("Anonymous");
  await expect(dashboard.rows).toContainText("Page 1");
  await expect(dashboard.empty).toBeHidden();
  for (const name of ["active-now", "total-views", "views-today", "this-week", "this-month", "peak-viewers"] as const) {
    await dashboard.expectMetric(name, "1");
  }

  await reader.next.click();
  await reader.expectPage(2, 3);
  await expect(dashboard.rows).toContainText("Page 2");

  await reader.page.close({ runBeforeUnload: true });
  await expect(dashboard.rows).toHaveCount(0);
  await expect(dashboard.empty).toBeVisible();
  await dashboard.expectMetric("active-now", "0");
  await dashboard.expectMetric("total-views", "1");
  await dashboard.expectMetric("peak-viewers", "1");
  await expect(dashboard.badge).toHaveText("Live");
});

test("current page reaches Redis within a second", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  await viewer.open(link.linkId);
  await viewer.next.click();
  await viewer.expectPage(2, 3);
  await expect
    .poll(async () => (await server.snapshot(link.linkId)).activeViewers[0]?.currentPage, { timeout: 1_000, intervals: [50] })
    .toBe(2);
});

test("reading time ticks between refreshes", async ({ server, dashboard }) => {
  const link = await server.share();
  await server.join(link.linkId, { sessionId: "ticking" });
  await dashboard.open(link.linkId);
  const seconds = async () => Number(/(\d+)s/.exec(await dashboard.rows.innerText())?.[1]);
  const first = await seconds();
  for (const next of [1, 2, 3]) await expect.poll(seconds, { intervals: [50] }).toBe(first + next);
});
