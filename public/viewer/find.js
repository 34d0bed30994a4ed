// Finds words in all pages of a document. The browser's own search finds only what stands in the document tree: the pages
// around the reader, and nothing where copying is not allowed. This one reads the text of every page, as it is laid over
// the pictures, lists the pages that have the words in the panel, and marks the words on the pages.
//
// A script of its own, loaded once the page can be read: it costs the first page nothing. Ctrl+F opens it where the
// browser's search would miss something; pressed again in its field, it opens the browser's.

/** How many texts are on their way at once. */
const AT_ONCE = 4;
/** How long a typed letter waits for the next one, in ms. */
const TYPING = 250;
/** The most pages that are listed. */
const MOST_LISTED = 200;
/** How many letters are listed before and behind the words. */
const [BEFORE, BEHIND] = [24, 48];
/** How often a busy server is asked again. */
const ATTEMPTS = 5;

const canvas = document.querySelector("[data-page-count]");
const scroller = canvas.closest(".pages");
const panel = document.querySelector(".panel");
const panelButton = document.querySelector(".tool[aria-expanded]");
const pageCount = Number(canvas.dataset.pageCount);
/** The address of a page's text, with a 1 for its page. */
const source = canvas.querySelector("[data-source]")?.dataset.source.replace(/\/pages\/\d+\//, "/pages/1/");
const highlight = globalThis.Highlight && new Highlight();
const texts = new Map();

let found;
let search = 0;
let words = "";
/** The page that was chosen from the list, and whether its words are yet to be shown. */
let chosen;
let isAwaited = false;
/** The ranges of the words by the text of each page. */
let marked = new WeakMap();

if (source) {
  await hydrated();
  open();
}

/** Waits for the page's program: what it takes over must not differ from what the server sent. */
async function hydrated() {
  while (!document.body.hasAttribute("data-hydrated")) {
    await new Promise((resolve) => {
      const observer = new MutationObserver(resolve);
      observer.observe(document.body, { attributes: true, attributeFilter: ["data-hydrated"] });
    });
  }
}

// ---- texts ----

/** A text without case, accents and line ends, and for each of its letters where it stands in the text. */
function fold(text) {
  const [letters, places] = [[], []];
  for (let place = 0; place < text.length; ) {
    const letter = String.fromCodePoint(text.codePointAt(place));
    const isBroken = letter === "\n" && letters.at(-1) === "-" && /\p{L}/u.test(letters.at(-2) ?? "");
    if (isBroken) {
      letters.pop();
      places.pop();
    } else if (/\s/u.test(letter)) {
      if (letters.length > 0 && letters.at(-1) !== " ") push(" ", place);
    } else {
      for (const part of letter.normalize("NFKD").replace(/[\p{M}\u00ad]/gu, "").toLowerCase()) push(part, place);
    }
    place += letter.length;
  }
  places.push(text.length);
  return { letters: letters.join(""), places };

  function push(letter, place) {
    for (const unit of letter.split("")) {
      letters.push(unit);
      places.push(place);
    }
  }
}

/** Where words stand in a text: from and to. */
function matches(text, sought) {
  const { letters, places } = fold(text);
  const all = [];
  for (let at = letters.indexOf(sought); at >= 0; at = letters.indexOf(sought, at + sought.length)) {
    all.push([places[at], places[at + sought.length]]);
  }
  return all;
}

/** The text of a page; rejected when it cannot be had. */
function textOf(page) {
  if (!texts.has(page)) {
    const text = read(page);
    text.catch(() => texts.delete(page));
    texts.set(page, text);
  }
  return texts.get(page);
}

async function read(page) {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(source.replace("/pages/1/", `/pages/${page}/`));
    if (answer.ok) {
      const html = new DOMParser().parseFromString(await answer.text(), "text/html");
      return [...html.querySelectorAll("text")].map((line) => line.textContent).join("\n");
    }
    const seconds = Number(answer.headers.get("Retry-After"));
    if (!seconds || attempt === ATTEMPTS) throw new Error(`page ${page}: ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
  }
}

// ---- the search ----

/** Lists the pages that have the words. */
async function find(typed) {
  const sought = fold(typed).letters.trim();
  if (sought === words) return;
  words = sought;
  chosen = undefined;
  const run = ++search;
  found.list.replaceChildren();
  highlight?.clear();
  marked = new WeakMap();
  mark();
  if (!sought) {
    found.state.textContent = "";
    return;
  }
  let [count, missing] = [0, 0];
  for (let page = 1; page <= pageCount; page++) {
    for (let ahead = page; ahead < page + AT_ONCE && ahead <= pageCount; ahead++) textOf(ahead).catch(() => {});
    const text = await textOf(page).catch(() => undefined);
    if (run !== search) return;
    if (text === undefined) missing++;
    const places = text === undefined ? [] : matches(text, sought);
    if (places.length > 0 && ++count <= MOST_LISTED) found.list.append(hit(page, text, places));
    if (page % 10 === 0) found.state.textContent = `Page ${page} of ${pageCount} …`;
  }
  found.state.textContent = summary(count, missing);
}

function summary(count, missing) {
  const pages = (number) => (number === 1 ? "1 page" : `${number} pages`);
  const listed = count > MOST_LISTED ? `, the first ${MOST_LISTED} are listed` : "";
  const unread = missing > 0 ? ` ${pages(missing)} could not be searched.` : "";
  return (count === 0 ? "Not found." : `Found on ${pages(count)}${listed}.`) + unread;
}

/** A page of the list, with the words where they stand first. */
function hit(page, text, places) {
  const [from, to] = places[0];
  const link = element("a", { className: "outline-link", href: `?p=${page}`, dir: "auto" });
  link.dataset.pageLink = page;
  const times = places.length > 1 ? ` · ${places.length} times` : "";
  link.append(
    element("span", { className: "find-page", textContent: `Page ${page}${times}` }),
    text.slice(0, from).slice(-BEFORE),
    element("mark", { textContent: text.slice(from, to) }),
    text.slice(to, to + BEHIND),
  );
  link.addEventListener("click", () => {
    [chosen, isAwaited] = [page, true];
    // On a narrow screen the panel covers the pages.
    if (getComputedStyle(panel).position === "absolute") panelButton.click();
    // Once the reader is there. A page whose text is not there yet is marked when it comes.
    requestAnimationFrame(mark);
  });
  const item = document.createElement("li");
  item.append(link);
  return item;
}

/** Goes to the next page of the list, or to the one before. */
function step(by) {
  const links = [...found.list.querySelectorAll("a")];
  const at = links.findIndex((link) => Number(link.dataset.pageLink) === chosen);
  const next = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : (at + by + links.length) % links.length];
  next?.click();
  next?.scrollIntoView({ block: "nearest" });
}

// ---- the marks ----

/** Marks the words on the pages that have come into the document tree, and shows those of the page that was chosen. */
function mark() {
  if (!words) return;
  for (const layer of canvas.querySelectorAll(".page-text-layer")) {
    if (!marked.has(layer)) {
      marked.set(layer, rangesIn(layer));
      for (const range of marked.get(layer)) highlight?.add(range);
    }
    const ranges = marked.get(layer);
    const isChosen = Number(layer.closest("[data-page]").dataset.page) === chosen;
    if (isAwaited && isChosen && ranges.length > 0) show(ranges[0]);
  }
}

/** The ranges of the words in the text of a page. They may begin in one line and end in the next. */
function rangesIn(layer) {
  const nodes = [];
  let text = "";
  for (const line of layer.querySelectorAll("text")) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      nodes.push({ node: walker.currentNode, from: text.length });
      text += walker.currentNode.data;
    }
    text += "\n";
  }
  const place = (at) => {
    const { node, from } = nodes.findLast(({ from }) => from <= at);
    return [node, Math.min(at - from, node.length)];
  };
  return matches(text, words).map(([from, to]) => {
    const range = new Range();
    range.setStart(...place(from));
    const [node, offset] = place(to - 1);
    range.setEnd(node, Math.min(offset + 1, node.length));
    return range;
  });
}

/** Scrolls the first words of the chosen page into view, once. */
function show(range) {
  isAwaited = false;
  // Of the piece of a line in which they begin: a range over two lines has no place of its own in SVG.
  const place = range.startContainer.parentElement.getBoundingClientRect();
  const frame = scroller.getBoundingClientRect();
  if (place.top < frame.top || place.bottom > frame.bottom) scroller.scrollBy(0, place.top - frame.top - frame.height / 3);
}

// ---- the field ----

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

/** Puts the field at the top of the panel, and listens for Ctrl+F. */
function open() {
  document.head.append(element("link", { rel: "stylesheet", href: "/viewer/find.css" }));
  const box = element("search", { className: "find field" });
  const field = element("input", { type: "search", placeholder: "Find in document", autocomplete: "off" });
  field.setAttribute("aria-label", "Find in document");
  const state = element("p", { className: "find-state" });
  state.setAttribute("role", "status");
  const list = element("ol", { className: "find-list" });
  box.append(field, state, list);
  panel.prepend(box);
  found = { field, state, list };
  if (highlight) CSS.highlights.set("found", highlight);

  let timer;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => find(field.value), field.value ? TYPING : 0);
  });
  field.addEventListener("keydown", (event) => {
    // The keys of the reader, which turn pages, are for typing here.
    event.stopPropagation();
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
  });
  addEventListener("keydown", (event) => {
    const isFind = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "f";
    const isMissing = canvas.querySelectorAll("[data-page]").length < pageCount;
    const isUnread = canvas.closest("[data-copying='off']") !== null;
    if (!isFind || document.activeElement === field || !(isMissing || isUnread)) return;
    event.preventDefault();
    if (panelButton.getAttribute("aria-expanded") !== "true") panelButton.click();
    requestAnimationFrame(() => field.select());
  });
  let isMarking = false;
  new MutationObserver(() => {
    if (!words || isMarking) return;
    isMarking = true;
    requestAnimationFrame(() => {
      isMarking = false;
      mark();
    });
  }).observe(canvas, { childList: true, subtree: true });
}
