// Uploads: several at once, a refused one, a cancelled one.

import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { makePdf } from "./support/pdf.ts";

function pdf(name: string, { pages = 2, ballast = 0 } = {}) {
  return { name, mimeType: "application/pdf", buffer: makePdf(pages, { ballast }) };
}

/** Limits the upload rate to this many bytes a second; -1 is no limit. */
async function slowDown(page: Page, uploadThroughput: number): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput };
  await devtools.send("Network.emulateNetworkConditions", conditions);
}

test("several files upload at once with progress", async ({ home }) => {
  const names = ["First of three", "Second of three", "Third of three"];
  await home.open();
  await slowDown(home.page, 300_000);
  await home.uploads.input.setInputFiles(names.map((name) => pdf(`${name}.pdf`, { ballast: 300_000 })));
  await expect(home.uploads.rows).toHaveCount(3);
  for (const name of names) {
    await expect.poll(() => home.uploads.progress(name), { intervals: [20], message: name }).toBeGreaterThan(0);
  }
  for (const name of names) {
    await expect(home.titleLink(name)).toBeVisible({ timeout: 20_000 });
    await expect(home.entry(name)).toContainText("2 pages");
    await expect(home.entry(name).getByTestId("document-links")).toHaveText("0 links");
  }
  await expect(home.uploads.rows.filter({ hasText: "Done" })).toHaveCount(3);
});

test("PDF, PNG and JPEG are accepted", async ({ home, server }) => {
  const link = await server.share({ title: "To be painted" });
  await home.page.goto(`/v/${link.linkId}`);
  const png = await home.page.screenshot({ type: "png" });
  const jpeg = await home.page.screenshot({ type: "jpeg" });
  await home.open();
  await home.uploads.input.setInputFiles([
    { name: "Painted.png", mimeType: "image/png", buffer: png },
    { name: "Photographed.jpeg", mimeType: "image/jpeg", buffer: jpeg },
  ]);
  for (const title of ["Painted", "Photographed"]) await expect(home.entry(title)).toContainText("1 page");
});

test("refused file shows its error, others continue", async ({ home, browserErrors }) => {
  browserErrors.allow(/status of 422/);
  await home.open();
  await home.uploads.input.setInputFiles([
    { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("only a text") },
    { name: "Half.pdf", mimeType: "application/pdf", buffer: makePdf(2).subarray(0, 300) },
    pdf("In good order.pdf"),
  ]);
  await expect(home.uploads.error("notes.txt")).toContainText("neither a PDF nor a PNG or JPEG picture");
  await expect(home.uploads.error("Half.pdf")).toContainText(/cut off|damaged/);
  await expect(home.titleLink("In good order")).toBeVisible();
  await expect(home.uploads.error("In good order.pdf")).toBeHidden();
  await expect(home.titleLink("notes")).toHaveCount(0);
  await expect(home.titleLink("Half")).toHaveCount(0);

  await home.uploads.cancel("notes.txt").click();
  await expect(home.uploads.row("notes.txt")).toHaveCount(0);
});

test("file over the limit is refused at once", async ({ home }) => {
  await home.open();
  await home.page.evaluate(() => {
    const carried = new DataTransfer();
    carried.items.add(new File([new Uint8Array(50 * 1024 * 1024 + 1)], "Huge.pdf", { type: "application/pdf" }));
    const input = document.querySelector<HTMLInputElement>('[data-testid="upload-input"]');
    if (!input) throw new Error("no field");
    input.files = carried.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await expect(home.uploads.error("Huge.pdf")).toContainText("50 MB");
});

test("cancelled upload leaves nothing", async ({ server, home }) => {
  await home.open();
  await slowDown(home.page, 50_000);
  await home.uploads.input.setInputFiles(pdf("Cancelled.pdf", { ballast: 1_000_000 }));
  await expect.poll(() => home.uploads.progress("Cancelled")).toBeGreaterThan(0);
  const ended = home.page.waitForEvent("requestfailed", (request) => request.url().includes("/api/documents?title="));
  await home.uploads.cancel("Cancelled").click();
  await ended;
  await expect(home.uploads.row("Cancelled")).toHaveCount(0);
  await slowDown(home.page, -1);

  // A later upload has arrived, so the cancelled one would have too.
  await home.uploads.input.setInputFiles(pdf("Sent after it.pdf"));
  await expect(home.titleLink("Sent after it")).toBeVisible();
  expect((await server.documents()).map(({ title }) => title)).not.toContain("Cancelled");
});

test("files can be dropped on the page", async ({ home }) => {
  await home.open();
  const bytes = makePdf(4).toString("base64");
  const dragged = await home.page.evaluateHandle((bytes) => {
    const carried = new DataTransfer();
    const content = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
    carried.items.add(new File([content], "Dropped.pdf", { type: "application/pdf" }));
    return carried;
  }, bytes);
  for (const event of ["dragenter", "dragover", "drop"]) {
    await home.page.dispatchEvent("main", event, { dataTransfer: dragged });
  }
  await expect(home.entry("Dropped")).toContainText("4 pages");
});

test("replacing a file keeps links and numbers", async ({ server, documentPage, home, visitor }) => {
  const link = await server.share({ pages: 2, title: "Second edition" });
  const reader = await visitor();
  await reader.open(link.linkId);
  await reader.expectPage(1, 2);
  await expect.poll(async () => (await server.snapshot(link.linkId)).metrics.totalViews).toBe(1);

  await documentPage.open(await server.documentOf(link.linkId));
  await home.uploads.input.setInputFiles(pdf("Another name.pdf", { pages: 5 }));
  await expect(documentPage.page.getByRole("main")).toContainText("5 pages");
  await expect(documentPage.page.getByRole("heading", { name: link.title, level: 1 })).toBeVisible();
  await expect(documentPage.linkCard(link.linkId).getByTestId("link-total-views")).toHaveText("1");

  // A visitor who reads the old file goes on with it; a new visitor reads the new one.
  await reader.next.click();
  await expect(reader.picture(2)).toBeInViewport();
  // The address follows the viewer, and a reload opens its page.
  await expect(reader.page).toHaveURL(/[?&]p=2/);
  await reader.reload();
  await reader.expectPage(2, 5);
});
