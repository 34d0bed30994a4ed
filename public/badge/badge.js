// Keeps a badge fresh: asks for its numbers every ten seconds while it is seen.

const EVERY_MS = 10_000;
const place = (name) => document.querySelector(`[data-${name}]`);

async function refresh() {
  if (document.hidden) return;
  // `omit`: the badge works where cookies of other sites are blocked, and needs none.
  const answer = await fetch(`${location.pathname}.json`, { credentials: "omit" }).catch(() => null);
  // Until the server answers again, the last numbers stand.
  if (!answer?.ok) return;
  const { activeViewers, totalViews } = await answer.json();
  place("active").textContent = activeViewers;
  place("badge").classList.toggle("live", activeViewers > 0);
  const views = place("views");
  if (views && totalViews !== undefined) views.textContent = totalViews;
}

if (place("badge")) {
  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);
}
