// What works without JavaScript.

import { expect, test } from "./support/fixtures.ts";
import { DocumentPage, SignInPage } from "./support/forms.ts";
import { HomePage } from "./support/pages.ts";
import { OWNER } from "./support/server.ts";

test.use({ javaScriptEnabled: false });

test("first page of a document is shown", async ({ server, viewer }) => {
  const link = await server.share({ pages: 3, title: "Plain" });
  const { page } = viewer;
  await page.goto(`/v/${link.linkId}`);
  await expect(page.getByText("Plain").first()).toBeVisible();
  await expect(viewer.picture(1)).toBeVisible();
  // The picture is drawn, not only its placeholder.
  await expect.poll(async () => (await viewer.picture(1).boundingBox())?.height ?? 0).toBeGreaterThan(300);
  const picture = await page.request.get((await viewer.picture(1).getAttribute("src")) ?? "");
  expect(picture.headers()["content-type"]).toBe("image/png");
  expect((await server.snapshot(link.linkId)).metrics.totalViews).toBe(0);
});

test("dashboard shows numbers and viewers", async ({ server, page, dashboard }) => {
  const link = await server.share();
  await server.join(link.linkId, { sessionId: "a", email: "a@example.com", currentPage: 3 });
  await page.goto(`/dashboard/${link.linkId}`);
  await dashboard.expectMetric("active-now", "1");
  await dashboard.expectMetric("total-views", "1");
  await expect(dashboard.rows).toContainText("a@example.com");
  await expect(dashboard.rows).toContainText("Page 3");
});

test("links lead from documents to a dashboard", async ({ server, page, home, documentPage }) => {
  const link = await server.share({ title: "Listed without a script" });
  await page.goto("/");
  await home.titleLink(link.title).click();
  await expect(page).toHaveURL(/\/documents\/\w+$/);
  await documentPage.linkCard(link.linkId).getByRole("link", { name: link.linkId, exact: true }).click();
  await expect(page).toHaveURL(`/dashboard/${link.linkId}`);
});

test("forms make, pass and close a gate", async ({ server, newBrowser, visitor }) => {
  await server.share({ title: "All by forms" });
  const page = await newBrowser();
  const documentPage = new DocumentPage(page);
  await page.goto("/sign-in");
  await new SignInPage(page).signIn(OWNER);
  await new HomePage(page).titleLink("All by forms").click();
  await documentPage.newLink.click();
  await documentPage.fields.label.fill("By hand");
  await documentPage.fields.email.selectOption("required");
  await documentPage.fields.password.fill("open sesame");
  await documentPage.makeLink.click();
  await expect(documentPage.linkCard("By hand")).toContainText("e-mail required · password");
  const address = await documentPage.viewerUrl("By hand");

  const reader = await visitor();
  await reader.page.goto(address);
  await reader.gate.submit({ email: "reader@example.com", password: "open barley" });
  await expect(reader.gate.problem).toHaveText("The password is wrong.");
  await reader.gate.submit({ email: "reader@example.com", password: "open sesame" });
  await expect(reader.picture(1)).toBeVisible();

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/sign-in");
});
