//! Keeping the past visits of a page current.

use std::{cell::RefCell, rc::Rc, time::Duration};

use leptos::prelude::*;

use crate::browser::{self, Guard, Local};

/// The id of the element that shows past visits.
pub const HISTORY_ID: &str = "history";
/// How soon after one refresh the next one may come: past visits cost the server more than live numbers.
const REST: Duration = Duration::from_secs(5);

/// Brings the element [`HISTORY_ID`] up to date when `history` changes, with what the server now renders there.
///
/// `history` counts the changes of past visits ([`Snapshot::history`](crate::model::Snapshot::history)). The element
/// shows those of its first value. Changes within five seconds are one refresh, and one that failed is tried again.
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
            refresher.load_if(is_due);
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
    /// The request or the rest after it.
    running: RefCell<Option<Guard>>,
}

impl Refresher {
    fn load_if(self: &Rc<Self>, is_due: bool) {
        if !is_due {
            return;
        }
        let refresher = Rc::downgrade(self);
        let loading = browser::refresh_part(HISTORY_ID, move |is_shown| {
            if let Some(refresher) = refresher.upgrade() {
                refresher.plan.borrow_mut().loaded(is_shown);
                refresher.rest();
            }
        });
        self.running.replace(loading);
    }

    fn rest(self: &Rc<Self>) {
        let refresher = Rc::downgrade(self);
        let resting = browser::after(REST, move || {
            if let Some(refresher) = refresher.upgrade() {
                let is_due = refresher.plan.borrow_mut().rested();
                refresher.load_if(is_due);
            }
        });
        self.running.replace(Some(resting));
    }
}

/// Decides when to refresh.
#[derive(Debug, Default)]
struct Plan {
    /// What the page shows.
    shown: Option<u64>,
    /// What there is; `None`: the owner may no longer see it.
    latest: Option<u64>,
    /// What the request will show, from its start until the end of the rest.
    requested: Option<u64>,
}

impl Plan {
    /// Notes what there is. Returns whether to refresh now.
    fn count(&mut self, history: Option<u64>) -> bool {
        self.shown = self.shown.or(history);
        self.latest = history;
        self.start()
    }

    /// Notes whether a refresh succeeded; the rest follows.
    fn loaded(&mut self, is_shown: bool) {
        if is_shown {
            self.shown = self.requested;
        }
    }

    /// Notes the end of the rest. Returns whether to refresh now.
    fn rested(&mut self) -> bool {
        self.requested = None;
        self.start()
    }

    fn start(&mut self) -> bool {
        let is_due = self.requested.is_none() && self.latest.is_some() && self.latest != self.shown;
        if is_due {
            self.requested = self.latest;
        }
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
    fn changes_during_a_refresh_are_one_refresh_after_it() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        assert!(!plan.count(Some(3)));
        plan.loaded(true);
        assert!(!plan.count(Some(4)), "it rests");
        assert!(plan.rested());
        plan.loaded(true);
        assert!(!plan.rested(), "nothing has changed since");
        assert!(plan.count(Some(5)));
    }

    #[test]
    fn failed_refresh_is_tried_again() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        plan.loaded(false);
        assert!(plan.rested());
    }

    #[test]
    fn nothing_is_refreshed_after_a_sign_out() {
        let mut plan = Plan::default();
        plan.count(Some(1));
        assert!(plan.count(Some(2)));
        plan.loaded(false);
        plan.count(None);
        assert!(!plan.rested());
    }

    /// Redis may have lost its memory.
    #[test]
    fn smaller_number_is_a_change_too() {
        let mut plan = Plan::default();
        plan.count(Some(9));
        assert!(plan.count(Some(0)));
    }
}
