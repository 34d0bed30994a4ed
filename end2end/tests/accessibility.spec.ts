// An audit of every page, in light and in dark.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";

import { expect, test } from "./support/fixtures.ts";

async function expectNoViolation(page: Page): Promise<void> {
  await expect(page.locator("body[data-hydrated]")).toBeAttached();
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
  expect(told, page.url()).toEqual([]);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, reducedMotion: "reduce" });

    test("home", async ({ server, home }) => {
      await server.share({ title: "Listed" });
      await home.open();
      await expectNoViolation(home.page);
    });

    test("dashboard without viewers", async ({ server, dashboard }) => {
      const link = await server.share();
      await dashboard.open(link.linkId);
      await expect(dashboard.empty).toBeVisible();
      await expectNoViolation(dashboard.page);
    });

    test("dashboard with viewers", async ({ server, dashboard }) => {
      const link = await server.share();
      for (const name of ["a", "b", "c", "d", "e", "f"]) {
        await server.join(link.linkId, { sessionId: name, email: name < "c" ? undefined : `${name}@example.com`, currentPage: 2 });
      }
      await server.act(link.linkId, { action: "heartbeat", sessionId: "e", visible: false });
      await dashboard.open(link.linkId);
      await expect(dashboard.rows).toHaveCount(5);
      await expectNoViolation(dashboard.page);
    });

    test("viewer", async ({ server, viewer }) => {
      const link = await server.share();
      await viewer.open(link.linkId);
      await expect(viewer.picture(1)).toBeVisible();
      await expectNoViolation(viewer.page);
    });

    test("not found", async ({ page, complaints }) => {
      complaints.allow(/status of 404/);
      for (const address of ["/nowhere", "/v/nothing-here", "/dashboard/nothing-here"]) {
        await page.goto(address);
        await expectNoViolation(page);
      }
    });
  });
}
