// Every change reaches every dashboard at once; where it cannot, the badge says so.

import { expect, test } from "./support/fixtures.ts";
import { giveOwnStreams } from "./support/relay.ts";
import { Server } from "./support/server.ts";

/** What the browser itself logs when the server has stopped. */
// As Chromium and as Firefox say it.
const SERVER_GONE = /^Failed to load resource: net::ERR_|^Firefox can’t establish a connection/;

function median(times: number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity;
}

test("change reaches the dashboard within half a second", async ({ server, dashboard, visitor }) => {
  const link = await server.share({ pages: 9 });
  await dashboard.open(link.linkId);
  await expect(dashboard.badge).toHaveText("Live");
  const reader = await visitor();
  const responseTo = (action: string) =>
    reader.page.waitForResponse((response) => !!response.request().postData()?.includes(`"action":"${action}"`));

  // Measured from the server's answer to the change.
  const times: number[] = [];
  const measure = async (acknowledged: Promise<unknown>, seen: () => Promise<void>) => {
    await acknowledged;
    const began = performance.now();
    await seen();
    times.push(performance.now() - began);
  };
  const joined = responseTo("join");
  const opened = reader.open(link.linkId);
  await measure(joined, () => expect(dashboard.rows).toHaveCount(1));
  await opened;
  for (let page = 2; page <= 8; page += 1) {
    const told = responseTo("heartbeat");
    await reader.next.click();
    await measure(told, () => expect(dashboard.rows).toContainText(`Page ${page}`));
  }
  await measure(reader.page.close({ runBeforeUnload: true }), () => expect(dashboard.rows).toHaveCount(0));
  // The median, since a busy machine may delay any one change.
  expect(median(times), times.map(Math.round).join(", ")).toBeLessThan(500);
});

test("dashboard reconnects to a restarted server", async ({ newBrowser, browserErrors }) => {
  browserErrors.allow(SERVER_GONE);
  const server = await Server.start();
  try {
    const link = await server.share();
    await server.join(link.linkId, { sessionId: "a", email: "a@example.com" });
    const page = await newBrowser({ baseURL: server.origin });
    await page.context().addCookies([await server.ownerSession()]);
    await page.goto(`/dashboard/${link.linkId}`);
    const badge = page.getByTestId("live-badge");
    await expect(badge).toHaveText("Live");
    await page.evaluate(() => Object.assign(window, { sameAsBefore: true }));

    await server.terminate();
    await expect(badge).toHaveText(/^Reconnecting/);
    await expect(page.getByTestId("viewer-row")).toContainText("a@example.com");
    await expect(page.getByTestId("metric-active-now")).toHaveText("1");

    await server.restart();
    await expect(badge).toHaveText("Live");
    await server.join(link.linkId, { sessionId: "b" });
    await expect(page.getByTestId("metric-active-now")).toHaveText("2");
    await expect(page.getByRole("alert")).toBeHidden();
    expect(await page.evaluate(() => "sameAsBefore" in window)).toBe(true);
    await page.close();
  } finally {
    await server.stop();
  }
});

test("blocked stream falls back to polling, then recovers", async ({ server, dashboard, browserErrors }) => {
  browserErrors.allow(SERVER_GONE);
  const link = await server.share();
  await giveOwnStreams(dashboard.page);
  await dashboard.page.route("**/events", (route) => route.abort());
  await dashboard.open(link.linkId);
  await server.join(link.linkId, { sessionId: "a" });
  await dashboard.expectMetric("active-now", "1");
  await expect(dashboard.badge).toHaveText("Polling");

  await dashboard.page.unroute("**/events");
  await expect(dashboard.badge).toHaveText("Live", { timeout: 20_000 });
  await server.leave(link.linkId, "a");
  await dashboard.expectMetric("active-now", "0");
});

test("hidden tab closes its stream until shown", async ({ server, dashboard }) => {
  const link = await server.share();
  const { page } = dashboard;
  await giveOwnStreams(page);
  await page.clock.install();
  await dashboard.open(link.linkId);
  await expect(dashboard.badge).toHaveText("Live");
  const setVisibility = (state: DocumentVisibilityState) =>
    page.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);

  const closed = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/events"));
  await setVisibility("hidden");
  await closed;
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await server.join(link.linkId, { sessionId: "a" });
  // All timers of the next minute fire; the request after them must be the only one.
  await page.clock.runFor(60_000);
  await page.evaluate(async () => void (await fetch("/healthz")));
  expect(requests).toEqual([`${server.origin}/healthz`]);
  await dashboard.expectMetric("active-now", "0");

  await setVisibility("visible");
  await dashboard.expectMetric("active-now", "1");
  await expect(dashboard.badge).toHaveText("Live");
});

test("document list is live over one stream", async ({ server, home }) => {
  const first = await server.share({ title: "First of the list" });
  const second = await server.share({ title: "Second of the list" });
  const requests: string[] = [];
  await giveOwnStreams(home.page);
  home.page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await home.open();
  await expect(home.page.getByTestId("live-badge")).toHaveText("Live");
  for (const link of [first, second]) {
    await server.join(link.linkId, { sessionId: "a" });
    await expect(home.entry(link.title).getByTestId("document-active-now")).toHaveText("1");
    await server.leave(link.linkId, "a");
    await expect(home.entry(link.title).getByTestId("document-active-now")).toHaveText("0");
    await expect(home.entry(link.title).getByTestId("document-total-views")).toHaveText("1");
  }
  const third = await server.share({ title: "Shared meanwhile" });
  await expect(home.entry(third.title).getByTestId("document-total-views")).toHaveText("0");
  expect(requests.filter((path) => path.endsWith("/events"))).toEqual(["/api/documents/events"]);
  expect(requests.filter((path) => path.startsWith("/sfn/"))).toEqual([]);
});
