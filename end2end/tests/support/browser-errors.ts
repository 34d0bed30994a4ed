// The errors of a browser: console errors, uncaught exceptions, violations of the Content-Security-Policy.

import { type BrowserContext, expect } from "@playwright/test";

export class BrowserErrors {
  private readonly errors: string[] = [];
  private readonly allowed: RegExp[] = [];

  /** Records the errors of every page of a context from now on. */
  async listenTo(context: BrowserContext): Promise<void> {
    context.on("console", (message) => {
      const text = `${message.text()} (${message.location().url})`;
      if (message.type() === "error" || /hydrat/i.test(text)) this.errors.push(text);
    });
    context.on("weberror", (error) => this.errors.push(String(error.error().stack || error.error())));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`refused by ${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile ?? ""}`);
      });
    });
  }

  /** Ignores errors that a test causes on purpose. */
  allow(...patterns: RegExp[]): void {
    this.allowed.push(...patterns);
  }

  /** Ignores that an open page of a link is refused what it still fetches, after its gate was closed. */
  allowRefusedPages(linkId: string): void {
    this.allow(new RegExp(`status of 403 .*/${linkId}/pages/`));
  }

  expectNone(): void {
    const unexpected = this.errors.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
    expect(unexpected, "errors of the browser").toEqual([]);
  }
}
