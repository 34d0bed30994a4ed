// The REST contract, for what a browser would do too slowly, and the clock that stands still.

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

/** What a link asks for and lets; what is absent stays as it is. */
export interface LinkSettings {
  label?: string;
  enabled?: boolean;
  /** Unix milliseconds. */
  expiresAt?: number | null;
  email?: "none" | "optional" | "required";
  password?: string | null;
  download?: boolean;
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
    /** Where the server listens, such as `http://127.0.0.1:34567`. */
    public origin = "",
    /** The owner's API key. */
    public key = "",
  ) {}

  /** What a request of the owner has to say. */
  get asOwner(): { authorization: string } {
    return { authorization: `Bearer ${this.key}` };
  }

  /** Asks for what only the owner may ask for. */
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

  /** The document that is read at a link. */
  async documentOf(linkId: string): Promise<string> {
    const response = await this.fetchAsOwner(`/api/links/${linkId}`);
    return response.ok ? (await response.json()).link.documentId : throwError(response);
  }

  async setLink(linkId: string, settings: LinkSettings): Promise<void> {
    const response = await this.fetchAsOwner(`/api/links/${linkId}`, "PATCH", JSON.stringify(settings));
    if (!response.ok) await throwError(response);
  }

  /**
   * What a visitor's browser does. Comes again when it is told to: a machine whose disk is busy can hold Redis up
   * for longer than the server waits for it, and repeating an action changes nothing twice.
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

  // ---- the clock of a server that was started with `testClock` ----

  async now(): Promise<number> {
    return Number(await (await fetch(`${this.origin}/test/clock`)).text());
  }

  async advance(milliseconds: number): Promise<void> {
    const body = String((await this.now()) + milliseconds);
    const response = await fetch(`${this.origin}/test/clock`, { method: "PUT", body });
    if (!response.ok) await throwError(response);
  }
}
