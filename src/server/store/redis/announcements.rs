//! Hears that something has changed: one connection of its own, which comes back by itself.
//!
//! An announcement has no content, so many are one, and one that was missed is made up for by looking again:
//! ears are told after each new subscription, and when the connection breaks.

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

/// How often the connection is tried: nothing else shows that a silent one is dead.
const PULSE: Duration = Duration::from_secs(2);
/// How often every subscription is made anew, in case the server has forgotten one.
const RENEWAL: Duration = Duration::from_secs(5);
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
        if let Some(ears) = self.lock().get(channel) {
            ears.send_replace(());
        }
    }

    fn announce_all(&self) {
        self.lock().values().for_each(|ears| ears.send_replace(()));
    }
}

/// Listens to one channel until it is dropped.
pub struct Ear {
    channel: String,
    heard: watch::Receiver<()>,
    channels: Arc<Channels>,
}

impl Ear {
    /// Returns when something was announced since the last call, or may have been: after each subscription,
    /// and when the connection broke. Giving up the wait loses nothing.
    pub async fn heard(&mut self) {
        if self.heard.changed().await.is_err() {
            // The sender lives as long as its ears.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut channels = self.channels.lock();
        // Ours is the last.
        if channels.get(&self.channel).is_some_and(|ears| ears.receiver_count() == 1) {
            channels.remove(&self.channel);
            self.channels.changed.notify_one();
        }
    }
}

impl Announcements {
    /// Prepares a connection to `url`; [`Announcements::keep_listening`] makes it.
    ///
    /// Fails only when the address itself cannot be read.
    pub fn new(url: &str) -> Result<Self, RedisError> {
        Ok(Self { address: Arc::new(url.parse()?), channels: Arc::default() })
    }

    /// Hears one channel, by its full name.
    pub fn listen(&self, channel: String) -> Ear {
        let heard = self.channels.lock().entry(channel.clone()).or_default().subscribe();
        self.channels.changed.notify_one();
        Ear { channel, heard, channels: self.channels.clone() }
    }

    /// Keeps the connection and the subscriptions. Never returns.
    pub async fn keep_listening(self) {
        let mut wait = BACK_OFF.0;
        loop {
            let (sender, pushes) = unbounded_channel();
            if let Ok(connection) = self.address.connect(Some(sender)).await {
                wait = BACK_OFF.0;
                let mut listener =
                    Listener { connection, channels: self.channels.clone(), subscribed: HashSet::new() };
                let _ = listener.attend(pushes).await;
                // Whoever listens finds out for itself what is wrong.
                self.channels.announce_all();
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACK_OFF.1);
        }
    }
}

/// One connection's life.
struct Listener {
    connection: Connection,
    channels: Arc<Channels>,
    subscribed: HashSet<String>,
}

impl Listener {
    /// Follows what is wanted and passes on what is said, until the connection breaks.
    async fn attend(&mut self, mut pushes: UnboundedReceiver<PushInfo>) -> Result<(), RedisError> {
        let (mut pulse, mut renewal) = (interval(PULSE), interval(RENEWAL));
        for timer in [&mut pulse, &mut renewal] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                push = pushes.recv() => match push {
                    Some(push) => self.take_in(&push)?,
                    None => return Ok(()),
                },
                () = self.channels.changed.notified() => self.follow(false).await?,
                _ = pulse.tick() => self.tolerate(redis::cmd("PING").exec_async(&mut self.connection.clone()).await)?,
                _ = renewal.tick() => self.follow(true).await?,
            }
        }
    }

    /// Subscribes to what is wanted and not subscribed, and the other way round; one channel at a time, because
    /// on a cluster each may live in another slot. What was announced before a new subscription may have been
    /// missed; one that is only renewed was there all the time.
    async fn follow(&mut self, renew: bool) -> Result<(), RedisError> {
        let wanted: HashSet<String> = self.channels.lock().keys().cloned().collect();
        let unwanted: Vec<String> = self.subscribed.difference(&wanted).cloned().collect();
        for channel in unwanted {
            let done = self.say("SUNSUBSCRIBE", &channel).await;
            self.tolerate(done)?;
            self.subscribed.remove(&channel);
        }
        for channel in wanted {
            let is_new = !self.subscribed.contains(&channel);
            if is_new || renew {
                let done = self.say("SSUBSCRIBE", &channel).await;
                if done.is_err() {
                    // The others of a server that is away would fail as slowly, and what is announced meanwhile
                    // would wait. They are tried again in another order.
                    return self.tolerate(done);
                }
                if is_new {
                    self.channels.announce(&channel);
                    self.subscribed.insert(channel);
                }
            }
        }
        Ok(())
    }

    async fn say(&mut self, command: &str, channel: &str) -> Result<(), RedisError> {
        redis::cmd(command).arg(channel).exec_async(&mut self.connection).await
    }

    /// On a cluster one server may be away while the others speak: what failed there is tried again with the
    /// renewal, or sooner. On one server a failure is the end of the connection.
    fn tolerate(&self, done: Result<(), RedisError>) -> Result<(), RedisError> {
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

    fn take_in(&mut self, push: &PushInfo) -> Result<(), RedisError> {
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
