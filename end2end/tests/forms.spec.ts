// What forms tell, and where.

import { expect, test } from "./support/fixtures.ts";
import { SignInPage } from "./support/forms.ts";
import { waitForHydration } from "./support/pages.ts";
import { withoutCookies } from "./support/relay.ts";
import { OWNER } from "./support/server.ts";

test("refused form keeps what was typed and has the focus", async ({ server, documentPage }) => {
  const link = await server.share();
  await documentPage.open(await server.documentOf(link.linkId));
  const { page, fields, address } = documentPage;
  await documentPage.newLink.click();
  await address.fill("not an address");
  await fields.label.fill("For the bank");
  await fields.email.selectOption("required");
  await fields.password.fill("open sesame");
  await fields.expires.fill("2099-12-31T23:59");
  await fields.download.check();
  await documentPage.makeLink.click();

  await expect(address).toBeFocused();
  await expect(address).toHaveAttribute("aria-invalid", "true");
  await expect(address).toHaveAccessibleDescription(/The address must be 1 to 64 characters/);
  await expect(address).toHaveValue("not an address");
  await expect(fields.label).toHaveValue("For the bank");
  await expect(fields.email).toHaveValue("required");
  await expect(fields.password).toHaveValue("");
  await expect(fields.expires).toHaveValue("2099-12-31T23:59");
  await expect(fields.download).toBeChecked();
  await expect(page).toHaveURL(/\/documents\/\w+$/);

  await page.reload();
  await expect(page.getByRole("alert").filter({ hasText: "The address" })).toHaveCount(0);
});

test("forms in two tabs keep their own answers", async ({ server, context, linkPage, documentPage }) => {
  const link = await server.share();
  const document = await server.documentOf(link.linkId);
  await documentPage.open(document);
  await documentPage.title.fill(" ");
  await documentPage.page.getByRole("button", { name: "Rename" }).click();
  await expect(documentPage.page.getByRole("alert")).toHaveText("The title must have 1 to 200 characters.");
  const other = await context.newPage();
  await other.goto(`/links/${link.linkId}`);
  await expect(other.getByRole("alert")).toHaveCount(0);
  await linkPage.open(link.linkId);
  await linkPage.save.click();
  await expect(linkPage.saved).toBeVisible();
});

test("new link is made and copied", async ({ server, documentPage, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const link = await server.share();
  await documentPage.open(await server.documentOf(link.linkId));
  await documentPage.newLink.click();
  await documentPage.fields.label.fill("Copied at once");
  await documentPage.makeLink.click();
  const made = documentPage.page.getByTestId("link-made");
  await expect(made).toContainText("Link made and copied.");
  const copied = await documentPage.page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await documentPage.viewerUrl("Copied at once"));
});

test("weak password and past expiry are warned of", async ({ server, linkPage }) => {
  const link = await server.share();
  await linkPage.open(link.linkId);
  await linkPage.fields.password.fill("short");
  await linkPage.fields.expires.fill("2020-01-01T00:00");
  await linkPage.save.click();
  await expect(linkPage.saved).toContainText("Its password is weak");
  await expect(linkPage.saved).toContainText("Its expiry lies in the past");
  await expect(linkPage.saved).toHaveClass(/notice-warning/);
});

test.describe("in Berlin", () => {
  test.use({ timezoneId: "Europe/Berlin" });

  test("expiry is typed and shown in the owner's zone", async ({ server, linkPage }) => {
    const link = await server.share();
    for (const [local, utc] of [
      ["2031-01-15T12:00", "2031-01-15T11:00Z"],
      ["2031-07-15T12:00", "2031-07-15T10:00Z"],
      // After the hour that comes twice.
      ["2031-10-26T03:30", "2031-10-26T02:30Z"],
    ] as const) {
      await linkPage.open(link.linkId);
      await expect(linkPage.page.getByText("Expires (Europe/Berlin)")).toBeVisible();
      await linkPage.fields.expires.fill(local);
      await linkPage.save.click();
      await expect(linkPage.saved).toBeVisible();
      await waitForHydration(linkPage.page);
      await expect(linkPage.fields.expires).toHaveValue(local);
      const { link: saved } = await (await server.fetchAsOwner(`/api/links/${link.linkId}`)).json();
      expect(new Date(saved.expiresAt).toISOString()).toBe(new Date(utc).toISOString());
    }
    await linkPage.save.click();
    await expect(linkPage.saved).toBeVisible();
    await expect(linkPage.fields.expires).toHaveValue("2031-10-26T03:30");
    await linkPage.fields.expires.fill("");
    await linkPage.save.click();
    await expect(linkPage.saved).toBeVisible();
    const { link: saved } = await (await server.fetchAsOwner(`/api/links/${link.linkId}`)).json();
    expect(saved.expiresAt).toBeNull();
  });

  test("expiry is in UTC without script", async ({ server, browser, baseURL, context }) => {
    const link = await server.share();
    const plain = await browser.newContext({ baseURL, javaScriptEnabled: false, timezoneId: "Europe/Berlin" });
    await plain.addCookies(await context.cookies());
    const page = await plain.newPage();
    await page.goto(`/links/${link.linkId}`);
    await page.getByLabel("Expires (UTC)").fill("2031-07-15T12:00");
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByLabel("Expires (UTC)")).toHaveValue("2031-07-15T12:00");
    const { link: saved } = await (await server.fetchAsOwner(`/api/links/${link.linkId}`)).json();
    expect(new Date(saved.expiresAt).toISOString()).toBe("2031-07-15T12:00:00.000Z");
    await plain.close();
  });
});

test("browser that refuses cookies is told so", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const link = await server.share();
  await server.setLink(link.linkId, { password: "open sesame" });
  const relay = await withoutCookies(server.origin);
  const page = await newBrowser({ baseURL: relay.origin });
  const told = page.getByRole("alert").filter({ hasText: "Your browser refused the cookie" });
  await page.goto(`/v/${link.linkId}`);
  await expect(page.getByTestId("gate")).toBeVisible();
  await expect(told).toHaveCount(0);
  await page.getByLabel("Password").fill("open sesame");
  await page.getByRole("button", { name: "Open document" }).click();
  await expect(told).toBeVisible();
  expect(decodeURIComponent(page.url())).not.toMatch(/refused|cookie that/);
  await page.goto("/sign-in");
  await new SignInPage(page).signIn(OWNER);
  await expect(told).toBeVisible();
  relay.stop();
});
