// Reading where the page's program does not run: without WebAssembly, or when it could not be loaded.

import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { DocumentPage } from "./support/forms.ts";
import { HomePage, type ViewerPage, waitForHydration } from "./support/pages.ts";
import type { Server } from "./support/server.ts";

/** Ways in which the program does not run, and the errors of the browser that they cause. */
const WAYS: { way: string; arrange: (page: Page) => Promise<unknown>; errors: RegExp[] }[] = [
  {
    way: "without WebAssembly",
    // As Safari is in Lockdown Mode.
    arrange: (page) => page.addInitScript("delete globalThis.WebAssembly"),
    errors: [/WebAssembly is not defined/],
  },
  {
    way: "without the program",
    arrange: (page) => page.route(/\.wasm$/, (route) => route.abort()),
    errors: [/Failed to load resource/, /Failed to fetch/],
  },
  {
    way: "with a damaged program",
    arrange: (page) => page.route(/\.wasm$/, (route) => route.fulfill({ contentType: "application/wasm", body: "cut off" })),
    errors: [/CompileError/, /magic word/],
  },
  {
    way: "without the program's script",
    arrange: (page) => page.route(/\/pkg\/.*\.js$/, (route) => route.abort()),
    errors: [/Failed to load resource/, /Failed to fetch/],
  },
];

/** What the owner sees of the link. */
async function numbers(server: Server, linkId: string): Promise<unknown> {
  const { metrics, activeViewers } = await server.snapshot(linkId);
  return [metrics.activeViewers, metrics.totalViews, activeViewers[0]?.currentPage];
}

/** Holds the program back until what it returns is called. `patient`: public/viewer/plain.js never starts without it. */
async function holdBack(page: Page, { patient }: { patient: boolean }): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\.wasm$/, async (route) => {
    await released;
    await route.continue();
  });
  if (patient) {
    await page.addInitScript(() => {
      const { setTimeout } = globalThis;
      const fake = (callback: () => void, delay?: number) => (delay === 4_000 ? 0 : setTimeout(callback, delay));
      Object.assign(globalThis, { setTimeout: fake });
    });
  }
  return release;
}

/** The picture of a page is drawn, not only its placeholder. */
const isDrawn = (viewer: ViewerPage, page: number) =>
  viewer.picture(page).evaluate((picture: HTMLImageElement) => picture.complete && picture.naturalWidth > 0);

for (const { way, arrange, errors } of WAYS) {
  test(`${way} the visit counts with its page`, async ({ server, viewer, browserErrors }) => {
    browserErrors.allow(...errors);
    const link = await server.share({ pages: 4 });
    await arrange(viewer.page);
    await viewer.page.goto(`/v/${link.linkId}`);
    await expect.poll(() => isDrawn(viewer, 1)).toBe(true);
    await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 1]);

    await viewer.picture(3).scrollIntoViewIfNeeded();
    await viewer.scroller.evaluate((pages) => pages.querySelector('[data-page="3"]')?.scrollIntoView());
    await expect.poll(() => isDrawn(viewer, 3)).toBe(true);
    await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 3]);

    await viewer.page.close({ runBeforeUnload: true });
    await expect.poll(() => numbers(server, link.linkId)).toEqual([0, 1, undefined]);
  });

  test(`${way} dead controls are not shown`, async ({ server, viewer, browserErrors }) => {
    browserErrors.allow(...errors);
    const link = await server.share({ pages: 2 });
    await arrange(viewer.page);
    await viewer.page.goto(`/v/${link.linkId}`);
    await expect(viewer.page.getByRole("button")).toHaveCount(0);
    await expect(viewer.page.getByRole("heading", { name: link.title })).toBeVisible();
    await expect(viewer.notice).toBeVisible();
    // Those that lead to a page do so without the program, too.
    await viewer.next.click();
    await expect(viewer.page).toHaveURL(`/v/${link.linkId}?p=2`);
    await viewer.number.fill("1");
    await viewer.number.press("Enter");
    await expect(viewer.page).toHaveURL(`/v/${link.linkId}?p=1`);
  });
}

test("without WebAssembly a reload is the same visit", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/WebAssembly is not defined/);
  const link = await server.share();
  await viewer.page.addInitScript("delete globalThis.WebAssembly");
  await viewer.page.goto(`/v/${link.linkId}`);
  await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 1]);
  const [before] = (await server.snapshot(link.linkId)).activeViewers;
  await viewer.page.goto(`/v/${link.linkId}?p=2`);
  await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 2]);
  const [after] = (await server.snapshot(link.linkId)).activeViewers;
  expect(after?.sessionId).toBe(before?.sessionId);
});

