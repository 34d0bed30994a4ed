//! Epochs: which page load of a browser a join and a leave belong to.

use crate::{browser, model::LinkId};

/// An epoch greater than those of all earlier joins of this browser to this link, even if the clock was set
/// back. Without local storage it is greater than those of this page load only.
pub(super) fn next_epoch(link_id: &LinkId, last_on_page: u64) -> u64 {
    let key = epoch_key(link_id);
    let last_stored = browser::stored(&key).and_then(|text| text.parse().ok()).unwrap_or(0);
    let epoch = epoch_after(last_on_page.max(last_stored), browser::unix_millis());
    browser::store(&key, &epoch.to_string());
    epoch
}

/// Where the last epoch of a link is stored.
pub(super) fn epoch_key(link_id: &LinkId) -> String {
    format!("sightline:epoch:{link_id}")
}

/// Ignores an implausible stored number: the server refuses epochs over 2^53.
fn epoch_after(last: u64, unix_millis: u64) -> u64 {
    const MAX_PLAUSIBLE: u64 = 1 << 52;
    if last < MAX_PLAUSIBLE { unix_millis.max(last + 1) } else { unix_millis }
}

#[cfg(test)]
mod tests {
    use super::epoch_after;

    #[test]
    fn epochs_follow_the_clock_and_never_decrease() {
        assert_eq!(epoch_after(0, 1000), 1000);
        assert_eq!(epoch_after(1000, 1000), 1001);
        assert_eq!(epoch_after(5000, 1000), 5001, "the clock was set back");
        assert_eq!(epoch_after(u64::MAX, 1000), 1000, "the stored number is implausible");
    }
}
