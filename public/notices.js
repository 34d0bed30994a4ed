// Shows notifications of the owner's events while one of the owner's pages is open: in a browser where they have allowed them,
// by a button on the page of notices and never on load.
//
// Of all tabs of the browser one holds the stream: the one that has the lock. When it closes, freezes or crashes, the browser
// gives the lock to another. An event that two tabs should come to show all the same replaces itself, because its tag is its id.

const STREAM = "/api/notices/events";
const LOCK = "sightline-notices";
/** Whether this browser is to show notifications, which is asked for on the page of notices. */
const WANTED = "sightline-notices";
/** The id of the last event, so that the tab that follows goes on behind it. */
const LAST = "sightline-notices-last";

/** How old an event may be that is shown, in ms. */
const RECENT = 60_000;

const canShow = () => "Notification" in window && "locks" in navigator && Notification.permission === "granted";
const isWanted = () => localStorage.getItem(WANTED) === "on";

function show(message) {
  const notice = new Notification("Sightline", { body: message.body, tag: message.id, icon: "/favicon.svg" });
  notice.addEventListener("click", () => {
    window.focus();
    // Addresses are this server's own; anything else would be a fault.
    const address = new URL(message.url, location.href);
    if (address.protocol === "http:" || address.protocol === "https:") location.assign(address);
    notice.close();
  });
}

/** Holds the stream until the tab ends. */
function listen() {
  return new Promise((resolve) => {
    const last = localStorage.getItem(LAST);
    const stream = new EventSource(last ? `${STREAM}?last=${encodeURIComponent(last)}` : STREAM);
    stream.addEventListener("notice", (event) => {
      // What another tab has shown before this one got the lock is not shown again.
      if (localStorage.getItem(LAST) === event.lastEventId) return;
      localStorage.setItem(LAST, event.lastEventId);
      const message = JSON.parse(event.data);
      // Between two tabs little is missed; what happened while no page was open is no news any more.
      if (Date.now() - message.at < RECENT) show(message);
    });
    // A page kept for the back button lets another tab have the stream.
    addEventListener("pagehide", () => {
      stream.close();
      resolve();
    }, { once: true });
  });
}

function start() {
  if (canShow() && isWanted()) navigator.locks.request(LOCK, listen);
}

function offer(line) {
  const button = line.querySelector("button");
  const status = line.querySelector("[role=status]");
  if (!("Notification" in window) || !("locks" in navigator)) {
    button.hidden = true;
    status.textContent = "This browser cannot show notifications.";
    line.hidden = false;
    return;
  }
  const describe = () => {
    const isOn = canShow() && isWanted();
    button.textContent = isOn ? "Stop them in this browser" : "Allow them in this browser";
    if (Notification.permission === "denied") {
      status.textContent = "This browser refuses them for this site: allow them in its settings.";
    } else {
      status.textContent = isOn ? "This browser shows them." : "";
    }
    line.hidden = false;
  };
  button.addEventListener("click", async () => {
    if (canShow() && isWanted()) {
      localStorage.removeItem(WANTED);
      location.reload();
      return;
    }
    if ((await Notification.requestPermission()) === "granted") {
      localStorage.setItem(WANTED, "on");
      start();
    }
    describe();
  });
  describe();
}

document.querySelectorAll("[data-notices=permission]").forEach(offer);
start();
addEventListener("pageshow", (event) => event.persisted && start());
