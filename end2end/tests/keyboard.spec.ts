// The main path without a mouse: with Tab, Enter, Space and arrow keys, and a visible focus.

import { expect, test } from "./support/fixtures.ts";
import { DocumentPage, SignInPage } from "./support/forms.ts";
import { Keyboard } from "./support/keyboard.ts";
import { DashboardPage, HomePage, waitForHydration } from "./support/pages.ts";
import { makePdf } from "./support/pdf.ts";
import { OWNER } from "./support/server.ts";

test("main path works by keyboard alone", async ({ newBrowser, visitor, browserErrors }) => {
  test.setTimeout(60_000);
  const page = await newBrowser();
  const keyboard = new Keyboard(page);

  await page.goto("/sign-in");
  await keyboard.write(page.getByLabel("E-mail"), OWNER.email);
  await keyboard.write(page.getByLabel("Password"), OWNER.password);
  await keyboard.press(new SignInPage(page).button, "Enter");
  await expect(page).toHaveURL("/");
  await waitForHydration(page);

  const home = new HomePage(page);
  // Before the field is looked for: the browser catches a dialog once it is told so, and a key may overtake that.
  const chooser = page.waitForEvent("filechooser");
  await keyboard.press(home.uploads.input, "Enter");
  await (await chooser).setFiles({ name: "By keyboard.pdf", mimeType: "application/pdf", buffer: makePdf(3) });
  await keyboard.press(home.titleLink("By keyboard"), "Enter");
  await expect(page).toHaveURL(/\/documents\//);
  await waitForHydration(page);

  const documentPage = new DocumentPage(page);
  const { fields } = documentPage;
  await keyboard.press(documentPage.newLink, "Enter");
  await keyboard.write(fields.label, "Typed");
  await keyboard.press(fields.email, "ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(fields.email).toHaveValue("required");
  await keyboard.press(fields.download, "Space");
  await expect(fields.download).toBeChecked();
  await keyboard.press(documentPage.makeLink, "Enter");
  await expect(documentPage.linkCard("Typed")).toContainText("e-mail required · download");
  await waitForHydration(page);
  const address = await documentPage.viewerUrl("Typed");
  await keyboard.press(page.getByRole("link", { name: "Typed", exact: true }), "Enter");
  const dashboard = new DashboardPage(page);
  await expect(dashboard.badge).toHaveText("Live");

  const reader = await visitor();
  const theirs = new Keyboard(reader.page);
  await reader.page.goto(address);
  await theirs.write(reader.gate.email, "typist@example.com");
  await reader.page.keyboard.press("Enter");
  await waitForHydration(reader.page);
  await expect(reader.picture(1)).toBeVisible();
  await theirs.press(reader.next, "Enter");
  await reader.expectPage(2, 3);
  await theirs.goTo(reader.download);
  await reader.page.keyboard.press("End");
  await reader.expectPage(3, 3);

  await expect(dashboard.rows).toContainText("typist@example.com");
  await expect(dashboard.rows).toContainText("Page 3");
  await keyboard.press(dashboard.refreshButton, "Space");
  // The session may end before the page does, whose widget then asks in vain.
  browserErrors.allow(/status of 401/);
  await keyboard.press(page.getByRole("button", { name: "Sign out" }), "Enter");
  await expect(page).toHaveURL("/sign-in");
});
