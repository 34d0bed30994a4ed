//! Who is reading: the session of a browser's visit to one link, shared by its tabs.

mod record;

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;

use crate::{
    browser::{self, Guard, Local},
    model::{Fingerprint, LinkId, SessionId, timing::HEARTBEAT_INTERVAL},
};
use record::{Record, identifier};

/// Where this browser keeps its random mark.
const FINGERPRINT_KEY: &str = "sightline:fingerprint";

/// The identity under which this tab reports its visit.
#[derive(Clone, Copy)]
pub struct ViewerSession {
    /// The visit's session while this tab speaks for it; `None` while another tab does.
    pub session_id: ReadSignal<Option<SessionId>>,
    /// A random mark of this browser, never computed from the device.
    pub fingerprint: ReadSignal<Option<Fingerprint>>,
}

/// Finds the session of this browser's visit to a link.
///
/// A reload, a second tab and a return within
/// [`RESUME_WINDOW`](crate::model::timing::RESUME_WINDOW) are the same visit. All tabs of a browser
/// share one session, and the tab that was last looked at speaks for it; when that one is closed,
/// another that can still be seen takes over. Where the browser allows no storage, each page load is a
/// visit of its own.
///
/// ## Server-Side Rendering
///
/// Both signals are `None` on the server and until the page is hydrated.
pub fn use_viewer_session(link_id: LinkId) -> ViewerSession {
    let session_id = RwSignal::new(None);
    let fingerprint = RwSignal::new(None);

    // Reads no signal, so it runs once and its cleanup is the owner's.
    Effect::new(move |_| {
        fingerprint.set(browser_fingerprint().parse().ok());
        let tab = Rc::new(Tab {
            key: format!("sightline:visit:{link_id}"),
            id: random_identifier(),
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

/// This page load, as one of the tabs that may speak.
struct Tab {
    key: String,
    id: String,
    /// Stands in for the storage where there is none.
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

    /// Whoever is looked at takes the word.
    fn claim(&self) {
        if !browser::is_visible() {
            return self.refresh(false);
        }
        let record = Record::claimed(self.record(), &self.id, browser::unix_millis(), new_session);
        self.publish(Some(record.session.clone()));
        self.save(record);
    }

    /// Another tab may have taken the word, or left it.
    fn sync(&self) {
        match self.record() {
            Some(record) if record.is_reported_by(&self.id) => {}
            Some(record) if !record.is_orphaned(browser::unix_millis()) => self.publish(None),
            _ if browser::is_visible() => self.claim(),
            // A tab in the background that spoke until now: nobody can take over, so it goes on.
            _ => {}
        }
    }

    /// A sign of life, or the farewell, if this tab speaks.
    fn refresh(&self, closing: bool) {
        if let Some(record) = self.record().filter(|record| record.is_reported_by(&self.id)) {
            self.save(record.refreshed(browser::unix_millis(), closing));
        }
    }

    /// The signal stays as it is: the leave of this tab is still to be sent under it.
    fn close(&self) {
        self.refresh(true);
    }

    fn publish(&self, session: Option<SessionId>) {
        // Gone with the owner, or unchanged: then nobody is told.
        if self.session.try_with_untracked(|old| *old != session) == Some(true) {
            self.session.set(session);
        }
    }
}

fn new_session() -> SessionId {
    random_identifier().parse().expect("an identifier of 22 allowed characters")
}

/// Without a source of random bits the clocks stand in: such a browser is too old to be told apart well.
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
