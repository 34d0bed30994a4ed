// Making links and changing them.

import { expect, test } from "./support/fixtures.ts";

test("owner chooses a free address", async ({ server, documentPage, visitor }) => {
  const taken = await server.share();
  const address = `chosen-${taken.linkId}`;
  await documentPage.open(await server.documentOf(taken.linkId));
  const { page } = documentPage;
  await documentPage.newLink.click();
  await documentPage.address.fill(taken.linkId);
  await documentPage.makeLink.click();
  await expect(page.getByRole("alert").filter({ hasText: "taken" })).toBeVisible();

  // The form is open again, with what was typed.
  await documentPage.address.fill("not an address");
  await documentPage.makeLink.click();
  await expect(page.getByRole("alert").filter({ hasText: "The address" })).toBeVisible();

  await documentPage.address.fill(address);
  await documentPage.makeLink.click();
  expect(await documentPage.viewerUrl(address)).toBe(`${server.origin}/v/${address}`);
  const reader = await visitor();
  await reader.open(address);
  await expect(reader.picture(1)).toBeVisible();
});

test("address is copied from the list of links", async ({ server, documentPage, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const link = await server.share();
  await documentPage.open(await server.documentOf(link.linkId));
  await documentPage.linkCard(link.linkId).getByRole("button", { name: /copy/i }).click();
  const copied = () => documentPage.page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toBe(`${server.origin}/v/${link.linkId}`);
});

test("owner changes all settings in one form", async ({ server, linkPage, viewer, browserErrors }) => {
  browserErrors.allow(/status of 410/);
  const link = await server.share();
  const { page, fields } = linkPage;
  await linkPage.open(link.linkId);
  await expect(linkPage.chatPreview).toContainText(link.title);
  await fields.label.fill("For the bank");
  await fields.email.selectOption("required");
  await fields.password.fill("open sesame");
  await fields.expires.fill("2099-12-31T23:59");
  await fields.download.check();
  await linkPage.save.click();
  await expect(linkPage.saved).toBeVisible();
  await expect(page.getByRole("heading", { name: "For the bank", level: 1 })).toBeVisible();
  await expect(fields.email).toHaveValue("required");
  await expect(fields.password).toHaveValue("");
  await expect(fields.expires).toHaveValue("2099-12-31T23:59");
  await expect(fields.download).toBeChecked();
  await expect(linkPage.chatPreview).toContainText("A protected document");
  await expect(linkPage.chatPreview).not.toContainText(link.title);

  // Saving with an empty field keeps the password.
  await linkPage.save.click();
  await expect(linkPage.saved).toBeVisible();
  await viewer.page.goto(`/v/${link.linkId}`);
  await viewer.gate.submit({ email: "reader@example.com", password: "open sesame" });
  await expect(viewer.picture(1)).toBeVisible();

  await fields.enabled.uncheck();
  await linkPage.save.click();
  await expect(linkPage.saved).toBeVisible();
  expect((await viewer.page.reload())?.status()).toBe(410);
});

test("QR code of a link is drawn", async ({ server, linkPage }) => {
  const link = await server.share();
  await linkPage.open(link.linkId);
  const code = linkPage.page.getByRole("img", { name: `QR code of ${server.origin}/v/${link.linkId}` });
  await expect(code).toBeVisible();
  await expect.poll(() => code.evaluate((picture: HTMLImageElement) => picture.complete && picture.naturalWidth)).toBeGreaterThan(0);
});

test("deleted link ends, its document stays", async ({ server, linkPage, documentPage }) => {
  const link = await server.share({ title: "Still there" });
  await linkPage.open(link.linkId);
  await linkPage.page.locator("summary", { hasText: "Delete link" }).click();
  await linkPage.page.getByRole("button", { name: "Delete for good" }).click();
  await expect(documentPage.page.getByRole("heading", { name: "Still there", level: 1 })).toBeVisible();
  await expect(documentPage.page.getByText("No link leads here yet")).toBeVisible();
  expect((await fetch(`${server.origin}/v/${link.linkId}`)).status).toBe(404);
});
