// Links and grants that expire, to the millisecond.

import { expect, test } from "./support/fixtures.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

test.use({ serverOptions: { testClock: true } });

test("link closes exactly at its expiry", async ({ server, viewer, documentPage, browserErrors }) => {
  browserErrors.allow(/status of 410/);
  const link = await server.share();
  await server.setLink(link.linkId, { expiresAt: (await server.now()) + MINUTE });
  await server.advance(MINUTE - 1);
  await viewer.open(link.linkId);
  await expect(viewer.picture(1)).toBeVisible();
  await documentPage.open(await server.documentOf(link.linkId));
  await expect(documentPage.linkCard(link.linkId)).toContainText("Open · until");

  await server.advance(1);
  expect((await viewer.page.reload())?.status()).toBe(410);
  await expect(viewer.page.getByRole("heading", { name: "This link has expired" })).toBeVisible();
  await documentPage.page.reload();
  await expect(documentPage.linkCard(link.linkId)).toContainText("Expired");
});

test("grant lasts 24 hours", async ({ server, viewer, browserErrors }) => {
  const link = await server.share();
  await server.setLink(link.linkId, { email: "required" });
  await viewer.open(link.linkId);
  await viewer.gate.submit({ email: "reader@example.com" });
  await expect(viewer.picture(1)).toBeVisible();

  await server.advance(DAY - MINUTE);
  await viewer.reload();
  await expect(viewer.picture(1)).toBeVisible();

  browserErrors.allowRefusedPages(link.linkId);
  await server.advance(MINUTE);
  await viewer.reload();
  await expect(viewer.gate.form).toBeVisible();
});
