// All pages of a browser share one event stream: over HTTP/1.1 a browser opens six connections to a server.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

import type { Page } from "@playwright/test";

import { expect, test as base } from "./support/fixtures.ts";
import { DashboardPage } from "./support/pages.ts";
import { giveOwnStreams, Relay } from "./support/relay.ts";
import { REPOSITORY } from "./support/server.ts";

const test = base.extend<{ relay: Relay; owner: Page }>({
  relay: async ({ server }, use) => {
    const relay = await Relay.to(server.origin);
    await use(relay);
    relay.stop();
  },
  // The first page of a browser of its own, where the owner is signed in, behind the relay.
  owner: async ({ server, relay, newBrowser }, use) => {
    const page = await newBrowser({ baseURL: relay.origin });
    await page.context().addCookies([{ ...(await server.signIn({ email: "owner@example.com", password: "correct horse battery" })), url: relay.origin }]);
    await use(page);
  },
});

async function openDashboard(page: Page, linkId: string): Promise<DashboardPage> {
  const dashboard = new DashboardPage(page);
  await dashboard.open(linkId);
  await expect(dashboard.badge).toHaveText("Live");
  return dashboard;
}

/** Dashboards in view, one a link. */
async function openDashboards(owner: Page, links: string[]): Promise<DashboardPage[]> {
  const dashboards = [];
  for (const [number, link] of links.entries()) {
    dashboards.push(await openDashboard(number === 0 ? owner : await owner.context().newPage(), link));
  }
  return dashboards;
}

test("seven dashboards in view share one connection", async ({ server, relay, owner }) => {
  // Eight pages; a closed one is missed only after a while.
  test.slow();
  const links: string[] = [];
  for (let number = 0; number < 7; number += 1) links.push((await server.share()).linkId);
  const dashboards = await openDashboards(owner, links);
  await expect.poll(() => relay.streams.size).toBe(1);

  const everyone = async (sessionId: string, count: number, watching: DashboardPage[]) => {
    for (const link of links) await server.join(link, { sessionId });
    for (const dashboard of watching) await expect(dashboard.rows).toHaveCount(count);
  };
  await everyone("a", 1, dashboards);
  for (const dashboard of dashboards) await expect(dashboard.badge).toHaveText("Live");
  const eighth = await owner.context().newPage();
  expect((await eighth.goto("/settings"))?.status()).toBe(200);

  // None of them leads the others.
  await owner.close();
  const [, ...rest] = dashboards;
  await everyone("b", 2, rest);
  await expect.poll(() => [...relay.streams.values()].join().includes(links[0] ?? ""), { timeout: 20_000 }).toBe(false);
  await everyone("c", 3, rest);
  expect(relay.streams.size).toBe(1);
  for (const dashboard of rest) await dashboard.page.close();
  await expect.poll(() => relay.streams.size).toBe(0);
});

test("pages of one link and the list share it, too", async ({ server, relay, owner }) => {
  const { linkId, title } = await server.share({ title: "Seen twice" });
  const [first, second] = await openDashboards(owner, [linkId, linkId]);
  const list = await owner.context().newPage();
  await list.goto("/");
  await expect(list.getByTestId("live-badge")).toHaveText("Live");
  await server.join(linkId, { sessionId: "a" });
  await expect(first!.rows).toHaveCount(1);
  await expect(second!.rows).toHaveCount(1);
  await expect(list.getByRole("listitem").filter({ hasText: title }).getByTestId("document-active-now")).toHaveText("1");
  await expect.poll(() => [...relay.streams.values()].map((path) => path.split("of=").length - 1)).toEqual([2]);
});

test("sign-out clears every page", async ({ server, owner, browserErrors }) => {
  browserErrors.allow(/status of 401/);
  const links = [(await server.share()).linkId, (await server.share()).linkId];
  for (const link of links) await server.join(link, { sessionId: "a", email: "ann@example.com" });
  const dashboards = await openDashboards(owner, links);
  for (const dashboard of dashboards) await expect(dashboard.rows).toContainText("ann@example.com");
  const other = await owner.context().newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Sign out" }).click();
  for (const dashboard of dashboards) await expect(dashboard.page.getByText("ann@example.com")).toHaveCount(0);
});

