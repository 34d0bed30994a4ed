// Accounts: signing in and out, passwords, API keys, and what owners see of one another.

import { expect, test } from "./support/fixtures.ts";
import { SettingsPage, SignInPage } from "./support/forms.ts";
import { HomePage, waitForHydration } from "./support/pages.ts";
import { type Account, OWNER, type Server } from "./support/server.ts";

let accounts = 0;

/** Adds an owner for one test. */
async function newOwner(server: Server): Promise<Account> {
  const account = { email: `owner-${process.pid}-${++accounts}@example.com`, password: "violet lantern staple" };
  await server.addOwner(account);
  return account;
}

test("failed sign-ins look alike, success continues", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const account = await newOwner(server);
  const page = await newBrowser();
  const signIn = new SignInPage(page);
  const response = await page.goto("/settings");
  expect(response?.status()).toBe(401);
  for (const wrong of [{ ...account, password: "not the password" }, { ...account, email: "unknown@example.com" }]) {
    await signIn.signIn(wrong);
    await expect(signIn.problem).toHaveText("The e-mail address or the password is wrong.");
  }
  await signIn.signIn(account);
  await expect(page).toHaveURL("/settings");
  await expect(page.getByText(`Signed in as ${account.email}`)).toBeVisible();
});

test("sign-out closes every page", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const account = await newOwner(server);
  const page = await newBrowser();
  await page.context().addCookies([await server.signIn(account)]);
  await page.goto("/");
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
  for (const path of ["/", "/settings"]) {
    expect((await page.goto(path))?.status(), path).toBe(401);
    await expect(new SignInPage(page).button).toBeVisible();
  }
});

test("signing out everywhere ends other tabs", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const account = await newOwner(server);
  const [here, there] = [await newBrowser(), await newBrowser()];
  for (const page of [here, there]) await page.context().addCookies([await server.signIn(account)]);
  await there.goto("/");
  await expect(there.getByTestId("live-badge")).toHaveText("Live");
  await here.goto("/settings");
  await here.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(here).toHaveURL("/sign-in");
  await expect(there.getByTestId("live-badge")).not.toHaveText("Live");
  expect((await there.reload())?.status()).toBe(401);
});

test("API key is shown once, works until revoked", async ({ server, newBrowser }) => {
  const account = await newOwner(server);
  const page = await newBrowser();
  await page.context().addCookies([await server.signIn(account)]);
  const settings = new SettingsPage(page);
  await settings.open();
  const key = await settings.makeKey("Nightly report");
  const statusWithKey = async () => {
    const headers = { authorization: `Bearer ${key}` };
    return (await fetch(`${server.origin}/api/documents`, { headers })).status;
  };
  expect(await statusWithKey()).toBe(200);

  await page.reload();
  await waitForHydration(page);
  await expect(settings.newKey).toHaveCount(0);
  expect(await page.content()).not.toContain(key);
  await settings.revokeKey("Nightly report");
  await expect(settings.keyRow("Nightly report")).toHaveCount(0);
  expect(await statusWithKey()).toBe(401);
});

test("new password ends all other sessions", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const account = await newOwner(server);
  const elsewhere = await newBrowser();
  await elsewhere.context().addCookies([await server.signIn(account)]);
  const page = await newBrowser();
  await page.context().addCookies([await server.signIn(account)]);
  const settings = new SettingsPage(page);
  await settings.open();
  await settings.changePassword("not the password", "turquoise ladder seven");
  await expect(page.getByRole("alert")).toContainText("wrong");
  await settings.changePassword(account.password, "short");
  await expect(page.getByRole("alert")).toContainText("12 characters or more");
  await settings.changePassword(account.password, "turquoise ladder seven");
  await expect(page.getByRole("status").filter({ hasText: "The password is changed" })).toBeVisible();
  await page.goto("/");
  await expect(page.getByRole("heading", { name: "Documents", level: 1 })).toBeVisible();
  expect((await elsewhere.goto("/"))?.status()).toBe(401);

  const signIn = new SignInPage(elsewhere);
  await signIn.signIn(account);
  await expect(signIn.problem).toBeVisible();
  await signIn.signIn({ ...account, password: "turquoise ladder seven" });
  await expect(elsewhere.getByRole("heading", { name: "Documents", level: 1 })).toBeVisible();
});

test("owners see nothing of one another", async ({ server, newBrowser, page, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  const link = await server.share({ title: "A private document" });
  const document = await server.documentOf(link.linkId);
  const account = await newOwner(server);
  const theirs = await newBrowser();
  await theirs.context().addCookies([await server.signIn(account)]);
  await theirs.goto("/");
  await expect(theirs.getByText("Nothing here yet")).toBeVisible();
  for (const path of [`/documents/${document}`, `/links/${link.linkId}`, `/dashboard/${link.linkId}`]) {
    expect((await theirs.goto(path))?.status(), path).toBe(404);
    expect(await theirs.content(), path).not.toContain(link.title);
    expect((await page.goto(path))?.status(), path).toBe(200);
  }
  const headers = { authorization: `Bearer ${await server.newKey(account.email)}` };
  for (const path of [
    `/api/documents/${document}`,
    `/api/documents/${document}/file`,
    `/api/documents/${document}/thumbnail`,
    `/api/links/${link.linkId}`,
    `/api/links/${link.linkId}/qr.svg`,
    `/api/send/realtime/${link.linkId}`,
    `/api/send/realtime/${link.linkId}/events`,
  ]) {
    expect((await fetch(server.origin + path, { headers })).status, path).toBe(404);
    expect((await fetch(server.origin + path)).status, path).toBe(401);
  }
});

test("sign-in leads only to this site", async ({ server, newBrowser }) => {
  const page = await newBrowser();
  await page.goto(`/sign-in?next=${encodeURIComponent("//example.com/")}`);
  await new SignInPage(page).signIn(OWNER);
  await expect(page).toHaveURL(`${server.origin}/`);
  await expect(new HomePage(page).uploads.input).toBeAttached();
});
