// The pages of Sightline, by what a person does on them.

import { expect, type Locator, type Page } from "@playwright/test";

/** Waits until a page answers to clicks; with JavaScript off it never does. */
async function hydrated(page: Page): Promise<void> {
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
}

/** `/v/{linkId}` */
export class ViewerPage {
  /** What scrolls: the pages, below the bar. */
  readonly scroller: Locator;
  readonly indicator: Locator;
  readonly next: Locator;
  readonly previous: Locator;

  constructor(readonly page: Page) {
    this.scroller = page.getByRole("region", { name: "Pages of the document" });
    this.indicator = page.getByTestId("page-indicator");
    this.next = page.getByTestId("next-page");
    this.previous = page.getByTestId("previous-page");
  }

  async open(linkId: string, query = ""): Promise<void> {
    await this.page.goto(`/v/${linkId}${query}`);
    await hydrated(this.page);
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await hydrated(this.page);
  }

  /** The picture of one page of the document. */
  picture(page: number): Locator {
    return this.page.getByRole("img", { name: new RegExp(`^Page ${page}\\b`) });
  }

  async expectPage(page: number, of: number): Promise<void> {
    await expect(this.indicator).toHaveText(new RegExp(`^\\s*${page}\\s*/\\s*${of}\\s*$`));
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

  constructor(readonly page: Page) {
    this.widget = page.getByTestId("realtime-widget");
    this.badge = page.getByTestId("live-badge");
    this.refreshButton = page.getByTestId("refresh");
    this.rows = page.getByTestId("viewer-row");
    this.more = page.getByTestId("viewer-list-more");
    this.empty = page.getByTestId("viewer-list-empty");
  }

  async open(linkId: string): Promise<void> {
    await this.page.goto(`/dashboard/${linkId}`);
    await hydrated(this.page);
  }

  metric(name: MetricName): Locator {
    return this.page.getByTestId(`metric-${name}`);
  }

  /** What the card says its number is, apart from its label and its explanation. */
  async expectMetric(name: MetricName, value: string | RegExp): Promise<void> {
    await expect(this.metric(name)).toHaveText(value);
  }

  async refresh(): Promise<void> {
    await this.refreshButton.click();
  }
}

/** `/` */
export class HomePage {
  constructor(readonly page: Page) {}

  async open(): Promise<void> {
    await this.page.goto("/");
    await hydrated(this.page);
  }

  /** What stands in the list about one document. */
  entry(title: string): Locator {
    return this.page.getByRole("listitem").filter({ hasText: title });
  }
}
