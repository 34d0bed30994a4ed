//! The servers that hold an address's data: one, or every master of a cluster.

use std::collections::BTreeSet;

use redis::{
    Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue, RedisError, Value, cmd, from_redis_value,
};

use super::{
    address::{Address, COMMAND_TIMEOUT, sentinel_client},
    slots::{SLOT_COUNT, Slots},
};

/// One of them. Two are equal where the cluster gave it the same slots by the same decision.
#[derive(Debug)]
pub(super) struct Master {
    /// How to connect to it, with user, password and database.
    pub(super) info: ConnectionInfo,
    /// What it holds of a cluster; `None` outside of one.
    pub(super) share: Option<Share>,
}

impl PartialEq for Master {
    fn eq(&self, other: &Self) -> bool {
        self.info.addr() == other.info.addr() && self.share == other.share
    }
}

/// What a master of a cluster says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Share {
    pub(super) slots: Slots,
    /// Grows with each decision about its slots.
    epoch: u64,
    /// Whether keys of a slot are on their way to or from it.
    is_moving: bool,
}

impl Address {
    /// The servers that hold the data now, in the order of their addresses.
    pub(super) async fn masters(&self) -> Result<Vec<Master>, RedisError> {
        match self {
            Self::One(info) => Ok(vec![Master { info: info.clone(), share: None }]),
            Self::Sentinel { sentinels, service, settings } => {
                let client = sentinel_client(sentinels, service, settings)?.async_get_client().await?;
                Ok(vec![Master { info: client.get_connection_info().clone(), share: None }])
            }
            Self::Cluster(nodes) => masters_of_cluster(nodes).await,
        }
    }
}

/// Why the data of these servers are not all data of the cluster at rest; `None` if they are.
pub(super) fn unrest(masters: &[Master]) -> Option<&'static str> {
    let shares = || masters.iter().filter_map(|master| master.share.as_ref());
    if shares().any(|share| share.is_moving) {
        return Some("slots of the cluster are being moved to another server. Try again after that");
    }
    let count: usize = shares().map(|share| share.slots.count()).sum();
    (shares().next().is_some() && count != SLOT_COUNT)
        .then_some("a part of the cluster is down or changing its servers. Try again when it is whole")
}

async fn masters_of_cluster(nodes: &[ConnectionInfo]) -> Result<Vec<Master>, RedisError> {
    let mut failed = RedisError::from((ErrorKind::InvalidClientConfig, "no server of the cluster is named"));
    for node in nodes {
        let map: Result<Vec<Vec<Value>>, _> = ask(node, cmd("CLUSTER").arg("SLOTS")).await;
        let map = match map {
            Ok(map) => map,
            Err(error) => {
                failed = error;
                continue;
            }
        };
        let mut places = BTreeSet::new();
        for row in map {
            // First and last slot, the master, its replicas.
            let master = row.into_iter().nth(2).unwrap_or(Value::Nil);
            let mut words = Vec::<Value>::from_redis_value(master)?.into_iter();
            let host: Option<String> = from_redis_value(words.next().unwrap_or(Value::Nil))?;
            let port: u16 = from_redis_value(words.next().unwrap_or(Value::Nil))?;
            // A server that does not know its own name means the one by which it was reached.
            places.insert((host.filter(|host| !host.is_empty() && host != "?"), port));
        }
        let mut masters = Vec::new();
        for (host, port) in places {
            let info = node.clone().set_addr(beside(node.addr(), host, port));
            let lines: String = ask(&info, cmd("CLUSTER").arg("NODES")).await?;
            let share = own_share(&lines).ok_or_else(|| {
                RedisError::from((ErrorKind::UnexpectedReturnType, "CLUSTER NODES cannot be read"))
            })?;
            masters.push(Master { info, share: Some(share) });
        }
        return Ok(masters);
    }
    Err(failed)
}

async fn ask<T: FromRedisValue>(info: &ConnectionInfo, command: &Cmd) -> Result<T, RedisError> {
    let mut connection = Address::One(info.clone()).connect(COMMAND_TIMEOUT, None).await?;
    command.query_async(&mut connection).await
}

