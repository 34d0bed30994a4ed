// The width of a phone.

import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";
import { waitForHydration } from "./support/pages.ts";

const LONG = "A title that is rather too long for a screen of this size, with_an_unbreakable_end_that_is_long_too";

async function expectToFit(page: Page, width: number): Promise<void> {
  await waitForHydration(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth), page.url()).toBeLessThanOrEqual(width);
}

for (const width of [360, 390]) {
  test.describe(`${width} pixels wide`, () => {
    test.use({ viewport: { width, height: 740 }, hasTouch: true, isMobile: true });

    test("no page is wider than the screen", async ({ server, page, home, newBrowser, browserErrors }) => {
      browserErrors.allow(/status of 4\d\d/);
      const link = await server.share({ title: LONG });
      const { linkId } = link;
      const document = await server.documentOf(linkId);
      await server.setLink(linkId, { label: LONG.slice(0, 100), download: true });
      const email = `${"a-very-long-name".repeat(6)}@example.com`;
      await server.join(linkId, { sessionId: "long", email, currentPage: 2 });
      const [gated, closed] = [await server.share({ title: LONG }), await server.share({ title: LONG })];
      await server.setLink(gated.linkId, { email: "required", password: "open sesame" });
      await server.setLink(closed.linkId, { enabled: false });
      const key = await server.fetchAsOwner("/sfn/new_api_key", "POST", new URLSearchParams({ label: LONG.slice(0, 100) }).toString());
      expect(key.ok, await key.text()).toBe(true);

      for (const path of [`/documents/${document}`, `/links/${linkId}`, "/settings", "/settings/two-factor", "/settings/passkeys", "/settings/notices", "/settings/events", "/settings/delete", "/admin", "/corrections", `/corrections/new?of=link:${linkId}&range=all`, `/dashboard/${linkId}`, `/v/${linkId}`, "/nowhere"]) {
        await page.goto(path);
        await expectToFit(page, width);
        for (const summary of await page.locator("summary").all()) await summary.click();
        await expectToFit(page, width);
      }
      await home.open();
      await home.uploads.input.setInputFiles({ name: `${LONG}.txt`, mimeType: "text/plain", buffer: Buffer.from("no") });
      await expect(home.uploads.error(LONG)).toBeVisible();
      await expectToFit(page, width);

      const visitors = await newBrowser();
      for (const path of ["/", "/sign-in", "/settings", `/v/${linkId}`, `/v/${gated.linkId}`, `/v/${closed.linkId}`]) {
        await visitors.goto(path);
        await expectToFit(visitors, width);
      }
    });

    test("pages can be read and turned", async ({ server, viewer }) => {
      const link = await server.share({ pages: 3 });
      await viewer.open(link.linkId);
      await expect(viewer.picture(1)).toBeInViewport();
      await viewer.next.tap();
      await viewer.expectPage(2, 3);
      await expect(viewer.picture(2)).toBeInViewport();
      await viewer.previous.tap();
      await viewer.expectPage(1, 3);
    });
  });
}
