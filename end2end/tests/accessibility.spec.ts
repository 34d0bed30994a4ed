// An accessibility audit (axe) of every page, in light and in dark.

import type { Page } from "@playwright/test";

import * as axe from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { SetupPage, SignInPage } from "./support/forms.ts";
import { ViewerPage, waitForHydration } from "./support/pages.ts";
import { makePdf } from "./support/pdf.ts";
import { OWNER, Server } from "./support/server.ts";

async function expectNoViolation(page: Page): Promise<void> {
  await waitForHydration(page);
  await axe.expectNoViolation(page);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme, reducedMotion: "reduce" });

    test("setup and empty documents", async ({ newBrowser }) => {
      const server = await Server.start({ owner: false });
      try {
        const page = await newBrowser({ baseURL: server.origin });
        const address = /First account\s+(\S+)/.exec(server.printed)?.[1] ?? "";
        await page.goto(address);
        await expectNoViolation(page);
        await new SetupPage(page).makeAccount({ email: "first@example.com", password: "short" });
        await expect(page.getByRole("alert")).toBeVisible();
        await expectNoViolation(page);
        await server.addOwner(OWNER);
        await page.context().addCookies([await server.ownerSession()]);
        await page.goto("/");
        await expect(page.getByText("Nothing here yet")).toBeVisible();
        await expectNoViolation(page);
        await page.goto("/admin");
        await expectNoViolation(page);
        await page.close();
      } finally {
        await server.stop();
      }
    });

    test("sign-in", async ({ newBrowser }) => {
      const page = await newBrowser();
      await page.goto("/sign-in");
      await new SignInPage(page).signIn({ email: OWNER.email, password: "wrong" });
      await expect(page.getByRole("alert")).toBeVisible();
      await expectNoViolation(page);
    });

    test("documents", async ({ server, home, browserErrors }) => {
      browserErrors.allow(/status of 422/);
      await server.share({ title: "Listed" });
      await home.open();
      await home.uploads.input.setInputFiles([
        { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("only a text") },
        { name: "Well.pdf", mimeType: "application/pdf", buffer: makePdf(1) },
      ]);
      await expect(home.uploads.error("notes.txt")).toBeVisible();
      await expect(home.uploads.row("Well.pdf")).toContainText("Done");
      await expectNoViolation(home.page);
    });

    test("corrections", async ({ server, home }) => {
      const { linkId } = await server.share();
      await server.join(linkId, { sessionId: "one", email: "one@example.com" });
      await server.leave(linkId, "one");
      const { page } = home;
      await page.goto(`/corrections/new?of=link:${linkId}&range=all`);
      await expectNoViolation(page);
      await page.getByRole("button", { name: "Leave out 1 visit" }).click();
      await expect(page.getByRole("status")).toContainText("in no number any more");
      await expectNoViolation(page);
      await page.getByRole("button", { name: "Bring back" }).click();
      await expect(page.getByRole("status")).toContainText("back in all numbers");
    });

    test("document", async ({ server, documentPage }) => {
      const link = await server.share();
      await server.setLink(link.linkId, { label: "With everything", email: "optional", password: "open sesame", download: true });
      await documentPage.open(await server.documentOf(link.linkId));
      await expectNoViolation(documentPage.page);
      for (const summary of await documentPage.page.locator("summary").all()) await summary.click();
      await expect(documentPage.makeLink).toBeVisible();
      await expectNoViolation(documentPage.page);
    });

    test("document without links", async ({ server, documentPage }) => {
      const link = await server.share();
      const document = await server.documentOf(link.linkId);
      expect((await server.fetchAsOwner(`/api/links/${link.linkId}`, "DELETE")).ok).toBe(true);
      await documentPage.open(document);
      await expect(documentPage.page.getByText("No link leads here yet")).toBeVisible();
      await expectNoViolation(documentPage.page);
    });

    test("link", async ({ server, linkPage }) => {
      const link = await server.share();
      await linkPage.open(link.linkId);
      await expectNoViolation(linkPage.page);
      await linkPage.fields.password.fill("open sesame");
      await linkPage.save.click();
      await expect(linkPage.saved).toBeVisible();
      await linkPage.page.locator("summary").click();
      await expectNoViolation(linkPage.page);
    });

    test("settings", async ({ settings }) => {
      await settings.open();
      await settings.makeKey(`For ${colorScheme}`);
      await expectNoViolation(settings.page);
      await settings.changePassword("not the password", "turquoise ladder seven");
      await expect(settings.page.getByRole("alert")).toBeVisible();
      await settings.keyRow(`For ${colorScheme}`).locator("summary").click();
      await expectNoViolation(settings.page);
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
      await fetch(`${server.origin}/v/${link.linkId}`, { headers: { "user-agent": "WhatsApp/2.23.20.0" } });
      await dashboard.open(link.linkId);
      await expect(dashboard.rows).toHaveCount(5);
      await expect(dashboard.filtered).toBeVisible();
      await expectNoViolation(dashboard.page);
    });

    test("viewer and owner preview", async ({ server, viewer, page }) => {
      const link = await server.share();
      await server.setLink(link.linkId, { download: true });
      for (const reader of [viewer, new ViewerPage(page)]) {
        await reader.open(link.linkId);
        await expect(reader.picture(1)).toBeVisible();
        await expectNoViolation(reader.page);
      }
    });

    test("gate", async ({ server, viewer }) => {
      const link = await server.share();
      await server.setLink(link.linkId, { email: "required", password: "open sesame" });
      await viewer.open(link.linkId);
      await viewer.gate.submit({ email: "reader@example.com", password: "wrong" });
      await expect(viewer.gate.problem).toBeVisible();
      await expectNoViolation(viewer.page);
    });

    test("expired and disabled links", async ({ server, viewer, browserErrors }) => {
      browserErrors.allow(/status of 410/);
      for (const settings of [{ enabled: false }, { expiresAt: 1 }]) {
        const link = await server.share();
        await server.setLink(link.linkId, settings);
        await viewer.open(link.linkId);
        await expectNoViolation(viewer.page);
      }
    });

    test("not found", async ({ page, browserErrors }) => {
      browserErrors.allow(/status of 404/);
      for (const address of ["/nowhere", "/v/nothing-here", "/dashboard/nothing-here", "/documents/nothing-here"]) {
        await page.goto(address);
        await expectNoViolation(page);
      }
    });
  });
}
