//! The page of the owner who runs the server.

use super::{Monitoring, concerns::concerns};
use crate::{
    error::AppError,
    model::{RedisStatus, ServerStatus, UsedShare},
    server::{instruments::RECENT, services::requester::Requester},
};

impl Monitoring {
    /// Whether the requester runs the server: their account is the oldest, as the one that the first start made.
    pub async fn is_operator(&self, requester: &Requester) -> Result<bool, AppError> {
        self.accounts.is_oldest(&requester.owner()?.owner_id).await
    }

    /// The numbers at a glance. [`AppError::NotFound`] for other owners.
    pub async fn status(&self, requester: &Requester) -> Result<ServerStatus, AppError> {
        if !self.is_operator(requester).await? {
            return Err(AppError::NotFound);
        }
        let (seen, recent) = (self.observe().await, self.instruments.recent_load());
        let redis = seen.redis.iter().map(|node| RedisStatus {
            name: node.name.clone(),
            version: node.version.clone(),
            memory: node.memory,
            memory_limit: node.memory_limit,
        });
        let share =
            |what: &str, used, limit, is_bytes| UsedShare { what: what.to_owned(), used, limit, is_bytes };
        let mut used = Vec::new();
        if let Some(disk) = seen.disk {
            used.push(share(
                "Disk of the data folder",
                disk.size.saturating_sub(disk.free),
                Some(disk.size),
                true,
            ));
        }
        used.push(share("Rendered pages", seen.cache.bytes, Some(seen.cache.limit), true));
        used.push(share(
            "Pages that wait to be drawn",
            seen.drawing.waiting,
            Some(seen.drawing.limit),
            false,
        ));
        used.push(share("Open dashboards", seen.streams.0, Some(seen.streams.1), false));
        let process = &seen.process;
        used.extend(process.open_files.map(|files| share("Open files", files, process.max_files, false)));
        used.extend(process.resident_bytes.map(|bytes| share("Memory of the program", bytes, None, true)));
        Ok(ServerStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at: (process.started * 1_000.0) as i64,
            concerns: concerns(&seen, &recent),
            redis: redis.collect(),
            active_viewers: seen.viewers.and_then(|viewers| viewers.active),
            most_viewers: seen.viewers.and_then(|viewers| viewers.most),
            period: RECENT.as_secs(),
            requests: recent.requests.count(),
            median_ms: recent.requests.quantile_ms(0.5),
            slow_ms: recent.requests.quantile_ms(0.99),
            heartbeats: recent.heartbeats,
            failed_heartbeats: recent.failed_heartbeats,
            used,
        })
    }
}
