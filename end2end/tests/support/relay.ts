// Relays before the server. The first sees all connections: Playwright sees no requests of a shared worker.

import { once } from "node:events";
import { createServer as createHttpServer, request as requestOf } from "node:http";
import { type AddressInfo, createServer, connect, type Server as Listener, type Socket } from "node:net";

import type { Page } from "@playwright/test";

export class Relay {
  /** The paths of the event streams that are open. */
  readonly streams = new Map<Socket, string>();
  private readonly open = new Set<Socket>();

  private constructor(private readonly listener: Listener) {}

  static async to(origin: string): Promise<Relay> {
    const { hostname, port } = new URL(origin);
    const listener = createServer();
    const relay = new Relay(listener);
    listener.on("connection", (client) => {
      const server = connect(Number(port), hostname);
      for (const [from, into] of [
        [client, server],
        [server, client],
      ] as const) {
        relay.open.add(from);
        from.on("error", () => into.destroy());
        from.on("close", () => {
          relay.open.delete(from);
          relay.streams.delete(from);
          into.destroy();
        });
        from.pipe(into);
      }
      client.on("data", (chunk) => {
        const path = /^GET (\S*events\S*) HTTP/.exec(chunk.toString("latin1"))?.[1];
        if (path) relay.streams.set(client, decodeURIComponent(path));
      });
    });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return relay;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Cuts all connections. */
  cut(): void {
    for (const socket of this.open) socket.destroy();
  }

  stop(): void {
    this.listener.close();
    this.cut();
  }
}

/** Gives a page streams of its own, as in a browser without shared workers. Its requests pass `route`, those of a worker do not. */
export async function giveOwnStreams(page: Page): Promise<void> {
  await page.addInitScript(() => Reflect.deleteProperty(window, "SharedWorker"));
}

/** Starts a relay whose browsers get no cookie, as those that refuse them all; returns its origin, and what ends it. */
export async function withoutCookies(origin: string): Promise<{ origin: string; stop: () => void }> {
  const relay = createHttpServer((request, response) => {
    const { method, headers } = request;
    const asked = requestOf(new URL(request.url ?? "/", origin), { method, headers }, (answer) => {
      delete answer.headers["set-cookie"];
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    asked.on("error", () => response.destroy());
    response.on("close", () => asked.destroy());
    request.pipe(asked);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  const { port } = relay.address() as AddressInfo;
  const stop = (): void => {
    relay.close();
    relay.closeAllConnections();
  };
  return { origin: `http://127.0.0.1:${port}`, stop };
}
