//! The names of a link's keys in Redis.
//!
//! Every key holds the link in literal braces, a [hash tag] of Redis Cluster: all keys of a link are in one slot, and
//! one script may touch them all.
//!
//! [hash tag]: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags

mod calendar;

pub use self::calendar::{Calendar, MS_PER_DAY, MS_PER_QUARTER};
use crate::model::LinkId;

/// The keys of `viewer.lua`. Scripts name their keys in the order of these lists.
const HEARTBEAT: [&str; 4] = ["active", "seen", "pages", "live"];
/// The keys of `visit.lua`, which follow [`HEARTBEAT`]; the record of the link comes after them.
const VISIT_END: [&str; 9] =
    ["newest", "gone", "gone-record", "duration", "visits", "archived", "history", "outbox", "outbox-state"];
/// The keys of `view.lua`, which follow those of `visit.lua`; the three keys of the calendar come after them.
const VIEW: [&str; 3] = ["views", "peak", "filtered"];
/// How far back the dated keys that have not expired may reach, as steps of so many days and how many of them: for
/// days, weeks and months, one step more than their lives need.
const DATED_KEYS_BACK: [(i64, i64); 3] = [(1, 9), (7, 7), (28, 15)];

/// The keys of a heartbeat.
pub fn of_heartbeat(link: &LinkId) -> Vec<String> {
    HEARTBEAT.map(|noun| key(noun, link)).into()
}

/// The keys of a leave and of a sweep; `link_key` is that of the link's record.
pub fn of_leave(link: &LinkId, link_key: &str) -> Vec<String> {
    let keys = HEARTBEAT.iter().chain(&VISIT_END).map(|noun| key(noun, link));
    keys.chain([link_key.to_owned()]).collect()
}

