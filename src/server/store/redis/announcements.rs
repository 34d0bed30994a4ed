//! Subscriptions to announcements of changes, on a connection of their own, which is re-established by itself.
//!
//! Channels are those of [sharded pub/sub](https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub). An
//! announcement holds nothing but its topic, if any: several count as one, and a subscriber reads the state again.
//! Redis does not repeat what was announced while no connection stood, so subscribers are woken after each new
//! subscription and when the connection breaks.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{ErrorKind, PushInfo, PushKind, RedisError, Value};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, unbounded_channel},
        watch,
    },
    time::{MissedTickBehavior, interval, sleep},
};

use super::address::{Address, Connection, SERVER_TIMEOUT};

/// How often the connection is pinged while there are subscriptions: nothing else shows that a silent one is dead.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How often every subscription is sent again, in case the server has lost one.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);
/// The shortest and the longest wait between attempts to connect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// All channels with subscriptions. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Announcements {
    address: Arc<Address>,
    channels: Arc<Channels>,
}

#[derive(Default)]
struct Channels {
    by_name: Mutex<HashMap<String, Topics>>,
    /// Notified when a channel got its first subscriber or lost its last.
    changed: Notify,
}

/// The subscriptions of a channel by their topic. Those without one have the topic "".
type Topics = HashMap<String, watch::Sender<()>>;

impl Channels {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Topics>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the subscriptions of a topic and those without one; without a topic, all of the channel.
    fn announce(&self, channel: &str, topic: &str) {
        let channels = self.lock();
        let Some(topics) = channels.get(channel) else { return };
        if topic.is_empty() {
            topics.values().for_each(|subscribers| subscribers.send_replace(()));
            return;
        }
        for topic in [topic, ""] {
            if let Some(subscribers) = topics.get(topic) {
                subscribers.send_replace(());
            }
        }
    }

    fn announce_all(&self) {
        self.lock().values().flat_map(HashMap::values).for_each(|subscribers| subscribers.send_replace(()));
    }
}

/// A subscription to one channel or one of its topics, which ends when it is dropped.
pub struct Subscription {
    channel: String,
    topic: String,
    announced: watch::Receiver<()>,
    channels: Arc<Channels>,
}

impl Subscription {
    /// Returns once something was announced since the last call, or may have been: after a new subscription, and
    /// when the connection broke. Cancel safe.
    pub async fn changed(&mut self) {
        if self.announced.changed().await.is_err() {
            // Cannot happen: the sender lives as long as its subscribers.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut channels = self.channels.lock();
        let Some(topics) = channels.get_mut(&self.channel) else { return };
        // This one is the last.
        if topics.get(&self.topic).is_some_and(|subscribers| subscribers.receiver_count() == 1) {
            topics.remove(&self.topic);
        }
        if topics.is_empty() {
            channels.remove(&self.channel);
            self.channels.changed.notify_one();
        }
    }
}

impl Announcements {
    /// Prepares a connection to `url`; [`Announcements::keep_subscribed`] connects.
    ///
    /// Fails only when the address is invalid.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self { address: Arc::new(url.parse()?), channels: Arc::default() })
    }

    /// Subscribes to everything on one channel, by its full name.
    pub fn subscribe(&self, channel: String) -> Subscription {
        self.subscribe_to(channel, String::new())
    }

    /// Subscribes to one topic of a channel: messages whose text is `topic`, or empty.
    pub fn subscribe_to(&self, channel: String, topic: String) -> Subscription {
        let mut channels = self.channels.lock();
        let is_new = !channels.contains_key(&channel);
        let topics = channels.entry(channel.clone()).or_default();
        let announced = topics.entry(topic.clone()).or_default().subscribe();
        if is_new {
            self.channels.changed.notify_one();
        }
        Subscription { channel, topic, announced, channels: self.channels.clone() }
    }

    /// Keeps the connection and its subscriptions. Never returns.
    pub async fn keep_subscribed(self) {
        let mut wait = BACK_OFF.0;
        loop {
            let (sender, pushes) = unbounded_channel();
            if let Ok(connection) = self.address.connect(SERVER_TIMEOUT, Some(sender)).await {
                wait = BACK_OFF.0;
                let mut connection = SubscriberConnection {
                    connection,
                    channels: self.channels.clone(),
                    subscribed: HashSet::new(),
                };
                let _ = connection.run(pushes).await;
                // Subscribers read the state again, and so find out that Redis is away.
                self.channels.announce_all();
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACK_OFF.1);
        }
    }
}

/// One connection, until it breaks.
struct SubscriberConnection {
    connection: Connection,
    channels: Arc<Channels>,
    subscribed: HashSet<String>,
}

impl SubscriberConnection {
    /// Subscribes to the channels that have subscribers and passes announcements on, until the connection breaks.
    async fn run(&mut self, mut pushes: UnboundedReceiver<PushInfo>) -> Result<(), RedisError> {
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

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn announcements() -> Announcements {
        Announcements::new("redis://localhost").expect("an address")
    }

    #[test]
    fn message_wakes_its_topic_only() {
        let announcements = announcements();
        let subscribe = |topic: &str| announcements.subscribe_to("c".to_owned(), topic.to_owned());
        let (mut ours, mut theirs, mut all) = (subscribe("ours"), subscribe("theirs"), subscribe(""));
        let mut woken = || [&mut ours, &mut theirs, &mut all].map(|it| it.changed().now_or_never().is_some());
        assert_eq!(woken(), [false, false, false]);
        announcements.channels.announce("c", "ours");
        assert_eq!(woken(), [true, false, true]);
        announcements.channels.announce("c", "");
        assert_eq!(woken(), [true, true, true], "a message without a topic is for everyone");
        announcements.channels.announce("other", "ours");
        assert_eq!(woken(), [false, false, false]);
    }

    #[test]
    fn channel_ends_with_its_last_subscription() {
        let announcements = announcements();
        let first = announcements.subscribe_to("c".to_owned(), "a".to_owned());
        let second = announcements.subscribe_to("c".to_owned(), "b".to_owned());
        drop(first);
        assert_eq!(announcements.channels.lock()["c"].len(), 1);
        drop(second);
        assert!(announcements.channels.lock().is_empty());
    }
}
