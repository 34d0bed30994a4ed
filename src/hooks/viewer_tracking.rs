//! Reports a visit to the server: join, heartbeat, leave.

mod epoch;
mod machine;
mod outcome;
mod unsent;

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use leptos::{prelude::*, task::spawn_local};

use crate::{
    browser::{self, Answer, Guard, Local},
    model::{
        Fingerprint, Heartbeat, Join, Leave, LinkId, PageSeen, SessionId, ViewerAction, address,
        timing::HEARTBEAT_INTERVAL,
    },
};
use epoch::{epoch_key, next_epoch};
use machine::{Command, Event, Machine};
use outcome::outcome;
use unsent::Told;

/// A touch after so many seconds without one is reported at once. No server counts a reader as away sooner.
const SHORTEST_PAUSE: u32 = 60;

/// What a viewer page tells of its reader.
#[derive(Clone, Copy, Debug)]
pub struct ViewerReports {
    /// The page (from 1) that the reader settled on.
    pub page: Callback<u32>,
    /// Parts of a page that came into view. A page that the reader leaves without a word of its parts counts as seen
    /// whole; from the first call on, parts are told of every page. Call it at first with the page in view and
    /// [`Thirds::NONE`](crate::model::Thirds::NONE).
    pub seen: Callback<PageSeen>,
    /// The address of a link out of the document that the reader opened. One that is not http, https or mailto is not
    /// told.
    pub clicked: Callback<String>,
    /// The reader asked the browser to print.
    pub printed: Callback<()>,
}

