// What a visit's page tells of the reader: parts of pages, links opened, printing.

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { waitForHydration } from "./support/pages.ts";

test.use({ serverOptions: { testClock: true } });

const LONG = `https://example.org/${"a-path-without-an-end".repeat(8)}`;

for (const [width, colorScheme] of [[1280, "light"], [390, "dark"]] as const) {
  test.describe(`${width} pixels wide, ${colorScheme}`, () => {
    test.use({ viewport: { width, height: 800 }, colorScheme });

    test("owner sees parts, links and printing", async ({ server, dashboard }) => {
      const { page } = dashboard;
      const { linkId } = await server.share();
      const beat = (more: object) => server.act(linkId, { action: "heartbeat", sessionId: "ann", ...more });
      await server.join(linkId, { sessionId: "ann", email: "ann@example.com", currentPage: 1 });
      await server.advance(30_000);
      await beat({ seen: [{ page: 1, thirds: 7 }], currentPage: 2, clicked: [LONG, "mailto:ada@example.org"] });
      await server.advance(20_000);
      await beat({ seen: [{ page: 2, thirds: 3 }, { page: 3, thirds: 0 }], currentPage: 3, printed: true });
      await server.advance(2_000);
      await server.leave(linkId, "ann");

      await dashboard.open(linkId);
      const row = page.getByTestId("visit-row");
      await expect(row).toContainText("Tried to print");
      await expect(row).toContainText("2 links opened");
      await row.getByRole("link", { name: /^Visit / }).click();
      await expect(page.getByRole("heading", { name: "Links opened" })).toBeVisible();
      await waitForHydration(page);
      const links = page.getByTestId("visit-clicked");
      await expect(links.getByRole("listitem")).toHaveText([LONG, "mailto:ada@example.org"]);
      await expect(links.getByRole("link")).toHaveCount(0);
      const pages = page.getByRole("listitem").filter({ hasText: /^Page \d/ });
      await expect(pages.nth(0)).not.toContainText("seen");
      await expect(pages.nth(1)).toContainText("Upper two thirds seen");
      await expect(pages.nth(2)).toContainText("No third seen");
      await expect(page.getByTestId("visit-facts")).toContainText("Tried to print");
      await axe.expectNoViolation(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    });
  });
}
