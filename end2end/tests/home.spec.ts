// The list of shared links, and the very first start.

import { expect, test } from "./support/fixtures.ts";
import { Server } from "./support/server.ts";

test("the list shows each link with its readers and its views", async ({ server, home }) => {
  const link = await server.share({ title: "Read by two" });
  await server.join(link.linkId, { sessionId: "a" });
  await server.join(link.linkId, { sessionId: "b" });
  await server.leave(link.linkId, "b");
  await home.open();
  await expect(home.page.getByText("Nothing is shared yet")).toBeHidden();
  const entry = home.entry(link.title);
  await expect(entry.getByTestId("link-active-now")).toHaveText("1");
  await expect(entry.getByTestId("link-total-views")).toHaveText("2");
  await entry.getByRole("link", { name: link.title, exact: true }).click();
  await expect(home.page).toHaveURL(`/dashboard/${link.linkId}`);
});

test("without a document it says how to share the first one", async ({ somebody }) => {
  const server = await Server.start();
  try {
    const page = await somebody({ baseURL: server.origin });
    await page.goto("/");
    await expect(page.getByText(/sightline share/).first()).toBeVisible();
    // A page that is open when its server goes complains of it.
    await page.close();
  } finally {
    await server.stop();
  }
});

test("the first start shares the user guide and prints where it is", async ({ somebody }) => {
  const server = await Server.start({ sample: true });
  try {
    expect(server.printed).toContain(`${server.origin}/v/user-guide`);
    const page = await somebody({ baseURL: server.origin });
    await page.goto("/v/user-guide");
    await expect(page.getByTestId("page-indicator")).toHaveText(/^\s*1\s*\/\s*([6-9]|\d\d+)\s*$/);
    await expect(page.getByRole("img", { name: /^Page 1\b/ })).toBeVisible();
  } finally {
    await server.stop();
  }
});
