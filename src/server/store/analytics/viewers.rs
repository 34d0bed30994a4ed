//! Active viewers of all links.

use super::Analytics;
use crate::{error::AppError, model::LinkId, server::instruments::ViewerCounts};

/// The most links whose viewers are counted one by one.
const MOST_LINKS: usize = 10_000;

impl Analytics {
    /// Counts the active viewers of all links: two round trips, and one for each hundred links that have some. Beyond
    /// 10,000 such links only the links are counted. An error when one link's viewers cannot be read.
    pub async fn viewer_counts(&self) -> Result<ViewerCounts, AppError> {
        let (links, names) = self.expiries.first(MOST_LINKS).await?;
        let limit = self.rules.max_viewers;
        if links > MOST_LINKS as u64 {
            return Ok(ViewerCounts { links, active: None, most: None, limit });
        }
        let names: Vec<LinkId> = names.iter().filter_map(|name| name.parse().ok()).collect();
        let (mut active, mut most) = (0, 0);
        for counts in self.counts(&names).await {
            let of_link = counts?.active_viewers;
            active += of_link;
            most = most.max(of_link);
        }
        Ok(ViewerCounts { links, active: Some(active), most: Some(most), limit })
    }
}
