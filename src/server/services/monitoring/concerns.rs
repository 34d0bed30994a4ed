//! What an operator has to know of an observation, in sentences.

use crate::{
    model::percent_of,
    server::{
        instruments::{Observation, RecentLoad},
        store::redis,
    },
};

/// From how many percent on the memory of Redis is told. `ops/alerts.yml` has the same limits.
const REDIS_MEMORY_PERCENT: u64 = 80;
/// Below how many percent the free space of the disk is told.
const FREE_DISK_PERCENT: u64 = 10;
/// From how many percent on open streams and waiting pages are told.
const NEARLY_FULL_PERCENT: u64 = 90;
/// From what age on events that no channel has yet are told, in milliseconds.
const OUTBOX_LAG_MS: u64 = 60_000;
/// From how many percent of failed heartbeats on, and of how many at least.
const FAILED_PERCENT: u64 = 1;
const FEW_HEARTBEATS: u64 = 20;

/// What is full, away or failing, and what to do.
pub(super) fn concerns(seen: &Observation, recent: &RecentLoad) -> Vec<String> {
    let mut found = Vec::new();
    if seen.redis.is_empty() {
        found.push(
            "Redis does not answer: visits are not counted. See whether it runs, and its log.".to_owned(),
        );
    }
    if let Some(why) = seen.refused_writes {
        found.push(format!("Redis refuses writes. {why}"));
    }
    for node in &seen.redis {
        found.extend(redis::concerns(node));
        if let Some(percent) =
            percent_of(node.memory, node.memory_limit).filter(|percent| *percent >= REDIS_MEMORY_PERCENT)
        {
            found.push(format!(
                "Redis {} uses {percent} % of its memory. At its limit visits are not counted: raise maxmemory, or \
                 delete documents that are no longer needed.",
                node.name
            ));
        }
        if node.evicted > 0 {
            found.push(format!(
                "Redis {} has deleted {} keys to make room: numbers are lost.",
                node.name, node.evicted
            ));
        }
        if node.write_failed {
            found.push(format!(
                "Redis {} could not write to its disk. Make room there; its own log says more.",
                node.name
            ));
        }
    }
    if let Some(disk) = seen.disk
        && percent_of(disk.free, disk.size).is_some_and(|free| free < FREE_DISK_PERCENT)
    {
        found.push(
            "The disk of the data folder is nearly full. Make room: uploads fail when it is.".to_owned(),
        );
    }
    let is_nearly_full =
        |used, limit| percent_of(used, limit).is_some_and(|percent| percent >= NEARLY_FULL_PERCENT);
    if is_nearly_full(seen.streams.0, seen.streams.1) {
        found.push(
            "Nearly all event streams are taken. Raise SIGHTLINE_MAX_STREAMS, or start another server."
                .to_owned(),
        );
    }
    if is_nearly_full(seen.drawing.waiting, seen.drawing.limit) {
        found.push("Many pages wait to be drawn. A machine with more cores draws more at once.".to_owned());
    }
    if let Some(viewers) = seen.viewers
        && viewers.most.is_some_and(|most| is_nearly_full(most, viewers.limit))
    {
        found.push(
            "A link has nearly as many viewers as it may have. Raise SIGHTLINE_MAX_VIEWERS.".to_owned(),
        );
    }
    if let Some(notices) = seen.notices
        && notices.outbox_lag_ms > OUTBOX_LAG_MS
    {
        let seconds = notices.outbox_lag_ms / 1_000;
        found.push(format!(
            "Owners are told of events late: the oldest has waited {seconds} s. The log says why."
        ));
    }
    let beats = recent.heartbeats + recent.failed_heartbeats;
    if beats >= FEW_HEARTBEATS
        && percent_of(recent.failed_heartbeats, beats).is_some_and(|percent| percent >= FAILED_PERCENT)
    {
        found.push("Heartbeats fail, and readers vanish from dashboards. The log says why.".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::instruments::{
        CacheLoad, DiskSpace, DrawingLoad, NoticesLoad, ProcessLoad, RedisNode, Totals, ViewerCounts,
    };

    fn well() -> Observation {
        Observation {
            redis: vec![RedisNode {
                name: "one".to_owned(),
                version: "7.2.0".to_owned(),
                memory: 79,
                memory_limit: 100,
                policy: "noeviction".to_owned(),
                evicted: 0,
                appends: true,
                write_failed: false,
                clients: 2,
            }],
            refused_writes: None,
            viewers: Some(ViewerCounts { links: 1, active: Some(5), most: Some(5), limit: 100 }),
            streams: (1, 100),
            readers: 1,
            drawing: DrawingLoad { running: 1, waiting: 0, limit: 100 },
            cache: CacheLoad { files: 1, bytes: 100, limit: 100 },
            sealer_due: Some(0),
            notices: Some(NoticesLoad { outbox_lag_ms: 900, due_channels: 1, mails: 1 }),
            disk: Some(DiskSpace { free: 10, size: 100 }),
            process: ProcessLoad::read(),
        }
    }

    #[test]
    fn each_trouble_is_one_sentence_and_health_is_none() {
        let load = RecentLoad { requests: Totals::default(), heartbeats: 1_000, failed_heartbeats: 9 };
        assert_eq!(concerns(&well(), &load), Vec::<String>::new());
        type Trouble = fn(&mut Observation);
        let cases: [(&str, Trouble); 10] = [
            ("does not answer", |seen| seen.redis.clear()),
            ("refuses writes", |seen| seen.refused_writes = Some("It is a replica.")),
            ("80 % of its memory", |seen| seen.redis[0].memory = 80),
            ("deleted 3 keys", |seen| seen.redis[0].evicted = 3),
            ("write to its disk", |seen| seen.redis[0].write_failed = true),
            ("allkeys-lru", |seen| seen.redis[0].policy = "allkeys-lru".to_owned()),
            ("nearly full", |seen| seen.disk = Some(DiskSpace { free: 9, size: 100 })),
            ("event streams", |seen| seen.streams = (90, 100)),
            ("wait to be drawn", |seen| seen.drawing.waiting = 90),
            ("waited 61 s", |seen| {
                seen.notices = Some(NoticesLoad { outbox_lag_ms: 61_000, due_channels: 0, mails: 0 });
            }),
        ];
        for (said, spoil) in cases {
            let mut seen = well();
            spoil(&mut seen);
            let found = concerns(&seen, &load);
            assert!(found.len() == 1 && found[0].contains(said), "{said}: {found:?}");
        }
        let failing = RecentLoad { failed_heartbeats: 11, ..load };
        assert!(concerns(&well(), &failing)[0].starts_with("Heartbeats fail"));
        let few = RecentLoad { heartbeats: 0, failed_heartbeats: 1, ..load };
        assert_eq!(concerns(&well(), &few), Vec::<String>::new(), "one of one says little");
    }

    #[test]
    fn what_could_not_be_learned_is_no_concern() {
        let load = RecentLoad { requests: Totals::default(), heartbeats: 0, failed_heartbeats: 0 };
        let seen = Observation { disk: None, viewers: None, sealer_due: None, notices: None, ..well() };
        assert_eq!(concerns(&seen, &load), Vec::<String>::new());
    }
}
