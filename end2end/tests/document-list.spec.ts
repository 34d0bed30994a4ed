// The list of documents: pages, search, order, copying a link, and making one for a new document.

import type { Locator } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { makePdf } from "./support/pdf.ts";
import type { Server } from "./support/server.ts";

const COUNT = 52;

/** Titles of their own, so that the tests of this file can tell their documents from others. */
async function addMany(server: Server): Promise<void> {
  const bytes = new Uint8Array(makePdf(1));
  for (let number = 1; number <= COUNT; number += 1) {
    const title = `Numbered ${String(number).padStart(2, "0")}`;
    const response = await server.fetchAsOwner(`/api/documents?title=${encodeURIComponent(title)}`, "POST", bytes);
    expect(response.status).toBe(201);
  }
}

test.describe("with more documents than a page holds", () => {
  test.describe.configure({ mode: "serial", timeout: 60_000 });

  test("pages, search and order stand in the address", async ({ server, home }) => {
    await addMany(server);
    const { page } = home;
    await page.goto("/?q=NUMBERED&sort=name");
    const range = page.getByTestId("list-range");
    await expect(range).toHaveText(`1–50 of ${COUNT} documents`);
    await expect(home.titleLink("Numbered 01")).toBeVisible();
    await expect(page.getByRole("link", { name: "Previous" })).toBeHidden();
    await page.getByRole("link", { name: "Next" }).click();
    await expect(page).toHaveURL(/[?&]page=2/);
    await expect(range).toHaveText(`51–${COUNT} of ${COUNT} documents`);
    await expect(home.titleLink("Numbered 52")).toBeVisible();
    await expect(page.getByRole("link", { name: "Next" })).toBeHidden();

    await page.getByRole("navigation", { name: "Sort by" }).getByRole("link", { name: "Name" }).click();
    await expect(page).toHaveURL(/direction=desc/);
    await expect(page.getByRole("heading", { level: 2 }).first()).toHaveText("Numbered 52");

    await page.getByRole("searchbox", { name: "Search titles" }).fill("numbered 07");
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page).toHaveURL(/q=numbered(\+|%20)07/);
    await expect(page).toHaveURL(/sort=name/);
    await expect(range).toHaveText("1–1 of 1 document");
  });

  test("a list works without script", async ({ browser, server }) => {
    const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.origin });
    await context.addCookies([await server.ownerSession()]);
    const page = await context.newPage();
    await page.goto("/");
    await page.getByRole("searchbox", { name: "Search titles" }).fill("numbered 0");
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page.getByTestId("list-range")).toHaveText("1–9 of 9 documents");
    await page.getByRole("link", { name: "Last view" }).click();
    await expect(page).toHaveURL(/sort=viewed/);
    await context.close();
  });

  test("a search that finds nothing says so", async ({ home }) => {
    await home.page.goto("/?q=no+such+title");
    await expect(home.page.getByText("No title contains “no such title”.")).toBeVisible();
    await home.page.getByRole("link", { name: "Show all documents" }).click();
    await expect(home.page).toHaveURL("/");
    await home.page.goto("/?q=numbered&page=9");
    await expect(home.page.getByText("There is no page 9 any more.")).toBeVisible();
    await home.page.getByRole("link", { name: "Back to the first page" }).click();
    await expect(home.page.getByTestId("list-range")).toHaveText(`1–50 of ${COUNT} documents`);
  });

  for (const width of [320, 390]) {
    test(`nothing is wider than a screen of ${width} px`, async ({ home }) => {
      await home.page.setViewportSize({ width, height: 700 });
      await home.open();
      const overflow = () => home.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(await overflow()).toBeLessThanOrEqual(0);
    });
  }
});

test("last view and numbers change while the page is open", async ({ server, home }) => {
  const link = await server.share({ title: "Watched" });
  await home.page.goto("/?q=watched");
  const entry = home.entry(link.title);
  await expect(entry.getByTestId("document-last-view")).toHaveText("never viewed");
  await server.join(link.linkId, { sessionId: "a" });
  await expect(entry.getByTestId("document-total-views")).toHaveText("1");
  await expect(entry.getByTestId("document-last-view")).toHaveText("viewed just now");
});

test("numbers stand in one row, between title and button on wide screens", async ({ server, home }) => {
  const link = await server.share({ title: "In a row" });
  const entry = home.entry(link.title);
  const box = async (part: Locator) => (await part.boundingBox())!;
  for (const [width, isOneRow] of [[1280, true], [390, false]] as const) {
    await home.page.setViewportSize({ width, height: 800 });
    await home.page.goto("/?q=in+a+row");
    await expect(home.page.locator("body[data-hydrated]")).toBeAttached();
    const [title, active, total, button] = await Promise.all([
      box(home.titleLink(link.title)),
      box(entry.getByTestId("document-active-now")),
      box(entry.getByTestId("document-total-views")),
      box(entry.getByRole("button", { name: "Copy" })),
    ]);
    expect(total.y).toBe(active.y);
    expect(total.x).toBeGreaterThan(active.x + active.width);
    expect(title.x + title.width < active.x && total.x + total.width < button.x).toBe(isOneRow);
  }
});

test("a link is copied from the list", async ({ server, home }) => {
  const link = await server.share({ title: "To be copied" });
  await home.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await home.page.goto("/?q=to+be+copied");
  await expect(home.page.locator("body[data-hydrated]")).toBeAttached();
  await home.entry(link.title).getByRole("button", { name: "Copy" }).click();
  await expect(home.entry(link.title).getByRole("button", { name: "Copied" })).toBeVisible();
  expect(await home.page.evaluate(() => navigator.clipboard.readText())).toBe(`${server.origin}/v/${link.linkId}`);
});

test("an upload leads to a link, and to its document", async ({ server, home, documentPage }) => {
  await home.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await home.open();
  await home.uploads.input.setInputFiles({
    name: "Fresh.pdf",
    mimeType: "application/pdf",
    buffer: makePdf(2),
  });
  const row = home.uploads.row("Fresh.pdf");
  await row.getByRole("button", { name: "Make link and copy" }).click();
  await expect(row.getByTestId("upload-link")).toContainText("Link made and copied: ");
  const url = await home.page.evaluate(() => navigator.clipboard.readText());
  expect(url).toContain(`${server.origin}/v/`);
  expect((await fetch(url)).status).toBe(200);
  await expect(home.entry("Fresh").getByTestId("document-links")).toHaveText("1 link");
  await row.getByRole("link", { name: "Done" }).click();
  await expect(documentPage.page.getByRole("heading", { name: "Fresh", level: 1 })).toBeVisible();
  await expect(documentPage.linkCard(new URL(url).pathname.slice("/v/".length))).toBeVisible();
});
