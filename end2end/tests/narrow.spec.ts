// A phone.

import { expect, test } from "./support/fixtures.ts";

for (const width of [360, 390]) {
  test.describe(`${width} pixels wide`, () => {
    test.use({ viewport: { width, height: 740 }, hasTouch: true, isMobile: true });

    test("no page is wider than the screen", async ({ server, page, complaints }) => {
      complaints.allow(/status of 404/);
      const title = "A title that is rather too long for a screen of this size, with_an_unbreakable_end_that_is_long_too";
      const link = await server.share({ title });
      const email = `${"a-very-long-name".repeat(6)}@example.com`;
      await server.join(link.linkId, { sessionId: "long", email, currentPage: 2 });
      for (const address of ["/", `/dashboard/${link.linkId}`, `/v/${link.linkId}`, "/nowhere"]) {
        await page.goto(address);
        await expect(page.locator("body[data-hydrated]")).toBeAttached();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide, address).toBeLessThanOrEqual(width);
      }
    });

    test("the document can be read and its pages turned", async ({ server, viewer }) => {
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
