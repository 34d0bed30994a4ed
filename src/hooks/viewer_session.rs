//! The session of a browser's visit to a link, shared by its tabs.

mod record;

use std::{cell::RefCell, rc::Rc, time::Duration};

use leptos::prelude::*;

use crate::{
    browser::{self, Guard, Local},
    model::{
        Fingerprint, LinkId, SessionId,
        timing::{HEARTBEAT_INTERVAL, Windows},
    },
};
use record::{Record, identifier};

/// The key of local storage that holds the browser's fingerprint.
const FINGERPRINT_KEY: &str = "sightline:fingerprint";

/// What [`use_viewer_session`] returns.
#[derive(Clone, Copy)]
pub struct ViewerSession {
    /// The session while this tab reports the visit; `None` while another tab does.
    pub session_id: ReadSignal<Option<SessionId>>,
    /// A random id of this browser, never computed from the device.
    pub fingerprint: ReadSignal<Option<Fingerprint>>,
}

/// Finds the session of this browser's visit to a link.
///
/// A reload, a return within the default of [`Windows::resume_within`] and a second tab at any time are the same
/// visit; see [`use_viewer_session_with_windows`] for a server with another window. All tabs of a browser share one session, and the tab last looked at reports the visit; when it
/// is closed, another visible tab takes over. Without local storage each page load is a visit of its own.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{hooks::use_viewer_session, model::LinkId};
///
/// #[component]
/// fn ReportingTab(link_id: LinkId) -> impl IntoView {
///     let session = use_viewer_session(link_id);
///     let reporting = move || session.session_id.read().is_some();
///     view! { <p hidden=reporting>"Another tab reports this visit."</p> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Both signals are `None` on the server and until the page is hydrated.
pub fn use_viewer_session(link_id: LinkId) -> ViewerSession {
    use_viewer_session_with_windows(link_id, Windows::default())
}

/// [`use_viewer_session`] with the windows that the server is configured with, as it tells them with each
/// [`SharedDocument`](crate::model::SharedDocument).
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{hooks::use_viewer_session_with_windows, model::SharedDocument};
///
/// #[component]
/// fn ReportingTab(document: SharedDocument) -> impl IntoView {
///     let session = use_viewer_session_with_windows(document.link_id, document.windows);
///     let reporting = move || session.session_id.read().is_some();
///     view! { <p hidden=reporting>"Another tab reports this visit."</p> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// As [`use_viewer_session`].
pub fn use_viewer_session_with_windows(link_id: LinkId, windows: Windows) -> ViewerSession {
    let session_id = RwSignal::new(None);
    let fingerprint = RwSignal::new(None);

    // Reads no signal, so it runs once and is cleaned up with the owner.
    Effect::new(move |_| {
        fingerprint.set(browser_fingerprint().parse().ok());
        let tab = Rc::new(Tab {
            key: format!("sightline:visit:{link_id}"),
            id: random_identifier(),
            resume_within: Duration::from_secs(windows.resume_within),
            fallback: RefCell::default(),
            session: session_id,
        });
        tab.claim();
        let held = Local::new((listeners(&tab), tab));
        on_cleanup(move || {
            held.with(|(_, tab)| tab.close());
        });
    });

    ViewerSession { session_id: session_id.read_only(), fingerprint: fingerprint.read_only() }
}

fn listeners(tab: &Rc<Tab>) -> [Guard; 6] {
    let [on_visibility, on_focus, on_restore, on_storage, on_tick, on_hide] =
        std::array::from_fn(|_| Rc::clone(tab));
    [
        browser::on_visibility_change(move |_| on_visibility.claim()),
        browser::on_focus(move || on_focus.claim()),
        browser::on_page_restored(move || on_restore.claim()),
        browser::on_storage_change(tab.key.clone(), move || on_storage.sync()),
        browser::every(HEARTBEAT_INTERVAL, move || {
            on_tick.sync();
            on_tick.refresh(false);
        }),
        browser::on_page_hide(move || on_hide.close()),
    ]
}

/// This page load, as one of the tabs that can report the visit.
struct Tab {
    key: String,
    id: String,
    resume_within: Duration,
    /// Holds the record if local storage does not.
    fallback: RefCell<Option<Record>>,
    session: RwSignal<Option<SessionId>>,
}

impl Tab {
    fn record(&self) -> Option<Record> {
        let stored = browser::stored(&self.key).and_then(|text| serde_json::from_str(&text).ok());
        stored.or_else(|| self.fallback.borrow().clone())
    }

    fn save(&self, record: Record) {
        let stored = serde_json::to_string(&record).is_ok_and(|text| browser::store(&self.key, &text));
        self.fallback.replace((!stored).then_some(record));
    }

    /// Takes over the reporting if this tab is visible.
    fn claim(&self) {
        if !browser::is_visible() {
            return self.refresh(false);
        }
        let (now, within) = (browser::unix_millis(), self.resume_within);
        let record = Record::claimed(self.record(), &self.id, now, within, new_session);
        self.publish(Some(record.session.clone()));
        self.save(record);
    }

    /// Follows the stored record: another tab may have taken over, or closed.
    fn sync(&self) {
        match self.record() {
            Some(record) if record.is_reported_by(&self.id) => {}
            Some(record) if !record.is_orphaned(browser::unix_millis()) => self.publish(None),
            _ if browser::is_visible() => self.claim(),
            // Hidden, and no tab reports: if this one did until now, it goes on.
            _ => {}
        }
    }

    /// Marks the record as in use, or as given up by a closing tab, if this tab reports the visit.
    fn refresh(&self, closing: bool) {
        if let Some(record) = self.record().filter(|record| record.is_reported_by(&self.id)) {
            self.save(record.refreshed(browser::unix_millis(), closing));
        }
    }

    /// Gives up the record. The signal keeps the session, because the leave is still to be sent with it.
    fn close(&self) {
        self.refresh(true);
    }

    fn publish(&self, session: Option<SessionId>) {
        // Skips an unchanged session, and a signal that was disposed of with its owner.
        if self.session.try_with_untracked(|old| *old != session) == Some(true) {
            self.session.set(session);
        }
    }
}

fn new_session() -> SessionId {
    random_identifier().parse().expect("22 characters of base64url are a valid session id")
}

/// A random identifier. In an old browser without a source of randomness it is made from the clocks.
fn random_identifier() -> String {
    let bits = browser::random_bits().unwrap_or_else(|| {
        let micros = browser::monotonic().as_micros();
        ((u128::from(browser::unix_millis()) << 64) | micros).to_be_bytes()
    });
    identifier(bits)
}

fn browser_fingerprint() -> String {
    browser::stored(FINGERPRINT_KEY)
        .filter(|fingerprint| fingerprint.parse::<Fingerprint>().is_ok())
        .unwrap_or_else(|| {
            let fingerprint = random_identifier();
            browser::store(FINGERPRINT_KEY, &fingerprint);
            fingerprint
        })
}
