// Page objects of the pages with forms, by what an owner does on them. Forms work without script.

import type { Locator, Page } from "@playwright/test";

import { waitForHydration } from "./pages.ts";
import type { Account } from "./server.ts";

/** `/sign-in`, also shown in place of an owner's page without a session. */
export class SignInPage {
  readonly button: Locator;
  readonly problem: Locator;

  constructor(readonly page: Page) {
    this.button = page.getByRole("main").getByRole("button", { name: "Sign in", exact: true });
    this.problem = page.getByRole("alert");
  }

  async signIn({ email, password }: Account): Promise<void> {
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.button.click();
  }
}

/** `/setup/{token}` */
export class SetupPage {
  readonly heading: Locator;
  readonly button: Locator;

  constructor(readonly page: Page) {
    this.heading = page.getByRole("heading", { name: "Make the first account" });
    this.button = page.getByRole("button", { name: "Make account" });
  }

  async makeAccount({ email, password }: Account): Promise<void> {
    // By WebDriver BiDi `fill` adds to what stands in a field of type `email`.
    await this.page.getByLabel("E-mail").clear();
    await this.page.getByLabel("E-mail").fill(email);
    await this.page.getByLabel("Password").fill(password);
    await this.button.click();
  }
}

/** The settings of a link, new or existing. */
export class LinkFields {
  readonly label: Locator;
  readonly enabled: Locator;
  readonly email: Locator;
  readonly password: Locator;
  readonly expires: Locator;
  readonly download: Locator;

  constructor(within: Page | Locator) {
    this.label = within.getByRole("textbox", { name: /^Label/ });
    this.enabled = within.getByRole("checkbox", { name: "Switched on" });
    this.email = within.getByLabel("E-mail address of the visitor");
    this.password = within.locator('input[type="password"]');
    this.expires = within.getByLabel("Expires");
    this.download = within.getByRole("checkbox", { name: "Visitors may download" });
  }
}

/** `/documents/{documentId}` */
export class DocumentPage {
  readonly newLink: Locator;
  readonly fields: LinkFields;
  readonly address: Locator;
  readonly makeLink: Locator;
  readonly title: Locator;

  constructor(readonly page: Page) {
    const form = page.locator('form[action="/sfn/add_link"]');
    this.newLink = page.locator("summary", { hasText: "New link" });
    this.fields = new LinkFields(form);
    this.address = form.getByRole("textbox", { name: /^Address/ });
    this.makeLink = form.getByRole("button", { name: "Make link" });
    this.title = page.getByRole("textbox", { name: /^Title/ });
  }

  async open(documentId: string): Promise<void> {
    await this.page.goto(`/documents/${documentId}`);
    await waitForHydration(this.page);
  }

  /** The list item of the link with this label, or with this id when it has no label. */
  linkCard(name: string): Locator {
    return this.page.getByRole("listitem").filter({ has: this.page.getByRole("link", { name, exact: true }) });
  }

  /** The address of that link for readers. */
  async viewerUrl(name: string): Promise<string> {
    return this.linkCard(name).getByText(/^http:\/\/\S+\/v\/\S+$/).innerText();
  }
}

/** `/links/{linkId}` */
export class LinkPage {
  readonly fields: LinkFields;
  readonly save: Locator;
  readonly saved: Locator;
  readonly chatPreview: Locator;

  constructor(readonly page: Page) {
    this.fields = new LinkFields(page);
    this.save = page.getByRole("button", { name: "Save" });
    this.saved = page.getByRole("status").filter({ hasText: "Saved" });
    this.chatPreview = page.getByTestId("chat-preview");
  }

  async open(linkId: string): Promise<void> {
    await this.page.goto(`/links/${linkId}`);
    await waitForHydration(this.page);
  }
}

/** `/settings` */
export class SettingsPage {
  readonly newKey: Locator;

  constructor(readonly page: Page) {
    this.newKey = page.getByTestId("new-api-key");
  }

  async open(): Promise<void> {
    await this.page.goto("/settings");
    await waitForHydration(this.page);
  }

  async makeKey(label: string): Promise<string> {
    await this.page.getByLabel("What is the key for?").fill(label);
    await this.page.getByRole("button", { name: "Make a key" }).click();
    return this.newKey.innerText();
  }

  async revokeKey(label: string): Promise<void> {
    await this.keyRow(label).locator("summary").click();
    await this.keyRow(label).getByRole("button", { name: "Revoke for good" }).click();
  }

  keyRow(label: string): Locator {
    return this.page.getByRole("listitem").filter({ hasText: label });
  }

  async changePassword(before: string, after: string): Promise<void> {
    await this.page.getByLabel("Old password").fill(before);
    await this.page.getByLabel("New password").fill(after);
    await this.page.getByRole("button", { name: "Change password" }).click();
  }
}
