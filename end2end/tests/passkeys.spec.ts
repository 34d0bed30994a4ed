// Passkeys, with Chromium's virtual authenticator (https://www.w3.org/TR/webauthn-3/#sctn-automation).

import type { CDPSession, Page } from "@playwright/test";

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { SignInPage } from "./support/forms.ts";
import { Keyboard } from "./support/keyboard.ts";
import type { Account, Server } from "./support/server.ts";

let accounts = 0;

/** The server's address by a name: browsers make no passkeys for IP addresses. */
const named = (server: Server) => server.origin.replace("127.0.0.1", "localhost");

async function addAuthenticator(page: Page, isUserVerified = true): Promise<{ session: CDPSession; authenticatorId: string }> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  });
  return { session, authenticatorId };
}

/** An owner of this test's own, signed in by the name of the server. */
async function newOwner(server: Server, page: Page): Promise<Account> {
  const account = { email: `key-${process.pid}-${++accounts}@example.com`, password: "violet lantern staple" };
  await server.addOwner(account);
  await page.goto(`${named(server)}/sign-in?next=/settings/passkeys`);
  await new SignInPage(page).signIn(account);
  await expect(page).toHaveURL(/\/settings\/passkeys$/);
  return account;
}

async function make(page: Page, name: string, { password }: Account): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.locator('[data-passkey="add"]').getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Make a passkey" }).click();
}

test("passkey is made, signs in and is removed", async ({ server, newBrowser, browserErrors }) => {
  browserErrors.allow(/status of 40[013]/);
  const page = await newBrowser();
  const { session, authenticatorId } = await addAuthenticator(page);
  const account = await newOwner(server, page);
  await expect(page.getByText("You have none yet.")).toBeVisible();
  await axe.expectNoViolation(page);
  await make(page, "Work laptop", { ...account, password: "not the password" });
  await expect(page.getByRole("alert")).toHaveText("The password is wrong.");
  await make(page, "Work laptop", account);
  await expect(page.getByRole("status").filter({ hasText: "The passkey is added." })).toBeVisible();
  const rows = page.getByTestId("passkey");
  await expect(rows).toContainText("Work laptop");
  await expect(rows).toContainText("not used yet");
  await axe.expectNoViolation(page);
  // One of an account is enough for a device.
  await make(page, "Again", account);
  await expect(page.getByRole("alert")).toHaveText("This device has a passkey of this account already.");

  await page.context().clearCookies();
  await page.goto(`${named(server)}/sign-in?next=/settings/passkeys`);
  await axe.expectNoViolation(page);
  await new Keyboard(page).press(page.getByRole("button", { name: "Sign in with a passkey" }), "Enter");
  await expect(page).toHaveURL(/\/settings\/passkeys$/);
  await expect(rows).toContainText("last used");
  expect((await session.send("WebAuthn.getCredentials", { authenticatorId })).credentials).toHaveLength(1);

  const remove = page.locator('form[action="/sfn/remove_passkey"]');
  await remove.getByLabel("Password").fill(account.password);
  await remove.getByRole("button", { name: "Remove" }).click();
  await expect(page.getByRole("status").filter({ hasText: "The passkey is removed." })).toBeVisible();
  await page.context().clearCookies();
  await page.goto(`${named(server)}/sign-in`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("alert")).toHaveText("The passkey was not accepted. Try again.");
});

test("without a verified user nothing opens", async ({ server, newBrowser }) => {
  const page = await newBrowser();
  const account = await newOwner(server, page);
  const { session, authenticatorId } = await addAuthenticator(page);
  await page.reload();
  await make(page, "Phone", account);
  await expect(page.getByTestId("passkey")).toContainText("Phone");
  await session.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
  await page.context().clearCookies();
  await page.goto(`${named(server)}/sign-in`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeEnabled();
  await expect(page).toHaveURL(/\/sign-in$/);
});

test("browser without passkeys shows no button", async ({ server, newBrowser }) => {
  for (const [hides, address] of [
    [true, named(server)],
    [false, server.origin],
  ] as const) {
    const page = await newBrowser();
    if (hides) await page.addInitScript(() => Reflect.deleteProperty(window, "PublicKeyCredential"));
    await page.goto(`${address}/sign-in`);
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Show" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Sign in with a passkey" })).toBeHidden();
  }
});
