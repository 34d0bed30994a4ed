// A redis-server that a test kills and starts again.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

function program(): string {
  return execFileSync("sh", ["-c", "command -v redis-server || command -v valkey-server"], { encoding: "utf8" }).trim();
}

export class Redis {
  private process: ChildProcess | undefined;

  private constructor(private readonly folder: string) {}

  static async start(): Promise<Redis> {
    const redis = new Redis(await mkdtemp(join(tmpdir(), "sightline-redis-")));
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis+unix://${this.folder}/r.sock`;
  }

  /** Starts it with the data it had, and waits until it is ready. */
  async start(): Promise<void> {
    const child = spawn(
      program(),
      [
        ...["--port", "0", "--unixsocket", join(this.folder, "r.sock"), "--dir", this.folder],
        ...["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"],
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    this.process = child;
    let said = "";
    await new Promise<void>((ready, failed) => {
      child.stdout.on("data", (chunk) => {
        said += chunk;
        if (/ready to accept connections/i.test(said)) ready();
      });
      child.once("error", failed);
      child.once("exit", () => failed(new Error(`Redis did not start:\n${said}`)));
    });
  }

  /** Kills it, as a crash does. */
  async kill(): Promise<void> {
    const child = this.process;
    if (!child) return;
    this.process = undefined;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