test("hidden page without WebAssembly is away", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/WebAssembly is not defined/);
  const link = await server.share();
  await viewer.page.addInitScript("delete globalThis.WebAssembly");
  await viewer.page.goto(`/v/${link.linkId}`);
  const isAway = async () => (await server.snapshot(link.linkId)).activeViewers[0]?.away;
  await expect.poll(isAway).toBe(false);
  const setVisibility = (state: string) =>
    viewer.page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await setVisibility("hidden");
  await expect.poll(isAway).toBe(true);
  await setVisibility("visible");
  await expect.poll(isAway).toBe(false);
  expect(await numbers(server, link.linkId)).toEqual([1, 1, 1]);
});

test("running program reports the visit alone", async ({ server, viewer }) => {
  const link = await server.share();
  let joins = 0;
  viewer.page.on("request", (request) => {
    if (request.postData()?.includes('"action":"join"')) joins++;
  });
  await viewer.open(link.linkId);
  await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 1]);
  await viewer.next.click();
  await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 2]);
  expect(joins).toBe(1);
});

test("late program takes over the visit", async ({ server, viewer }) => {
  const link = await server.share();
  const release = await holdBack(viewer.page, { patient: false });
  await viewer.page.goto(`/v/${link.linkId}`);
  await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 1]);
  const [before] = (await server.snapshot(link.linkId)).activeViewers;

  const joined = viewer.page.waitForResponse((response) => !!response.request().postData()?.includes('"action":"join"'));
  release();
  expect((await joined).ok()).toBe(true);
  await viewer.next.click();
  await expect.poll(() => numbers(server, link.linkId)).toEqual([1, 1, 2]);
  const [after] = (await server.snapshot(link.linkId)).activeViewers;
  expect(after?.sessionId).toBe(before?.sessionId);

  await viewer.page.close({ runBeforeUnload: true });
  await expect.poll(() => numbers(server, link.linkId)).toEqual([0, 1, undefined]);
});

test("program starts in a browser that is never idle", async ({ server, visitor, page }) => {
  const link = await server.share();
  const reader = await visitor();
  const pages: [Page, string][] = [[reader.page, `/v/${link.linkId}`], [page, `/dashboard/${link.linkId}`]];
  for (const [page, path] of pages) {
    await page.addInitScript(() => (window.requestIdleCallback = () => 0));
    await page.goto(path);
    await waitForHydration(page);
  }
});

test("late program finds controls that take no clicks", async ({ server, viewer }) => {
  const link = await server.share();
  const release = await holdBack(viewer.page, { patient: true });
  await viewer.page.goto(`/v/${link.linkId}`);
  const zoomIn = viewer.page.getByTestId("zoom-in");
  const group = viewer.page.getByRole("group", { name: "Size" });
  await expect(zoomIn).toBeVisible();
  await expect(group).toHaveCSS("pointer-events", "none");
  await expect(group).toHaveCSS("opacity", "0.35");
  release();
  await expect(group).toHaveCSS("opacity", "1");
  await zoomIn.click();
  await expect(viewer.page.getByTestId("zoom-reset")).toContainText("125%");
});

test("pictures of other pages wait for the program", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  const asked = new Set<string>();
  viewer.page.on("request", (request) => {
    const page = /\/pages\/(\d+)/.exec(request.url())?.[1];
    if (page) asked.add(page);
  });
  const release = await holdBack(viewer.page, { patient: true });
  await viewer.page.goto(`/v/${link.linkId}`);
  await expect.poll(() => isDrawn(viewer, 1)).toBe(true);
  expect([...asked]).toEqual(["1"]);
  release();
  await expect.poll(() => [...asked]).toContain("2");
});

test("reader who moves on waits for no program", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3 });
  await holdBack(viewer.page, { patient: true });
  await viewer.page.goto(`/v/${link.linkId}`);
  await expect.poll(() => isDrawn(viewer, 1)).toBe(true);
  await viewer.scroller.hover();
  await viewer.page.mouse.wheel(0, 2_000);
  await expect.poll(() => isDrawn(viewer, 2)).toBe(true);
});

for (const { way, arrange, errors } of WAYS) {
  test(`${way} owners see no dead controls`, async ({ server, page, browserErrors }) => {
    browserErrors.allow(...errors);
    const link = await server.share({ title: `Locked down ${way}` });
    await arrange(page);
    await page.goto("/");
    await expect(page.locator(".needs-script:visible")).toHaveCount(0);
    await expect(page.locator(".without-script").first()).toBeVisible();
    await new HomePage(page).titleLink(link.title).click();
    await expect(new DocumentPage(page).linkCard(link.linkId)).toBeVisible();
    await expect(page.locator(".needs-script:visible")).toHaveCount(0);
  });
}
