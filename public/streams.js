// One connection for the event streams of all pages of this browser, in a shared worker: over HTTP/1.1 a browser opens six
// to a server, and with a stream for each dashboard in view the seventh page would wait for ever.
//
// A page sends the path of the stream that it follows. It is sent each event, as its name, a line break and its data, and
// an empty text once the stream is lost, after which it asks again. It answers every message by null, so that a page that
// crashed is noticed, and says false when it leaves.

/** How long a connection may take to bring its first event; then how long it may be silent: the server sends one at least
    every 15 s. In ms. */
const OPEN_TIMEOUT = 10_000;
const SILENCE_TIMEOUT = 40_000;
/** How long a page may leave messages unanswered. */
const ANSWER_TIMEOUT = 60_000;
/** How long a stream is still received that no page follows any more: the owner may only turn to another page. */
const LINGER = 5_000;
/** How many streams the server puts into one. A page beyond that asks for its numbers at intervals. */
const MAX_STREAMS = 50;

const NAMES = ["snapshot", "documents", "trouble", "alive", "ended"];

/** By its port, what a page follows, and since when it owes an answer. */
const pages = new Map();
/** The connection in use, and the one that replaces it with its first event. */
let current;
let next;
let lingering;

addEventListener("connect", ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data === null) {
      const page = pages.get(port);
      if (page) page.owesSince = undefined;
    } else if (data === false) {
      remove(port);
    } else {
      pages.set(port, { path: data, owesSince: undefined });
      connect();
    }
  };
});

/** Opens a connection for all that is followed now. A stream begins with its whole state, so none misses a change. */
function connect() {
  clearTimeout(lingering);
  next?.close();
  const paths = wanted();
  next = paths.length > 0 ? open(paths) : undefined;
  if (!next) {
    current?.close();
    current = undefined;
  }
}

/** The streams that pages follow. */
function wanted() {
  return [...new Set([...pages.values()].map((page) => page.path))].slice(0, MAX_STREAMS);
}

function open(paths) {
  const source = new EventSource(`/api/events?${new URLSearchParams(paths.map((path) => ["of", path]))}`);
  let timer = setTimeout(loseAll, OPEN_TIMEOUT);
  const connection = {
    paths,
    close() {
      clearTimeout(timer);
      source.close();
    },
  };
  source.onerror = loseAll;
  for (const name of NAMES) {
    source.addEventListener(name, ({ data }) => {
      clearTimeout(timer);
      timer = setTimeout(loseAll, SILENCE_TIMEOUT);
      if (connection === next) {
        current?.close();
        current = next;
        next = undefined;
      }
      const end = data.indexOf("\n");
      const path = paths[data.slice(0, end)];
      for (const [port, page] of pages) {
        if (page.path === path) send(port, page, name, data.slice(end + 1));
      }
    });
  }
  return connection;
}

function send(port, page, name, data) {
  const now = performance.now();
  page.owesSince ??= now;
  if (now - page.owesSince > ANSWER_TIMEOUT) {
    remove(port);
  } else if (name === "ended") {
    lose(port);
  } else {
    port.postMessage(`${name}\n${data}`);
  }
}

/** Ends a page's part; the page asks again, after a delay of its own. */
function lose(port) {
  remove(port);
  port.postMessage("");
}

function loseAll() {
  current?.close();
  next?.close();
  current = next = undefined;
  for (const port of [...pages.keys()]) lose(port);
}

function remove(port) {
  if (!pages.delete(port)) return;
  clearTimeout(lingering);
  lingering = setTimeout(prune, pages.size > 0 ? LINGER : 0);
}

/** Ends what no page follows any more. */
function prune() {
  if (wanted().length !== (next ?? current)?.paths.length) connect();
}
