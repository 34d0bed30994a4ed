//! What the operator sees: the instruments, and what is asked of Redis, the disk and the process when they look.

mod concerns;
mod status;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rustix::fs::statvfs;
use tokio::{
    sync::Mutex,
    task::spawn_blocking,
    time::{Instant, sleep, timeout},
};

use super::stream_limits::StreamLimits;
use crate::{
    error::AppError,
    server::{
        instruments::{DiskSpace, Instruments, NoticesLoad, Observation, ProcessLoad},
        live::Live,
        store::{
            accounts::AccountStore,
            analytics::Analytics,
            channels::ChannelStore,
            files::FileStore,
            history::VisitStore,
            mail::MailQueue,
            outbox::Outboxes,
            redis::{Redis, Writes},
        },
    },
};

/// How long an observation serves all who ask.
const OBSERVATION_LIFE: Duration = Duration::from_secs(5);
/// How long counting the viewers of all links may take.
const VIEWERS_TIMEOUT: Duration = Duration::from_secs(2);
/// How often the totals are noted by which the load of the last minutes is known.
const NOTE_INTERVAL: Duration = Duration::from_secs(10);

/// When it was made, and the observation.
type DatedObservation = (Instant, Arc<Observation>);

/// The instruments and what they do not know. Cheap to clone.
#[derive(Clone)]
pub struct Monitoring {
    pub(in crate::server) instruments: Instruments,
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) channels: ChannelStore,
    pub(in crate::server) data_dir: PathBuf,
    pub(in crate::server) files: FileStore,
    pub(in crate::server) live: Live,
    pub(in crate::server) mails: MailQueue,
    pub(in crate::server) outboxes: Outboxes,
    pub(in crate::server) redis: Redis,
    pub(in crate::server) streams: StreamLimits,
    pub(in crate::server) visits: VisitStore,
    /// The last observation. Locked while one is made, so that all who ask at once share it.
    pub(in crate::server) last: Arc<Mutex<Option<DatedObservation>>>,
}

impl Monitoring {
    /// The state of the server, at most five seconds old. It takes at most two seconds and three of Redis' time limits.
    pub async fn observe(&self) -> Arc<Observation> {
        let mut last = self.last.lock().await;
        if let Some((at, observation)) = &*last
            && at.elapsed() < OBSERVATION_LIFE
        {
            return observation.clone();
        }
        let observation = Arc::new(self.observe_now().await);
        *last = Some((Instant::now(), observation.clone()));
        observation
    }

    /// Everything in the text format of Prometheus.
    pub async fn text(&self) -> Result<String, AppError> {
        self.instruments.text(&*self.observe().await).map_err(|_| AppError::Internal)
    }

    /// Notes totals at intervals. Never returns.
    pub async fn keep_noting(self) {
        loop {
            self.instruments.note_totals();
            sleep(NOTE_INTERVAL).await;
        }
    }

    async fn observe_now(&self) -> Observation {
        let data_dir = self.data_dir.clone();
        let of_machine = spawn_blocking(move || (disk_space(&data_dir), ProcessLoad::read()));
        // Where the first question has no answer, the others are not asked.
        let redis = self.redis.nodes().await.unwrap_or_default();
        let (refused_writes, viewers, sealer_due, notices) = if redis.is_empty() {
            (None, None, None, None)
        } else {
            let viewers = timeout(VIEWERS_TIMEOUT, self.analytics.viewer_counts());
            let (writes, viewers, due, notices) = tokio::join!(
                self.redis.check_writes(),
                viewers,
                self.visits.count_due(),
                self.notices_load()
            );
            let refused = match writes {
                Ok(Writes::Refused(why)) => Some(why),
                _ => None,
            };
            (refused, viewers.ok().and_then(Result::ok), due.ok(), notices.ok())
        };
        let (drawing, cache) = self.files.load();
        let (open, limit) = self.streams.load();
        let (disk, process) = of_machine.await.unwrap_or_else(|_| (None, ProcessLoad::read()));
        Observation {
            redis,
            refused_writes,
            viewers,
            streams: (open as u64, limit as u64),
            readers: self.live.count() as u64,
            drawing,
            cache,
            sealer_due,
            notices,
            disk,
            process,
        }
    }
}

impl Monitoring {
    /// What owners are still to be told.
    async fn notices_load(&self) -> Result<NoticesLoad, AppError> {
        let now = self.channels.clock().now();
        let (lag, due, mails) =
            tokio::join!(self.outboxes.lag(now), self.channels.delivering.count_due(now), self.mails.count());
        Ok(NoticesLoad { outbox_lag_ms: lag?, due_channels: due?, mails: mails? as u64 })
    }
}

/// The disk of a folder; `None` if the system does not tell.
pub fn disk_space(folder: &Path) -> Option<DiskSpace> {
    let disk = statvfs(folder).ok()?;
    Some(DiskSpace { free: disk.f_bavail * disk.f_frsize, size: disk.f_blocks * disk.f_frsize })
}
