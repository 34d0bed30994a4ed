//! What goes to Redis once for all who ask for it meanwhile.

use super::LinkedDocument;
use crate::server::store::batcher::Batch;

/// How many read the same link.
#[derive(Default)]
pub(super) struct Readers(pub(super) usize);

impl Batch for Readers {
    type Item<'a> = ();
    type Outcome = LinkedDocument;

    fn takes(&self, (): &()) -> bool {
        true
    }

    fn add(&mut self, (): ()) {
        self.0 += 1;
    }
}

/// Views of the same document.
#[derive(Default)]
pub(super) struct Views {
    pub(super) count: usize,
    /// When the last of them was, in Unix milliseconds.
    pub(super) last: i64,
}

impl Batch for Views {
    type Item<'a> = i64;
    type Outcome = ();

    fn takes(&self, _: &i64) -> bool {
        true
    }

    fn add(&mut self, now: i64) {
        self.count += 1;
        self.last = self.last.max(now);
    }
}
