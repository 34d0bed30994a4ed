// The text of pages, laid over their pictures: selected, copied, found, read out; links in it; sharp pictures.

import { expect, test } from "./support/fixtures.ts";
import { makePdfOf } from "./support/pdf.ts";
import type { ViewerPage } from "./support/pages.ts";

const LINES = ["The quick brown fox jumps over", "the lazy dog and looks back", "before it walks on."];

/** Behind the last letter of the paragraph. */
const END: [number, number] = [184, 663];

/** Three pages: a paragraph with three links, then two pages that they lead to. */
const file = makePdfOf({
  pages: [
    {
      text: [["Reading matters", 72, 760, 24], ...LINES.map((line, index) => [line, 72, 700 - 20 * index, 14] as const)],
      links: [
        { rect: [72, 600, 172, 620], page: 3 },
        { rect: [72, 560, 172, 580], uri: "https://example.com/outside" },
        { rect: [72, 520, 172, 540], uri: "javascript:alert(1)" },
      ],
    },
    { text: [["Second page", 72, 760, 24]] },
    { text: [["Third page", 72, 760, 24]] },
  ],
});

/** Waits for the text of a page. */
async function shown(viewer: ViewerPage, page = 1) {
  const layer = viewer.page.locator(`[data-page="${page}"] .page-text-layer`);
  await expect(layer).toBeAttached();
  return layer;
}

/** Drags the mouse from one place of a page to another, in points of its PDF. */
async function drag(viewer: ViewerPage, from: [number, number], to: [number, number]) {
  const box = await (await shown(viewer)).boundingBox();
  if (!box) throw new Error("the page is not shown");
  const at = ([x, y]: [number, number]) => [box.x + (x / 595) * box.width, box.y + ((842 - y) / 842) * box.height] as const;
  await viewer.page.mouse.move(...at(from));
  await viewer.page.mouse.down();
  await viewer.page.mouse.move(...at(to), { steps: 8 });
  await viewer.page.mouse.up();
}

/** Whether the browser's search finds a text; TypeScript does not know `window.find`. */
const finds = (viewer: ViewerPage, text: string) =>
  viewer.page.evaluate((text) => (window as unknown as { find: (text: string) => boolean }).find(text), text);

const selection = (viewer: ViewerPage) => viewer.page.evaluate(() => getSelection()?.toString());

test("paragraph is selected and copied", async ({ server, visitor }) => {
  const link = await server.share({ file, pages: 3 });
  await server.setLink(link.linkId, { copying: "on" });
  const viewer = await visitor({ permissions: ["clipboard-read", "clipboard-write"] });
  await viewer.open(link.linkId);
  await drag(viewer, [72.5, 704], END);
  expect(await selection(viewer)).toBe(LINES.join("\n"));
  await viewer.page.keyboard.press("Control+c");
  await expect.poll(() => viewer.page.evaluate(() => navigator.clipboard.readText())).toBe(LINES.join("\n"));
});

test("copying is switched off by default", async ({ server, visitor }) => {
  const link = await server.share({ file, pages: 3 });
  const viewer = await visitor({ permissions: ["clipboard-read", "clipboard-write"] });
  await viewer.open(link.linkId);
  await viewer.page.evaluate(() => navigator.clipboard.writeText("before"));
  await drag(viewer, [72.5, 704], END);
  expect(await selection(viewer)).toBe("");
  await viewer.page.keyboard.press("Control+a");
  await viewer.page.keyboard.press("Control+c");
  expect(await viewer.page.evaluate(() => navigator.clipboard.readText())).toBe("before");
  // It is read out all the same.
  await expect(viewer.page.getByText("the lazy dog and looks back")).toBeAttached();
  await expect(viewer.page.getByText(/protect/i)).toHaveCount(0);

  await server.setLink(link.linkId, { download: true });
  await viewer.reload();
  await drag(viewer, [72.5, 704], END);
  expect(await selection(viewer)).toBe(LINES.join("\n"));
});

test("search finds the text of every page", async ({ server, viewer }) => {
  const link = await server.share({ pages: 12 });
  await viewer.open(link.linkId);
  await shown(viewer);
  await expect(viewer.page.locator('[data-page="12"] .page-text-layer')).not.toBeAttached();
  await viewer.page.keyboard.press("Control+f");
  await shown(viewer, 12);
  expect(await finds(viewer, "Page 12 of 12")).toBe(true);
});

test("text lies on its picture at every zoom", async ({ server, viewer }) => {
  const link = await server.share({ file, pages: 3 });
  await viewer.open(link.linkId);
  const layer = await shown(viewer);
  for (const key of ["", "+", "+", "+"]) {
    if (key) await viewer.page.keyboard.press(key);
    await expect.poll(async () => {
      const [picture, text] = [await viewer.picture(1).boundingBox(), await layer.boundingBox()];
      return JSON.stringify(picture) === JSON.stringify(text);
    }).toBe(true);
  }
  const [page, line] = [await layer.boundingBox(), await viewer.page.getByText(LINES[0] ?? "").boundingBox()];
  if (!page || !line) throw new Error("the page is not shown");
  expect((line.x - page.x) / page.width).toBeCloseTo(72 / 595, 2);
  expect((line.y + line.height - page.y) / page.height).toBeCloseTo((842 - 697) / 842, 1);
});

