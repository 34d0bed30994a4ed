//! The numbers of a link that lists need.

use super::{super::link_keys as keys, Analytics};
use crate::{
    error::AppError,
    model::{LinkCounts, LinkId},
};

/// What the script returns: the time, active viewers, total views, the count of changes of past visits.
type CountsReply = (i64, u64, u64, u64);

impl Analytics {
    /// The numbers of links, in their order and in bounded groups. An error is one link's.
    pub async fn counts(&self, links: &[LinkId]) -> Vec<Result<LinkCounts, AppError>> {
        let calls: Vec<_> =
            links.iter().map(|link| self.scripts.counts_call(link, &self.clock, &self.rules)).collect();
        let answers = self.redis.run_many::<CountsReply>(&calls).await;
        let read = |(link, answer): (&LinkId, Result<CountsReply, AppError>)| match answer {
            Ok((now, active_viewers, total_views, history)) => {
                self.clock.sync(now);
                Ok(LinkCounts { active_viewers, total_views, history })
            }
            Err(error) => {
                if error != AppError::Unavailable {
                    tracing::error!(key = keys::views(link), "the numbers of a link cannot be read");
                }
                Err(error)
            }
        };
        links.iter().zip(answers).map(read).collect()
    }
}