/// Reports the visit to a link: what it is told by [`ViewerReports`], and whether the reader is there.
///
/// It sends
///
/// - a join as soon as there is a session and the document is visible, and again when the server no longer
///   knows the session or the page returns from the back-forward cache;
/// - a heartbeat every [`HEARTBEAT_INTERVAL`], and at once when the page or the visibility changes, or when the reader
///   touches the page after a pause. Each says for how long they have not touched it: the server stops counting
///   reading time of a page that lies untouched. Links opened and printing are sent at once, parts of pages with the
///   next heartbeat, and all of them until the server has them;
/// - a leave when the reactive owner is disposed of or, by beacon, when the page is closed.
///
/// A request that fails because the server is unreachable or overloaded is repeated with growing delays.
///
/// While `session_id` is `None`, another tab reports the visit and this one sends nothing, not even a leave.
/// See [`use_viewer_session`](super::use_viewer_session).
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{
///     hooks::{use_viewer_session, use_viewer_tracking},
///     model::LinkId,
/// };
///
/// #[component]
/// fn TrackedPage(link_id: LinkId, settled_page: ReadSignal<u32>) -> impl IntoView {
///     let session = use_viewer_session(link_id.clone());
///     let reports = use_viewer_tracking(link_id, session.session_id, session.fingerprint, None);
///     Effect::new(move |_| reports.page.run(settled_page.get()));
///     view! { <p>"Page " {settled_page}</p> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Sends nothing: fetching the HTML is not a visit. Tracking starts after hydration.
pub fn use_viewer_tracking(
    link_id: LinkId,
    session_id: impl Into<Signal<Option<SessionId>>>,
    fingerprint: impl Into<Signal<Option<Fingerprint>>>,
    email: Option<String>,
) -> ViewerReports {
    let session_id = session_id.into();
    let page = RwSignal::new(None);
    let tracker = Local::new(Tracker::new(link_id, fingerprint.into(), email));
    let (unmounted, on_seen, on_clicked, on_printed) =
        (tracker.clone(), tracker.clone(), tracker.clone(), tracker.clone());
    on_cleanup(move || {
        unmounted.with(|tracker| tracker.stop());
    });
    Effect::new(move |_| {
        let (session, page) = (session_id.get(), page.get());
        tracker.with(|tracker| {
            tracker.start();
            if let Some(page) = page {
                tracker.on(Event::Page(page));
            }
            tracker.set_session(session);
        });
    });
    ViewerReports {
        page: Callback::new(move |settled| page.set(Some(settled))),
        seen: Callback::new(move |seen| observe(&on_seen, Event::Seen(seen))),
        clicked: Callback::new(move |address| observe(&on_clicked, Event::Clicked(address))),
        printed: Callback::new(move |()| observe(&on_printed, Event::Printed)),
    }
}

fn observe(tracker: &Local<Rc<Tracker>>, event: Event) {
    tracker.with(|tracker| tracker.on(event));
}

/// Executes what the [`Machine`] decides.
struct Tracker {
    link_id: LinkId,
    fingerprint: Signal<Option<Fingerprint>>,
    email: Option<String>,
    machine: RefCell<Machine>,
    session: RefCell<Option<SessionId>>,
    /// The epoch of the latest join; a leave carries it.
    epoch: Cell<u64>,
    /// The host of the page that led here.
    referrer: String,
    /// Whether this browser has visited the link before.
    returning: Cell<bool>,
    /// When the reader last touched the page, Unix milliseconds: the wall clock goes on while the device sleeps.
    touched_at: Cell<u64>,
    /// The heartbeat timer and the listeners, from the start until the owner is disposed of.
    listeners: RefCell<Option<([Guard; 4], [Guard; 5])>>,
    retry_timer: RefCell<Option<Guard>>,
}

impl Tracker {
    fn new(link_id: LinkId, fingerprint: Signal<Option<Fingerprint>>, email: Option<String>) -> Rc<Self> {
        Rc::new(Self {
            link_id,
            fingerprint,
            email,
            machine: RefCell::new(Machine::new(None, browser::is_visible())),
            session: RefCell::default(),
            epoch: Cell::default(),
            referrer: browser::referrer_host(),
            returning: Cell::default(),
            touched_at: Cell::new(browser::unix_millis()),
            listeners: RefCell::default(),
            retry_timer: RefCell::default(),
        })
    }

    fn start(self: &Rc<Self>) {
        if self.listeners.borrow().is_some() {
            return;
        }
        self.returning.set(browser::stored(&epoch_key(&self.link_id)).is_some());
        let [on_tick, on_visibility, on_hide, on_restore, on_touch] =
            std::array::from_fn(|_| Rc::downgrade(self));
        let guards = [
            browser::every(HEARTBEAT_INTERVAL, move || report(&on_tick, Event::Tick)),
            browser::on_visibility_change(move |visible| {
                // To come back to the page is a touch.
                touch(&on_visibility);
                report(&on_visibility, Event::Visible(visible));
            }),
            browser::on_page_hide(move || report(&on_hide, Event::PageHide)),
            browser::on_page_restored(move || report(&on_restore, Event::PageRestored)),
        ];
        self.listeners.replace(Some((guards, browser::on_touch(move || touch(&on_touch)))));
        self.on(Event::Visible(browser::is_visible()));
    }

    /// Seconds since the reader touched the page.
    fn idle(&self) -> u32 {
        let idle = browser::unix_millis().saturating_sub(self.touched_at.get()) / 1_000;
        u32::try_from(idle).unwrap_or(u32::MAX)
    }

    fn stop(self: &Rc<Self>) {
        self.on(Event::Unmounted);
        self.listeners.take();
        self.retry_timer.take();
    }

    fn set_session(self: &Rc<Self>, session: Option<SessionId>) {
        let same = *self.session.borrow() == session;
        if !same {
            // The visit of the old session goes on in another tab, so this tab does not end it.
            self.on(Event::Reporting(false));
            let reporting = session.is_some();
            self.session.replace(session);
            self.on(Event::Reporting(reporting));
        }
    }

    fn on(self: &Rc<Self>, event: Event) {
        let commands = self.machine.borrow_mut().on(event);
        for command in commands {
            self.execute(command);
        }
    }

    fn execute(self: &Rc<Self>, command: Command) {
        let Some(session_id) = self.session.borrow().clone() else { return };
        match command {
            Command::Join { request, page } => {
                let epoch = next_epoch(&self.link_id, self.epoch.get());
                self.epoch.set(epoch);
                let join = Join {
                    session_id,
                    fingerprint: self.fingerprint.try_get_untracked().flatten(),
                    email: self.email.clone(),
                    current_page: page,
                    epoch: Some(epoch),
                    referrer: Some(self.referrer.clone()),
                    returning: Some(self.returning.get()),
                };
                self.send(request, &ViewerAction::Join(join));
            }
            Command::Heartbeat { request, page, visible, told } => {
                // A later join is a return: this visit has begun.
                self.returning.set(true);
                let idle = Some(self.idle());
                let (current_page, visible) = (page, Some(visible));
                let Told { seen, clicked, printed } = told;
                let heartbeat = Heartbeat { session_id, current_page, visible, idle, seen, clicked, printed };
                self.send(request, &ViewerAction::Heartbeat(heartbeat));
            }
            Command::Retry(delay) => {
                let tracker = Rc::downgrade(self);
                self.retry_timer
                    .replace(Some(browser::after(delay, move || report(&tracker, Event::RetryDue))));
            }
            Command::Leave(told) => {
                let action = ViewerAction::Leave(self.leave(session_id, told));
                // The answer does not matter: if the leave is lost, the viewer expires on the server.
                let answer = self.post(&action);
                spawn_local(async move {
                    answer.await;
                });
            }
            Command::LeaveByBeacon(told) => {
                let action = ViewerAction::Leave(self.leave(session_id, told));
                browser::send_beacon(&address::realtime(&self.link_id), &text_of(&action));
            }
        }
    }

    fn leave(&self, session_id: SessionId, told: Told) -> Leave {
        let Told { seen, clicked, printed } = told;
        Leave { session_id, duration: None, epoch: Some(self.epoch.get()), seen, clicked, printed }
    }

    /// Sends a request. It outlives the owner: a join in flight must be answered before its leave is sent.
    fn send(self: &Rc<Self>, request: u32, action: &ViewerAction) {
        let (tracker, answer) = (Rc::clone(self), self.post(action));
        spawn_local(async move {
            let answer = outcome(answer.await);
            tracker.on(Event::Answered(request, answer));
        });
    }

    /// By REST, as beacons and `public/viewer/plain.js` do: what a server function needs in the browser's program is
    /// more than the rest of tracking.
    fn post(&self, action: &ViewerAction) -> impl Future<Output = Option<Answer>> + use<> {
        browser::post(address::realtime(&self.link_id), text_of(action))
    }
}

/// Plain data, which is always text.
fn text_of(action: &ViewerAction) -> String {
    serde_json::to_string(action).unwrap_or_default()
}

fn report(tracker: &Weak<Tracker>, event: Event) {
    if let Some(tracker) = tracker.upgrade() {
        tracker.on(event);
    }
}

fn touch(tracker: &Weak<Tracker>) {
    let Some(tracker) = tracker.upgrade() else { return };
    let was_idle = tracker.idle();
    tracker.touched_at.set(browser::unix_millis());
    if was_idle >= SHORTEST_PAUSE {
        tracker.on(Event::TouchedAgain);
    }
}
