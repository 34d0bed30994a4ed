// Past visits while the page is open: they follow the live numbers without a reload.

import { type Page } from "@playwright/test";

import { expectNoViolation } from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { waitForHydration } from "./support/pages.ts";
import { giveOwnStreams } from "./support/relay.ts";
import type { Server } from "./support/server.ts";

/** A reader joins, reads and leaves. */
async function visit(server: Server, linkId: string, name: string): Promise<void> {
  await server.join(linkId, { sessionId: name, email: `${name}@example.com`, currentPage: 1 });
  await server.leave(linkId, name);
}

/** Marks the page: a reload would lose the mark. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => Object.assign(window, { unloaded: false }));
}

async function expectNoReload(page: Page): Promise<void> {
  expect(await page.evaluate(() => Reflect.get(window, "unloaded"))).toBe(false);
}

test("finished visit appears on top without a reload", async ({ server, dashboard }) => {
  const { page } = dashboard;
  const { linkId } = await server.share();
  await visit(server, linkId, "ann");
  await visit(server, linkId, "ben");
  await dashboard.open(linkId);
  await expect(dashboard.badge).toHaveText("Live");
  await mark(page);
  const rows = page.getByTestId("visit-row");
  const table = page.locator("details", { hasText: "Show as table" }).first();
  await table.locator("summary").click();
  const ann = rows.getByRole("link", { name: "ann@example.com" });
  await ann.focus();
  const scrolled = () => page.evaluate(() => window.scrollY);
  const before = await scrolled();

  await visit(server, linkId, "cat");
  await expect(rows).toHaveCount(3);
  await expect(rows.first()).toContainText("cat@example.com");
  await expect(page.getByTestId("report-views")).toHaveText("3");
  await expect(ann).toBeFocused();
  await expect(table).toHaveAttribute("open");
  // The list's beginning is in view; where it is not, the browser keeps the rows that are.
  expect(await scrolled()).toBe(before);
  await expectNoReload(page);

  await expectNoViolation(page);
});

test("archived and erased visits leave the list", async ({ server, dashboard, newBrowser }) => {
  const { page } = dashboard;
  const { linkId } = await server.share();
  // Readers of no other test: they are erased from all documents of the owner.
  for (const name of ["dora", "emil", "fay"]) await visit(server, linkId, name);
  await dashboard.open(linkId);
  await expect(dashboard.badge).toHaveText("Live");
  await mark(page);
  const rows = page.getByTestId("visit-row");
  const other = await newBrowser();
  await other.context().addCookies([await server.ownerSession()]);
  const open = async (name: string) => {
    await other.goto(`/dashboard/${linkId}`);
    const row = other.getByTestId("visit-row").filter({ hasText: name });
    await row.getByRole("link", { name: /^Visit / }).click();
  };
  await open("emil@example.com");
  await other.getByRole("button", { name: "Archive this visit" }).click();
  await expect(rows).toHaveCount(2);
  await open("dora@example.com");
  await other.getByText("Erase this person").click();
  await other.getByRole("button", { name: "Erase for good" }).click();
  await expect(other.getByText("1 visit is erased.")).toBeVisible();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText("fay@example.com");
  await expectNoReload(page);
});

test("filter and order are kept", async ({ server, dashboard }) => {
  const { page } = dashboard;
  const { linkId } = await server.share();
  for (const name of ["ann", "ben"]) await visit(server, linkId, name);
  await page.goto(`/dashboard/${linkId}?who=example.com&direction=asc`);
  await waitForHydration(page);
  await expect(dashboard.badge).toHaveText("Live");
  await mark(page);
  await server.join(linkId, { sessionId: "none" });
  await server.leave(linkId, "none");
  await visit(server, linkId, "cat");
  const rows = page.getByTestId("visit-row");
  await expect(rows).toHaveCount(3);
  await expect(rows.last()).toContainText("cat@example.com");
  await expect(rows.first()).toContainText("ann@example.com");
  await expectNoReload(page);
});

test("change during a lost stream is noticed", async ({ server, dashboard, browserErrors }) => {
  browserErrors.allow(/^Failed to load resource: net::ERR_/);
  const { page } = dashboard;
  const { linkId } = await server.share();
  await visit(server, linkId, "ann");
  await giveOwnStreams(page);
  await page.route("**/events", (route) => route.abort());
  await dashboard.open(linkId);
  await mark(page);
  await visit(server, linkId, "ben");
  await expect(page.getByTestId("visit-row")).toHaveCount(2);
  await expectNoReload(page);
});

