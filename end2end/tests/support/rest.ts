// A REST client, for what a browser would do too slowly, and the control of the test clock.

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
  filtered: number;
  asOf: number;
}

/** A finished visit. */
export interface Visit {
  email: string | null;
  visibleMs: number;
}

/** The settings of a link; an absent one stays as it is. */
export interface LinkSettings {
  label?: string;
  enabled?: boolean;
  /** Unix milliseconds. */
  expiresAt?: number | null;
  email?: "none" | "optional" | "required";
  password?: string | null;
  download?: boolean;
  copying?: "download" | "on" | "off";
}

export interface Document {
  documentId: string;
  title: string;
  pageCount: number;
  links: { linkId: string; viewerUrl: string }[];
}

async function throwError(response: Response): Promise<never> {
  throw new Error(`${response.status} ${await response.text()}`);
}

export class Rest {
  constructor(
    /** The server's origin, such as `http://127.0.0.1:34567`. */
    public origin = "",
    /** The owner's API key. */
    public key = "",
  ) {}

  /** The headers of the owner's requests. */
  get asOwner(): { authorization: string } {
    return { authorization: `Bearer ${this.key}` };
  }

  /** Sends a request with the owner's API key. */
  fetchAsOwner(path: string, method = "GET", body?: BodyInit): Promise<Response> {
    return fetch(this.origin + path, { method, body, headers: this.asOwner });
  }

  async snapshot(linkId: string): Promise<Snapshot> {
    const response = await this.fetchAsOwner(`/api/send/realtime/${linkId}`);
    return response.ok ? response.json() : throwError(response);
  }

  async documents(): Promise<Document[]> {
    const response = await this.fetchAsOwner("/api/documents");
    return response.ok ? (await response.json()).documents : throwError(response);
  }

  /** The id of a link's document. */
  async documentOf(linkId: string): Promise<string> {
    const response = await this.fetchAsOwner(`/api/links/${linkId}`);
    return response.ok ? (await response.json()).link.documentId : throwError(response);
  }

  async setLink(linkId: string, settings: LinkSettings): Promise<void> {
    const response = await this.fetchAsOwner(`/api/links/${linkId}`, "PATCH", JSON.stringify(settings));
    if (!response.ok) await throwError(response);
  }

  /**
   * Sends a viewer's action; retries after the seconds that `Retry-After` names, since a busy disk can delay Redis beyond
   * the server's timeout. Repeating an action changes nothing twice.
   */
  async act(linkId: string, action: Record<string, unknown>, headers: Record<string, string> = {}): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(`${this.origin}/api/send/realtime/${linkId}`, {
        method: "POST",
        body: JSON.stringify(action),
        headers,
      });
      if (response.ok) return;
      const wait = Number(response.headers.get("retry-after"));
      if (wait === 0 || tries === 5) await throwError(response);
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    }
  }

  join(linkId: string, viewer: { sessionId: string; email?: string; currentPage?: number }): Promise<void> {
    return this.act(linkId, { action: "join", ...viewer });
  }

  leave(linkId: string, sessionId: string): Promise<void> {
    return this.act(linkId, { action: "leave", sessionId });
  }

  /** The newest finished visits of a link. */
  async visits(linkId: string): Promise<Visit[]> {
    const response = await this.fetchAsOwner(`/api/links/${linkId}/visits`);
    return response.ok ? (await response.json()).visits : throwError(response);
  }

  // ---- the clock of a server that was started with `testClock` ----

  async now(): Promise<number> {
    return Number(await (await fetch(`${this.origin}/test/clock`)).text());
  }

  /** Sets the clock, in Unix milliseconds. */
  async setClock(now: number): Promise<void> {
    const response = await fetch(`${this.origin}/test/clock`, { method: "PUT", body: String(now) });
    if (!response.ok) await throwError(response);
  }

  async advance(milliseconds: number): Promise<void> {
    await this.setClock((await this.now()) + milliseconds);
  }
}
