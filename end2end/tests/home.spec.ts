// The list of documents, and the first start.

import { expect, test } from "./support/fixtures.ts";
import { Server } from "./support/server.ts";

test("list shows links, viewers and views", async ({ server, home, documentPage }) => {
  const link = await server.share({ title: "Read by two" });
  await server.join(link.linkId, { sessionId: "a" });
  await server.join(link.linkId, { sessionId: "b" });
  await server.leave(link.linkId, "b");
  await home.open();
  await expect(home.page.getByText("Nothing here yet")).toBeHidden();
  const entry = home.entry(link.title);
  await expect(entry).toContainText("3 pages");
  await expect(entry.getByTestId("document-links")).toHaveText("1 link");
  await expect(entry.getByTestId("document-active-now")).toHaveText("1");
  await expect(entry.getByTestId("document-total-views")).toHaveText("2");
  const thumbnail = entry.locator("img");
  await expect.poll(() => thumbnail.evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBeGreaterThan(0);

  await home.titleLink(link.title).click();
  await expect(home.page).toHaveURL(`/documents/${await server.documentOf(link.linkId)}`);
  const card = documentPage.linkCard(link.linkId);
  await expect(card.getByTestId("link-active-now")).toHaveText("1");
  await expect(card.getByTestId("link-total-views")).toHaveText("2");
  await card.getByRole("link", { name: link.linkId, exact: true }).click();
  await expect(home.page).toHaveURL(`/dashboard/${link.linkId}`);
});

test("document can be renamed, and deleted after confirmation", async ({ server, home, documentPage }) => {
  const link = await server.share({ title: "To be renamed" });
  await documentPage.open(await server.documentOf(link.linkId));
  const { page } = documentPage;
  await documentPage.title.fill("Renamed");
  await page.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("heading", { name: "Renamed", level: 1 })).toBeVisible();

  const forGood = page.getByRole("button", { name: "Delete for good" });
  await expect(forGood).toBeHidden();
  await page.locator("summary", { hasText: "Delete document" }).click();
  await forGood.click();
  await expect(page).toHaveURL("/");
  await expect(home.titleLink("Renamed")).toBeHidden();
  expect((await fetch(`${server.origin}/v/${link.linkId}`)).status).toBe(404);
});

test("empty list says what to do first", async ({ newBrowser }) => {
  const server = await Server.start();
  try {
    const page = await newBrowser({ baseURL: server.origin });
    await page.context().addCookies([await server.ownerSession()]);
    await page.goto("/");
    await expect(page.getByText("Nothing here yet")).toBeVisible();
    await expect(page.getByTestId("upload-input")).toBeAttached();
    // An open page would log errors once its server has stopped.
    await page.close();
  } finally {
    await server.stop();
  }
});

test("first start shares the user guide", async ({ newBrowser }) => {
  const server = await Server.start({ sample: true, owner: false });
  try {
    expect(server.printed).toContain(`${server.origin}/v/user-guide`);
    const page = await newBrowser({ baseURL: server.origin });
    await page.goto("/v/user-guide");
    await expect(page.getByTestId("page-indicator")).toHaveText(/^\/ ([6-9]|\d\d+)$/);
    await expect(page.getByRole("img", { name: /^Page 1\b/ })).toBeVisible();
  } finally {
    await server.stop();
  }
});
