// Keeps the past visits of an owner's page current: when they change, it reads the page again and changes in the element
// `history` what differs. Elements of one name and id, or class, stay in the page, so that focus, scrolling and what the
// owner typed or opened outlive the change.
//
// A file of its own, and no island: the program of all islands is what visitors load.

/** How long a change waits for others, in ms. A reader who reloads their page leaves and comes back within it. */
const WAIT = 2_000;
/** The page waits so many times as long as the latest answer took, so that a busy link costs the server little. */
const WAIT_PER_ANSWER = 4;

const visits = document.getElementById("history");
/** The number of changes that the page shows, and that there are. */
let shown = Number(visits.dataset.history);
let latest = shown;
let isBusy = false;
let answerTook = 0;

/** Notes how many changes there are; null: the owner may no longer see it. */
function count(changes) {
  latest = changes ?? shown;
  void refresh();
}

/** Changes during the wait are one request, those during the request another one. */
async function refresh() {
  if (isBusy || latest === shown) return;
  isBusy = true;
  await new Promise((resolve) => setTimeout(resolve, Math.max(WAIT, WAIT_PER_ANSWER * answerTook)));
  const [asked, began] = [latest, performance.now()];
  try {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const read = page.getElementById("history");
    if (read) update(visits, read);
    // Only what the server could not answer is asked for again.
    if (answer.status < 500) shown = asked;
  } catch {
    // The server cannot be reached.
  }
  answerTook = performance.now() - began;
  isBusy = false;
  void refresh();
}

/** Makes a node what another of the same name is. */
function update(old, wanted) {
  if (old.isEqualNode(wanted)) return;
  if (!(old instanceof Element)) {
    old.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    // What the owner opened stays open.
    if (name !== "open" && !wanted.hasAttribute(name)) old.removeAttribute(name);
  }
  updateChildren(old, wanted);
}

/** Keeps of the children those that are wanted too, in their order, and inserts the others. */
function updateChildren(old, wanted) {
  let place = old.firstChild;
  for (const child of [...wanted.childNodes]) {
    let same = place;
    // Texts and comments are all alike: one further on is another one.
    while (same && !isSame(same, child)) same = child instanceof Element ? same.nextSibling : null;
    if (same) {
      place = removeUpTo(place, same);
      update(same, child);
      place = same.nextSibling;
    } else {
      old.insertBefore(child, place);
    }
  }
  removeUpTo(place, null);
}

/** Removes siblings from `node` on, up to `end`, and returns that. */
function removeUpTo(node, end) {
  while (node !== end) {
    const next = node.nextSibling;
    node.remove();
    node = next;
  }
  return end;
}

/** Whether a node can become another one: elements by their id, or else by their class. */
function isSame(a, b) {
  if (a.nodeName !== b.nodeName || a.id !== b.id) return false;
  return !(a instanceof Element) || a.id !== "" || a.getAttribute("class") === b.getAttribute("class");
}

/** Follows the stream of a document while the page is visible. */
function followStream(address) {
  let stream;
  const onVisibility = () => {
    stream?.close();
    stream = undefined;
    if (document.visibilityState !== "visible") return;
    stream = new EventSource(address);
    stream.addEventListener("documents", ({ data }) => {
      const links = JSON.parse(data).documents.flatMap(({ links }) => links);
      // A number that the server could not read says nothing.
      if (links.every(({ history }) => history !== null)) count(links.reduce((sum, { history }) => sum + history, 0));
    });
  };
  document.addEventListener("visibilitychange", onVisibility);
  onVisibility();
}

/** Follows the widget of the page, which has a stream of its own. */
function followWidget(widget) {
  const onChange = () => {
    const changes = widget.getAttribute("data-history");
    count(changes ? Number(changes) : null);
  };
  new MutationObserver(onChange).observe(widget, { attributes: true, attributeFilter: ["data-history"] });
  onChange();
}

const widget = document.querySelector("[data-history]:not(#history)");
if (visits.dataset.stream) followStream(visits.dataset.stream);
else if (widget) followWidget(widget);
