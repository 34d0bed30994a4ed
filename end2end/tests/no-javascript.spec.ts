// What is there to read without JavaScript.

import { expect, test } from "./support/fixtures.ts";

test.use({ javaScriptEnabled: false });

test("the first page of a document", async ({ server, page, viewer }) => {
  const link = await server.share({ pages: 3, title: "Plain" });
  await page.goto(`/v/${link.linkId}`);
  await expect(page.getByText("Plain").first()).toBeVisible();
  await expect(viewer.picture(1)).toBeVisible();
  // Really drawn, not only its place held.
  await expect.poll(async () => (await viewer.picture(1).boundingBox())?.height ?? 0).toBeGreaterThan(300);
  const picture = await page.request.get((await viewer.picture(1).getAttribute("src")) ?? "");
  expect(picture.headers()["content-type"]).toBe("image/png");
  expect((await server.snapshot(link.linkId)).metrics.totalViews).toBe(0);
});

test("the numbers and the readers of a dashboard", async ({ server, page, dashboard }) => {
  const link = await server.share();
  await server.join(link.linkId, { sessionId: "a", email: "a@example.com", currentPage: 3 });
  await page.goto(`/dashboard/${link.linkId}`);
  await dashboard.expectMetric("active-now", "1");
  await dashboard.expectMetric("total-views", "1");
  await expect(dashboard.rows).toContainText("a@example.com");
  await expect(dashboard.rows).toContainText("Page 3");
});

test("the list of links", async ({ server, page, home }) => {
  const link = await server.share({ title: "Listed without a script" });
  await page.goto("/");
  await home.entry(link.title).getByRole("link", { name: link.title, exact: true }).click();
  await expect(page).toHaveURL(`/dashboard/${link.linkId}`);
});