/// Every key that a link may have at `now`, in Unix milliseconds, its record aside; deleting a link deletes them.
pub fn of_everything(link: &LinkId, now: i64) -> Vec<String> {
    let mut keys: Vec<String> =
        HEARTBEAT.iter().chain(&VISIT_END).chain(&VIEW).map(|noun| key(noun, link)).collect();
    keys.extend(dated(link, &Calendar::at(now)));
    keys.extend(of_history(link));
    for (days, times) in DATED_KEYS_BACK {
        for time in 1..=times {
            keys.extend(dated(link, &Calendar::at(now - time * days * 86_400_000)));
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// The finished visits of a link: a stream of packed texts.
pub fn visits(link: &LinkId) -> String {
    key("visits", link)
}

/// The versions of the file that were read at a link: a list of each with its number of pages.
pub fn versions(link: &LinkId) -> String {
    key("versions", link)
}

/// The keys of what is known of finished visits, beside the visits themselves, and of badges.
fn of_history(link: &LinkId) -> [String; 9] {
    let noun = |noun| key(noun, link);
    [
        versions(link),
        downloads(link),
        sealed(link),
        writing(link),
        generation(link),
        noun("sums"),
        corrections(link),
        peak_state(link),
        badges(link),
    ]
}

/// What a visit that ended leaves, to be resumed: a set of sessions by time, and their records.
pub fn gone(link: &LinkId) -> [String; 2] {
    ["gone", "gone-record"].map(|noun| key(noun, link))
}

/// The sealed files that count: a hash of their statistics by name.
pub fn sealed(link: &LinkId) -> String {
    key("sealed", link)
}

/// The sealed files that a server is writing, by the time until which it may list them.
pub fn writing(link: &LinkId) -> String {
    key("writing", link)
}

/// Counts the changes of finished visits, other than that one is added; also those that their owner does not see.
pub fn generation(link: &LinkId) -> String {
    key("generation", link)
}

/// Counts the changes of finished visits that their owner sees.
pub fn history(link: &LinkId) -> String {
    key("history", link)
}

/// Since when the views of the link are summed.
pub fn sums(link: &LinkId) -> String {
    key("sums", link)
}

/// The sums of a day: views by the quarter-hour, 0 to 95.
pub fn sums_of_day(link: &LinkId, calendar: &Calendar) -> String {
    format!("{}:{}", sums(link), calendar.day)
}

/// The sums of all days of a time, in Unix milliseconds.
pub fn sums_within(link: &LinkId, from: i64, until: i64) -> Vec<String> {
    Calendar::within(from, until).map(|day| sums_of_day(link, &day)).collect()
}

/// The visits that their owner left out of all numbers: a set of ids.
pub fn archived(link: &LinkId) -> String {
    key("archived", link)
}

/// What corrections left out together: a hash of what is noted of each, by its id.
pub fn corrections(link: &LinkId) -> String {
    key("corrections", link)
}

/// Downloads that belong to no visit: a stream of packed texts.
pub fn downloads(link: &LinkId) -> String {
    key("downloads", link)
}

/// The total number of views.
pub fn views(link: &LinkId) -> String {
    key("views", link)
}

/// That the archived visits of earlier programs are out of the numbers of views.
pub fn discounted(link: &LinkId) -> String {
    key("discounted", link)
}

/// The most viewers at once among those whose visits are not left out.
pub fn peak(link: &LinkId) -> String {
    key("peak", link)
}

/// When the peak was reached, and what it was while no visit was left out.
pub fn peak_state(link: &LinkId) -> String {
    key("peak-state", link)
}

/// The active viewers of a link: a hash of their records by session.
pub fn active(link: &LinkId) -> String {
    key("active", link)
}

/// The number of requests that were not a reader's.
pub fn filtered(link: &LinkId) -> String {
    key("filtered", link)
}

/// The keys of scripts that count or read the views of `calendar`; `link_key` is that of the link's record.
pub fn of_views(link: &LinkId, link_key: &str, calendar: &Calendar) -> Vec<String> {
    let mut keys = of_leave(link, link_key);
    keys.extend(VIEW.map(|noun| key(noun, link)));
    keys.extend(dated(link, calendar));
    keys
}

/// The numbers of views of the day, the week and the month of `calendar`.
pub fn dated(link: &LinkId, calendar: &Calendar) -> [String; 3] {
    [("daily", &calendar.day), ("weekly", &calendar.week), ("monthly", &calendar.month)]
        .map(|(noun, label)| format!("{}:{label}", key(noun, link)))
}

/// All links by the next time at which a viewer may expire, in a slot of its own.
pub const EXPIRIES: &str = "send:expiries:{sweep}";

/// All links by the time at which visits are to be sealed or removed, in a slot of its own.
pub const SEALS: &str = "send:seals:{sweep}";

/// All corrections that are not done, by the time at which to go on with them, in a slot of its own.
pub const CORRECTIONS: &str = "send:unfinished-corrections:{sweep}";

/// All links that have events in their outbox, by the time since which, in a slot of its own.
pub const OUTBOXES: &str = "send:outboxes:{notices}";

/// The events of a link that no channel has yet: a stream.
pub fn outbox(link: &LinkId) -> String {
    key("outbox", link)
}

/// Whether the link is busy, and how many events were dropped.
pub fn outbox_state(link: &LinkId) -> String {
    key("outbox-state", link)
}

/// Expires a day after a server had the sealer look at all links.
pub const DAILY_TURN: &str = "send:daily-turn:{sweep}";

/// The viewers of a link by their last activity.
pub fn seen(link: &LinkId) -> String {
    key("seen", link)
}

/// The badges of the link in other sites.
pub fn badges(link: &LinkId) -> String {
    key("badges", link)
}

/// The channel that announces badges that show nothing any more: the digest of the token, or the link that all were of.
pub const BADGES_CHANGED: &str = "send:badges-changed:{badges}";

/// The channel that announces changes of a link.
pub fn live(link: &LinkId) -> String {
    key("live", link)
}

fn key(noun: &str, link: &LinkId) -> String {
    format!("send:{noun}:{{{link}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_key_names_are_kept() {
        let link = "user-guide".parse().expect("a link id");
        let keys = of_views(&link, "send:link:{user-guide}", &Calendar::at(1_798_718_400_000));
        for published in [
            "send:active:{user-guide}",
            "send:views:{user-guide}",
            "send:daily:{user-guide}:2026-12-31",
            "send:weekly:{user-guide}:2026-W53",
            "send:monthly:{user-guide}:2026-12",
            "send:peak:{user-guide}",
            "send:duration:{user-guide}",
            "send:seen:{user-guide}",
            "send:gone:{user-guide}",
            "send:pages:{user-guide}",
            "send:visits:{user-guide}",
            "send:live:{user-guide}",
            "send:filtered:{user-guide}",
        ] {
            assert!(keys.iter().any(|key| key == published), "{published} is not in {keys:?}");
        }
    }

    #[test]
    fn shorter_key_lists_begin_longer_ones() {
        let link = "a".parse().expect("a link id");
        let all = of_views(&link, "send:link:{a}", &Calendar::at(0));
        assert!(all.starts_with(&of_leave(&link, "send:link:{a}")));
        assert!(all.starts_with(&of_heartbeat(&link)));
    }

    #[test]
    fn deleting_a_link_covers_all_unexpired_dated_keys() {
        let link = "a".parse().expect("a link id");
        let now = 1_798_718_400_000;
        let keys = of_everything(&link, now);
        // The greatest age, in days, of a key of a day, a week and a month.
        for (oldest, dated) in [(8, 0), (37, 1), (396, 2)] {
            for day in 0..=oldest {
                let key = &super::dated(&link, &Calendar::at(now - day * 86_400_000))[dated];
                assert!(keys.contains(key), "{key}");
            }
        }
    }
}
