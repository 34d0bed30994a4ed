// How one moves through a document: nothing is skipped, and the place is kept.

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { waitForHydration } from "./support/pages.ts";
import { makePdf, makePdfOf } from "./support/pdf.ts";

for (const [forward, back] of [["PageDown", "PageUp"], ["Space", "Shift+Space"]] as const) {
  test(`${forward} shows every line`, async ({ server, viewer }) => {
    const link = await server.share({ pages: 2 });
    await viewer.open(link.linkId);
    let seen = (await viewer.partInView(1))?.[1] ?? 0;
    expect(seen, "a page is taller than the window").toBeLessThan(0.8);
    let presses = 0;
    while (seen < 1) {
      const before = await viewer.scrolled();
      await viewer.page.keyboard.press(forward);
      await expect.poll(() => viewer.scrolled()).toBeGreaterThan(before);
      const [from, to] = (await viewer.partInView(1)) ?? [1, 1];
      expect(from, `press ${++presses} skips nothing`).toBeLessThan(seen);
      seen = to;
    }
    const below = await viewer.scrolled();
    await viewer.page.keyboard.press(back);
    await expect.poll(() => viewer.scrolled()).toBeLessThan(below);
  });
}

test("click at the edge moves one screen", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  await viewer.open(link.linkId);
  const frame = (await viewer.scroller.boundingBox())!;
  const middle = frame.y + frame.height / 2;
  await viewer.page.mouse.click(frame.x + frame.width - 30, middle);
  await expect.poll(() => viewer.scrolled()).toBeGreaterThan(0.8 * frame.height);
  await viewer.page.mouse.click(frame.x + frame.width / 2, middle);
  await viewer.page.mouse.click(frame.x + 10, middle);
  await expect.poll(() => viewer.scrolled()).toBe(0);
});

test("Home and End go to the ends", async ({ server, viewer }) => {
  const link = await server.share({ pages: 4 });
  await viewer.open(link.linkId, "?p=2");
  await viewer.page.keyboard.press("End");
  await viewer.expectPage(4, 4);
  expect((await viewer.partInView(4))?.[1]).toBe(1);
  await viewer.page.keyboard.press("Home");
  await viewer.expectPage(1, 4);
  expect(await viewer.scrolled()).toBe(0);
});

test("resizing and turning the device keep the place", async ({ server, viewer }) => {
  const link = await server.share({ pages: 9 });
  await viewer.page.setViewportSize({ width: 390, height: 740 });
  await viewer.open(link.linkId, "?p=5");
  await viewer.page.keyboard.press("PageDown");
  const atTheTop = async () => {
    for (let page = 1; page <= 9; page++) {
      const part = await viewer.partInView(page);
      if (part) return page + part[0];
    }
    return 0;
  };
  const place = await atTheTop();
  for (const [width, height] of [[740, 390], [390, 740], [1280, 800], [390, 740]] as const) {
    await viewer.page.setViewportSize({ width, height });
    await expect.poll(async () => Math.abs((await atTheTop()) - place), `${width} x ${height}`).toBeLessThan(0.03);
  }
});

test("going back and reloading keep the place", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  const link = await server.share({ pages: 6 });
  await viewer.open(link.linkId);
  await viewer.page.keyboard.press("PageDown");
  await viewer.page.keyboard.press("PageDown");
  await expect.poll(() => viewer.scrolled()).toBeGreaterThan(1_000);
  const place = await viewer.scrolled();
  await expect.poll(() => viewer.page.evaluate(() => history.state)).toBeGreaterThan(1.5);
  await viewer.reload();
  await expect.poll(async () => Math.abs((await viewer.scrolled()) - place)).toBeLessThan(5);
  await viewer.page.goto("/nowhere");
  await viewer.page.goBack();
  await waitForHydration(viewer.page);
  await expect.poll(async () => Math.abs((await viewer.scrolled()) - place)).toBeLessThan(5);
});

test("page number can be typed", async ({ server, viewer }) => {
  const link = await server.share({ pages: 12 });
  await viewer.open(link.linkId);
  for (const [typed, page] of [["7", 7], ["99", 12], ["0", 1], ["seven", 1]] as const) {
    await viewer.goTo(typed);
    await viewer.expectPage(page, 12);
    await expect(viewer.picture(page)).toBeInViewport();
  }
});

