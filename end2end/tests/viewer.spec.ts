// Reading a document by keys, buttons and address.

import { expect, test } from "./support/fixtures.ts";

test("keys turn the pages", async ({ server, viewer }) => {
  const link = await server.share({ pages: 6 });
  await viewer.open(link.linkId);
  await viewer.expectPage(1, 6);
  for (const [key, page] of [
    ["ArrowRight", 2],
    ["ArrowRight", 3],
    ["ArrowLeft", 2],
    ["ArrowLeft", 1],
    ["End", 6],
    ["Home", 1],
  ] as const) {
    await viewer.page.keyboard.press(key);
    await viewer.expectPage(page, 6);
    await expect(viewer.picture(page)).toBeInViewport();
  }
});

test("keys zoom", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const width = async () => (await viewer.picture(1).boundingBox())?.width ?? 0;
  const plain = await width();
  await viewer.page.keyboard.press("+");
  await expect.poll(width).toBeGreaterThan(plain);
  await viewer.page.keyboard.press("0");
  await expect.poll(width).toBe(plain);
  await viewer.page.keyboard.press("-");
  await expect.poll(width).toBeLessThan(plain);
});

test("F toggles full screen", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  const full = () => viewer.page.evaluate(() => document.fullscreenElement !== null);
  await viewer.page.keyboard.press("f");
  await expect.poll(full).toBe(true);
  await viewer.page.keyboard.press("f");
  await expect.poll(full).toBe(false);
});

test("buttons stop at the first and last page", async ({ server, viewer }) => {
  const link = await server.share({ pages: 2 });
  await viewer.open(link.linkId);
  await expect(viewer.previous).toBeDisabled();
  await viewer.next.click();
  await viewer.expectPage(2, 2);
  await expect(viewer.next).toBeDisabled();
  await viewer.previous.click();
  await viewer.expectPage(1, 2);
});

test("?p=5 opens page 5 and follows the reader", async ({ server, viewer }) => {
  const link = await server.share({ pages: 8 });
  await viewer.open(link.linkId, "?p=5");
  await viewer.expectPage(5, 8);
  await expect(viewer.picture(5)).toBeInViewport();
  await expect.poll(async () => (await server.snapshot(link.linkId)).activeViewers[0]?.currentPage).toBe(5);
  await viewer.next.click();
  await expect(viewer.page).toHaveURL(`/v/${link.linkId}?p=6`);
  await viewer.reload();
  await viewer.expectPage(6, 8);
});

test("page number out of range is corrected", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  for (const [query, page] of [["?p=99", 3], ["?p=0", 1], ["?p=-1", 1], ["?p=two", 1]] as const) {
    await viewer.open(link.linkId, query);
    await viewer.expectPage(page, 3);
  }
});

test("scrolling makes the most visible page current", async ({ server, viewer }) => {
  const link = await server.share({ pages: 4 });
  await viewer.open(link.linkId);
  await viewer.picture(3).scrollIntoViewIfNeeded();
  await viewer.picture(3).evaluate((picture) => picture.scrollIntoView({ block: "center", behavior: "instant" }));
  await viewer.expectPage(3, 4);
  await expect.poll(async () => (await server.snapshot(link.linkId)).activeViewers[0]?.currentPage).toBe(3);
});

test("distant pages are not loaded, layout is stable", async ({ server, viewer }) => {
  const link = await server.share({ pages: 30 });
  const requests: string[] = [];
  viewer.page.on("request", (request) => {
    const page = /\/pages\/(\d+)/.exec(request.url())?.[1];
    if (page) requests.push(page);
  });
  await viewer.open(link.linkId);
  await expect(viewer.picture(1)).toBeVisible();
  const height = () => viewer.scroller.evaluate((pages) => pages.scrollHeight);
  const before = await height();
  await viewer.page.keyboard.press("End");
  await viewer.expectPage(30, 30);
  await expect.poll(() => requests).toContain("30");
  expect(requests).not.toContain("15");
  expect(await height()).toBe(before);
});

test("visitor is told, search engines are kept out", async ({ server, viewer }) => {
  const link = await server.share();
  await viewer.open(link.linkId);
  await expect(viewer.page.getByText(/owner of this document sees/)).toBeVisible();
  await expect(viewer.page.locator('meta[name="robots"]')).toHaveAttribute("content", /noindex/);
});
