// Mails about visits: the settings, and the page that stops them.

import { expectNoViolation } from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { Keyboard } from "./support/keyboard.ts";
import { waitForHydration } from "./support/pages.ts";
import { Smtp } from "./support/smtp.ts";

// Mails hold the public address, which is set before the server listens; each worker has ports of its own.
const PORT = 20_000 + (process.pid % 10_000);
const smtp = new Smtp();

test.use({
  serverOptions: {
    env: {
      SIGHTLINE_ADDR: `127.0.0.1:${PORT}`,
      SIGHTLINE_PUBLIC_URL: `http://127.0.0.1:${PORT}`,
      SIGHTLINE_SMTP_URL: `smtp://127.0.0.1:${PORT + 10_000}`,
      SIGHTLINE_MAIL_FROM: "Sightline <notes@read.example>",
    },
  },
});

test.beforeAll(() => smtp.listen(PORT + 10_000));
test.afterAll(() => smtp.close());

test("settings of mails are kept by keyboard", async ({ page, server }) => {
  await page.goto("/settings/notices");
  await waitForHydration(page);
  await expectNoViolation(page);
  const keyboard = new Keyboard(page);
  await expect(page.getByLabel("Mail me about visits")).toBeChecked();
  await keyboard.press(page.getByLabel("Mail me about visits"), "Space");
  await page.getByLabel("New links").selectOption("daily");
  await keyboard.press(page.locator("section", { hasText: "By mail" }).getByRole("button", { name: "Save" }), "Enter");
  await expect(page.getByRole("status").first()).toHaveText("Saved.");
  await expect(page.getByLabel("Mail me about visits")).not.toBeChecked();
  const link = await server.share({ title: "Told once a day" });
  await page.goto(`/links/${link.linkId}`);
  await expect(page.getByLabel("Mail me")).toHaveValue("daily");
  await expect(page.getByText("You get none now")).toBeVisible();
  await expectNoViolation(page);
  await page.goto("/settings/notices");
  await page.getByLabel("Mail me about visits").check();
  await page.getByLabel("New links").selectOption("first");
  await page.locator("section", { hasText: "By mail" }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Mail me about visits")).toBeChecked();
});

test("address in a mail stops mails without a sign-in", async ({ newBrowser, page, server }) => {
  const link = await server.share({ title: "Größe & <Maß>" });
  const before = smtp.mails.length;
  await server.join(link.linkId, { sessionId: "s1", email: "ada@example.org" });
  await expect.poll(() => smtp.mails.length).toBe(before + 1);
  const stop = await newBrowser();
  for (const width of [390, 1280]) {
    await stop.setViewportSize({ width, height: 800 });
    await stop.goto(smtp.stopAddress());
    await expectNoViolation(stop);
    const wide = await stop.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
  }
  await new Keyboard(stop).press(stop.getByRole("button", { name: "Stop mails about this link" }), "Enter");
  await expect(stop.getByRole("status")).toHaveText("Stopped.");
  await expect(stop.getByRole("button", { name: "Stop mails about this link" })).toHaveCount(0);
  await expectNoViolation(stop);
  await page.goto(`/links/${link.linkId}`);
  await expect(page.getByLabel("Mail me")).toHaveValue("off");
});
