// Nine weeks of visits to a document, the same at each run.

import type { Server } from "../tests/support/server.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DAYS = 63;

/** A link of the document, and where its readers come from. The weights say how often each is taken. */
interface Link {
  linkId: string;
  label: string;
  weight: number;
  referrers: Weighted<string>[];
}

type Weighted<T> = readonly [choice: T, weight: number];

export const LINKS: Link[] = [
  {
    linkId: "customers",
    label: "Customers",
    weight: 5,
    referrers: [["mail.google.com", 4], ["outlook.office.com", 3], ["", 3]],
  },
  {
    linkId: "newsletter",
    label: "Newsletter",
    weight: 3,
    referrers: [["mail.google.com", 6], ["", 4]],
  },
  {
    linkId: "website",
    label: "Website",
    weight: 2,
    referrers: [["www.google.com", 4], ["news.ycombinator.com", 2], ["www.linkedin.com", 3], ["", 1]],
  },
];

const WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)";
const IPHONE = "(iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const AGENTS: Weighted<string>[] = [
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36`, 9],
  [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${WEBKIT} Chrome/131.0.0.0 Safari/537.36`, 6],
  [`Mozilla/5.0 ${IPHONE} Version/18.1 Mobile/15E148 Safari/604.1`, 5],
  [`Mozilla/5.0 (Linux; Android 10; K) ${WEBKIT} Chrome/131.0.0.0 Mobile Safari/537.36`, 3],
  ["Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", 2],
  ["Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1", 2],
];
const COUNTRIES: Weighted<string>[] = [["DE", 10], ["AT", 4], ["CH", 4], ["GB", 4], ["US", 4], ["FR", 3], ["NL", 2], ["SE", 1]];
const NAMES = ["ada", "alan", "barbara", "edsger", "frances", "grace", "john", "katherine", "ken", "leslie", "margaret", "niklaus"];
const COMPANIES = ["example.com", "example.org", "example.net"];
/** By the hour of the day, from 0 on. */
const HOURS = [0, 0, 0, 0, 0, 0, 1, 3, 7, 10, 11, 9, 6, 8, 10, 9, 7, 4, 3, 3, 3, 2, 1, 0];
/** By the day of the week, from Sunday on. */
const WEEKDAYS = [3, 12, 16, 15, 13, 9, 2];
/** Seconds that a page takes, from the first on. */
const PAGES = [14, 26, 48, 33, 52, 30, 21, 12];

/** [mulberry32](https://github.com/cprosche/mulberry32) */
function randomNumbers(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

function pick<T>(random: Random, choices: Weighted<T>[]): T {
  let left = random() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  const found = choices.find(([, weight]) => (left -= weight) < 0) ?? choices[0];
  if (!found) throw new Error("There is nothing to pick from.");
  return found[0];
}

/** What is sent to the server at a time. */
interface Step {
  at: number;
  send: () => Promise<unknown>;
}

/** Sends nine weeks of visits until `now`, in Unix milliseconds, and leaves the clock there. */
export async function visitFor9Weeks(server: Server, now: number): Promise<void> {
  const random = randomNumbers(20_26);
  const readers: Reader[] = Array.from({ length: 260 }, (_, number) => ({
    fingerprint: `reader-${number}-of-the-sample`,
    email: random() < 0.45 ? `${NAMES[number % NAMES.length]}.${number}@${COMPANIES[number % COMPANIES.length]}` : undefined,
    link: pick(random, LINKS.map((link) => [link, link.weight] as const)),
    headers: { "user-agent": pick(random, AGENTS), "x-country": pick(random, COUNTRIES) },
    visits: 0,
  }));

  const midnight = Math.floor(now / DAY) * DAY;
  const starts: number[] = [];
  for (let day = midnight - (DAYS - 1) * DAY; day <= midnight; day += DAY) {
    const weekday = WEEKDAYS[new Date(day).getUTCDay()] ?? 0;
    const growth = 0.7 + (0.5 * (day - midnight + DAYS * DAY)) / (DAYS * DAY);
    const count = Math.round(weekday * growth * (0.7 + 0.6 * random()));
    const hours = HOURS.map((weight, hour) => [hour, weight] as const);
    for (let visit = 0; visit < count; visit += 1) starts.push(day + (pick(random, hours) + random()) * 60 * MINUTE);
  }
  const past = starts.filter((at) => at < now - 30 * MINUTE).sort((a, b) => a - b);

  const steps: Step[] = [];
  for (const [number, at] of past.entries()) {
    // Newcomers come all the time, and some of those who were here return.
    const known = Math.ceil((readers.length * (number + 1)) / past.length);
    const reader = readers[random() < 0.35 ? Math.floor(random() * known) : known - 1];
    if (reader) steps.push(...visit(server, reader, `visit-${number}`, at, random));
  }
  for (const { at, send } of steps.sort((a, b) => a.at - b.at)) {
    await server.setClock(Math.round(at));
    await send();
  }
  await server.setClock(now);
}

interface Reader {
  fingerprint: string;
  email?: string;
  link: Link;
  headers: Record<string, string>;
  visits: number;
}

/** One visit: some read to the end, most stop earlier. */
function visit(server: Server, reader: Reader, sessionId: string, begins: number, random: Random): Step[] {
  const { fingerprint, email, headers, link } = reader;
  const { linkId } = link;
  const referrer = pick(random, link.referrers);
  const steps: Step[] = [
    {
      at: begins,
      send: () => {
        reader.visits += 1;
        const join = { action: "join", sessionId, fingerprint, email, referrer, returning: reader.visits > 1, currentPage: 1 };
        return server.act(linkId, join, headers);
      },
    },
  ];
  let at = begins;
  for (const [index, seconds] of PAGES.entries()) {
    at += seconds * 1000 * (0.4 + 1.2 * random());
    if (index === PAGES.length - 1 || random() < (index === 0 ? 0.18 : 0.09)) break;
    const heartbeat = { action: "heartbeat", sessionId, currentPage: index + 2 };
    steps.push({ at, send: () => server.act(linkId, heartbeat, headers) });
  }
  if (random() < 0.12) {
    const download = `${server.origin}/v/${linkId}/download?session=${sessionId}`;
    steps.push({ at: at - 1, send: async () => (await fetch(download, { headers })).arrayBuffer() });
  }
  steps.push({ at, send: () => server.act(linkId, { action: "leave", sessionId }, headers) });
  return steps;
}
