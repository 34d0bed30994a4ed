//! The connection on which announcements come.

use std::{collections::HashSet, sync::Arc, time::Duration};

use redis::{ErrorKind, PushInfo, PushKind, RedisError, Value};
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{MissedTickBehavior, interval, sleep},
};

use super::{BACK_OFF, Channels};
use crate::server::store::redis::address::Connection;

/// How often the connection is pinged while there are subscriptions: nothing else shows that a silent one is dead.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How often every subscription is sent again, in case the server has lost one.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);

/// One connection, until it breaks.
pub(super) struct SubscriberConnection {
    connection: Connection,
    channels: Arc<Channels>,
    subscribed: HashSet<String>,
}

impl SubscriberConnection {
    pub(super) fn new(connection: Connection, channels: Arc<Channels>) -> Self {
        Self { connection, channels, subscribed: HashSet::new() }
    }

    /// Subscribes to the channels that have subscribers and passes announcements on, until the connection breaks.
    pub(super) async fn run(&mut self, mut pushes: UnboundedReceiver<PushInfo>) -> Result<(), RedisError> {
        let (mut ping, mut renewal) = (interval(PING_INTERVAL), interval(RENEWAL_INTERVAL));
        for timer in [&mut ping, &mut renewal] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                push = pushes.recv() => match push {
                    Some(push) => self.receive(&push)?,
                    None => return Ok(()),
                },
                () = self.channels.changed.notified() => self.sync_subscriptions(false).await?,
                _ = ping.tick(), if !self.subscribed.is_empty() => {
                    let done = redis::cmd("PING").exec_async(&mut self.connection.clone()).await;
                    self.fail_unless_cluster(done)?;
                }
                _ = renewal.tick() => self.sync_subscriptions(true).await?,
            }
        }
    }

    /// Subscribes to wanted channels and unsubscribes from others. One channel per command: in a cluster each may
    /// be in another slot. A new subscription wakes its subscribers, as an announcement may have come before it; a
    /// renewed one does not.
    async fn sync_subscriptions(&mut self, renew: bool) -> Result<(), RedisError> {
        let wanted: HashSet<String> = self.channels.lock().keys().cloned().collect();
        let unwanted: Vec<String> = self.subscribed.difference(&wanted).cloned().collect();
        for channel in unwanted {
            let done = self.send("SUNSUBSCRIBE", &channel).await;
            self.fail_unless_cluster(done)?;
            self.subscribed.remove(&channel);
        }
        for channel in wanted {
            let is_new = !self.subscribed.contains(&channel);
            if is_new || renew {
                let done = self.send("SSUBSCRIBE", &channel).await;
                if done.is_err() {
                    // Other channels of a server that is down would fail as slowly, while announcements wait. The
                    // next attempt tries them in another order.
                    return self.fail_unless_cluster(done);
                }
                if is_new {
                    self.channels.announce(&channel, "");
                    self.subscribed.insert(channel);
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self, command: &str, channel: &str) -> Result<(), RedisError> {
        redis::cmd(command).arg(channel).exec_async(&mut self.connection).await
    }

    /// Passes the error of a single server on, which ends the connection. In a cluster the other servers may still
    /// answer, so the connection stays and the command is tried again soon.
    fn fail_unless_cluster(&self, done: Result<(), RedisError>) -> Result<(), RedisError> {
        match self.connection {
            Connection::Cluster(_) => {
                if done.is_err() {
                    // Not at once: the cluster first has to elect a new master.
                    let channels = self.channels.clone();
                    tokio::spawn(async move {
                        sleep(BACK_OFF.1).await;
                        channels.changed.notify_one();
                    });
                }
                Ok(())
            }
            _ => done,
        }
    }

    fn receive(&mut self, push: &PushInfo) -> Result<(), RedisError> {
        let text = |index: usize| match push.data.get(index) {
            Some(Value::BulkString(text)) => String::from_utf8(text.clone()).ok(),
            _ => None,
        };
        let channel = || text(0);
        match (&push.kind, &self.connection) {
            // One server of the cluster is gone; the push does not say which channels were its own.
            (PushKind::Disconnection, Connection::Cluster(_)) => {
                self.subscribed.clear();
                self.channels.announce_all();
                self.channels.changed.notify_one();
            }
            (PushKind::Disconnection, _) => return Err((ErrorKind::Io, "disconnected").into()),
            (PushKind::SMessage, _) => {
                if let Some(channel) = channel() {
                    self.channels.announce(&channel, &text(1).unwrap_or_default());
                }
            }
            // The channel's slot has moved to another server, unless the unsubscription was ours.
            (PushKind::SUnsubscribe, _) if channel().is_some_and(|name| self.subscribed.remove(&name)) => {
                self.channels.changed.notify_one();
            }
            _ => {}
        }
        Ok(())
    }
}
