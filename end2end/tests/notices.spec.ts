// Notices: webhooks, checked by the library of the specification, their pages, and notifications of browsers.

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server as Receiver } from "node:http";
import type { AddressInfo } from "node:net";

import type { Page } from "@playwright/test";
import { Webhook } from "standardwebhooks";

import { expectNoViolation } from "./support/axe.ts";
import { expect, test } from "./support/fixtures.ts";
import { Keyboard } from "./support/keyboard.ts";
import { waitForHydration } from "./support/pages.ts";
import type { Server } from "./support/server.ts";

test.use({ serverOptions: { env: { SIGHTLINE_WEBHOOK_ALLOW: "127.0.0.0/8" } } });

interface Received {
  headers: IncomingMessage["headers"];
  body: string;
}

/** Receives webhooks on loopback. */
async function listen(received: Received[]): Promise<{ receiver: Receiver; url: string }> {
  const receiver = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    received.push({ headers: request.headers, body });
    response.end("taken");
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  return { receiver, url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook` };
}

async function removeAll(server: Server): Promise<void> {
  const { webhooks } = await (await server.fetchAsOwner("/api/webhooks")).json();
  for (const { webhookId } of webhooks) await server.fetchAsOwner(`/api/webhooks/${webhookId}`, "DELETE");
}

test.afterEach(({ server }) => removeAll(server));

test("reference library verifies what is sent", async ({ server }) => {
  const received: Received[] = [];
  const { receiver, url } = await listen(received);
  try {
    const body = JSON.stringify({ url, events: ["visit.started"] });
    const made = await (await server.fetchAsOwner("/api/webhooks", "POST", body)).json();
    const link = await server.share({ title: "Größe & <Maß>" });
    await server.join(link.linkId, { sessionId: "s1", email: "ada@example.org" });
    await expect.poll(() => received.length).toBe(1);
    const [{ headers, body: sent }] = received as [Received];
    const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const event = new Webhook(made.secret).verify(sent, signed) as { type: string; data: { document: { title: string } } };
    expect(event.type).toBe("visit.started");
    expect(event.data.document.title).toBe("Größe & <Maß>");
    expect(() => new Webhook(made.secret).verify(`${sent} `, signed)).toThrow();
    const other = `whsec_${Buffer.alloc(32).toString("base64")}`;
    expect(() => new Webhook(other).verify(sent, signed)).toThrow();
  } finally {
    receiver.close();
  }
});

test("webhook is made, tried and deleted by keyboard", async ({ page }) => {
  const received: Received[] = [];
  const { receiver, url } = await listen(received);
  try {
    await page.goto("/settings/notices");
    await waitForHydration(page);
    const keyboard = new Keyboard(page);
    await keyboard.write(page.getByLabel("Address"), url);
    await keyboard.press(page.getByLabel("The file is downloaded"), "Space");
    await expect(page.getByLabel("The file is downloaded")).not.toBeChecked();
    await keyboard.press(page.getByRole("button", { name: "Add it" }), "Enter");
    await expect(page.getByTestId("webhook-secret")).toHaveText(/^whsec_/);
    await waitForHydration(page);
    await keyboard.press(page.getByRole("button", { name: "Send a test" }), "Enter");
    await expect.poll(() => received.length).toBe(1);
    await expect(async () => {
      await page.reload();
      await expect(page.getByTestId("deliveries")).toContainText("delivered, status 200", { timeout: 500 });
    }).toPass();
    await waitForHydration(page);
    await keyboard.press(page.getByText("Delete", { exact: true }), "Enter");
    await keyboard.press(page.getByRole("button", { name: "Delete for good" }), "Enter");
    await expect(page).toHaveURL("/settings/notices");
    await expect(page.getByText("None yet.")).toBeVisible();
  } finally {
    receiver.close();
  }
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`${colorScheme}, as wide as a phone`, () => {
    test.use({ colorScheme, reducedMotion: "reduce", viewport: { width: 390, height: 740 } });

    test("pages of notices fit and are accessible", async ({ server, page }) => {
      const url = `https://example.org/${"a-long-path".repeat(30)}`;
      const made = await (await server.fetchAsOwner("/api/webhooks", "POST", JSON.stringify({ url }))).json();
      await server.fetchAsOwner(`/api/webhooks/${made.webhook.webhookId}`, "PATCH", JSON.stringify({ enabled: false }));
      for (const path of ["/settings/notices", `/settings/notices/${made.webhook.webhookId}`]) {
        await page.goto(path);
        await waitForHydration(page);
        for (const summary of await page.locator("summary").all()) await summary.click();
        expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(390);
        await expectNoViolation(page);
      }
    });
  });
}

/** Counts notifications in place of the browser's, and lets the page ask for the permission. */
async function countNotifications(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shown: { body: string; tag: string }[] = [];
    class Fake extends EventTarget {
      static get permission() {
        return localStorage.getItem("fake-permission") ?? "default";
      }
      static async requestPermission() {
        localStorage.setItem("fake-permission", "granted");
        return "granted";
      }
      constructor(_title: string, { body, tag }: { body: string; tag: string }) {
        super();
        shown.push({ body, tag });
      }
      close() {}
    }
    Object.assign(window, { Notification: Fake, shown, asked: false });
  });
}

const shownIn = (page: Page) => page.evaluate(() => (window as unknown as { shown: { body: string }[] }).shown.map(({ body }) => body));

test("one tab of a browser shows what happens", async ({ server, context }) => {
  const link = await server.share();
  const first = await context.newPage();
  await countNotifications(first);
  await first.goto("/settings/notices");
  expect(await first.evaluate(() => Notification.permission), "nothing is asked on load").toBe("default");
  await first.getByRole("button", { name: "Switch on" }).click();
  await first.goto("/settings/notices");
  await first.getByRole("button", { name: "Allow them in this browser" }).click();
  await expect(first.getByText("This browser shows them.")).toBeVisible();
  const second = await context.newPage();
  await countNotifications(second);
  await second.goto("/");
  await expect.poll(() => second.evaluate(async () => (await navigator.locks.query()).pending?.length)).toBe(1);
  await server.join(link.linkId, { sessionId: "s1", email: "ada@example.org" });
  await expect.poll(async () => (await shownIn(first)).length).toBe(1);
  expect((await shownIn(first))[0]).toContain("ada@example.org");
  expect(await shownIn(second)).toEqual([]);
  await first.close();
  await expect.poll(() => second.evaluate(async () => (await navigator.locks.query()).held?.length)).toBe(1);
  await server.join(link.linkId, { sessionId: "s2", email: "bob@example.org" });
  await expect.poll(async () => (await shownIn(second)).join()).toContain("bob@example.org");
  expect((await shownIn(second)).join(), "what the other tab has shown is not shown again").not.toContain("ada@");
});
