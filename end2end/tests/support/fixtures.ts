// `test` with a real server, failing on every error of the browser.

import { type BrowserContextOptions, type Page, test as base } from "@playwright/test";

import { BrowserErrors } from "./browser-errors.ts";
import { DocumentPage, LinkPage, SettingsPage } from "./forms.ts";
import { DashboardPage, HomePage, ViewerPage } from "./pages.ts";
import { Server, type ServerOptions } from "./server.ts";

export { expect } from "@playwright/test";

interface PerTest {
  /** Fails the test when the browser logs an error. */
  browserErrors: BrowserErrors;
  /** A page in a browser of its own: it shares no cookie or storage with the others. */
  newBrowser: (options?: BrowserContextOptions) => Promise<Page>;
  /** A visitor in a new browser. */
  visitor: (options?: BrowserContextOptions) => Promise<ViewerPage>;
  /** One visitor. */
  viewer: ViewerPage;
  /** The owner's pages, in the browser of `page`, where the owner is signed in. */
  home: HomePage;
  documentPage: DocumentPage;
  linkPage: LinkPage;
  dashboard: DashboardPage;
  settings: SettingsPage;
}

interface PerWorker {
  /** Set with `test.use`; tests with the same options share a server. */
  serverOptions: ServerOptions;
  server: Server;
}

export const test = base.extend<PerTest, PerWorker>({
  serverOptions: [{}, { option: true, scope: "worker" }],

  server: [
    async ({ serverOptions }, use) => {
      const server = await Server.start(serverOptions);
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 20_000 },
  ],

  baseURL: async ({ server }, use) => use(server.origin),

  browserErrors: [
    async ({}, use) => {
      const browserErrors = new BrowserErrors();
      await use(browserErrors);
      browserErrors.expectNone();
    },
    { auto: true },
  ],

  context: async ({ context, browserErrors, server }, use) => {
    await browserErrors.listenTo(context);
    await context.addCookies([await server.ownerSession()]);
    await use(context);
  },

  newBrowser: async ({ browser, browserErrors, baseURL }, use) => {
    const contexts: { close(): Promise<void> }[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL, ...options });
      contexts.push(context);
      await browserErrors.listenTo(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },

  visitor: async ({ newBrowser }, use) => use(async (options) => new ViewerPage(await newBrowser(options))),
  viewer: async ({ visitor }, use) => use(await visitor()),
  home: async ({ page }, use) => use(new HomePage(page)),
  documentPage: async ({ page }, use) => use(new DocumentPage(page)),
  linkPage: async ({ page }, use) => use(new LinkPage(page)),
  dashboard: async ({ page }, use) => use(new DashboardPage(page)),
  settings: async ({ page }, use) => use(new SettingsPage(page)),
});
