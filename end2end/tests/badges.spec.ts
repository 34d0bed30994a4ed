// A badge in pages of other sites, and the page about the API.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import type { Server } from "./support/server.ts";

/** A site of its own origin, whose one page frames an address. */
async function siteWithFrame(address: () => string): Promise<{ origin: string; close(): void }> {
  const site = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!DOCTYPE html><title>Another site</title><p>Before</p>
      <iframe src="${address()}" title="Live readers" width="190" height="40" style="border:0"></iframe><p>Behind</p>`);
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  return { origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, close: () => site.close() };
}

async function makeBadge(server: Server, linkId: string, sites: string[], live = false): Promise<string> {
  const body = JSON.stringify({ sites, counts: true, live });
  const made = await server.fetchAsOwner(`/api/links/${linkId}/badges`, "POST", body);
  expect(made.status, await made.clone().text()).toBe(201);
  return (await made.json()).badge.url;
}

test("a badge is framed by the sites that its owner named alone", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/frame-ancestors/, /chrome-error/, /Refused to (display|frame)/);
  let address = "";
  const [named, other] = [await siteWithFrame(() => address), await siteWithFrame(() => address)];
  try {
    const { linkId } = await server.share({ title: "Framed" });
    address = await makeBadge(server, linkId, [named.origin]);
    await server.join(linkId, { sessionId: "one", email: "ada@example.com" });
    const page = await newBrowser({ baseURL: named.origin });
    await page.goto("/");
    const badge = page.frameLocator("iframe").getByRole("main", { name: "Live readers" });
    await expect(badge).toContainText("1 reading now");
    await expect(badge).toContainText("1 views");
    await expect(badge).not.toContainText("ada");
    expect(await page.context().cookies()).toEqual([]);

    await page.goto(other.origin);
    await expect(page.getByText("Behind")).toBeVisible();
    await expect(page.frameLocator("iframe").getByRole("main", { name: "Live readers" })).toHaveCount(0);
  } finally {
    named.close();
    other.close();
  }
});

test("a badge follows its readers, and nothing moves", async ({ server, newBrowser }) => {
  let address = "";
  const site = await siteWithFrame(() => address);
  try {
    const { linkId } = await server.share({ title: "Followed" });
    address = await makeBadge(server, linkId, [site.origin]);
    const page = await newBrowser({ baseURL: site.origin });
    await page.clock.install();
    await page.goto("/");
    const badge = page.frameLocator("iframe").locator("main");
    await expect(badge).toContainText("0 reading now");
    const before = await badge.boundingBox();
    await server.join(linkId, { sessionId: "one" });
    await expect(async () => {
      await page.clock.fastForward(10_000);
      await expect(badge).toContainText("1 reading now", { timeout: 1_000 });
    }).toPass({ timeout: 20_000 });
    expect(await badge.boundingBox()).toEqual(before);
  } finally {
    site.close();
  }
});

test("a live badge shows each change at once, without cookies, until it is revoked", async ({
  server,
  newBrowser,
  browserErrors,
}) => {
  // Its numbers are asked for once more, and are gone.
  browserErrors.allow(/404/);
  let address = "";
  const site = await siteWithFrame(() => address);
  try {
    const { linkId } = await server.share({ title: "Live" });
    address = await makeBadge(server, linkId, [site.origin], true);
    const page = await newBrowser({ baseURL: site.origin });
    const streams: string[] = [];
    page.on("request", (request) => {
      if (!request.url().endsWith("/events")) return;
      expect(request.headers()["cookie"]).toBeUndefined();
      streams.push(request.url());
    });
    // The clock of the page stands still: nothing is asked for every ten seconds.
    await page.clock.install();
    await page.goto("/");
    const badge = page.frameLocator("iframe").locator("main");
    await expect(badge).toContainText("0 reading now");
    await expect.poll(() => streams.length).toBe(1);
    await server.join(linkId, { sessionId: "one", email: "ada@example.com" });
    await expect(badge).toContainText("1 reading now");
    await server.join(linkId, { sessionId: "two" });
    await expect(badge).toContainText("2 reading now");
    await expect(badge).not.toContainText("ada");
    expect(await page.context().cookies()).toEqual([]);

    const { badges } = await (await server.fetchAsOwner(`/api/links/${linkId}/badges`)).json();
    await server.fetchAsOwner(`/api/links/${linkId}/badges/${badges[0].badgeId}`, "DELETE");
    await expect(badge).toContainText("This badge is no longer shown.");
    await expect(badge).not.toContainText("reading now");
  } finally {
    site.close();
  }
});

test("an owner makes a live badge on the link's page", async ({ server, page }) => {
  const { linkId } = await server.share({ title: "Made live" });
  await page.goto(`/links/${linkId}`);
  const part = page.getByRole("region", { name: "In your own site" });
  await part.getByRole("textbox", { name: "Sites" }).fill("https://www.example.org");
  await part.getByLabel(/each change at once/).check();
  await part.getByRole("button", { name: "Make a badge" }).click();
  await expect(part.getByRole("listitem")).toContainText("shows readers at once");
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, viewport: { width: 390, height: 740 } });

    test("badge and page about the API pass the audit", async ({ server, newBrowser }) => {
      const { linkId } = await server.share({ title: "Audited" });
      const address = await makeBadge(server, linkId, []);
      const page = await newBrowser();
      // A badge is no page but a part of one, whose heading is the site's.
      for (const [path, leftOut] of [[address, ["page-has-heading-one"]], ["/api", []]] as [string, string[]][]) {
        await page.goto(path);
        await expect(page.getByRole("main")).toBeVisible();
        await axe.expectNoViolation(page, leftOut);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
      }
    });
  });
}
