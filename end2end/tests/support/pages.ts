// Page objects, by what visitors and owners do on the pages.

import { expect, type Locator, type Page } from "@playwright/test";

/** Waits until the page's script runs; without JavaScript it never does. */
export async function waitForHydration(page: Page): Promise<void> {
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
}

/** The gate at `/v/{linkId}`. */
export class Gate {
  readonly form: Locator;
  readonly email: Locator;
  readonly password: Locator;
  readonly button: Locator;
  readonly problem: Locator;

  constructor(readonly page: Page) {
    this.form = page.getByTestId("gate");
    this.email = this.form.getByLabel("Your e-mail");
    this.password = this.form.getByLabel("Password");
    this.button = this.form.getByRole("button", { name: "Open document" });
    this.problem = this.form.getByRole("alert");
  }

  async submit({ email, password }: { email?: string; password?: string }): Promise<void> {
    if (email !== undefined) await this.email.fill(email);
    if (password !== undefined) await this.password.fill(password);
    await this.button.click();
  }
}

/** `/v/{linkId}` */
export class ViewerPage {
  /** The scrolling region with the pages. */
  readonly scroller: Locator;
  readonly toolbar: Locator;
  readonly indicator: Locator;
  /** The field with the number of the current page. */
  readonly number: Locator;
  readonly next: Locator;
  readonly previous: Locator;
  readonly notice: Locator;
  readonly download: Locator;
  readonly gate: Gate;

  constructor(readonly page: Page) {
    this.scroller = page.getByRole("region", { name: "Pages of the document" });
    this.toolbar = page.locator("header.toolbar");
    this.indicator = page.getByTestId("page-indicator");
    this.number = page.getByLabel("Page number");
    this.next = page.getByTestId("next-page");
    this.previous = page.getByTestId("previous-page");
    this.notice = page.getByTestId("viewer-notice");
    this.download = page.getByTestId("download");
    this.gate = new Gate(page);
  }

  async open(linkId: string, query = ""): Promise<void> {
    await this.page.goto(`/v/${linkId}${query}`);
    await waitForHydration(this.page);
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await waitForHydration(this.page);
  }

  /** Types a page number, as a person does. */
  async goTo(typed: string): Promise<void> {
    await this.number.press("ControlOrMeta+A");
    await this.number.pressSequentially(typed);
    await this.number.press("Enter");
  }

  /** The picture of a page of the document. */
  picture(page: number): Locator {
    return this.page.getByRole("img", { name: new RegExp(`^Page ${page}\\b`) });
  }

  async expectPage(page: number, of: number): Promise<void> {
    await expect(this.number).toHaveValue(String(page));
    await expect(this.indicator).toHaveText(`/ ${of}`);
  }

  /** The element that holds a page, with its picture and its words. */
  sheet(page: number): Locator {
    return this.scroller.locator(`[data-page="${page}"]`);
  }

  /** How far the pages are scrolled, in CSS pixels. */
  async scrolled(): Promise<number> {
    return this.scroller.evaluate((pages) => pages.scrollTop);
  }

  /** Which part of a page is in view, as shares of its height; undefined: none. */
  async partInView(page: number): Promise<[number, number] | undefined> {
    return this.scroller.evaluate((pages, page) => {
      const frame = pages.getBoundingClientRect();
      const sheet = pages.querySelector(`[data-page="${page}"]`)?.getBoundingClientRect();
      if (!sheet || sheet.bottom <= frame.top || sheet.top >= frame.bottom) return undefined;
      const share = (y: number) => Math.min(1, Math.max(0, (y - sheet.top) / sheet.height));
      return [share(frame.top), share(frame.bottom)] as [number, number];
    }, page);
  }
}

export type MetricName =
  | "active-now"
  | "total-views"
  | "views-today"
  | "average-time"
  | "this-week"
  | "this-month"
  | "peak-viewers";

/** `/dashboard/{linkId}` */
export class DashboardPage {
  readonly widget: Locator;
  readonly badge: Locator;
  readonly refreshButton: Locator;
  readonly rows: Locator;
  readonly more: Locator;
  readonly empty: Locator;
  /** How many requests of bots and prefetches were filtered. */
  readonly filtered: Locator;

  constructor(readonly page: Page) {
    this.widget = page.getByTestId("realtime-widget");
    this.badge = page.getByTestId("live-badge");
    this.refreshButton = page.getByTestId("refresh");
    this.rows = page.getByTestId("viewer-row");
    this.more = page.getByTestId("viewer-list-more");
    this.empty = page.getByTestId("viewer-list-empty");
    this.filtered = page.getByTestId("metric-filtered");
  }

  async open(linkId: string): Promise<void> {
    await this.page.goto(`/dashboard/${linkId}`);
    await waitForHydration(this.page);
  }

  metric(name: MetricName): Locator {
    return this.page.getByTestId(`metric-${name}`);
  }

  /** Expects the number of a metric's card. */
  async expectMetric(name: MetricName, value: string | RegExp): Promise<void> {
    await expect(this.metric(name)).toHaveText(value);
  }

  async refresh(): Promise<void> {
    await this.refreshButton.click();
  }
}

/** `/` */
export class HomePage {
  readonly uploads: Uploads;

  constructor(readonly page: Page) {
    this.uploads = new Uploads(page);
  }

  async open(): Promise<void> {
    await this.page.goto("/");
    await waitForHydration(this.page);
  }

  /** The list item of a document. */
  entry(title: string): Locator {
    return this.page.getByRole("listitem").filter({ has: this.titleLink(title) });
  }

  titleLink(title: string): Locator {
    return this.page.getByRole("link", { name: title, exact: true });
  }
}

/** The upload area: on `/`, and on `/documents/{documentId}` to replace the file. */
export class Uploads {
  readonly input: Locator;
  readonly rows: Locator;

  constructor(readonly page: Page) {
    this.input = page.getByTestId("upload-input");
    this.rows = page.getByTestId("upload-row");
  }

  row(name: string): Locator {
    return this.rows.filter({ hasText: name });
  }

  error(name: string): Locator {
    return this.row(name).getByTestId("upload-error");
  }

  cancel(name: string): Locator {
    return this.row(name).getByTestId("upload-cancel");
  }

  /** The per cent of a file that have been sent; 0 before and after. */
  async progress(name: string): Promise<number> {
    const value = await this.row(name).getByRole("progressbar", { includeHidden: true }).getAttribute("value");
    return Number(value ?? 0);
  }
}
