//! Who is reading: the session of a browser's visit to one link, shared by its tabs.

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
/// A reload and a return within [`Windows::resume_within`], as the server has told it, and a second tab at any time
/// are the same visit. All tabs of a browser
/// share one session, and the tab that was last looked at speaks for it; when that one is closed,
/// another that can still be seen takes over. Where the browser allows no storage, each page load is a
/// visit of its own.
///
/// ## Server-Side Rendering
///
/// Both signals are `None` on the server and until the page is hydrated.
pub fn use_viewer_session(link_id: LinkId, windows: Windows) -> ViewerSession {
    let session_id = RwSignal::new(None);
    let fingerprint = RwSignal::new(None);

    // Reads no signal, so it runs once and its cleanup is the owner's.
    Effect::new(move |_| {
        fingerprint.set(Some(this_browser()).and_then(|mark| mark.parse().ok()));
        let tab = Rc::new(Tab {
            key: format!("sightline:visit:{link_id}"),
            id: random_identifier(),
            resume_within: Duration::from_secs(windows.resume_within),
            unstored: RefCell::default(),
            spoken: session_id,
        });
        tab.look();
        let kept = Local::new((listeners(&tab), tab));
        on_cleanup(move || {
            kept.with(|(_, tab)| tab.goes());
        });
    });

    ViewerSession { session_id: session_id.read_only(), fingerprint: fingerprint.read_only() }
}

fn listeners(tab: &Rc<Tab>) -> [Guard; 6] {
    let [visible, focus, restored, elsewhere, tick, hides] = std::array::from_fn(|_| Rc::clone(tab));
    [
        browser::on_visibility(move |_| visible.look()),
        browser::on_focus(move || focus.look()),
        browser::on_page_restored(move || restored.look()),
        browser::on_stored_elsewhere(tab.key.clone(), move || elsewhere.listen()),
        browser::every(HEARTBEAT_INTERVAL, move || {
            tick.listen();
            tick.touch(false);
        }),
        browser::on_page_hide(move || hides.goes()),
    ]
}

/// This page load, as one of the tabs that may speak.
struct Tab {
    key: String,
    id: String,
    resume_within: Duration,
    /// Stands in for the storage where there is none.
    unstored: RefCell<Option<Record>>,
    spoken: RwSignal<Option<SessionId>>,
}

impl Tab {
    fn record(&self) -> Option<Record> {
        let stored = browser::stored(&self.key).and_then(|text| serde_json::from_str(&text).ok());
        stored.or_else(|| self.unstored.borrow().clone())
    }

    fn keep(&self, record: Record) {
        let stored = serde_json::to_string(&record).is_ok_and(|text| browser::store(&self.key, &text));
        self.unstored.replace((!stored).then_some(record));
    }

    /// Whoever is looked at takes the word.
    fn look(&self) {
        if !browser::is_visible() {
            return self.touch(false);
        }
        let (now, within) = (browser::unix_millis(), self.resume_within);
        let record = Record::claimed(self.record(), &self.id, now, within, fresh_session);
        self.speak(Some(record.session.clone()));
        self.keep(record);
    }

    /// Another tab may have taken the word, or left it.
    fn listen(&self) {
        match self.record() {
            Some(record) if record.is_spoken_by(&self.id) => {}
            Some(record) if !record.is_orphaned(browser::unix_millis()) => self.speak(None),
            _ if browser::is_visible() => self.look(),
            // A tab in the background that spoke until now: nobody can take over, so it goes on.
            _ => {}
        }
    }

    /// A sign of life, or the farewell, if this tab speaks.
    fn touch(&self, goes: bool) {
        if let Some(record) = self.record().filter(|record| record.is_spoken_by(&self.id)) {
            self.keep(record.touched(browser::unix_millis(), goes));
        }
    }

    /// The signal stays as it is: the leave of this tab is still to be sent under it.
    fn goes(&self) {
        self.touch(true);
    }

    fn speak(&self, session: Option<SessionId>) {
        // Gone with the owner, or unchanged: then nobody is told.
        if self.spoken.try_with_untracked(|spoken| *spoken != session) == Some(true) {
            self.spoken.set(session);
        }
    }
}

fn fresh_session() -> SessionId {
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

fn this_browser() -> String {
    browser::stored(FINGERPRINT_KEY).filter(|mark| mark.parse::<Fingerprint>().is_ok()).unwrap_or_else(|| {
        let mark = random_identifier();
        browser::store(FINGERPRINT_KEY, &mark);
        mark
    })
}