test("fit is remembered by the browser", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  await viewer.open(link.linkId);
  const fitPage = viewer.page.getByRole("button", { name: "Fit page" });
  const fitWidth = viewer.page.getByRole("button", { name: "Fit width" });
  await fitPage.click();
  await expect.poll(async () => viewer.partInView(1)).toEqual([0, 1]);
  await viewer.reload();
  await expect(fitPage).toHaveAttribute("aria-pressed", "true");
  await expect.poll(async () => viewer.partInView(1)).toEqual([0, 1]);
  await fitWidth.click();
  await expect(fitPage).toHaveAttribute("aria-pressed", "false");
  const frame = (await viewer.scroller.boundingBox())!;
  await expect.poll(async () => (await viewer.sheet(1).boundingBox())?.width).toBeGreaterThan(frame.width - 60);
  await fitWidth.click();
  await expect.poll(async () => (await viewer.sheet(1).boundingBox())?.width).toBe(960);
});

test("full screen shows one page as large as the screen", async ({ server, viewer }) => {
  const link = await server.share({ pages: 4, file: makePdf(4, { width: 1600, height: 900 }) });
  await viewer.open(link.linkId, "?p=2");
  const { toolbar } = viewer;
  await viewer.page.keyboard.press("f");
  const screen = await viewer.page.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  await expect.poll(() => viewer.sheet(2).boundingBox()).toEqual({ x: 0, y: 0, ...screen });
  await expect(toolbar).not.toBeInViewport();
  for (const [key, page] of [["ArrowRight", 3], [" ", 4], ["ArrowLeft", 3], ["PageUp", 2]] as const) {
    await viewer.page.keyboard.press(key);
    await expect.poll(() => viewer.sheet(page).boundingBox(), key).toEqual({ x: 0, y: 0, ...screen });
  }
  await viewer.page.mouse.move(300, 300);
  await expect(toolbar).toBeInViewport();
  await viewer.page.mouse.click(screen.width - 300, 400);
  await viewer.expectPage(3, 4);
  await viewer.page.keyboard.press("f");
  await expect.poll(() => viewer.page.evaluate(() => document.fullscreenElement)).toBeNull();
  await viewer.expectPage(3, 4);
});

test("only pages near the reader stand in the document", async ({ server, viewer }) => {
  const link = await server.share({ pages: 900 });
  await viewer.open(link.linkId);
  const sheets = viewer.scroller.locator("[data-page]");
  await viewer.goTo("450");
  await viewer.expectPage(450, 900);
  await expect(viewer.picture(450)).toBeInViewport();
  await expect.poll(() => sheets.count()).toBeLessThan(150);
  await viewer.page.keyboard.press("End");
  await viewer.expectPage(900, 900);
  await expect(viewer.picture(900)).toBeInViewport();
  await expect.poll(() => sheets.count()).toBeLessThan(150);
});

test("small pictures lead to their pages", async ({ server, viewer }) => {
  const link = await server.share({ pages: 8 });
  await viewer.open(link.linkId);
  await viewer.page.getByRole("button", { name: "Pages and outline" }).click();
  const panel = viewer.page.getByRole("navigation", { name: "Pages and outline" });
  await panel.getByRole("link", { name: "Page 3" }).click();
  await viewer.expectPage(3, 8);
  await expect(panel.getByRole("link", { name: "Page 3" })).toHaveAttribute("aria-current", "page");
});

