//! The names of a link's keys in Redis.
//!
//! Every key carries the link in literal braces: that is the hash tag of Redis Cluster, so all keys of a
//! link live in one slot and one script may touch them all.

use super::calendar::Calendar;
use crate::model::LinkId;

/// What a heartbeat touches. The scripts take their keys in the order of these lists.
const HEARTBEAT: [&str; 4] = ["active", "seen", "pages", "live"];
/// What the end of a visit touches beside [`HEARTBEAT`].
const VISIT_END: [&str; 5] = ["newest", "gone", "gone-record", "duration", "visits"];
/// What only a new view changes beside those, or a visit that is not one, before the three keys of the calendar.
const VIEW: [&str; 3] = ["views", "peak", "filtered"];
/// How many days, weeks and months back a key may have been made that still lives, and one to be sure.
const DATED_KEYS_BACK: [(i64, i64); 3] = [(1, 9), (7, 7), (28, 15)];

/// The keys of a heartbeat.
pub fn of_heartbeat(link: &LinkId) -> Vec<String> {
    HEARTBEAT.map(|noun| key(noun, link)).into()
}

/// The keys of a leave and of a sweep.
pub fn of_leave(link: &LinkId) -> Vec<String> {
    HEARTBEAT.iter().chain(&VISIT_END).map(|noun| key(noun, link)).collect()
}

/// Every key that a link may have at `now`, in Unix milliseconds: what goes with it.
pub fn of_everything(link: &LinkId, now: i64) -> Vec<String> {
    let mut keys = of_views(link, &Calendar::at(now));
    for (days, times) in DATED_KEYS_BACK {
        for time in 1..=times {
            let calendar = Calendar::at(now - time * days * 86_400_000);
            keys.extend(of_views(link, &calendar).split_off(HEARTBEAT.len() + VISIT_END.len() + VIEW.len()));
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// How many visits were none.
pub fn filtered(link: &LinkId) -> String {
    key("filtered", link)
}

/// The keys of a join and of a snapshot, which count or read the views of `calendar`.
pub fn of_views(link: &LinkId, calendar: &Calendar) -> Vec<String> {
    let lasting = HEARTBEAT.iter().chain(&VISIT_END).chain(&VIEW).map(|noun| key(noun, link));
    let dated = [("daily", &calendar.day), ("weekly", &calendar.week), ("monthly", &calendar.month)]
        .map(|(noun, label)| format!("{}:{label}", key(noun, link)));
    lasting.chain(dated).collect()
}

/// All links by the next time at which a viewer may expire. On one slot of its own.
pub const EXPIRIES: &str = "send:expiries:{sweep}";

/// The viewers of a link by their last activity.
pub fn seen(link: &LinkId) -> String {
    key("seen", link)
}

/// The channel on which changes of a link are announced.
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
    fn the_published_names_are_as_published() {
        let link = "user-guide".parse().expect("a link id");
        let keys = of_views(&link, &Calendar::at(1_798_718_400_000));
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
    fn shorter_lists_are_the_beginning_of_longer_ones_so_that_scripts_can_share_code() {
        let link = "a".parse().expect("a link id");
        let all = of_views(&link, &Calendar::at(0));
        assert!(all.starts_with(&of_leave(&link)));
        assert!(all.starts_with(&of_heartbeat(&link)));
    }

    #[test]
    fn what_goes_with_a_link_is_every_key_that_it_may_have_had_while_those_live() {
        let link = "a".parse().expect("a link id");
        let now = 1_798_718_400_000;
        let keys = of_everything(&link, now);
        // In days, how old a key of a day, a week and a month can be at most.
        for (oldest, dated) in [(8, 0), (37, 1), (396, 2)] {
            for day in 0..=oldest {
                let key = of_views(&link, &Calendar::at(now - day * 86_400_000)).split_off(12).remove(dated);
                assert!(keys.contains(&key), "{key}");
            }
        }
    }
}
