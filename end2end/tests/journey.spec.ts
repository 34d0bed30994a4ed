// From the first start to the first viewer, in one test.

import { join } from "node:path";

import { expect, test } from "./support/fixtures.ts";
import { DocumentPage, SetupPage } from "./support/forms.ts";
import { DashboardPage, HomePage, waitForHydration, ViewerPage } from "./support/pages.ts";
import { OWNER, REPOSITORY, Server } from "./support/server.ts";

/** A real document, with fonts, pictures and an outline. */
const GUIDE = join(REPOSITORY, "docs/guide/guide.pdf");

test("new server reaches its first reader", async ({ newBrowser, browserErrors }) => {
  test.setTimeout(60_000);
  browserErrors.allow(/status of 404/);
  const server = await Server.start({ sample: true, owner: false });
  try {
    const page = await newBrowser({ baseURL: server.origin });
    const readerPage = await newBrowser({ baseURL: server.origin });
    const address = /First account\s+(\S+)/.exec(server.printed)?.[1] ?? "";

    await test.step("printed address makes the first account, once", async () => {
      await page.goto(address);
      const setup = new SetupPage(page);
      await expect(setup.heading).toBeVisible();
      await setup.makeAccount({ ...OWNER, password: "too short" });
      await expect(page.getByRole("alert")).toContainText("12 characters or more");
      await setup.makeAccount(OWNER);
      await expect(page).toHaveURL("/");
      expect((await readerPage.goto(address))?.status()).toBe(404);
    });

    const home = new HomePage(page);
    await test.step("first owner gets the guide and uploads", async () => {
      await expect(home.titleLink("The Sightline User Guide")).toBeVisible();
      await waitForHydration(page);
      await home.uploads.input.setInputFiles(GUIDE);
      await expect(home.titleLink("guide")).toBeVisible();
      await expect(home.entry("guide").getByTestId("document-links")).toHaveText("0 links");
      await home.titleLink("guide").click();
    });

    const documentPage = new DocumentPage(page);
    let link = "";
    await test.step("owner makes a link that requires e-mail", async () => {
      await documentPage.newLink.click();
      await documentPage.fields.label.fill("For the board");
      await documentPage.fields.email.selectOption({ label: "Required" });
      await documentPage.makeLink.click();
      await expect(documentPage.linkCard("For the board")).toContainText("e-mail required");
      link = await documentPage.viewerUrl("For the board");
      // Random, without l, 0 and 1, which look alike.
      expect(link).toMatch(/\/v\/[a-kmnp-z2-9]{10}$/);
    });

    const dashboard = new DashboardPage(page);
    await test.step("owner's preview is not counted", async () => {
      const own = new ViewerPage(page);
      await page.goto(link);
      await expect(own.notice).toHaveText(/^Preview: not counted/);
      await expect(own.picture(1)).toBeVisible();
      await dashboard.open(new URL(link).pathname.replace("/v/", ""));
      await expect(dashboard.badge).toHaveText("Live");
      await dashboard.expectMetric("total-views", "0");
    });

    await test.step("reader passes the gate and appears live", async () => {
      const reader = new ViewerPage(readerPage);
      await readerPage.goto(link);
      await expect(reader.gate.form).toBeVisible();
      await expect(reader.picture(1)).toHaveCount(0);
      await reader.gate.submit({ email: "no-address" });
      await expect(reader.gate.form.locator("input:invalid")).toHaveCount(1);
      await dashboard.expectMetric("total-views", "0");
      await reader.gate.submit({ email: "reader@example.com" });
      await expect(reader.picture(1)).toBeVisible();
      await expect(reader.notice).toContainText("owner of this document sees");

      await expect(dashboard.rows).toHaveCount(1);
      await expect(dashboard.rows).toContainText("reader@example.com");
      await expect(dashboard.rows).toContainText("not verified");
      await expect(dashboard.rows).toContainText("Page 1");
      await reader.next.click();
      await expect(dashboard.rows).toContainText("Page 2");
      await dashboard.expectMetric("active-now", "1");
      await dashboard.expectMetric("total-views", "1");

      await readerPage.close({ runBeforeUnload: true });
      await expect(dashboard.rows).toHaveCount(0);
      await dashboard.expectMetric("active-now", "0");
      await dashboard.expectMetric("total-views", "1");
    });
    await page.close();
  } finally {
    await server.stop();
  }
});
