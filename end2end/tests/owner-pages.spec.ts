// The owner's pages as a person meets them.

import { expect, test } from "./support/fixtures.ts";
import { waitForHydration } from "./support/pages.ts";
import { giveOwnStreams } from "./support/relay.ts";

test("new API key is listed at once", async ({ settings }) => {
  await settings.open();
  await settings.makeKey("Listed at once");
  await expect(settings.keyRow("Listed at once")).toBeVisible();
  await expect(settings.page.getByLabel("What is the key for?")).toHaveValue("");
  await settings.revokeKey("Listed at once");
  await expect(settings.keyRow("Listed at once")).toHaveCount(0);
  await expect(settings.page.getByRole("status").filter({ hasText: "The API key is revoked." })).toBeVisible();
});

test("document is previewed without a link", async ({ server, documentPage }) => {
  const link = await server.share({ title: "Looked at first", pages: 3 });
  const document = await server.documentOf(link.linkId);
  await server.fetchAsOwner(`/api/links/${link.linkId}`, "DELETE");
  await documentPage.open(document);
  const { page } = documentPage;
  await page.getByRole("link", { name: "Preview" }).click();
  await waitForHydration(page);
  await expect(page).toHaveURL(`/documents/${document}/preview`);
  await expect(page.getByRole("img", { name: /^Page 1\b/ })).toBeVisible();
  await expect(page.getByTestId("viewer-notice")).toContainText("Preview: not counted");
});

test("tab counts the readers, and the way leads back", async ({ server, dashboard }) => {
  const link = await server.share({ title: "In the tab" });
  await dashboard.open(link.linkId);
  await expect(dashboard.page).toHaveTitle("In the tab · Sightline");
  await dashboard.expectMetric("average-time", "–");
  for (const sessionId of ["a", "b", "c"]) await server.join(link.linkId, { sessionId });
  await expect(dashboard.page).toHaveTitle("(3) In the tab · Sightline");
  await dashboard.page.getByRole("navigation", { name: "Breadcrumb" }).getByRole("link", { name: "In the tab" }).click();
  await expect(dashboard.page).toHaveURL(/\/documents\/\w+$/);
});

test("times stand still while the line is down", async ({ server, dashboard, browserErrors }) => {
  browserErrors.allow(/ERR_|Failed to load resource|net::/);
  const link = await server.share();
  await server.join(link.linkId, { sessionId: "a", email: "a@example.com" });
  await giveOwnStreams(dashboard.page);
  await dashboard.open(link.linkId);
  await expect(dashboard.badge).toHaveText("Live");
  await dashboard.page.route("**/sfn/**", (route) => route.abort());
  await dashboard.page.route("**/events", (route) => route.abort());
  // Ends the stream that is open.
  await dashboard.page.context().setOffline(true);
  await dashboard.refresh();
  await expect(dashboard.badge).toHaveText(/^(Reconnecting|Offline)/);
  const time = dashboard.rows.locator(".viewer-time");
  const before = await time.innerText();
  await expect(dashboard.rows.locator(".pulse")).toHaveClass(/pulse-away/);
  await expect(dashboard.badge).toHaveText(/data [2-9]\ds? old|data [1-9]\d*s old/);
  await dashboard.page.waitForTimeout(2_500);
  expect(await time.innerText()).toBe(before);
  await dashboard.page.context().setOffline(false);
});

test("signed-out dashboard clears what it shows", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const link = await server.share({ title: "Seen no longer" });
  await server.join(link.linkId, { sessionId: "a", email: "secret@example.com" });
  const page = await newBrowser();
  await page.context().addCookies([await server.ownerSession()]);
  await page.goto(`/dashboard/${link.linkId}`);
  await waitForHydration(page);
  await expect(page.getByText("secret@example.com")).toBeVisible();
  await page.context().clearCookies();
  await page.getByTestId("refresh").click();
  await expect(page.getByText("secret@example.com")).toHaveCount(0);
  await expect(page.getByTestId("metric-total-views")).toHaveText("–");
});

test("wrong setup address has one header", async ({ page, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  await page.goto("/setup/wrong");
  await expect(page.locator(".site-header")).toHaveCount(1);
});

for (const [name, width, textSize] of [
  ["320 pixels wide", 320, 16],
  ["390 pixels wide with large text", 390, 32],
] as const) {
  test(`${name}, nothing is lost`, async ({ server, browser, baseURL, context, browserErrors }) => {
    browserErrors.allow(/status of 4\d\d/);
    const link = await server.share({ title: "A title that is rather too long for a screen of this size, and_longer" });
    await server.setLink(link.linkId, { label: "A label that is rather too long for a screen of this size" });
    await server.join(link.linkId, { sessionId: "a", email: `${"a-very-long-name".repeat(6)}@example.com`, currentPage: 2 });
    const gated = await server.share();
    await server.setLink(gated.linkId, { email: "required", password: "open sesame" });
    const narrow = await browser.newContext({ baseURL, viewport: { width, height: 740 } });
    await narrow.addCookies(await context.cookies());
    const page = await narrow.newPage();
    const document = await server.documentOf(link.linkId);
    const owners = ["/", `/documents/${document}`, `/links/${link.linkId}`, "/settings", `/dashboard/${link.linkId}`, "/setup/wrong"];
    for (const path of [...owners, `/v/${gated.linkId}`, "/sign-in"]) {
      if (path.startsWith("/v/")) await narrow.clearCookies();
      await page.goto(path);
      await waitForHydration(page);
      await page.evaluate((size) => (window.document.documentElement.style.fontSize = `${size}px`), textSize);
      for (const summary of await page.locator("summary").all()) await summary.click();
      expect(await page.evaluate(() => window.document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
      // What sticks out of its box and is cut off there.
      const cut = await page.evaluate(() =>
        [...window.document.querySelectorAll("main *, header *")]
          .filter((element) => !element.closest(".visually-hidden") && element.scrollWidth > element.clientWidth + 1)
          // What is there for screen readers alone is a pixel wide.
          .filter((element) => element.clientWidth > 1 && getComputedStyle(element).display !== "inline")
          // What scrolls loses nothing.
          .filter((element) => getComputedStyle(element).overflowX !== "auto")
          .filter((element) => !element.matches("select, input"))
          .map((element) => `${element.tagName}.${element.className}: ${element.textContent?.slice(0, 40)}`),
      );
      expect(cut, path).toEqual([]);
    }
    await narrow.close();
  });
}
