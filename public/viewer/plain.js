// Counts the visit of a browser that does not run the page's program: one without WebAssembly, as iPhones are in their
// Lockdown Mode, or one that could not load it. While the program is on its way for long, as on a slow line, the visit
// begins here too, and the program takes it over.
//
// It keeps the records that hooks/viewer_session.rs and hooks/viewer_tracking.rs keep in local storage, so that a reload
// and a second tab are the same visit whichever of them reports it.
"use strict";

(() => {
  /** How often the page reports that it is still read, in ms. */
  const HEARTBEAT_INTERVAL = 30_000;
  /** How long a page is in view before it is reported, in ms. */
  const PAGE_SETTLES_AFTER = 400;
  /** How long the program may take before the visit begins without it, in ms. */
  const PROGRAM_TIMEOUT = 4_000;
  /** A touch after so long without one is reported at once, in ms. */
  const SHORTEST_PAUSE = 60_000;

  const { link, resumeWithin } = document.currentScript.dataset;
  const address = `/api/send/realtime/${link}`;
  const tab = randomId();
  const returning = stored(`sightline:epoch:${link}`) !== null;
  /** Holds what local storage refuses. */
  const fallback = new Map();

  let hasStarted = false;
  let isRunning = false;
  let hasJoined = false;
  let isClosed = false;
  let epoch = 0;
  let page;
  let touchedAt = Date.now();
  let requests = Promise.resolve();

  // ---- the records ----

  function stored(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return fallback.get(key) ?? null;
    }
  }

  function store(key, text) {
    try {
      localStorage.setItem(key, text);
    } catch {
      fallback.set(key, text);
    }
    return text;
  }

  /** 128 random bits as 22 characters of base64url. */
  function randomId() {
    const bits = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
    return btoa(bits).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  }

  function visit() {
    try {
      return JSON.parse(stored(`sightline:visit:${link}`));
    } catch {
      return null;
    }
  }

  const saveVisit = (record) => store(`sightline:visit:${link}`, JSON.stringify(record));
  const isOrphaned = ({ speaker, used }) => !speaker || Date.now() - used > 3 * HEARTBEAT_INTERVAL;
  const isReporting = () => visit()?.speaker === tab;

  /** Takes over the reporting, of the same visit if that goes on or may be resumed. */
  function claim() {
    const old = visit();
    const goesOn = old && (!isOrphaned(old) || Date.now() - old.used <= resumeWithin * 1_000);
    saveVisit({ session: goesOn ? old.session : randomId(), used: Date.now(), speaker: tab });
    if (old?.speaker !== tab) hasJoined = false;
  }

  // ---- the reports ----

  const isVisible = () => document.visibilityState === "visible";

  /** Sends what the server does not know, after what is being sent. */
  function report() {
    requests = requests.then(send).catch(() => {});
  }

  async function send() {
    if (!isRunning || isClosed) return;
    const other = visit();
    if (isVisible() && (!other || isOrphaned(other))) claim();
    if (!isReporting()) return;
    const { session } = visit();
    saveVisit({ session, used: Date.now(), speaker: tab });
    if (!hasJoined) {
      if (isVisible()) await join(session);
      return;
    }
    const idle = Math.floor((Date.now() - touchedAt) / 1_000);
    const answer = await post({ action: "heartbeat", sessionId: session, currentPage: page, visible: isVisible(), idle });
    // Not active any more.
    if (answer.status === 404) {
      hasJoined = false;
      if (isVisible()) await join(session);
    } else {
      stopIfRefused(answer);
    }
  }

  async function join(session) {
    const fingerprint = stored("sightline:fingerprint") ?? store("sightline:fingerprint", randomId());
    epoch = Math.max(Date.now(), epoch + 1, Number(stored(`sightline:epoch:${link}`) ?? 0) + 1);
    store(`sightline:epoch:${link}`, String(epoch));
    const { host } = document.referrer ? new URL(document.referrer) : { host: "" };
    const referrer = host === location.host || host.length > 64 ? "" : host;
    const answer = await post({ action: "join", sessionId: session, fingerprint, currentPage: page, epoch, referrer, returning });
    hasJoined = answer.ok;
    stopIfRefused(answer);
  }

  /** Refused for good: the link is closed, or the owner is looking. All else is tried again with the next heartbeat. */
  function stopIfRefused({ status }) {
    if (status >= 400 && status < 500 && status !== 429) stop();
  }

  const post = (action) => fetch(address, { method: "POST", body: JSON.stringify(action) });

  /** The page is closed, or enters the back-forward cache. */
  function leave() {
    isClosed = true;
    if (!isReporting()) return;
    const { session } = visit();
    if (epoch > 0) navigator.sendBeacon(address, JSON.stringify({ action: "leave", sessionId: session, epoch }));
    saveVisit({ session, used: Date.now(), speaker: null });
    hasJoined = false;
  }

  // ---- the page ----

  const pages = () => [...document.querySelectorAll("[data-page]")];

  /** The page that the address names. */
  function startPage() {
    const number = new URLSearchParams(location.search).get("p");
    return pages().find(({ dataset }) => dataset.page === number);
  }

  /** Follows the page most in view. */
  function followPages() {
    const heights = new Map();
    let timer;
    const seen = (entries) => {
      for (const { target, isIntersecting, intersectionRect } of entries) {
        heights.set(Number(target.dataset.page), isIntersecting ? intersectionRect.height : 0);
      }
      const most = [...heights].reduce((best, next) => (next[1] > best[1] ? next : best), [page, 0])[0];
      clearTimeout(timer);
      if (most === page) return;
      timer = setTimeout(() => {
        page = most;
        report();
      }, PAGE_SETTLES_AFTER);
    };
    page = Number(startPage()?.dataset.page ?? 1);
    const threshold = Array.from({ length: 41 }, (_, step) => step / 40);
    const observer = new IntersectionObserver(seen, { root: document.getElementById("document-pages"), threshold });
    for (const each of pages()) observer.observe(each);
  }

  function listen() {
    for (const name of ["pointermove", "pointerdown", "keydown", "wheel", "touchmove"]) {
      addEventListener(name, () => {
        const pause = Date.now() - touchedAt;
        touchedAt = Date.now();
        if (pause >= SHORTEST_PAUSE) report();
      }, { passive: true });
    }
    document.addEventListener("visibilitychange", () => {
      touchedAt = Date.now();
      if (isRunning && isVisible()) claim();
      report();
    });
    addEventListener("pagehide", () => isRunning && leave());
    addEventListener("pageshow", ({ persisted }) => {
      if (!persisted || !isRunning) return;
      isClosed = false;
      if (isVisible()) claim();
      report();
    });
    setInterval(report, HEARTBEAT_INTERVAL);
  }

  // ---- the program ----

  const root = document.documentElement;
  const isAlive = () => document.body.hasAttribute("data-hydrated");

  function start() {
    if (hasStarted || isAlive()) return;
    hasStarted = isRunning = true;
    root.dataset.moved = "";
    followPages();
    listen();
    if (isVisible()) claim();
    report();
  }

  function stop() {
    isRunning = false;
  }

  /** Starts at once where the page is marked as one whose program does not run. */
  function startPlain() {
    if ("plain" in root.dataset) start();
  }

  const loadSearch = () => import("/viewer/find.js");

  const observer = new MutationObserver(() => {
    if (isAlive()) {
      stop();
      loadSearch();
    }
    startPlain();
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-hydrated"] });
  observer.observe(root, { attributes: true, attributeFilter: ["data-plain"] });
  startPlain();
  setTimeout(start, PROGRAM_TIMEOUT);

  // Until the program runs, only the picture of the page that the address names is loaded (style/viewer.css), unless the
  // reader moves on.
  if (isAlive()) loadSearch();
  else startPage()?.scrollIntoView();
  for (const name of ["pointerdown", "keydown", "wheel", "touchmove"]) {
    addEventListener(name, () => (root.dataset.moved = ""), { passive: true, once: true });
  }
})();
