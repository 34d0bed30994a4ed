//! The names of a link's keys in Redis.
//!
//! Every key carries the link in literal braces: that is the hash tag of Redis Cluster, so all keys of a
//! link live in one slot and one script may touch them all.

use super::calendar::Calendar;
use crate::model::LinkId;

/// What a heartbeat touches. The scripts take their keys in the order of these lists.
const BEAT: [&str; 4] = ["active", "seen", "pages", "live"];
/// What the end of a visit touches beside [`BEAT`].
const END: [&str; 5] = ["newest", "gone", "gone-record", "duration", "visits"];
/// What only a new view changes beside those, before the three keys of the calendar.
const VIEW: [&str; 2] = ["views", "peak"];

/// The keys of a heartbeat.
pub fn of_heartbeat(link: &LinkId) -> Vec<String> {
    BEAT.map(|noun| key(noun, link)).into()
}

/// The keys of a leave and of a sweep.
pub fn of_leave(link: &LinkId) -> Vec<String> {
    BEAT.iter().chain(&END).map(|noun| key(noun, link)).collect()
}

/// The keys of a join and of a snapshot, which count or read the views of `calendar`.
pub fn of_views(link: &LinkId, calendar: &Calendar) -> Vec<String> {
    let lasting = BEAT.iter().chain(&END).chain(&VIEW).map(|noun| key(noun, link));
    let dated = [("daily", &calendar.day), ("weekly", &calendar.week), ("monthly", &calendar.month)]
        .map(|(noun, label)| format!("{}:{label}", key(noun, link)));
    lasting.chain(dated).collect()
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
}
