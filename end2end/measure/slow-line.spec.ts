// A phone on a slow line: when the first page is legible, its buttons work and the visit counts, beside a page that is
// nothing but the pictures.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page, Request } from "@playwright/test";

import { expect, test } from "../tests/support/fixtures.ts";
import { REPOSITORY, type Server, type SharedLink } from "../tests/support/server.ts";

/** What the browser may receive, in bits a second; the time to and from the server, in ms; how much slower it computes. */
const LINE = { bits: 400_000, latency: 150, slowdown: 5 };
const RUNS = 3;
/** What is aimed for, in ms. */
const AIMS = { legible: 3_000, alive: 6_000, counted: 6_000 };

test.use({ serverOptions: { env: { SIGHTLINE_NO_LIMITS: "true" } } });

/** Milliseconds from the click to each moment, and bytes received until the last of them. */
interface Times {
  legible: number;
  alive?: number;
  counted?: number;
  bytes: number;
}

/** Notes in the page when its first picture is drawn and its program runs. */
function watch(): void {
  const times: Record<string, number> = {};
  Object.assign(globalThis, { times });
  const look = () => {
    const picture = document.querySelector("img");
    if (picture?.complete && picture.naturalWidth > 0) times.legible ??= performance.now();
    if (document.body?.hasAttribute("data-hydrated")) times.alive ??= performance.now();
    requestAnimationFrame(look);
  };
  look();
}

async function throttle(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Network.enable");
  await devtools.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: LINE.latency,
    downloadThroughput: LINE.bits / 8,
    uploadThroughput: LINE.bits / 8,
  });
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: LINE.slowdown });
  await page.addInitScript(watch);
}

/** The times that [`watch`] notes, once the first picture is drawn. */
async function noted(page: Page): Promise<{ legible: number; alive?: number }> {
  const legible = () => page.evaluate(() => (globalThis as unknown as { times: { legible?: number } }).times.legible);
  await expect.poll(legible, { timeout: 120_000 }).toBeDefined();
  return page.evaluate(() => (globalThis as unknown as { times: { legible: number; alive?: number } }).times);
}

const received = (page: Page) =>
  page.evaluate(() =>
    performance.getEntries().reduce((sum, entry) => sum + ((entry as PerformanceResourceTiming).transferSize ?? 0), 0),
  );

async function openViewer(page: Page, link: SharedLink): Promise<Times> {
  await throttle(page);
  const isJoin = (request: Request) => request.method() === "POST" && request.url().includes("/api/send/realtime/");
  // The program does not read the body of the answer, so that the request has no end for the browser.
  const joined = page.waitForResponse((response) => isJoin(response.request()) && response.ok(), { timeout: 120_000 });
  await page.goto(`/v/${link.linkId}`, { waitUntil: "commit" });
  await expect(page.locator("body[data-hydrated]")).toBeAttached({ timeout: 120_000 });
  const { startTime, responseStart } = (await joined).request().timing();
  const counted = startTime + responseStart - (await page.evaluate(() => performance.timeOrigin));
  return { ...(await noted(page)), counted, bytes: await received(page) };
}

/** A page of nothing but the same pictures. */
async function openPictures(page: Page, link: SharedLink, server: Server): Promise<Times> {
  const html = await (await fetch(`${server.origin}/v/${link.linkId}`)).text();
  // Without that of the template.
  const images = (html.match(/<img [^>]*>/g) ?? []).filter((image) => / src="/.test(image));
  const plain = `<!DOCTYPE html><title>Pictures</title>${images.join("")}`;
  await page.route("**/pictures", (route) => route.fulfill({ contentType: "text/html", body: plain }));
  await throttle(page);
  await page.goto("/pictures", { waitUntil: "commit" });
  return { ...(await noted(page)), bytes: await received(page) };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

test("viewer page beside a page of pictures", async ({ server, newBrowser }) => {
  const file = await readFile(join(REPOSITORY, "docs/guide/guide.pdf"));
  const link = await server.share({ file, title: "A guide" });
  // The pictures are made once, and not while the clock runs.
  const html = await (await fetch(`${server.origin}/v/${link.linkId}`)).text();
  for (const [, path] of html.matchAll(/ src="(\/v\/[^"]+)"/g)) await fetch(server.origin + path?.replaceAll("&amp;", "&"));

  const [viewers, pictures]: [Times[], Times[]] = [[], []];
  for (let run = 0; run < RUNS; run++) {
    viewers.push(await openViewer(await newBrowser(), link));
    pictures.push(await openPictures(await newBrowser(), link, server));
  }
  const of = (times: Times[], key: keyof Times) => median(times.map((time) => time[key] ?? Number.NaN));
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  console.log(`\n${LINE.bits / 1_000} kbit/s, ${LINE.latency} ms, processor ${LINE.slowdown} times slower; median of ${RUNS} runs`);
  console.log(`                       viewer   only pictures   aim`);
  for (const key of ["legible", "alive", "counted"] as const) {
    const baseline = key === "legible" ? seconds(of(pictures, key)) : "";
    console.log(`  ${key.padEnd(18)} ${seconds(of(viewers, key)).padStart(8)}   ${baseline.padStart(13)}   ${seconds(AIMS[key])}`);
  }
  console.log(`  bytes              ${String(of(viewers, "bytes")).padStart(8)}   ${String(of(pictures, "bytes")).padStart(13)}\n`);
});