test("every page is printed on a sheet of its own", async ({ server, visitor }) => {
  const link = await server.share({ pages: 7 });
  await server.setLink(link.linkId, { download: true });
  const viewer = await visitor();
  await viewer.open(link.linkId);
  const sheets = viewer.page.locator("#printed-pages > img");
  await expect(sheets).toHaveCount(7);
  const pdf = (await viewer.page.pdf({ preferCSSPageSize: true })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(7);
});

test("printing that is off says so on one sheet", async ({ server, visitor }) => {
  const link = await server.share({ pages: 7 });
  const viewer = await visitor();
  await viewer.open(link.linkId);
  const pdf = (await viewer.page.pdf()).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await viewer.page.emulateMedia({ media: "print" });
  await expect(viewer.page.getByText("does not let it be printed")).toBeVisible();
  await expect(viewer.picture(1)).toBeHidden();
});

test.describe("fingers", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 740 } });

  test("pinching sizes the pages, not the toolbar", async ({ server, viewer }) => {
    const link = await server.share({ pages: 3 });
    await viewer.open(link.linkId);
    const width = async () => (await viewer.sheet(1).boundingBox())?.width ?? 0;
    const before = await width();
    const client = await viewer.page.context().newCDPSession(viewer.page);
    const touch = (type: "touchStart" | "touchMove" | "touchEnd", apart: number) =>
      client.send("Input.dispatchTouchEvent", {
        type,
        touchPoints: type === "touchEnd" ? [] : [{ x: 195, y: 400 - apart, id: 0 }, { x: 195, y: 400 + apart, id: 1 }],
      });
    await touch("touchStart", 50);
    for (const apart of [60, 80, 100]) await touch("touchMove", apart);
    await touch("touchEnd", 0);
    await expect.poll(width).toBeGreaterThan(1.4 * before);
    expect(await viewer.page.evaluate(() => visualViewport?.scale)).toBe(1);
    expect((await viewer.toolbar.boundingBox())?.width).toBe(390);
  });
});

test("page counts as read for the part that was in view", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  await viewer.page.clock.install();
  await viewer.open(link.linkId);
  const [, below] = (await viewer.partInView(1)) ?? [0, 0];
  expect(below, "the lower third is out of view").toBeLessThan(0.66);
  await viewer.page.clock.runFor(3_000);
  const told = viewer.page.waitForRequest((request) => /"seen":\[\{/.test(request.postData() ?? ""));
  await viewer.page.keyboard.press("ArrowRight");
  await viewer.page.clock.runFor(1_000);
  const { seen } = (await told).postDataJSON() as { seen: { page: number; thirds: number }[] };
  // Half of the middle third is not the third.
  expect(seen).toContainEqual({ page: 1, thirds: 1 });
  expect(seen).toContainEqual({ page: 2, thirds: 0 });
});

test("links that lead away are told to the owner", async ({ server, viewer }) => {
  const uri = "https://example.com/outside";
  const file = makePdfOf({ pages: [{ text: [["A link", 72, 760, 24]], links: [{ rect: [72, 600, 300, 640], uri }] }] });
  const link = await server.share({ file, pages: 1 });
  await viewer.page.context().route(uri, (route) => route.fulfill({ body: "outside" }));
  await viewer.open(link.linkId);
  const told = viewer.page.waitForRequest((request) => /"clicked":\["https/.test(request.postData() ?? ""));
  const opened = viewer.page.context().waitForEvent("page");
  await viewer.sheet(1).locator("[data-outgoing]").click();
  expect(((await told).postDataJSON() as { clicked: string[] }).clicked).toEqual([uri]);
  expect(await (await opened).evaluate(() => opener)).toBeNull();
});

test("pictures that failed come when the server is back", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/Failed to load resource|net::ERR_FAILED/);
  const link = await server.share({ pages: 3 });
  const isDown = { value: true };
  await viewer.page.route(/\/pages\/\d+/, (route) => (isDown.value ? route.abort() : route.continue()));
  await viewer.open(link.linkId);
  const trouble = viewer.sheet(1).getByText("Page 1 could not be loaded.");
  await expect(trouble).toBeVisible();
  isDown.value = false;
  await expect(trouble).toBeHidden();
  await expect.poll(() => viewer.picture(1).evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBeGreaterThan(0);
});

test("link that is closed while one reads says so", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/status of 4\d\d/);
  const link = await server.share({ pages: 30 });
  await viewer.open(link.linkId);
  await server.setLink(link.linkId, { enabled: false });
  await viewer.page.keyboard.press("End");
  await expect(viewer.page.getByTestId("closed")).toBeVisible();
  await axe.expectNoViolation(viewer.page);
  await expect(viewer.sheet(30).getByText("Page 30 could not be loaded.")).toBeVisible();
});
