// The real server, as `sightline serve` starts it: the release build, with a data folder and a Redis of its own.

import { expect } from "@playwright/test";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { makePdf } from "./pdf.ts";

const run = promisify(execFile);

/** The server finds the site it serves in `target/site`, from here. */
const REPOSITORY = resolve(import.meta.dirname, "../../..");

function binary(): string {
  const target = execFileSync("sh", ["tasks/target-dir.sh"], { cwd: REPOSITORY, encoding: "utf8" }).trim();
  return resolve(REPOSITORY, target, "release/sightline");
}

export interface ServerOptions {
  /** The clock stands still and is moved by hand. */
  testClock?: boolean;
  /** Shares the user guide at the first start, as a new installation does. */
  sample?: boolean;
  /** A Redis of the test's own in place of the managed one. */
  redisUrl?: string;
}

export interface SharedLink {
  linkId: string;
  title: string;
  pages: number;
}

export interface Viewer {
  sessionId: string;
  email?: string;
  currentPage?: number;
  duration: number;
  away: boolean;
}

export interface Snapshot {
  success: true;
  metrics: Record<
    | "activeViewers"
    | "totalViews"
    | "viewsToday"
    | "viewsThisWeek"
    | "viewsThisMonth"
    | "peakConcurrentViewers"
    | "avgViewDuration",
    number
  >;
  activeViewers: Viewer[];
  asOf: number;
}

let links = 0;

export class Server {
  private output = "";
  private process!: ChildProcess;

  private constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly dataDir: string,
    /** Where it listens, such as `http://127.0.0.1:34567`. */
    public origin: string,
  ) {}

  static async start({ testClock = false, sample = false, redisUrl }: ServerOptions = {}): Promise<Server> {
    // Short: the managed Redis has its socket in there, and the address of a socket is at most 107 bytes long.
    const dataDir = await mkdtemp(join(tmpdir(), "sightline-"));
    const { SIGHTLINE_REDIS_URL: _, ...inherited } = process.env;
    const env: NodeJS.ProcessEnv = {
      ...inherited,
      SIGHTLINE_ADDR: "127.0.0.1:0",
      SIGHTLINE_DATA_DIR: dataDir,
      SIGHTLINE_SAMPLE: String(sample),
      SIGHTLINE_TEST_CLOCK: String(testClock),
      ...(redisUrl && { SIGHTLINE_REDIS_URL: redisUrl }),
    };
    const server = new Server(env, dataDir, "");
    await server.launch();
    return server;
  }

  private async launch(): Promise<void> {
    const child = spawn(binary(), ["serve"], { cwd: REPOSITORY, env: this.env, stdio: ["ignore", "pipe", "pipe"] });
    this.process = child;
    this.output = "";
    this.origin = await new Promise<string>((ready, failed) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          this.output += chunk;
          const address = /^\s*All links\s+(http:\/\/[^/\s]+)/m.exec(this.output)?.[1];
          if (address) ready(address);
        });
      }
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`The server ended with ${code} at its start:\n${this.output}`)));
    });
  }

  /** Asks it to stop, as a service manager does; a clean end is part of every test. */
  async halt(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGTERM");
      await ended;
    }
    expect(this.process.exitCode, `the server's exit code; it said:\n${this.output}`).toBe(0);
  }

  /** Starts it again after `halt`, at the same address and with all that it had. */
  async goOn(): Promise<void> {
    this.env.SIGHTLINE_ADDR = new URL(this.origin).host;
    await this.launch();
  }

  /** Stops it for good. */
  async stop(): Promise<void> {
    try {
      await this.halt();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  /** What it has printed so far. */
  get printed(): string {
    return this.output;
  }

  /** Shares a document with the command line, while the server runs. */
  async share({ pages = 3, title = "A report", id = `link-${process.pid}-${++links}` } = {}): Promise<SharedLink> {
    const file = join(this.dataDir, `${id}.pdf`);
    await writeFile(file, makePdf(pages));
    await run(binary(), ["share", file, "--id", id, "--title", title], { cwd: REPOSITORY, env: this.env });
    await rm(file);
    return { linkId: id, title, pages };
  }

  // ---- the REST contract, for what a browser would do too slowly ----

  async snapshot(linkId: string): Promise<Snapshot> {
    const response = await fetch(`${this.origin}/api/send/realtime/${linkId}`);
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return response.json();
  }

  /**
   * Comes again when it is told to: a machine whose disk is busy can hold Redis up for longer than the server
   * waits for it, and repeating an action changes nothing twice.
   */
  async act(linkId: string, action: Record<string, unknown>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(`${this.origin}/api/send/realtime/${linkId}`, {
        method: "POST",
        body: JSON.stringify(action),
      });
      if (response.ok) return;
      const wait = Number(response.headers.get("retry-after"));
      if (wait === 0 || tries === 5) throw new Error(`${response.status} ${await response.text()}`);
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }

  join(linkId: string, viewer: { sessionId: string; email?: string; currentPage?: number }): Promise<void> {
    return this.act(linkId, { action: "join", ...viewer });
  }

  leave(linkId: string, sessionId: string): Promise<void> {
    return this.act(linkId, { action: "leave", sessionId });
  }

  // ---- the clock of a server that was started with `testClock` ----

  async now(): Promise<number> {
    return Number(await (await fetch(`${this.origin}/test/clock`)).text());
  }

  async advance(milliseconds: number): Promise<void> {
    const body = String((await this.now()) + milliseconds);
    const response = await fetch(`${this.origin}/test/clock`, { method: "PUT", body });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  }
}
