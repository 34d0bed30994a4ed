//! Pictures that cannot be loaded: when to try again, and when the link is closed.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::{self, Guard, Local};

/// Why pictures do not come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trouble {
    /// They come, as far as is known.
    #[default]
    None,
    /// The server or the line is down; they are asked for again.
    Unreachable,
    /// The link was closed, or the gate asks again: reading is over until the page is loaded anew.
    Closed,
}

/// The pictures that failed, all together: what keeps one away keeps the others.
#[derive(Clone, Copy)]
pub(super) struct Pictures {
    /// Rises when pictures that failed are to be loaded again.
    pub(super) attempt: RwSignal<u32>,
    pub(super) trouble: RwSignal<Trouble>,
    failures: StoredValue<u32>,
    timer: StoredValue<Option<Local<Guard>>>,
}

impl Pictures {
    pub(super) fn new() -> Self {
        Self {
            attempt: RwSignal::new(0),
            trouble: RwSignal::default(),
            failures: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    /// A picture could not be loaded: asks why, and tries again later.
    pub(super) fn failed(self, path: &str) {
        let is_waiting = self.timer.with_value(Option::is_some);
        if is_waiting || self.trouble.get_untracked() == Trouble::Closed {
            return;
        }
        let failures = self.failures.get_value();
        self.failures.set_value(failures + 1);
        let retry = browser::after(back_off(failures), move || self.retry());
        self.timer.set_value(Some(Local::new(retry)));
        browser::status_of(path, move |status| {
            // The page may be left by now.
            let _ = self.trouble.try_set(trouble_of(status));
        });
    }

    /// Loads what failed again.
    pub(super) fn retry(self) {
        self.timer.set_value(None);
        if self.trouble.get_untracked() == Trouble::Unreachable {
            self.attempt.update(|attempt| *attempt += 1);
        }
    }

    /// A picture came, so others may.
    pub(super) fn loaded(self) {
        if self.trouble.get_untracked() != Trouble::None {
            self.trouble.set(Trouble::None);
            self.failures.set_value(0);
        }
    }
}

/// What an answer to a request for a picture means; `None`: there was none.
fn trouble_of(status: Option<u16>) -> Trouble {
    match status {
        Some(401 | 403 | 404 | 410) => Trouble::Closed,
        // Also after a success: the picture failed, so it is asked for again.
        _ => Trouble::Unreachable,
    }
}

/// The delay before the next attempt.
fn back_off(failures: u32) -> Duration {
    Duration::from_secs(30.min(1 << failures.min(5)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_close_the_link_and_failures_do_not() {
        for (status, trouble) in [
            (Some(410), Trouble::Closed),
            (Some(404), Trouble::Closed),
            (Some(403), Trouble::Closed),
            (Some(503), Trouble::Unreachable),
            (Some(429), Trouble::Unreachable),
            (Some(200), Trouble::Unreachable),
            (None, Trouble::Unreachable),
        ] {
            assert_eq!(trouble_of(status), trouble, "{status:?}");
        }
        assert_eq!([0, 1, 4, 9].map(|failures| back_off(failures).as_secs()), [1, 2, 16, 30]);
    }
}
