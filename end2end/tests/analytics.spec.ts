// Past visits: from three readers to a filtered export, by keyboard, in narrow windows and without script.

import { AxeBuilder } from "@axe-core/playwright";

import { expect, test } from "./support/fixtures.ts";
import type { Server } from "./support/server.ts";

/** Three readers of a document of three pages. Returns its link. */
async function readByThree(server: Server): Promise<string> {
  const { linkId } = await server.share({ title: "Plans", pages: 3 });
  for (const [session, email] of [["a", "ann@example.com"], ["b", "ben@example.org"], ["c", undefined]] as const) {
    await server.join(linkId, { sessionId: session, currentPage: 1, ...(email && { email }) });
    await server.leave(linkId, session);
  }
  return linkId;
}

test("visits are filtered, read and exported", async ({ server, dashboard }) => {
  const link = await readByThree(server);
  const { page } = dashboard;
  await dashboard.open(link);
  await expect(page.getByTestId("report-views")).toHaveText("3");
  await expect(page.getByTestId("visit-row")).toHaveCount(3);

  await page.locator("summary", { hasText: /^Filter$/ }).click();
  await page.getByLabel("Reader").fill("ann@");
  await page.getByRole("button", { name: "Filter" }).click();
  await expect(page).toHaveURL(/who=ann%40/);
  await expect(page.getByTestId("visit-row")).toHaveCount(1);
  await expect(page.getByTestId("report-views")).toHaveText("1");

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "CSV", exact: true }).click();
  expect((await download).suggestedFilename()).toBe("visits-v1.csv");

  await page.getByTestId("visit-row").getByRole("link", { name: "ann@example.com" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("ann@example.com");
  await page.getByRole("button", { name: "Archive this visit" }).click();
  await expect(page.getByText("Archived: it is in no number any more.")).toBeVisible();
  await dashboard.open(link);
  await expect(page.getByTestId("report-views")).toHaveText("2");
});

test("a person is erased after a question", async ({ server, dashboard }) => {
  const link = await readByThree(server);
  // Of one visit alone: erasing reaches all documents of the owner, which other tests share.
  await server.join(link, { sessionId: "d", email: "eve@example.net", currentPage: 1 });
  await server.leave(link, "d");
  const { page } = dashboard;
  await dashboard.open(link);
  await page.getByRole("link", { name: "eve@example.net" }).click();
  await page.getByText("Erase this person").click();
  await page.getByRole("button", { name: "Erase for good" }).click();
  await expect(page.getByText("1 visit is erased.")).toBeVisible();
  await expect(page.getByTestId("visit-row")).toHaveCount(3);
});

test("analytics work without script", async ({ browser, server }) => {
  const link = await readByThree(server);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.origin });
  await context.addCookies([await server.ownerSession()]);
  const page = await context.newPage();
  await page.goto(`/dashboard/${link}`);
  await page.getByRole("navigation", { name: "Range" }).getByRole("link", { name: "Today" }).click();
  await expect(page).toHaveURL(/range=today/);
  await expect(page.getByTestId("visit-row")).toHaveCount(3);
  await context.close();
});

for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [320, "dark"]] as const) {
  test(`analytics fit ${width} px, ${scheme}, and have no accessibility violation`, async ({ server, dashboard }) => {
    const link = await readByThree(server);
    const { page } = dashboard;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    const documentId = await server.documentOf(link);
    for (const path of [`/dashboard/${link}`, `/documents/${documentId}/analytics`, "/analytics"]) {
      await page.goto(path);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, path).toBe(0);
      const results = await new AxeBuilder({ page }).analyze();
      expect(results.violations, path).toEqual([]);
    }
    await page.goto(`/dashboard/${link}`);
    await page.getByRole("link", { name: "ann@example.com" }).click();
    const results = await new AxeBuilder({ page }).analyze();
    expect(results.violations, "the visit").toEqual([]);
  });
}
