// From three readers to a filtered export, by keyboard alone: in a wide window, in a narrow and dark one, and without script.

import { readFile } from "node:fs/promises";

import type { BrowserContextOptions, Page } from "@playwright/test";

import { expectNoViolation, expectNoViolationWithoutScript } from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { SignInPage } from "./support/forms.ts";
import { Keyboard } from "./support/keyboard.ts";
import { HomePage, waitForHydration } from "./support/pages.ts";
import { OWNER, type Server, type SharedLink } from "./support/server.ts";

test.use({ serverOptions: { testClock: true } });

/** Three readers, of whom one both has the searched address and read for a minute. */
async function readByThree(server: Server, title: string): Promise<SharedLink> {
  const link = await server.share({ title, pages: 3 });
  const readers = [["ann@example.com", 40_000], ["ann@example.org", 5_000], ["ben@example.com", 40_000]] as const;
  for (const [email, onEachPage] of readers) {
    await server.join(link.linkId, { sessionId: email.replace("@", "-"), email, currentPage: 1 });
    for (const currentPage of [2, 3]) {
      await server.advance(onEachPage);
      await server.act(link.linkId, { action: "heartbeat", sessionId: email.replace("@", "-"), currentPage });
    }
    await server.leave(link.linkId, email.replace("@", "-"));
  }
  return link;
}

/** Signs in, finds the dashboard, filters by reader and time, and saves the visits. Calls `audit` on each page. */
async function exportByKeyboard(page: Page, { linkId, title }: SharedLink, audit: () => Promise<void>): Promise<void> {
  const keyboard = new Keyboard(page);
  await page.goto("/sign-in");
  await audit();
  await keyboard.write(page.getByLabel("E-mail"), OWNER.email);
  await keyboard.write(page.getByLabel("Password"), OWNER.password);
  await keyboard.press(new SignInPage(page).button, "Enter");
  await expect(page).toHaveURL("/");
  await audit();

  await keyboard.press(new HomePage(page).titleLink(title), "Enter");
  await expect(page).toHaveURL(/\/documents\//);
  await audit();
  await keyboard.press(page.getByRole("link", { name: linkId, exact: true }), "Enter");
  await expect(page).toHaveURL(`/dashboard/${linkId}`);
  const rows = page.getByTestId("visit-row");
  await expect(rows).toHaveCount(3);
  await audit();

  const range = page.getByRole("navigation", { name: "Range" }).getByRole("link", { name: "Today", exact: true });
  await keyboard.press(range, "Enter");
  await expect(page).toHaveURL(/range=today/);
  await audit();
  await keyboard.press(page.locator("summary", { hasText: /^Filter$/ }), "Enter");
  await keyboard.write(page.getByRole("textbox", { name: "Reader" }), "ann@");
  await keyboard.write(page.getByLabel("At least so long"), "1m");
  await audit();
  await keyboard.press(page.getByRole("button", { name: "Filter" }), "Enter");
  await expect(page).toHaveURL(/who=ann%40&min=1m/);
  await expect(page).toHaveURL(/range=today/);
  await expect(rows).toHaveCount(1);
  await expect(page.getByTestId("report-views")).toHaveText("1");
  await audit();

  const download = page.waitForEvent("download");
  await keyboard.press(page.getByRole("link", { name: "CSV", exact: true }), "Enter");
  const file = await download;
  expect(file.suggestedFilename()).toBe("visits-v2.csv");
  const [head, ...visits] = (await readFile(await file.path(), "utf8")).trimEnd().split("\r\n").map((row) => row.split(","));
  const field = (name: string) => visits.map((visit) => visit[head?.indexOf(name) ?? -1]);
  expect(field("email")).toEqual(["ann@example.com"]);
  expect(field("visible_seconds")).toEqual(["80"]);
  expect(field("furthest_page")).toEqual(["3"]);

  await keyboard.press(rows.getByRole("link", { name: "ann@example.com" }), "Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText("ann@example.com");
  await audit();
}

const windows: BrowserContextOptions[] = [
  { viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  { viewport: { width: 390, height: 740 }, colorScheme: "dark" },
];

for (const options of windows) {
  const title = `${options.viewport?.width} px, ${options.colorScheme}`;
  test(`filtered visits are exported by keyboard alone, ${title}`, async ({ server, newBrowser }) => {
    test.setTimeout(120_000);
    const link = await readByThree(server, `Plans, ${title}`);
    const page = await newBrowser({ ...options, reducedMotion: "reduce" });
    await exportByKeyboard(page, link, async () => {
      await waitForHydration(page);
      await expectNoViolation(page);
    });
  });
}

test.describe("without script", () => {
  test.use({ javaScriptEnabled: false });

  test("filtered visits are exported by keyboard alone", async ({ server, newBrowser }) => {
    test.setTimeout(120_000);
    const link = await readByThree(server, "Plans, without script");
    const page = await newBrowser({ reducedMotion: "reduce" });
    const auditor = await newBrowser({ reducedMotion: "reduce", javaScriptEnabled: true });
    await exportByKeyboard(page, link, () => expectNoViolationWithoutScript(page, auditor));
  });
});
