//! Keeping the past visits of a page current.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::*;

use crate::browser::{self, Guard, Local};

/// The id of the element that shows past visits.
pub const HISTORY_ID: &str = "history";
/// How long a change waits for others. A reader who reloads their page leaves and comes back within it.
const WAIT: Duration = Duration::from_secs(2);
/// The page asks no oftener than once in so many times as long as the latest answer took, so that many visits on a busy
/// link cost the server little.
const WAIT_PER_ANSWER: u32 = 4;

/// Brings the element [`HISTORY_ID`] up to date when `history` changes, with what the server now renders there.
///
/// `history` counts the changes of past visits ([`Snapshot::history`](crate::model::Snapshot::history)). The element
/// shows those of its first value. Changes within two seconds are one refresh, and one that failed is tried again.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::{HISTORY_ID, use_history_refresh};
///
/// #[component]
/// fn Visits(history: Signal<Option<u64>>) -> impl IntoView {
///     use_history_refresh(history);
///     view! { <section id=HISTORY_ID>"…"</section> }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Does nothing: what the server renders is current.
pub fn use_history_refresh(history: Signal<Option<u64>>) {
    let refresher = Local::new(Rc::new(Refresher::default()));
    let ended = refresher.clone();
    Effect::new(move |_| {
        let history = history.get();
        refresher.with(|refresher| {
            let is_due = refresher.plan.borrow_mut().count(history);
            refresher.wait_if(is_due);
        });
    });
    on_cleanup(move || {
        ended.with(|refresher| refresher.running.take());
    });
}

/// Executes what the [`Plan`] decides.
#[derive(Default)]
struct Refresher {
    plan: RefCell<Plan>,
    /// The wait, or the request after it.
    running: RefCell<Option<Guard>>,
    /// How long the latest answer took.
    answer_took: Cell<Duration>,
}

impl Refresher {
    fn wait_if(self: &Rc<Self>, is_due: bool) {
        if !is_due {
            return;
        }
        let refresher = Rc::downgrade(self);
        let wait = WAIT.max(WAIT_PER_ANSWER * self.answer_took.get());
        let waiting = browser::after(wait, move || {
            if let Some(refresher) = refresher.upgrade() {
                refresher.load();
            }
        });
        self.running.replace(Some(waiting));
    }

    fn load(self: &Rc<Self>) {
        self.plan.borrow_mut().ask();
        let (refresher, asked_at) = (Rc::downgrade(self), browser::monotonic());
        let loading = browser::refresh_part(HISTORY_ID, move |is_shown| {
            if let Some(refresher) = refresher.upgrade() {
                refresher.answer_took.set(browser::monotonic().saturating_sub(asked_at));
                let is_due = refresher.plan.borrow_mut().answered(is_shown);
                refresher.wait_if(is_due);
            }
        });
        self.running.replace(loading);
    }
}

/// Decides when to refresh.
#[derive(Debug, Default)]
struct Plan {
    /// What the page shows.
    shown: Option<u64>,
    /// What there is; `None`: the owner may no longer see it.
    latest: Option<u64>,
    /// What the request in flight shows.
    asked: Option<u64>,
    /// From the first change until the answer.
    is_busy: bool,
}

impl Plan {
    /// Notes what there is. Returns whether to ask after a wait.
    fn count(&mut self, history: Option<u64>) -> bool {
        self.shown = self.shown.or(history);
        self.latest = history;
        self.start()
    }

    /// Notes that the page is asked for.
    fn ask(&mut self) {
        self.asked = self.latest;
    }

    /// Notes whether it is shown. Returns whether to ask again after a wait.
    fn answered(&mut self, is_shown: bool) -> bool {
        self.is_busy = false;
        if is_shown {
            self.shown = self.asked;
        }
        self.start()
    }

    fn start(&mut self) -> bool {
        let is_due = !self.is_busy && self.latest.is_some() && self.latest != self.shown;
        self.is_busy |= is_due;
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_number_is_what_the_page_shows() {
        let mut plan = Plan::default();
        assert!(!plan.count(None));
        assert!(!plan.count(Some(7)));
        assert!(!plan.count(Some(7)), "a snapshot in which nothing ended");
        assert!(plan.count(Some(8)));
    }

    #[test]
    fn changes_during_the_wait_are_one_refresh() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        assert!(!plan.count(Some(3)), "it waits");
        plan.ask();
        assert!(!plan.answered(true));
        assert!(plan.count(Some(4)));
    }

    #[test]
    fn change_during_a_request_is_asked_for_again() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        plan.ask();
        assert!(!plan.count(Some(3)));
        assert!(plan.answered(true));
        plan.ask();
        assert!(!plan.answered(true));
    }

    #[test]
    fn failed_refresh_is_tried_again() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        plan.ask();
        assert!(plan.answered(false));
    }

    #[test]
    fn nothing_is_refreshed_after_a_sign_out() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        plan.ask();
        plan.count(None);
        assert!(!plan.answered(false));
        assert!(plan.count(Some(2)), "the owner is back");
    }

    /// Redis may have lost its memory.
    #[test]
    fn smaller_number_is_a_change_too() {
        let mut plan = Plan::default();
        plan.count(Some(9));
        assert!(plan.count(Some(0)));
    }
}
