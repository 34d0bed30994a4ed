//! Pictures that cannot be loaded: when to try again, and when the link is closed.

use std::time::Duration;

use leptos::prelude::*;

use super::{PAGES_ID, state::Reading};
use crate::browser::{self, Guard, Local};

/// The pictures that failed, all together: what keeps one away keeps the others.
#[derive(Default)]
pub(super) struct Pictures {
    failures: u32,
    retry: Option<Local<Guard>>,
}

impl Reading {
    /// A picture came, or could not be loaded from an address: then it is asked why, and tried again later.
    pub(super) fn picture_answered(self, page: u32, failed: Option<String>) {
        browser::set_broken(PAGES_ID, page, failed.is_some());
        let Some(path) = failed else {
            self.with(|state| state.pictures.failures = 0);
            return;
        };
        let is_first = self.with(|state| {
            let pictures = &mut state.pictures;
            if pictures.retry.is_some() {
                return false;
            }
            let timer = browser::after(back_off(pictures.failures), move || self.load_again());
            pictures.retry = Some(Local::new(timer));
            pictures.failures += 1;
            true
        });
        if is_first == Some(true) {
            browser::status_of(&path, move |status| {
                // The page may be left by now.
                let _ = self.is_closed.try_set(closes(status));
            });
        }
    }

    /// Loads what failed again, unless the link is closed.
    pub(super) fn load_again(self) {
        self.with(|state| state.pictures.retry = None);
        if self.is_closed.try_get_untracked() == Some(false) {
            browser::reload_broken(PAGES_ID);
        }
    }
}

/// Whether an answer to a request for a picture means that the link is closed, or asks for something; `None`: no answer.
fn closes(status: Option<u16>) -> bool {
    matches!(status, Some(401 | 403 | 404 | 410))
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
        for (status, is_closed) in [
            (Some(410), true),
            (Some(404), true),
            (Some(403), true),
            (Some(503), false),
            (Some(429), false),
            // The picture is damaged, and may come the next time.
            (Some(200), false),
            (None, false),
        ] {
            assert_eq!(closes(status), is_closed, "{status:?}");
        }
        assert_eq!([0, 1, 4, 9].map(|failures| back_off(failures).as_secs()), [1, 2, 16, 30]);
    }
}
