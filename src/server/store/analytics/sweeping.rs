//! Sweeping: ends the visits of viewers who are no longer active, on links that the index of expiries names.

use super::{
    super::{link_keys as keys, time_index::Due},
    Analytics,
};
use crate::{error::AppError, model::LinkId};

/// The most visits that [`Analytics::sweep`] ends in one round trip.
const SWEEP_BATCH: u32 = 100;
/// How far ahead of the clock a joined link is due to be swept, in milliseconds: longer than a join takes.
const SWEEP_DELAY_MS: i64 = 2_000;

impl Analytics {
    /// Has the sweeper visit a link soon, which then notes when the next viewer may expire. A sweeper that is at the link
    /// now comes back.
    pub async fn note_expiry(&self, link: &LinkId) -> Result<(), AppError> {
        self.expiries.note(link.as_str(), self.clock.now() + SWEEP_DELAY_MS).await
    }

    /// Ends the visits of all viewers who are no longer active, in batches, so that Redis is not blocked for long.
    /// Returns their number.
    pub async fn sweep(&self, link: &LinkId) -> Result<u32, AppError> {
        self.sweep_and_tell(link).await.map(|(swept, _)| swept)
    }

    /// The same. Returns also when the link has something to tell next, in Unix milliseconds.
    async fn sweep_and_tell(&self, link: &LinkId) -> Result<(u32, Option<i64>), AppError> {
        let link_key = (self.link_key)(link);
        let mut total = 0;
        loop {
            let call = self.scripts.sweep_call(link, &link_key, &self.clock, &self.rules, SWEEP_BATCH);
            let (_, (swept, settled, waiting, tells_next)): (i64, (u32, u32, u32, i64)) =
                self.run("sweep", &call).await?;
            total += swept;
            if swept < SWEEP_BATCH && settled < SWEEP_BATCH {
                // Also those that a server wrote which died before it noted them.
                self.note_told(link, waiting).await;
                return Ok((total, (tells_next > 0).then_some(tells_next)));
            }
        }
    }

    /// Takes at most `most` links on which a viewer may no longer be active. One round trip.
    pub async fn due(&self, most: usize) -> Result<Vec<Due>, AppError> {
        self.expiries.take(self.clock.now(), most).await
    }

    /// Sweeps a link that is due, and notes when it is again.
    pub async fn sweep_due(&self, due: &Due) -> Result<(), AppError> {
        let link: LinkId = due.name.parse()?;
        let (_, tells_next) = self.sweep_and_tell(&link).await?;
        let mut command = redis::cmd("ZRANGE");
        command.arg(keys::seen(&link)).arg(0).arg(0).arg("WITHSCORES");
        let oldest: Vec<(String, f64)> = self.redis.query(&command).await?;
        // Active up to and including the end of the window.
        let window = self.rules.inactive_after.as_millis() as i64 + 1;
        let next = oldest.first().map(|(_, last_activity)| *last_activity as i64 + window);
        self.expiries.settle(due, next.into_iter().chain(tells_next).min()).await
    }
}