test("visits of a document follow too", async ({ server, page }) => {
  const { linkId } = await server.share();
  await visit(server, linkId, "ann");
  await page.goto(`/documents/${await server.documentOf(linkId)}/analytics`);
  await waitForHydration(page);
  await mark(page);
  const rows = page.getByTestId("visit-row");
  await expect(rows).toHaveCount(1);
  await visit(server, linkId, "ben");
  await expect(rows).toHaveCount(2);
  await expectNoReload(page);
});

test("viewer leads to earlier visits", async ({ server, dashboard, visitor }) => {
  const { page } = dashboard;
  const { linkId } = await server.share();
  await visit(server, linkId, "ann");
  await server.join(linkId, { sessionId: "other", email: "ben@example.com" });
  await server.join(linkId, { sessionId: "ann-again", email: "ann@example.com" });
  await dashboard.open(linkId);
  await dashboard.rows.getByRole("link", { name: "ann@example.com" }).click();
  await expect(page).toHaveURL(/range=all&who=ann%40example\.com#analytics$/);
  await expect(page.getByTestId("visit-row")).toHaveCount(1);

  // A browser that gave no address is known by its mark.
  const reader = await visitor();
  await reader.open(linkId);
  await dashboard.open(linkId);
  await dashboard.rows.getByRole("link", { name: /^Anonymous · Reader/ }).click();
  await expect(page.getByText(/reader “[0-9a-z]{8}”/).first()).toBeVisible();
  await reader.page.close({ runBeforeUnload: true });
  await expect(page.getByTestId("visit-row")).toHaveCount(1);
});

for (const [width, scheme] of [[1280, "light"], [390, "dark"]] as const) {
  test(`all viewers are listed and followed at ${width} px, ${scheme}`, async ({ server, dashboard }) => {
    const { page } = dashboard;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    const { linkId } = await server.share({ title: "Plans" });
    for (let number = 1; number <= 60; number += 1) {
      await server.join(linkId, { sessionId: `s${number}`, email: `reader${number}@example.com` });
    }
    await dashboard.open(linkId);
    await expect(dashboard.rows).toHaveCount(5);
    await dashboard.more.getByRole("link", { name: "+55 more viewers" }).click();
    await expect(page).toHaveURL(new RegExp(`/dashboard/${linkId}/viewers$`));
    await expect(page).toHaveTitle(/Viewers of Plans/);
    await waitForHydration(page);
    await expect(dashboard.rows).toHaveCount(60);
    await expect(dashboard.more).toBeHidden();
    await expect(dashboard.badge).toHaveText("Live");
    await server.leave(linkId, "s60");
    await expect(dashboard.rows).toHaveCount(59);
    await expect(dashboard.rows.first()).toContainText("reader59@example.com");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBe(0);
    await expectNoViolation(page);
    await page.getByRole("link", { name: "Dashboard of this link" }).click();
    await expect(dashboard.rows).toHaveCount(5);
  });
}

test("all viewers are listed without script", async ({ browser, server }) => {
  const { linkId } = await server.share();
  for (let number = 1; number <= 7; number += 1) await server.join(linkId, { sessionId: `s${number}` });
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.origin });
  await context.addCookies([await server.ownerSession()]);
  const page = await context.newPage();
  await page.goto(`/dashboard/${linkId}`);
  await page.getByRole("link", { name: "+2 more viewers" }).click();
  await expect(page.getByTestId("viewer-row")).toHaveCount(7);
  await context.close();
});
