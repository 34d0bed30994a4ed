// An outage: Redis is killed, and starts again.

import { expect, test as base } from "./support/fixtures.ts";
import { Redis } from "./support/redis.ts";
import { Server } from "./support/server.ts";

const test = base.extend<object, { redis: Redis }>({
  redis: [
    async ({}, use) => {
      const redis = await Redis.start();
      await use(redis);
      await redis.remove();
    },
    { scope: "worker" },
  ],
  server: [
    async ({ redis }, use) => {
      const server = await Server.start({ redisUrl: redis.url });
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 20_000 },
  ],
});

// The tests share one Redis, and each of them stops it, so they run in sequence.
test.describe.configure({ mode: "default" });

test.beforeEach(({ browserErrors }) => browserErrors.allow(/status of 503/));

test("dashboard keeps its numbers during an outage", async ({ server, redis, dashboard }) => {
  const link = await server.share();
  await server.join(link.linkId, { sessionId: "a", email: "a@example.com" });
  await dashboard.open(link.linkId);
  await expect(dashboard.badge).toHaveText("Live");

  await redis.kill();
  await expect(dashboard.badge).toHaveText(/^Reconnecting/);
  await expect(dashboard.widget.getByRole("alert")).toBeVisible();
  await dashboard.expectMetric("active-now", "1");
  await dashboard.expectMetric("total-views", "1");
  await expect(dashboard.rows).toContainText("a@example.com");

  await redis.start();
  await expect(dashboard.badge).toHaveText("Live", { timeout: 2_000 });
  await expect(dashboard.widget.getByRole("alert")).toBeHidden();
  await dashboard.expectMetric("active-now", "1");
  await dashboard.expectMetric("total-views", "1");
});

test("API answers 503 at once and recovers quickly", async ({ server, redis }) => {
  const link = await server.share();
  await server.join(link.linkId, { sessionId: "a" });
  const address = `/api/send/realtime/${link.linkId}`;

  await redis.kill();
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const began = performance.now();
    const response = await server.fetchAsOwner(address);
    expect(performance.now() - began).toBeLessThan(500);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBeTruthy();
    expect(await response.json()).toMatchObject({ success: false, code: "unavailable" });
  }
  expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
  expect((await fetch(`${server.origin}/readyz`)).status).toBe(503);

  await redis.start();
  await expect
    .poll(async () => (await server.fetchAsOwner(address)).status, { timeout: 2_000, intervals: [50] })
    .toBe(200);
  expect((await server.snapshot(link.linkId)).metrics).toMatchObject({ activeViewers: 1, totalViews: 1 });
});

test("reading continues without Redis, other pages explain", async ({ server, redis, home, viewer }) => {
  const link = await server.share({ pages: 12, title: "Still readable" });
  await viewer.open(link.linkId);
  await expect(viewer.picture(1)).toBeVisible();
  await home.open();
  await redis.kill();
  try {
    await viewer.page.keyboard.press("End");
    await viewer.expectPage(12, 12);
    await expect(viewer.picture(12)).toBeInViewport();
    const drawn = () => viewer.picture(12).evaluate((picture: HTMLImageElement) => picture.complete && picture.naturalWidth);
    await expect.poll(drawn).toBeGreaterThan(0);

    const { page } = home;
    for (const address of [`/dashboard/${link.linkId}`, "/"]) {
      expect((await page.goto(address))?.status()).toBe(503);
      await expect(page.getByRole("heading", { name: "Not available right now" })).toBeVisible();
      await expect(page.getByText("out of reach")).toBeVisible();
      await expect(page.getByRole("link", { name: "Try again" })).toBeVisible();
    }
    await expect(page.getByText("Nothing here yet")).toBeHidden();
  } finally {
    await redis.start();
  }
});
