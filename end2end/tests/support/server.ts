// The real server, `sightline serve` of the release build, with a data folder and a Redis of its own.

import { expect } from "@playwright/test";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { makePdf } from "./pdf.ts";
import { Rest } from "./rest.ts";

/** The server's working directory, where it finds `target/site`. */
export const REPOSITORY = resolve(import.meta.dirname, "../../..");

function binary(): string {
  const target = execFileSync("sh", ["tasks/target-dir.sh"], { cwd: REPOSITORY, encoding: "utf8" }).trim();
  return resolve(REPOSITORY, target, "release/sightline");
}

export interface ServerOptions {
  /** The clock stands still until a test moves it. */
  testClock?: boolean;
  /** Shares the user guide at the first start, as a new installation does. */
  sample?: boolean;
  /** A Redis of the test's own in place of the managed one. */
  redisUrl?: string;
  /** Whether an owner exists; otherwise the server offers the first account. */
  owner?: boolean;
  /** Further settings, as environment variables. */
  env?: Record<string, string>;
}

export interface SharedLink {
  linkId: string;
  title: string;
  pages: number;
}

export interface Account {
  email: string;
  password: string;
}

/** The owner of the documents that the tests share. */
export const OWNER: Account = { email: "owner@example.com", password: "correct horse battery" };

/** A session cookie, as Playwright adds it to a context. */
export interface Cookie {
  name: string;
  value: string;
  url: string;
}

let links = 0;

export class Server extends Rest {
  private output = "";
  private process!: ChildProcess;
  private session: Cookie | undefined;

  private constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly dataDir: string,
  ) {
    super();
  }

  static async start({ testClock = false, sample = false, redisUrl, owner = true, env: more = {} }: ServerOptions = {}): Promise<Server> {
    // Short, since the path of the managed Redis' socket in it has at most 107 bytes (unix(7)).
    const dataDir = await mkdtemp(join(tmpdir(), "sightline-"));
    const { SIGHTLINE_REDIS_URL: _, ...inherited } = process.env;
    const env: NodeJS.ProcessEnv = {
      ...inherited,
      SIGHTLINE_ADDR: "127.0.0.1:0",
      SIGHTLINE_DATA_DIR: dataDir,
      SIGHTLINE_SAMPLE: String(sample),
      SIGHTLINE_TEST_CLOCK: String(testClock),
      SIGHTLINE_SNAPSHOTS_SHARED_MS: "0",
      // As long as a busy machine needs.
      SIGHTLINE_REDIS_TIMEOUT_MS: "20000",
      ...(redisUrl && { SIGHTLINE_REDIS_URL: redisUrl }),
      ...more,
    };
    const server = new Server(env, dataDir);
    await server.launch();
    if (owner) {
      await server.addOwner(OWNER);
      server.key = await server.newKey(OWNER.email);
    }
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
          // The last line printed at startup, with or without an owner.
          const address = /^\s*(?:Documents|First account)\s+(http:\/\/[^/\s]+)\/.*\n/m.exec(this.output)?.[1];
          if (address) ready(address);
        });
      }
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`The server ended with ${code} at its start:\n${this.output}`)));
    });
  }

  /** Sends SIGTERM, as a service manager does, and expects a clean exit. */
  async terminate(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = once(this.process, "exit");
      this.process.kill("SIGTERM");
      await ended;
    }
    expect(this.process.exitCode, `the server's exit code; its output:\n${this.output}`).toBe(0);
  }

  /** Starts it again after `terminate`, at the same address and with the same data. */
  async restart(): Promise<void> {
    this.env.SIGHTLINE_ADDR = new URL(this.origin).host;
    await this.launch();
  }

  /** Stops it, and removes its data folder. */
  async stop(): Promise<void> {
    try {
      await this.terminate();
    } finally {
      await rm(this.dataDir, { recursive: true, force: true });
    }
  }

  /** Its output since its last start. */
  get printed(): string {
    return this.output;
  }

  // ---- the command line, while the server runs ----

  /** Runs a `sightline` command on its data; returns the stdout. */
  private async command(args: string[], input = ""): Promise<string> {
    // Without input no pipe: a command that ends before an empty write would fail the test with EPIPE.
    const stdin = input === "" ? "ignore" : "pipe";
    const child = spawn(binary(), args, { cwd: REPOSITORY, env: this.env, stdio: [stdin, "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk) => (said.stdout += chunk));
    child.stderr?.on("data", (chunk) => (said.stderr += chunk));
    child.stdin?.end(input);
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`sightline ${args.join(" ")} ended with ${code}: ${said.stderr}`);
    return said.stdout;
  }

  async addOwner({ email, password }: Account): Promise<void> {
    await this.command(["owner", "add", email], `${password}\n`);
  }

  /** Makes an API key. */
  async newKey(email: string): Promise<string> {
    return (await this.command(["key", "new", email, "--scope", "manage"])).trim();
  }

  /** Shares a document by the command line. */
  async share({
    pages = 3,
    title = "A report",
    id = `link-${process.pid}-${++links}`,
    owner = OWNER.email,
    file = makePdf(pages),
  } = {}): Promise<SharedLink> {
    const path = join(this.dataDir, `${id}.pdf`);
    await writeFile(path, file);
    await this.command(["share", path, "--id", id, "--title", title, "--owner", owner]);
    await rm(path);
    return { linkId: id, title, pages };
  }

  // ---- signing in ----

  /** Signs in, as the form does. */
  async signIn({ email, password }: Account): Promise<Cookie> {
    const body = new URLSearchParams({ email, password });
    const response = await fetch(`${this.origin}/sfn/sign_in`, { method: "POST", body });
    const [, name, value] = /^([^=]+)=([^;]+)/.exec(response.headers.getSetCookie()[0] ?? "") ?? [];
    if (!response.ok || !name || !value) throw new Error(`${response.status} ${await response.text()}`);
    return { name, value, url: this.origin };
  }

  /** The session of `OWNER`, opened once. */
  async ownerSession(): Promise<Cookie> {
    this.session ??= await this.signIn(OWNER);
    return this.session;
  }

  /** That session as a header, for requests without a browser. */
  async ownerCookie(): Promise<{ cookie: string }> {
    const { name, value } = await this.ownerSession();
    return { cookie: `${name}=${value}` };
  }
}
