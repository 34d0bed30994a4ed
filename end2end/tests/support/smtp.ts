// An SMTP server on loopback that keeps what it is sent (RFC 5321).

import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

export class Smtp {
  /** The mails so far, each with its headers, as they were sent. */
  readonly mails: string[] = [];
  private readonly server = createServer((socket) => this.serve(socket));

  /** Listens, and returns the port. */
  async listen(port: number): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  close(): void {
    this.server.close();
  }

  /** The address in the header of the last mail that stops mails like it. */
  stopAddress(): string {
    // A long header goes on in the next line (RFC 5322, section 2.2.3).
    const unfolded = (this.mails.at(-1) ?? "").replaceAll(/\r\n[ \t]/g, " ");
    const address = /^List-Unsubscribe: <([^>]+)>/m.exec(unfolded)?.[1];
    if (!address) throw new Error(`no address in ${unfolded}`);
    return address;
  }

  private serve(socket: Socket): void {
    let received = "";
    let inData = false;
    socket.write("220 test\r\n");
    socket.on("data", (chunk) => {
      received += chunk;
      for (;;) {
        const end = inData ? "\r\n.\r\n" : "\r\n";
        const at = received.indexOf(end);
        if (at < 0) return;
        const text = received.slice(0, at);
        received = received.slice(at + end.length);
        if (inData) this.mails.push(text);
        const word = inData ? "" : text.slice(0, 4).toUpperCase();
        inData = word === "DATA";
        socket.write(word === "DATA" ? "354 go\r\n" : word === "QUIT" ? "221 bye\r\n" : "250 ok\r\n");
        if (word === "QUIT") socket.end();
      }
    });
    // A client that hangs up is no failure.
    socket.on("error", () => {});
  }
}
