// The dashboard of a link.

import { expect, test } from "./support/fixtures.ts";

test("link without views says what to do next", async ({ server, dashboard }) => {
  const link = await server.share();
  await dashboard.open(link.linkId);
  await expect(dashboard.empty).toContainText("No views yet. Share this link:");
  await expect(dashboard.empty).toContainText(`${server.origin}/v/${link.linkId}`);
  await expect(dashboard.empty.getByRole("button", { name: /copy/i })).toBeVisible();

  await server.join(link.linkId, { sessionId: "a" });
  await server.leave(link.linkId, "a");
  await dashboard.refresh();
  await expect(dashboard.empty).toHaveText("No active viewers right now");
});

test("link can be copied", async ({ server, dashboard, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const link = await server.share();
  await dashboard.open(link.linkId);
  await dashboard.page.getByRole("button", { name: /copy/i }).first().click();
  await expect
    .poll(() => dashboard.page.evaluate(() => navigator.clipboard.readText()))
    .toBe(`${server.origin}/v/${link.linkId}`);
});

test("first HTML contains the numbers", async ({ server }) => {
  const link = await server.share({ title: "Already there" });
  await server.join(link.linkId, { sessionId: "early", email: "early@example.com", currentPage: 2 });
  const html = await (await fetch(`${server.origin}/dashboard/${link.linkId}`, { headers: await server.ownerCookie() })).text();
  for (const text of ["Already there", "early@example.com", "metric-active-now", "viewer-row"]) {
    expect(html).toContain(text);
  }
});

test("refresh button refreshes at once", async ({ server, dashboard }) => {
  // The browser's clock stands still, so no timer refreshes the page.
  await dashboard.page.clock.install();
  const link = await server.share();
  await dashboard.open(link.linkId);
  await dashboard.page.clock.pauseAt(new Date(Date.now() + 60_000));
  await server.join(link.linkId, { sessionId: "a", email: "a@example.com" });
  await dashboard.refresh();
  await expect(dashboard.rows).toContainText("a@example.com");
});

test("six viewers show five rows, newest first", async ({ server, dashboard }) => {
  const link = await server.share();
  for (const name of ["a", "b", "c", "d", "e", "f"]) {
    await server.join(link.linkId, { sessionId: name, email: `${name}@example.com` });
  }
  await dashboard.open(link.linkId);
  await expect(dashboard.rows).toHaveCount(5);
  await expect(dashboard.rows.first()).toContainText("f@example.com");
  await expect(dashboard.rows.last()).toContainText("b@example.com");
  await expect(dashboard.more).toHaveText("+1 more viewers");
  await dashboard.expectMetric("active-now", "6");

  await server.leave(link.linkId, "f");
  await dashboard.refresh();
  await expect(dashboard.rows.first()).toContainText("e@example.com");
  await expect(dashboard.rows.last()).toContainText("a@example.com");
  await expect(dashboard.more).toBeHidden();
});

test("six browsers are six viewers", async ({ server, dashboard, visitor }) => {
  const link = await server.share();
  const readers = await Promise.all(Array.from({ length: 6 }, () => visitor()));
  for (const reader of readers) await reader.open(link.linkId);
  await dashboard.open(link.linkId);
  await dashboard.expectMetric("active-now", "6");
  await expect(dashboard.rows).toHaveCount(5);
  await expect(dashboard.more).toHaveText("+1 more viewers");
});

test("average counts finished visits", async ({ server, dashboard }) => {
  const link = await server.share();
  for (const [sessionId, duration] of [["a", 100], ["b", 300]] as const) {
    await server.join(link.linkId, { sessionId });
    // Longer than the visit, so only the owner's key vouches for it.
    await server.act(link.linkId, { action: "leave", sessionId, duration }, server.asOwner);
  }
  await dashboard.open(link.linkId);
  await dashboard.expectMetric("average-time", "3m 20s");
});

test("HTML in e-mails and titles is escaped", async ({ server, dashboard, home, documentPage, viewer }) => {
  const title = `<img src=x onerror="document.title='hacked'"><b>Bold</b> & "quoted"`;
  const link = await server.share({ title });
  const email = `<script>alert(1)</script>@example.com`;
  await server.join(link.linkId, { sessionId: "mallory", email });

  await dashboard.open(link.linkId);
  await expect(dashboard.page.getByRole("heading", { name: title })).toBeVisible();
  await expect(dashboard.rows).toContainText(email);
  await dashboard.refresh();
  await expect(dashboard.rows).toContainText(email);
  await home.open();
  await expect(home.page.getByRole("heading", { name: title })).toBeVisible();
  await documentPage.open(await server.documentOf(link.linkId));
  await expect(documentPage.page.getByRole("heading", { name: title })).toBeVisible();
  await viewer.open(link.linkId);
  await expect(viewer.page.getByRole("heading", { name: title })).toBeVisible();
  await expect(viewer.page).not.toHaveTitle(/^hacked/);
});

test("missing pages answer 404 clearly", async ({ page, server, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  for (const address of ["/dashboard/no-such-link", "/links/no-such-link", "/documents/no-such-document", "/v/no-such-link", "/no/such/page"]) {
    const response = await page.goto(address);
    expect(response?.status(), address).toBe(404);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  expect((await server.fetchAsOwner("/api/send/realtime/no-such-link")).status).toBe(404);
});
