// The accessibility audit of a page.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails when axe finds a violation on the page as it is, but of the rules left out. */
export async function expectNoViolation(page: Page, leftOut: string[] = []): Promise<void> {
  // Only violations are described, and in the page itself, which has no frames of other sites: on a page of thousands of
  // elements, to describe them all and put them together in another page took most of the time.
  const audit = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ["violations"] });
  const { violations } = await audit.withTags(STANDARDS).disableRules(leftOut).analyze();
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => node.html).join("\n  ")}`);
  expect(told, page.url()).toEqual([]);
}

/**
 * The same on a page without script, which axe cannot run on: `auditor`, a page with script, gets the document without its
 * own scripts.
 */
export async function expectNoViolationWithoutScript(page: Page, auditor: Page): Promise<void> {
  await auditor.context().addCookies(await page.context().cookies());
  await auditor.unrouteAll();
  await auditor.route(page.url(), async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/<script\b.*?<\/script>/gs, "");
    await route.fulfill({ response, body });
  });
  await auditor.goto(page.url());
  await expectNoViolation(auditor);
}
