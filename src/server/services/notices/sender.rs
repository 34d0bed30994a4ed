//! Sends what the channels are to be told, one delivery of a channel after the other.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Semaphore, task::JoinSet, time::sleep};

use super::{
    receiver::{Receiver, ReceiverAnswer},
    retry::{self, Verdict},
    signature::{WebhookSecret, headers},
};
use crate::{
    error::AppError,
    model::{DeliveryState, WebhookKind},
    server::instruments::Results,
    server::store::{
        channels::{Attempt, Channel, ChannelName, ChannelStore, Claim, StoredDelivery},
        secret::LazySecret,
        time_index::Due,
    },
};

/// To how many channels a server sends at once. One that stalls holds one place, for fifteen seconds and then with pauses.
const CHANNELS_AT_ONCE: usize = 64;
/// How long a server sends to one channel before it looks at the others: with one request more, less than the lease.
const TURN: Duration = Duration::from_secs(10);
/// How soon something is tried again that Redis did not answer, and how often it is tried again to write down that a delivery
/// was sent.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
const FINISH_RETRIES: usize = 3;
/// When to look again at a channel that another server sends to, in milliseconds.
const BUSY_WAIT: i64 = 25_000;

/// Sends deliveries. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    pub(in crate::server) channels: ChannelStore,
    pub(in crate::server) receiver: Receiver,
    pub(in crate::server) secret: LazySecret,
    results: Results,
    places: Arc<Semaphore>,
}

impl Sender {
    /// A sender that signs with secrets derived from that of the server. `results` counts its attempts.
    pub fn new(channels: ChannelStore, receiver: Receiver, secret: LazySecret, results: Results) -> Self {
        Self { channels, receiver, secret, results, places: Arc::new(Semaphore::new(CHANNELS_AT_ONCE)) }
    }

    /// Begins to send to channels that have something due, as many as there are places. Returns their number.
    pub async fn begin(&self, sending: &mut JoinSet<()>) -> Result<usize, AppError> {
        let free = self.places.available_permits();
        if free == 0 {
            return Ok(0);
        }
        let due = self.channels.delivering.take(self.channels.clock().now(), free).await?;
        let taken = due.len();
        for due in due {
            let Ok(place) = self.places.clone().acquire_owned().await else { return Err(AppError::Internal) };
            let sender = self.clone();
            sending.spawn(async move {
                if let Err(error) = sender.send_to(&due).await {
                    tracing::error!(channel = due.name, %error, "deliveries are sent late");
                    // Sooner than the lease ends; where this fails too, it does.
                    let soon = sender.channels.clock().now() + RETRY_INTERVAL.as_millis() as i64;
                    let _ = sender.channels.delivering.note_at_latest(&due.name, soon).await;
                }
                drop(place);
            });
        }
        Ok(taken)
    }

    async fn send_to(&self, due: &Due) -> Result<(), AppError> {
        let Some(name) = ChannelName::parse(&due.name) else {
            return self.channels.delivering.settle(due, None).await;
        };
        let next = self.send_all(&name).await?;
        self.channels.delivering.settle(due, next).await?;
        match next {
            // Where another server took the channel meanwhile, its time may be later.
            Some(next) => self.channels.note(&name, next).await,
            None => Ok(()),
        }
    }

    /// Sends what is due until a delivery fails. Returns when the channel has something to send again, in Unix milliseconds.
    async fn send_all(&self, name: &ChannelName) -> Result<Option<i64>, AppError> {
        let (began, clock) = (Instant::now(), self.channels.clock());
        loop {
            let channel = match self.channels.channel(name).await {
                Err(AppError::NotFound) => return Ok(None),
                channel => channel?,
            };
            if !channel.enabled {
                return Ok(None);
            }
            let (id, mut delivery, lock) = match self.channels.claim(&name.channel).await? {
                Claim::Nothing(next) => return Ok(next),
                Claim::Busy => return Ok(Some(clock.now() + BUSY_WAIT)),
                Claim::Due(id, delivery, lock) => (id, *delivery, lock),
            };
            let answer = self.send(&channel, id.as_str(), &delivery.body).await?;
            let verdict = note(&mut delivery, answer, clock.now());
            self.results.note(match (&verdict, &delivery.state) {
                (Verdict::Delivered, _) => "delivered",
                (Verdict::Gone, _) => "gone",
                (_, DeliveryState::Waiting) => "failed",
                _ => "given_up",
            });
            let attempt = if verdict == Verdict::Delivered { Attempt::Delivered } else { Attempt::Failed };
            if verdict == Verdict::Gone {
                self.switch_off(name).await?;
            }
            let finish = || self.channels.finish(&name.channel, &id, &delivery, (&lock, attempt));
            let mut finished = finish().await;
            // What is not written down is sent again, and the channel stays locked for a while.
            for _ in 0..FINISH_RETRIES {
                if finished.is_ok() {
                    break;
                }
                sleep(RETRY_INTERVAL).await;
                finished = finish().await;
            }
            finished?;
            if began.elapsed() > TURN {
                return Ok(Some(clock.now()));
            }
        }
    }

    async fn send(&self, channel: &Channel, id: &str, body: &str) -> Result<ReceiverAnswer, AppError> {
        let headers = match channel.kind {
            WebhookKind::Webhook => {
                let now = self.channels.clock().now();
                let secrets = secrets(channel, &self.secret.signing_key()?, now);
                headers(&secrets, id, now, body).to_vec()
            }
            WebhookKind::Slack | WebhookKind::Browser => Vec::new(),
        };
        Ok(self.receiver.post(&channel.url, &headers, body.to_owned()).await)
    }

    async fn switch_off(&self, name: &ChannelName) -> Result<(), AppError> {
        let why = "The receiver answered 410 Gone: it wants no more events.";
        let switched = self.channels.change(name, |channel| {
            channel.enabled = false;
            channel.switched_off = Some(why.to_owned());
        });
        switched.await.map(|_| ())
    }
}

/// The secrets of a channel that sign at `now`, in Unix milliseconds.
pub fn secrets(channel: &Channel, server_key: &[u8; 64], now: i64) -> Vec<WebhookSecret> {
    let derive = |nonce: &str| WebhookSecret::derive(server_key, &channel.id, nonce);
    channel.secrets_at(now).map(|secret| derive(&secret.nonce)).collect()
}

/// Writes into a delivery how an attempt went, and when the next one is. Returns what the answer means.
fn note(delivery: &mut StoredDelivery, answer: ReceiverAnswer, now: i64) -> Verdict {
    let asked = answer.retry_after.and_then(|header| retry::retry_after(&header, now));
    let verdict = retry::verdict(answer.status, asked);
    // Without a random number the longest wait is taken.
    let jitter = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    delivery.attempts += 1;
    delivery.attempted_at = Some(now);
    delivery.status = answer.status;
    delivery.answer = answer.text;
    (delivery.state, delivery.next_attempt_at) = retry::after(verdict, delivery.attempts, now, jitter);
    verdict
}