test("accessibility tree holds the page's words", async ({ server, viewer }) => {
  const link = await server.share({ file, pages: 3 });
  await viewer.open(link.linkId);
  await shown(viewer);
  const session = await viewer.page.context().newCDPSession(viewer.page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  const names = nodes.filter((node) => !node.ignored && node.role?.value === "StaticText").map((node) => node.name?.value);
  for (const words of ["Reading matters", ...LINES]) expect(names).toContain(words);
  const links = nodes.filter((node) => !node.ignored && node.role?.value === "link").map((node) => node.name?.value);
  expect(links).toEqual(expect.arrayContaining(["Page 3", "https://example.com/outside"]));
  expect(links.join()).not.toContain("javascript");
});

test("inner link goes to its page", async ({ server, viewer }) => {
  const link = await server.share({ file, pages: 3 });
  await viewer.open(link.linkId);
  await shown(viewer);
  const inner = viewer.page.getByRole("link", { name: "Page 3" });
  await expect(inner).toHaveAttribute("href", "?p=3");
  let isLoaded = false;
  viewer.page.on("load", () => (isLoaded = true));
  await inner.click();
  await viewer.expectPage(3, 3);
  await expect(viewer.picture(3)).toBeInViewport();
  expect(isLoaded).toBe(false);
});

test("outer link opens a new tab without referrer", async ({ server, viewer }) => {
  const link = await server.share({ file, pages: 3 });
  await viewer.open(link.linkId);
  await shown(viewer);
  const context = viewer.page.context();
  await context.route("https://example.com/**", (route) => route.fulfill({ body: "Outside", contentType: "text/html" }));
  const outer = viewer.page.getByRole("link", { name: "https://example.com/outside" });
  await expect(outer).toHaveAttribute("data-outgoing", "");
  const opened = context.waitForEvent("page");
  await outer.click();
  const page = await opened;
  await expect(page.getByText("Outside")).toBeVisible();
  expect(await page.evaluate(() => [document.referrer, window.opener === null])).toEqual(["", true]);
});

test.describe("a picture has a pixel for each of the screen", () => {
  for (const [what, options, zoomed, least] of [
    ["when it fits a dense screen", { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 }, 0, 1920],
    ["at 200 %", { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 }, 3, 1920],
    ["on a phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 3 }, 0, 1110],
  ] as const) {
    test(what, async ({ server, visitor }) => {
      const link = await server.share({ file, pages: 3 });
      const viewer = await visitor(options);
      await viewer.open(link.linkId);
      for (let step = 0; step < zoomed; step += 1) await viewer.page.keyboard.press("+");
      const pixels = () =>
        viewer.picture(1).evaluate((picture: HTMLImageElement) => {
          const chosen = picture.srcset.split(", ").find((source) => picture.currentSrc.endsWith(source.split(" ")[0] ?? ""));
          return [parseInt(chosen?.split(" ")[1] ?? "0"), picture.getBoundingClientRect().width * devicePixelRatio] as const;
        });
      await expect.poll(async () => (await pixels())[0]).toBeGreaterThanOrEqual(least);
      const [has, shows] = await pixels();
      expect(has).toBeGreaterThanOrEqual(shows);
      const source = await viewer.picture(1).evaluate((picture: HTMLImageElement) => picture.currentSrc);
      const answer = await viewer.page.request.get(source, { headers: { accept: "image/avif,image/webp,*/*" } });
      expect(answer.headers()["content-type"]).toBe("image/webp");
    });
  }
});

test("bound of sharpness is told", async ({ server, visitor }) => {
  const link = await server.share({ file, pages: 3 });
  const viewer = await visitor({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 });
  await viewer.open(link.linkId);
  const told = viewer.page.getByTestId("sharpest");
  await expect(told).toBeHidden();
  for (let step = 0; step < 4; step += 1) await viewer.page.keyboard.press("+");
  await expect(told).toBeVisible();
  await viewer.page.keyboard.press("0");
  await expect(told).toBeHidden();
});

test("owner describes an image", async ({ server, documentPage, visitor, page }) => {
  const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGO4oKCABzGMSmNDAJ52akF9P2UCAAAAAElFTkSuQmCC",
    "base64",
  );
  const link = await server.share({ file: png, pages: 1, title: "A square" });
  const reader = await visitor();
  await reader.open(link.linkId);
  await expect(reader.page.getByRole("img", { name: "Page 1 of 1" })).toBeVisible();
  await documentPage.open(await server.documentOf(link.linkId));
  await page.getByLabel("Description").fill("A red square");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Description")).toHaveValue("A red square");
  await reader.reload();
  await expect(reader.page.getByRole("img", { name: "A red square" })).toBeVisible();
});
