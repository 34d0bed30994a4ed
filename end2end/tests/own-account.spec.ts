// What owners do with their own account: two-factor sign-in, sessions, events, and its end.

import type { Page } from "@playwright/test";

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { SettingsPage, SignInPage } from "./support/forms.ts";
import { Keyboard } from "./support/keyboard.ts";
import { waitForHydration } from "./support/pages.ts";
import type { Account, Server } from "./support/server.ts";
import { code } from "./support/totp.ts";

let accounts = 0;

/** An owner of this test's own, and a page where they are signed in. */
async function newOwner(server: Server, newBrowser: () => Promise<Page>): Promise<{ account: Account; page: Page }> {
  const account = { email: `own-${process.pid}-${++accounts}@example.com`, password: "violet lantern staple" };
  await server.addOwner(account);
  const page = await newBrowser();
  await page.context().addCookies([await server.signIn(account)]);
  return { account, page };
}

/** Turns two-factor sign-in on, by keyboard. Returns the secret and the recovery codes. */
async function turnOn(page: Page, account: Account): Promise<{ secret: string; recovery: string[] }> {
  const keyboard = new Keyboard(page);
  await page.goto("/settings");
  await waitForHydration(page);
  await keyboard.press(page.getByRole("link", { name: "Two-factor sign-in" }), "Enter");
  await expect(page.getByText("a password alone opens nothing")).toBeVisible();
  await keyboard.write(page.getByLabel("Password"), account.password);
  await keyboard.press(page.getByRole("button", { name: "Set up" }), "Enter");
  await expect(page.getByRole("img", { name: "QR code of the key" })).toBeVisible();
  const secret = await page.getByTestId("second-factor-secret").innerText();
  const recovery = await page.getByTestId("recovery-codes").getByRole("listitem").allInnerTexts();
  expect(recovery).toHaveLength(10);
  await axe.expectNoViolation(page);
  await keyboard.write(page.getByLabel("Code of the app"), code(secret));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Two-factor sign-in is on" })).toBeVisible();
  await axe.expectNoViolation(page);
  return { secret, recovery };
}

test("codes and recovery codes sign in, by keyboard", async ({ server, newBrowser }) => {
  const { account, page } = await newOwner(server, newBrowser);
  const { secret, recovery } = await turnOn(page, account);
  for (const [right, next] of [
    // The next step's code: that of now was used.
    [code(secret, 1), "/settings"],
    [recovery[0] ?? "", "/settings/events"],
  ] as const) {
    const browser = await newBrowser();
    const keyboard = new Keyboard(browser);
    await browser.goto(`/sign-in?next=${next}`);
    await new SignInPage(browser).signIn(account);
    await expect(browser.getByRole("heading", { name: "Enter your code" })).toBeVisible();
    await axe.expectNoViolation(browser);
    await keyboard.write(browser.getByLabel("Code"), "000000");
    await browser.keyboard.press("Enter");
    await expect(browser.getByRole("alert")).toContainText("The code is wrong, or was used before.");
    await expect(browser.getByLabel("Code")).toBeFocused();
    await browser.keyboard.type(right);
    await browser.keyboard.press("Enter");
    await expect(browser).toHaveURL(next);
  }
  await page.reload();
  await expect(page.getByText("9 recovery codes are left")).toBeVisible();
});

test("two-factor sign-in is turned off with the password", async ({ server, newBrowser }) => {
  const { account, page } = await newOwner(server, newBrowser);
  await turnOn(page, account);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByRole("alert")).toContainText("The password is wrong.");
  await page.getByLabel("Password").fill(account.password);
  await page.getByRole("button", { name: "Turn off" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Two-factor sign-in is off." })).toBeVisible();
  const elsewhere = await newBrowser();
  await elsewhere.goto("/sign-in?next=/settings");
  await new SignInPage(elsewhere).signIn(account);
  await expect(elsewhere).toHaveURL("/settings");
});

test("owner ends another session and reads what happened", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const { account, page } = await newOwner(server, newBrowser);
  const elsewhere = await newBrowser();
  await elsewhere.goto("/sign-in?next=/settings");
  await new SignInPage(elsewhere).signIn(account);
  await expect(elsewhere).toHaveURL("/settings");
  const settings = new SettingsPage(page);
  await settings.open();
  const sessions = page.getByTestId("session");
  await expect(sessions).toHaveCount(2);
  await expect(sessions.filter({ hasText: "(this session)" }).getByRole("button")).toHaveCount(0);
  await new Keyboard(page).press(sessions.getByRole("button", { name: "End" }), "Enter");
  await expect(page.getByRole("status").filter({ hasText: "The session has ended." })).toBeVisible();
  await expect(sessions).toHaveCount(1);
  expect((await elsewhere.goto("/settings"))?.status()).toBe(401);
  await page.getByRole("link", { name: "What happened in the account" }).click();
  const events = page.getByTestId("account-events").getByRole("listitem");
  await expect(events.first()).toContainText("Ended a session");
  await expect(events.filter({ hasText: "Signed in" })).toHaveCount(2);
  await axe.expectNoViolation(page);
});

test("deletion says what goes and asks for the password", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 40[14]/);
  const { account, page } = await newOwner(server, newBrowser);
  const link = await server.share({ owner: account.email });
  await page.goto("/settings");
  await page.getByRole("link", { name: "Delete the account" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "1 document, with their files" })).toBeVisible();
  await axe.expectNoViolation(page);
  const keyboard = new Keyboard(page);
  await keyboard.write(page.getByLabel("Password"), "not the password");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("alert")).toContainText("The password is wrong.");
  await axe.expectNoViolation(page);
  await page.getByLabel("Password").fill(account.password);
  await keyboard.press(page.getByRole("button", { name: "Delete for good" }), "Enter");
  await expect(page).toHaveURL("/sign-in");
  expect((await page.goto("/settings"))?.status()).toBe(401);
  expect((await page.goto(`/v/${link.linkId}`))?.status()).toBe(404);
  await page.goto("/sign-in");
  await new SignInPage(page).signIn(account);
  await expect(page.getByRole("alert")).toContainText("is wrong");
});

test.describe("on a phone, in the dark", () => {
  test.use({ viewport: { width: 390, height: 740 }, colorScheme: "dark", isMobile: true, hasTouch: true });

  test("every page of the account fits and passes the audit", async ({ server, newBrowser }) => {
    const { account, page } = await newOwner(server, () => newBrowser({ viewport: { width: 390, height: 740 }, colorScheme: "dark" }));
    await page.goto("/settings/two-factor");
    await page.getByLabel("Password").fill(account.password);
    await page.getByRole("button", { name: "Set up" }).click();
    for (const path of ["/settings/two-factor", "/settings/passkeys", "/settings/events", "/settings/delete", "/settings", "/sign-in/code"]) {
      await page.goto(path);
      await waitForHydration(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
      await axe.expectNoViolation(page);
    }
  });
});