/// The address of another server, which is reached in the same way; without a name, on the same host.
fn beside(known: &ConnectionAddr, host: Option<String>, port: u16) -> ConnectionAddr {
    match known {
        ConnectionAddr::TcpTls { host: own, insecure, tls_params, .. } => ConnectionAddr::TcpTls {
            host: host.unwrap_or_else(|| own.clone()),
            port,
            insecure: *insecure,
            tls_params: tls_params.clone(),
        },
        ConnectionAddr::Tcp(own, _) => ConnectionAddr::Tcp(host.unwrap_or_else(|| own.clone()), port),
        other => ConnectionAddr::Tcp(host.unwrap_or_else(|| other.to_string()), port),
    }
}

/// Reads what a server says of itself in [`CLUSTER NODES`](https://redis.io/docs/latest/commands/cluster-nodes/):
/// only its own line tells which slots are on their way.
fn own_share(lines: &str) -> Option<Share> {
    let is_own = |flags: &str| flags.split(',').any(|flag| flag == "myself");
    let words = lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let own = words.into_iter().find(|words| words.get(2).is_some_and(|flags| is_own(flags)))?;
    let (moving, slots): (Vec<&str>, Vec<&str>) =
        own.get(8..)?.iter().partition(|word| word.starts_with('['));
    Some(Share {
        slots: slots.join(" ").parse().ok()?,
        epoch: own.get(6)?.parse().ok()?,
        is_moving: !moving.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master(port: u16, lines: &str) -> Master {
        let info = redis::IntoConnectionInfo::into_connection_info(format!("redis://h:{port}"));
        Master { info: info.expect("an address"), share: own_share(lines) }
    }

    #[test]
    fn own_line_tells_slots_epoch_and_moves() {
        let lines = "b 10.0.0.2:1@2,name master - 0 17 9 connected 5-16383\n\
                     a 10.0.0.1:1@2 myself,master - 0 0 7 connected 0-3 5 [4->-b]\n";
        let share = own_share(lines).expect("its own line");
        assert_eq!((share.slots.to_string(), share.epoch, share.is_moving), ("0-3 5".to_owned(), 7, true));
        for unreadable in ["", "a h:1@2 master - 0 0 7 connected 0-3", "a h:1@2 myself - 0 0 x connected 0-3"]
        {
            assert!(own_share(unreadable).is_none(), "{unreadable}");
        }
    }

    #[test]
    fn only_a_whole_cluster_at_rest_is_copied() {
        let line = |slots: &str| format!("a h:1@2 myself,master - 0 0 7 connected {slots}");
        let of = |first: &str, second: &str| unrest(&[master(1, &line(first)), master(2, &line(second))]);
        assert_eq!(of("0-5", "6-16383"), None);
        assert!(of("0-5", "7-16383").is_some_and(|why| why.contains("down")));
        for moving in ["6-16383 [7->-b]", "6-16383 [5-<-a]"] {
            assert!(of("0-5", moving).is_some_and(|why| why.contains("being moved")), "{moving}");
        }
        let one = redis::IntoConnectionInfo::into_connection_info("redis://h").expect("an address");
        assert_eq!(unrest(&[Master { info: one, share: None }]), None);
    }

    #[test]
    fn another_epoch_or_slot_is_a_change() {
        let before = master(1, "a h:1@2 myself,master - 0 0 7 connected 0-5");
        for (port, line, is_same) in [
            (1, "a h:1@2 myself,master - 0 3 7 connected 0-5", true),
            (1, "a h:1@2 myself,master - 0 0 8 connected 0-5", false),
            (1, "a h:1@2 myself,master - 0 0 7 connected 0-6", false),
            (2, "a h:1@2 myself,master - 0 0 7 connected 0-5", false),
        ] {
            assert_eq!(before == master(port, line), is_same, "{port} {line}");
        }
    }
}
