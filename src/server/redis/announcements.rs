//! Hears that something has changed: one connection of its own, which comes back by itself.
//!
//! An announcement has no content, so many are one, and one that was missed is made up for by looking again:
//! ears are told after each new subscription, and when the connection breaks.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, PushInfo, PushKind, RedisError, Value, aio::MultiplexedConnection,
};
use tokio::{
    sync::{
        Notify,
        mpsc::{UnboundedReceiver, unbounded_channel},
        watch,
    },
    time::{MissedTickBehavior, interval, sleep},
};

/// How long the server may take for an answer before the connection counts as broken.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the connection is tried: nothing else shows that a silent one is dead.
const PULSE: Duration = Duration::from_secs(2);
/// How often every subscription is made anew, in case the server has forgotten one.
const RENEWAL: Duration = Duration::from_secs(5);
/// The waits between attempts to connect grow from the first to the second.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// All channels that somebody listens to. Cheap to clone; clones share one connection.
#[derive(Clone)]
pub struct Announcements {
    client: Client,
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
        Ok(Self { client: Client::open(super::address(url)?)?, channels: Arc::default() })
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
            if let Ok((connection, pushes)) = self.connect().await {
                wait = BACK_OFF.0;
                let _ = self.attend(connection, pushes).await;
                // Whoever listens finds out for itself what is wrong.
                self.channels.announce_all();
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACK_OFF.1);
        }
    }

    async fn connect(&self) -> Result<(MultiplexedConnection, UnboundedReceiver<PushInfo>), RedisError> {
        let (sender, pushes) = unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(sender);
        Ok((self.client.get_multiplexed_async_connection_with_config(&config).await?, pushes))
    }

    /// Follows what is wanted and passes on what is said, until the connection breaks.
    async fn attend(
        &self,
        mut connection: MultiplexedConnection,
        mut pushes: UnboundedReceiver<PushInfo>,
    ) -> Result<(), RedisError> {
        let mut subscribed = HashSet::new();
        let (mut pulse, mut renewal) = (interval(PULSE), interval(RENEWAL));
        for timer in [&mut pulse, &mut renewal] {
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        loop {
            tokio::select! {
                push = pushes.recv() => match push {
                    Some(push) => self.pass_on(&push)?,
                    None => return Ok(()),
                },
                () = self.channels.changed.notified() => self.follow(&mut connection, &mut subscribed).await?,
                _ = pulse.tick() => redis::cmd("PING").exec_async(&mut connection).await?,
                _ = renewal.tick() => {
                    subscribed.clear();
                    self.follow(&mut connection, &mut subscribed).await?;
                }
            }
        }
    }

    /// Subscribes to what is wanted and not subscribed, and the other way round; one channel at a time, because
    /// on a cluster each may live in another slot.
    async fn follow(
        &self,
        connection: &mut MultiplexedConnection,
        subscribed: &mut HashSet<String>,
    ) -> Result<(), RedisError> {
        let wanted: HashSet<String> = self.channels.lock().keys().cloned().collect();
        for channel in subscribed.difference(&wanted) {
            redis::cmd("SUNSUBSCRIBE").arg(channel).exec_async(connection).await?;
        }
        for channel in wanted.difference(subscribed) {
            redis::cmd("SSUBSCRIBE").arg(channel).exec_async(connection).await?;
        }
        *subscribed = wanted;
        Ok(())
    }

    fn pass_on(&self, push: &PushInfo) -> Result<(), RedisError> {
        match (&push.kind, push.data.first()) {
            (PushKind::Disconnection, _) => return Err((redis::ErrorKind::Io, "disconnected").into()),
            (PushKind::SMessage | PushKind::SSubscribe, Some(Value::BulkString(channel))) => {
                if let Ok(channel) = std::str::from_utf8(channel) {
                    self.channels.announce(channel);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
