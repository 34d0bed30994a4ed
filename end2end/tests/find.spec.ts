// The search in a document: it finds what the browser's search cannot, on every page.

import type { Page } from "@playwright/test";

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { makePdfOf } from "./support/pdf.ts";

const PAGES = 70;

/** Many pages, some with words on lines of their own. */
function withWords(words: Record<number, string[]>): Buffer {
  const pages = Array.from({ length: PAGES }, (_, index) => {
    const lines = words[index + 1] ?? ["Nothing"];
    // The first line at the upper end, the others at the lower one.
    const place = (at: number) => (at === 0 ? 760 : 80 + 20 * (lines.length - 1 - at));
    return { text: lines.map((line, at) => [line, 72, place(at), 14] as const) };
  });
  return makePdfOf({ pages });
}

const file = withWords({
  2: ["The Harbour of Rotterdam"],
  50: ["the harbour", "another HARBOUR, below"],
  70: ["Nothing", "a har-", "bour in two lines"],
});

const field = (page: Page) => page.getByRole("searchbox", { name: "Find in document" });
/** Waits for the search, which comes once the page can be read. */
const loaded = (page: Page) => expect(page.locator("search")).toBeAttached();
const hits = (page: Page) => page.getByRole("search").getByRole("link");
const state = (page: Page) => page.getByRole("search").getByRole("status");
/** The texts are read first, which takes a moment for each. */
const READ = { timeout: 60_000 };

/** The texts that are marked on a page. */
const marked = (page: Page, number: number) =>
  page.evaluate((number) => {
    const ranges = [...(CSS.highlights.get("found") ?? [])] as Range[];
    const isOnPage = (range: Range) => range.startContainer.parentElement?.closest(`[data-page="${number}"]`);
    return ranges.filter(isOnPage).map(String).sort();
  }, number);

test("words are found on every page", async ({ server, viewer }) => {
  const { page } = viewer;
  const link = await server.share({ file, pages: PAGES });
  await viewer.open(link.linkId);
  await loaded(page);
  await page.keyboard.press("Control+f");
  await expect(field(page)).toBeFocused();
  await page.keyboard.type("harbour");
  await expect(state(page)).toHaveText("Found on 3 pages.", READ);
  await expect(hits(page)).toHaveText([
    /^Page 2The Harbour of Rotterdam/,
    /^Page 50 · 2 timesthe harbour/,
    /^Page 70Nothing\s+a har-\s*bour in two lines/,
  ]);

  await hits(page).nth(1).click();
  await viewer.expectPage(50, PAGES);
  await expect.poll(() => marked(page, 50)).toEqual(["HARBOUR", "harbour"]);

  // The words stand at the lower end of the page, which is not in view by itself.
  await field(page).focus();
  await page.keyboard.press("Enter");
  await viewer.expectPage(70, PAGES);
  await expect.poll(() => marked(page, 70)).toEqual(["har-bour"]);
  await expect(page.getByText("bour in two lines", { exact: true })).toBeInViewport();

  await page.keyboard.press("Shift+Enter");
  await viewer.expectPage(50, PAGES);
});

test("words that are nowhere are told", async ({ server, viewer }) => {
  const { page } = viewer;
  const link = await server.share({ file, pages: PAGES });
  await viewer.open(link.linkId);
  await viewer.page.getByTestId("panel").click();
  await field(page).fill("Antwerp");
  await expect(state(page)).toHaveText("Not found.", READ);
  await field(page).fill("");
  await expect(page.locator(".find-state")).toBeEmpty();
  await expect(hits(page)).toHaveCount(0);
});

test("text that cannot be had is told", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/status of 500/);
  const { page } = viewer;
  const link = await server.share({ file, pages: PAGES });
  await page.route(/\/pages\/50\/text/, (route) => route.fulfill({ status: 500 }));
  await viewer.open(link.linkId);
  await viewer.page.getByTestId("panel").click();
  await field(page).fill("harbour");
  await expect(state(page)).toHaveText("Found on 2 pages. 1 page could not be searched.", READ);
});

test("browser searches a short document itself", async ({ server, viewer }) => {
  const { page } = viewer;
  const link = await server.share({ pages: 3 });
  await server.setLink(link.linkId, { copying: "on" });
  await viewer.open(link.linkId);
  await loaded(page);
  await expect(viewer.sheet(3)).toBeAttached();
  const isOurs = () =>
    page.evaluate(() => {
      const press = new KeyboardEvent("keydown", { key: "f", ctrlKey: true, bubbles: true, cancelable: true });
      return !document.body.dispatchEvent(press);
    });
  expect(await isOurs()).toBe(false);

  // Where copying is off, Chromium finds nothing in the text of pages.
  await server.setLink(link.linkId, { copying: "off" });
  await viewer.reload();
  await loaded(page);
  expect(await isOurs()).toBe(true);
  await field(page).fill("page 2 of");
  await expect(hits(page)).toHaveText([/^Page 2/], READ);
});

test("panel with hits has no accessibility problem", async ({ server, viewer }) => {
  const { page } = viewer;
  const link = await server.share({ file, pages: PAGES });
  await viewer.open(link.linkId);
  await viewer.page.getByTestId("panel").click();
  await field(page).fill("harbour");
  await expect(state(page)).toHaveText("Found on 3 pages.", READ);
  await axe.expectNoViolation(page);
});

test("owner searches the preview", async ({ server, page }) => {
  const link = await server.share({ file, pages: PAGES });
  await page.goto(`/documents/${await server.documentOf(link.linkId)}/preview`);
  await page.getByTestId("panel").click();
  await field(page).fill("rotterdam");
  await expect(hits(page)).toHaveText([/^Page 2/], READ);
});
