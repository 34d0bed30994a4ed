//! Hears that something has changed: one connection of its own, which comes back by itself.
//!
//! An announcement has no content, so many are one, and one that was missed is made up for by looking again:
//! subscribers are told after each new subscription, and when the connection breaks.

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

use super::address::{Address, Connection};

/// How often the connection is tried while there are subscriptions: nothing else shows that a silent one is dead.
const PING_INTERVAL: Duration = Duration::from_secs(2);
/// How often every subscription is made anew, in case the server has forgotten one.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);
/// The waits between attempts to connect grow from the first to the second.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// All channels that somebody listens to. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Announcements {
    address: Arc<Address>,
    channels: Arc<Channels>,
}

#[derive(Default)]
struct Channels {
    by_name: Mutex<HashMap<String, watch::Sender<()>>>,
    /// A channel was added or is no longer wanted.
    changed: Notify,
}

impl Channels {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, watch::Sender<()>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self, channel: &str) {
        if let Some(subscribers) = self.lock().get(channel) {
            subscribers.send_replace(());
        }
    }

    fn announce_all(&self) {
        self.lock().values().for_each(|subscribers| subscribers.send_replace(()));
    }
}

/// Listens to one channel until it is dropped.
pub struct Subscription {
    channel: String,
    announced: watch::Receiver<()>,
    channels: Arc<Channels>,
}

impl Subscription {
    /// Returns when something was announced since the last call, or may have been: after each subscription,
    /// and when the connection broke. Giving up the wait loses nothing.
    pub async fn changed(&mut self) {
        if self.announced.changed().await.is_err() {
            // The sender lives as long as its subscribers.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut channels = self.channels.lock();
        // Ours is the last.
        if channels.get(&self.channel).is_some_and(|subscribers| subscribers.receiver_count() == 1) {
            channels.remove(&self.channel);
            self.channels.changed.notify_one();
        }
    }
}

impl Announcements {
    /// Prepares a connection to `url`; [`Announcements::keep_subscribed`] makes it.
    ///
    /// Fails only when the address itself cannot be read.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self { address: Arc::new(url.parse()?), channels: Arc::default() })
    }

    /// Hears one channel, by its full name.
    pub fn subscribe(&self, channel: String) -> Subscription {
        let announced = self.channels.lock().entry(channel.clone()).or_default().subscribe();
        self.channels.changed.notify_one();
        Subscription { channel, announced, channels: self.channels.clone() }
    }

    /// Keeps the connection and the subscriptions. Never returns.
    pub async fn keep_subscribed(self) {
        let mut wait = BACK_OFF.0;
        loop {
            let (sender, pushes) = unbounded_channel();
            if let Ok(connection) = self.address.connect(Some(sender)).await {
                wait = BACK_OFF.0;
                let mut connection = SubscriberConnection {
                    connection,
                    channels: self.channels.clone(),
                    subscribed: HashSet::new(),
                };
                let _ = connection.run(pushes).await;
                // Whoever listens finds out for itself what is wrong.
                self.channels.announce_all();
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACK_OFF.1);
        }
    }
}

/// One connection's life.
struct SubscriberConnection {
    connection: Connection,
    channels: Arc<Channels>,
    subscribed: HashSet<String>,
}

impl SubscriberConnection {
    /// Follows what is wanted and passes on what is said, until the connection breaks.
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
                _ = ping.tick(), if !self.subscribed.is_empty() => self.fail_unless_cluster(redis::cmd("PING").exec_async(&mut self.connection.clone()).await)?,
                _ = renewal.tick() => self.sync_subscriptions(true).await?,
            }
        }
    }

    /// Subscribes to what is wanted and not subscribed, and the other way round; one channel at a time, because
    /// on a cluster each may live in another slot. What was announced before a new subscription may have been
    /// missed; one that is only renewed was there all the time.
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
                    // The others of a server that is away would fail as slowly, and what is announced meanwhile
                    // would wait. They are tried again in another order.
                    return self.fail_unless_cluster(done);
                }
                if is_new {
                    self.channels.announce(&channel);
                    self.subscribed.insert(channel);
                }
            }
        }
        Ok(())
    }

    async fn send(&mut self, command: &str, channel: &str) -> Result<(), RedisError> {
        redis::cmd(command).arg(channel).exec_async(&mut self.connection).await
    }

    /// On a cluster one server may be away while the others speak: what failed there is tried again with the
    /// renewal, or sooner. On one server a failure is the end of the connection.
    fn fail_unless_cluster(&self, done: Result<(), RedisError>) -> Result<(), RedisError> {
        match self.connection {
            Connection::Cluster(_) => {
                if done.is_err() {
                    // Not at once: the cluster needs a moment to choose a new master.
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
        let channel = || match push.data.first() {
            Some(Value::BulkString(name)) => String::from_utf8(name.clone()).ok(),
            _ => None,
        };
        match (&push.kind, &self.connection) {
            // One of the servers; which of the channels were its own nobody says.
            (PushKind::Disconnection, Connection::Cluster(_)) => {
                self.subscribed.clear();
                self.channels.announce_all();
                self.channels.changed.notify_one();
            }
            (PushKind::Disconnection, _) => return Err((ErrorKind::Io, "disconnected").into()),
            (PushKind::SMessage, _) => {
                if let Some(channel) = channel() {
                    self.channels.announce(&channel);
                }
            }
            // Its slot has moved to another server, unless it was our own wish.
            (PushKind::SUnsubscribe, _) if channel().is_some_and(|name| self.subscribed.remove(&name)) => {
                self.channels.changed.notify_one();
            }
            _ => {}
        }
        Ok(())
    }
}