test("deleted link ends no other dashboard", async ({ server, relay, owner, browserErrors }) => {
  browserErrors.allow(/status of 404/);
  const links = [(await server.share()).linkId, (await server.share()).linkId];
  const [deleted, kept] = await openDashboards(owner, links);
  expect((await server.fetchAsOwner(`/api/links/${links[0]}`, "DELETE")).ok).toBe(true);
  await expect(deleted!.badge).not.toHaveText("Live");
  await server.join(links[1]!, { sessionId: "a" });
  await expect(kept!.rows).toHaveCount(1);
  await expect(kept!.badge).toHaveText("Live");
  expect(relay.streams.size).toBeLessThanOrEqual(2);
});

test("lost connection comes back for all", async ({ server, relay, owner, browserErrors }) => {
  browserErrors.allow(/ERR_|Failed to load resource/);
  const links = [(await server.share()).linkId, (await server.share()).linkId];
  const dashboards = await openDashboards(owner, links);
  relay.cut();
  for (const link of links) await server.join(link, { sessionId: "a" });
  for (const dashboard of dashboards) {
    await expect(dashboard.rows).toHaveCount(1);
    await expect(dashboard.badge).toHaveText("Live");
  }
  await expect.poll(() => relay.streams.size).toBe(1);
});

test("hidden page leaves, and comes back when seen", async ({ server, relay, owner }) => {
  const { linkId } = await server.share();
  const dashboard = await openDashboard(owner, linkId);
  const setVisibility = (state: DocumentVisibilityState) =>
    owner.evaluate((state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await setVisibility("hidden");
  await expect.poll(() => relay.streams.size).toBe(0);
  await server.join(linkId, { sessionId: "a" });
  await setVisibility("visible");
  await expect(dashboard.rows).toHaveCount(1);
  await expect(dashboard.badge).toHaveText("Live");
});

test("page without shared workers has its own stream", async ({ server, relay, owner }) => {
  const { linkId } = await server.share();
  await giveOwnStreams(owner);
  const dashboard = await openDashboard(owner, linkId);
  expect([...relay.streams.values()]).toEqual([`/api/send/realtime/${linkId}/events`]);
  await server.join(linkId, { sessionId: "a" });
  await expect(dashboard.rows).toHaveCount(1);
});

test("page whose worker cannot load has its own stream", async ({ server, relay, owner, browserErrors }) => {
  browserErrors.allow(/streams\.js|SharedWorker/);
  await owner.addInitScript(() => {
    const { SharedWorker } = window;
    Object.assign(window, { SharedWorker: class extends SharedWorker { constructor() { super("/no-such-script.js"); } } });
  });
  browserErrors.allow(/no-such-script/);
  const { linkId } = await server.share();
  await openDashboard(owner, linkId);
  expect([...relay.streams.values()]).toEqual([`/api/send/realtime/${linkId}/events`]);
});

// ---- the worker alone, with a clock that the test moves ----

/** A connection of the worker, as it sees it. */
class FakeSource {
  static all: FakeSource[] = [];
  readonly listeners = new Map<string, (event: { data: string }) => void>();
  isOpen = true;
  onerror = () => {};
  readonly paths: string[];
  constructor(url: string) {
    this.paths = new URL(url, "http://here").searchParams.getAll("of");
    FakeSource.all.push(this);
  }
  addEventListener(name: string, listener: (event: { data: string }) => void) {
    this.listeners.set(name, listener);
  }
  close() {
    this.isOpen = false;
  }
  say(name: string, data: string) {
    if (this.isOpen) this.listeners.get(name)?.({ data });
  }
}

/** A page, as the worker sees it. */
class FakePage {
  told: string[] = [];
  answers = true;
  onmessage: (event: { data: unknown }) => void = () => {};
  postMessage(text: string) {
    this.told.push(text);
    if (this.answers) this.onmessage({ data: null });
  }
}

class Worker {
  private now = 0;
  private timers: { due: number; call: () => void }[] = [];
  private connect!: (event: { ports: FakePage[] }) => void;

  constructor() {
    FakeSource.all = [];
    const script = readFileSync(join(REPOSITORY, "public/streams.js"), "utf8");
    runInNewContext(script, {
      EventSource: FakeSource,
      URLSearchParams,
      performance: { now: () => this.now },
      setTimeout: (call: () => void, ms: number) => {
        const timer = { due: this.now + ms, call };
        this.timers.push(timer);
        return timer;
      },
      clearTimeout: (timer: unknown) => (this.timers = this.timers.filter((other) => other !== timer)),
      addEventListener: (_: string, listener: typeof this.connect) => (this.connect = listener),
    });
  }

  /** A page that follows this path. */
  open(path: string): FakePage {
    const page = new FakePage();
    this.connect({ ports: [page] });
    page.onmessage({ data: path });
    return page;
  }

  pass(ms: number): void {
    this.now += ms;
    const due = this.timers.filter((timer) => timer.due <= this.now);
    this.timers = this.timers.filter((timer) => timer.due > this.now);
    for (const timer of due) timer.call();
  }

  get sources(): FakeSource[] {
    return FakeSource.all.filter((source) => source.isOpen);
  }

  get newest(): FakeSource {
    return FakeSource.all.at(-1)!;
  }
}

test.describe("worker", () => {
  test("keeps a connection until its successor brings an event", () => {
    const worker = new Worker();
    const [a, b] = [worker.open("/a"), worker.open("/b")];
    expect(worker.sources.map((source) => source.paths)).toEqual([["/a", "/b"]]);
    worker.newest.say("snapshot", '1\n{"x":1}');
    const old = worker.newest;
    const again = worker.open("/a");
    expect(worker.sources).toHaveLength(2);
    old.say("snapshot", '0\n{"x":2}');
    worker.newest.say("snapshot", '0\n{"x":3}');
    expect(worker.sources.map((source) => source.paths)).toEqual([["/a", "/b"]]);
    expect(old.isOpen).toBe(false);
    expect([a.told, b.told, again.told]).toEqual([
      ['snapshot\n{"x":2}', 'snapshot\n{"x":3}'],
      ['snapshot\n{"x":1}'],
      ['snapshot\n{"x":2}', 'snapshot\n{"x":3}'],
    ]);
  });

  test("ends the part that the server ends", () => {
    const worker = new Worker();
    const [a, b] = [worker.open("/a"), worker.open("/b")];
    worker.newest.say("ended", "0\nnull");
    worker.newest.say("alive", "1\n{}");
    worker.newest.say("alive", "0\n{}");
    expect([a.told, b.told]).toEqual([[""], ["alive\n{}"]]);
  });

  test("tells every page of a lost connection", () => {
    for (const lose of [
      (worker: Worker) => worker.newest.onerror(),
      // It brings no event, or is silent later.
      (worker: Worker) => worker.pass(10_000),
      (worker: Worker) => (worker.newest.say("alive", "0\n{}"), worker.pass(39_999), worker.pass(1)),
    ]) {
      const worker = new Worker();
      const [a, b] = [worker.open("/a"), worker.open("/b")];
      lose(worker);
      expect([a.told.at(-1), b.told.at(-1), worker.sources.length]).toEqual(["", "", 0]);
      worker.open("/a");
      expect(worker.sources.map((source) => source.paths)).toEqual([["/a"]]);
    }
  });

  test("forgets pages that leave or crash", () => {
    const worker = new Worker();
    const [a, b, c] = [worker.open("/a"), worker.open("/b"), worker.open("/c")];
    a.onmessage({ data: false });
    worker.pass(5_000);
    expect(worker.sources.at(-1)!.paths).toEqual(["/b", "/c"]);
    b.answers = false;
    for (let second = 0; second <= 70; second += 10) {
      worker.newest.say("alive", "0\n{}");
      worker.newest.say("alive", "1\n{}");
      worker.pass(10_000);
    }
    worker.newest.say("alive", "0\n{}");
    expect(worker.sources.map((source) => source.paths)).toEqual([["/c"]]);
    c.onmessage({ data: false });
    worker.pass(0);
    expect(worker.sources).toEqual([]);
  });

  test("leaves out what no connection has room for", () => {
    const worker = new Worker();
    for (let number = 0; number < 60; number += 1) worker.open(`/${number}`);
    expect(worker.newest.paths).toHaveLength(50);
  });
});
