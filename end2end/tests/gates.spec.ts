// The gates of links, and links that have expired or are disabled.

import { readFile } from "node:fs/promises";

import { expect, test } from "./support/fixtures.ts";
import { makePdf } from "./support/pdf.ts";
import type { LinkSettings } from "./support/rest.ts";
import type { Server, SharedLink } from "./support/server.ts";

const PASSWORD = "open sesame";

async function shareWith(server: Server, settings: LinkSettings, title = "Behind a gate"): Promise<SharedLink> {
  const link = await server.share({ title });
  await server.setLink(link.linkId, settings);
  return link;
}

test("only the right password opens, and is remembered", async ({ server, viewer, visitor, browserErrors }) => {
  const link = await shareWith(server, { password: PASSWORD }, "A secret title");
  const { page, gate } = viewer;
  await page.goto(`/v/${link.linkId}`);
  await expect(gate.form).toBeVisible();
  await expect(gate.email).toHaveCount(0);
  await gate.submit({ password: "open barley" });
  await expect(gate.problem).toHaveText("The password is wrong.");
  expect(await page.content()).not.toContain(link.title);
  expect((await page.request.get(`/v/${link.linkId}/pages/1`)).status()).toBe(403);

  await gate.submit({ password: PASSWORD });
  await expect(viewer.picture(1)).toBeVisible();
  await expect(page).toHaveTitle(/A secret title/);
  await expect.poll(async () => (await server.snapshot(link.linkId)).metrics.totalViews).toBe(1);
  await viewer.reload();
  await expect(viewer.picture(1)).toBeVisible();
  await expect(gate.form).toHaveCount(0);

  // The grant holds in that browser alone, and until the password changes.
  const other = await visitor();
  await other.page.goto(`/v/${link.linkId}`);
  await expect(other.gate.form).toBeVisible();
  browserErrors.allowRefusedPages(link.linkId);
  await server.setLink(link.linkId, { password: "another one" });
  await page.reload();
  await expect(gate.form).toBeVisible();
});

test("e-mail and password share one form", async ({ server, viewer, dashboard }) => {
  const link = await shareWith(server, { email: "required", password: PASSWORD });
  const { page, gate } = viewer;
  await page.goto(`/v/${link.linkId}`);
  await expect(gate.form.locator("form")).toHaveCount(1);
  await gate.submit({ email: "reader@example.com", password: PASSWORD });
  await expect(viewer.picture(1)).toBeVisible();
  await dashboard.open(link.linkId);
  await expect(dashboard.rows).toContainText("reader@example.com");
});

test("invalid e-mail is refused by browser and server", async ({ server, viewer }) => {
  const link = await shareWith(server, { email: "required" });
  const { page, gate } = viewer;
  await page.goto(`/v/${link.linkId}`);
  await expect(gate.form).toContainText(link.title);
  await gate.submit({ email: "no-address" });
  await expect(gate.form.locator("input:invalid")).toHaveCount(1);
  await gate.form.locator("form").evaluate((form: HTMLFormElement) => (form.noValidate = true));
  await gate.button.click();
  await expect(gate.problem).toContainText("The e-mail address must be an e-mail address");
  expect((await server.snapshot(link.linkId)).metrics.totalViews).toBe(0);
});

test("optional e-mail can be left out", async ({ server, viewer, dashboard }) => {
  const link = await shareWith(server, { email: "optional" });
  await viewer.page.goto(`/v/${link.linkId}`);
  await viewer.gate.submit({});
  await expect(viewer.picture(1)).toBeVisible();
  await dashboard.open(link.linkId);
  await expect(dashboard.rows).toContainText("Anonymous");
});

test("expired and disabled links explain, and can reopen", async ({ server, viewer, browserErrors }) => {
  browserErrors.allow(/status of 410/);
  const { page } = viewer;
  for (const [settings, heading, back] of [
    [{ expiresAt: Date.now() - 1_000 }, "This link has expired", { expiresAt: null }],
    [{ enabled: false }, "This link is closed", { enabled: true }],
  ] as const) {
    const link = await shareWith(server, settings, "Over and out");
    const response = await page.goto(`/v/${link.linkId}`);
    expect(response?.status(), heading).toBe(410);
    await expect(page.getByRole("heading", { name: heading, level: 1 })).toBeVisible();
    expect(await page.content()).not.toContain(link.title);
    expect((await fetch(`${server.origin}/v/${link.linkId}/pages/1`)).status).toBe(410);
    await expect(server.join(link.linkId, { sessionId: "late" })).rejects.toThrow(/^410/);

    await server.setLink(link.linkId, back);
    await viewer.open(link.linkId);
    await expect(viewer.picture(1)).toBeVisible();
  }
});

test("allowed download returns the uploaded file", async ({ server, viewer }) => {
  const file = makePdf(2, { ballast: 100_000 });
  const link = await server.share({ file, pages: 2, title: "Take me" });
  await viewer.open(link.linkId);
  await expect(viewer.download).toHaveCount(0);
  expect((await fetch(`${server.origin}/v/${link.linkId}/download`)).status).toBe(403);

  await server.setLink(link.linkId, { download: true });
  await viewer.reload();
  const started = viewer.page.waitForEvent("download");
  await viewer.download.click();
  const download = await started;
  expect(download.suggestedFilename()).toBe("Take me.pdf");
  expect(file.equals(await readFile(await download.path()))).toBe(true);
});
