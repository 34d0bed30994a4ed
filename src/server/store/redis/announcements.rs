//! Subscriptions to announcements of changes, on a connection of their own, which is re-established by itself.
//!
//! Channels are those of [sharded pub/sub](https://redis.io/docs/latest/develop/pubsub/#sharded-pubsub). An
//! announcement holds nothing but its topic, if any: several count as one, and a subscriber reads the state again.
//! Redis does not repeat what was announced while no connection stood, so subscribers are woken after each new
//! subscription and when the connection breaks.

mod connection;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::RedisError;
use tokio::{
    sync::{Notify, mpsc::unbounded_channel, watch},
    time::sleep,
};

use self::connection::SubscriberConnection;
use super::address::{Address, SERVER_TIMEOUT};

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
                let mut connection = SubscriberConnection::new(connection, self.channels.clone());
                let _ = connection.run(pushes).await;
                // Subscribers read the state again, and so find out that Redis is away.
                self.channels.announce_all();
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACK_OFF.1);
        }
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
