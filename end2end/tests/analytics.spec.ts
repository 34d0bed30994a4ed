// Past visits: from three readers to a filtered export, by keyboard, in narrow windows and without script.

import type { Locator, Page } from "@playwright/test";

import { expectNoViolation } from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { Keyboard } from "./support/keyboard.ts";
import type { Server } from "./support/server.ts";

interface Read {
  link: string;
  /** The e-mail addresses of two of the readers: of this link alone, since tests share a server and so its owner. */
  ann: string;
  ben: string;
}

/** Three readers of a document of three pages. */
async function readByThree(server: Server): Promise<Read> {
  const { linkId } = await server.share({ title: "Plans", pages: 3 });
  const [ann, ben] = [`ann@${linkId}.example`, `ben@${linkId}.example`];
  for (const [session, email] of [["a", ann], ["b", ben], ["c", undefined]] as const) {
    await server.join(linkId, { sessionId: session, currentPage: 1, ...(email && { email }) });
    await server.leave(linkId, session);
  }
  return { link: linkId, ann, ben };
}

/** The same, and Ann reads a second document. */
async function readTwoByAnn(server: Server): Promise<Read> {
  const read = await readByThree(server);
  const { linkId } = await server.share({ title: "Figures", pages: 2 });
  await server.join(linkId, { sessionId: "d", currentPage: 1, email: read.ann });
  await server.leave(linkId, "d");
  return read;
}

/** The link to a visit in a list, by the name in its row. */
function visitLink(page: Page, name: string): Locator {
  const row = page.getByTestId("visit-row").filter({ hasText: name });
  return row.getByRole("link", { name: /^Visit / });
}

async function expectFitAndAccessible(page: Page, what: string): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, what).toBe(0);
  await expectNoViolation(page);
}

test("visits are filtered, read and exported", async ({ server, dashboard }) => {
  const { link, ann } = await readByThree(server);
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
  expect((await download).suggestedFilename()).toBe("visits-v2.csv");

  await visitLink(page, ann).click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText(ann);
  await page.getByRole("button", { name: "Archive this visit" }).click();
  await expect(page.getByText("Archived: it is in no number any more.")).toBeVisible();
  await dashboard.open(link);
  await expect(page.getByTestId("report-views")).toHaveText("2");
});

test("a person is erased after a question", async ({ server, dashboard }) => {
  const { link, ben } = await readByThree(server);
  const { page } = dashboard;
  await dashboard.open(link);
  await visitLink(page, ben).click();
  await page.getByText("Erase this person").click();
  await page.getByRole("button", { name: "Erase for good" }).click();
  await expect(page.getByText("1 visit is erased.")).toBeVisible();
  await expect(page.getByTestId("visit-row")).toHaveCount(2);
});

test("a reader is found and erased by keyboard", async ({ server, dashboard }) => {
  const { link, ann } = await readTwoByAnn(server);
  const { page } = dashboard;
  const keyboard = new Keyboard(page);
  await dashboard.open(link);
  // Behind the charts, whose bars are links too.
  await page.getByRole("link", { name: "Pages as NDJSON" }).focus();
  await keyboard.press(page.getByRole("link", { name: ann }), "Enter");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(`${ann} not verified`);
  const rows = page.getByTestId("visit-row");
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("Figures");
  await keyboard.press(rows.last().getByRole("link", { name: /^Visit / }), "Enter");
  await expect(page).toHaveURL(/\/links\/.*\/visits\//);
  await keyboard.press(page.getByRole("link", { name: `All visits of ${ann}` }), "Enter");
  await expect(page).toHaveURL(`/readers/${encodeURIComponent(ann)}`);
  await keyboard.press(page.getByText("Erase this person"), "Enter");
  await expect(page.getByText("Removes 2 visits to 2 documents for good")).toBeVisible();
  await keyboard.press(page.getByRole("button", { name: "Erase for good" }), "Enter");
  await expect(page.getByText("2 visits are erased.")).toBeVisible();
  await dashboard.open(link);
  await expect(rows).toHaveCount(2);
  const gone = await page.request.get(`/readers/${encodeURIComponent(ann)}`);
  expect(gone.status()).toBe(404);
});

test("analytics work without script", async ({ browser, server }) => {
  const { link, ben } = await readByThree(server);
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.origin });
  await context.addCookies([await server.ownerSession()]);
  const page = await context.newPage();
  await page.goto(`/dashboard/${link}`);
  await page.getByRole("navigation", { name: "Range" }).getByRole("link", { name: "Today" }).click();
  await expect(page).toHaveURL(/range=today/);
  await expect(page.getByTestId("visit-row")).toHaveCount(3);
  await page.getByRole("link", { name: ben }).click();
  await expect(page.getByTestId("reader-facts")).toContainText("Last visit");
  await page.getByText("Erase this person").click();
  await page.getByRole("button", { name: "Erase for good" }).click();
  await expect(page.getByText("1 visit is erased.")).toBeVisible();
  await context.close();
});

for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [320, "dark"]] as const) {
  test(`analytics fit ${width} px, ${scheme}, and have no accessibility violation`, async ({ server, page }) => {
    const { link } = await readByThree(server);
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    const documentId = await server.documentOf(link);
    for (const path of [`/dashboard/${link}`, `/documents/${documentId}/analytics`, "/analytics"]) {
      await page.goto(path);
      await expectFitAndAccessible(page, path);
    }
  });

  test(`visit and reader fit ${width} px, ${scheme}, and have no accessibility violation`, async ({ server, page }) => {
    const { link, ann } = await readTwoByAnn(server);
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`/dashboard/${link}`);
    await visitLink(page, ann).click();
    await expect(page.getByTestId("visit-facts")).toBeVisible();
    await expectFitAndAccessible(page, "the visit");
    await page.getByRole("link", { name: `All visits of ${ann}` }).click();
    await page.getByText("Erase this person").click();
    await expectFitAndAccessible(page, "the reader");
  });
}
