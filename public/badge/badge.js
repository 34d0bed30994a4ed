// Keeps a badge fresh while it is seen: by a stream where its owner made it live, else, and where the server has no stream
// left, by asking for its numbers every ten seconds.

const EVERY_MS = 10_000;
const place = (name) => document.querySelector(`[data-${name}]`);
const isLive = place("live") !== null;
let stream = null;

function show({ activeViewers, totalViews }) {
  place("active").textContent = activeViewers;
  place("badge").classList.toggle("live", activeViewers > 0);
  const views = place("views");
  if (views && totalViews !== undefined) views.textContent = totalViews;
}

function close() {
  stream?.close();
  stream = null;
}

function showGone() {
  close();
  clearInterval(ticking);
  document.removeEventListener("visibilitychange", refresh);
  const gone = document.createElement("p");
  gone.textContent = "This badge is no longer shown.";
  document.querySelector("main").replaceChildren(gone);
}

async function ask() {
  // `omit`: the badge works where cookies of other sites are blocked, and needs none.
  const answer = await fetch(`${location.pathname}.json`, { credentials: "omit" }).catch(() => null);
  if (answer?.status === 404) showGone();
  // Until the server answers again, the last numbers stand.
  if (answer?.ok) show(await answer.json());
}

function follow() {
  stream = new EventSource(`${location.pathname}/events`);
  stream.addEventListener("numbers", (event) => show(JSON.parse(event.data)));
  // It ends when the badge is revoked, and does not begin where there are too many.
  stream.addEventListener("error", () => {
    if (stream?.readyState === EventSource.CLOSED) close();
    ask();
  });
}

function refresh() {
  if (document.hidden) return close();
  if (stream?.readyState === EventSource.OPEN) return;
  ask();
  if (isLive && !stream) follow();
}

const ticking = place("badge") && setInterval(refresh, EVERY_MS);
if (ticking) {
  document.addEventListener("visibilitychange", refresh);
  if (isLive && !document.hidden) follow();
}
