//! Heartbeats that wait together travel together.
//!
//! While one script with heartbeats of a link is on its way, those that arrive join a queue, and the next
//! script takes all of them. So each still costs its sender one round trip, and a busy link costs Redis and the
//! connection one script for many: the hot path gets cheaper the hotter it is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::oneshot, time::timeout};

use super::{Analytics, PATIENCE};
use crate::{
    error::AppError,
    model::{Heartbeat, LinkId},
};

/// The most heartbeats of one script: more would hold up everybody else's.
const MOST: usize = 100;

/// A heartbeat, and who wants to know what came of it.
type Waiting = (Heartbeat, oneshot::Sender<Result<(), AppError>>);

/// The queues of all links. A link has one exactly while a task is sending its heartbeats.
#[derive(Clone, Default)]
pub(super) struct Beats {
    queues: Arc<Mutex<HashMap<LinkId, Vec<Waiting>>>>,
}

impl Beats {
    /// Sends a heartbeat with the next script of its link. Nobody waits longer than for any other operation; a
    /// heartbeat that is given up may still arrive, which does no harm.
    pub(super) async fn send(
        &self,
        analytics: &Analytics,
        link: &LinkId,
        beat: Heartbeat,
    ) -> Result<(), AppError> {
        let (answer, answered) = oneshot::channel();
        if self.is_first((beat, answer), link) {
            // A task of its own: whoever was first may go away, and others count on it by then.
            tokio::spawn(self.clone().carry(analytics.clone(), link.clone()));
        }
        match timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => answer,
            _ => Err(AppError::Unavailable),
        }
    }

    /// Takes a place in the link's queue; `true` when there was none yet.
    fn is_first(&self, waiting: Waiting, link: &LinkId) -> bool {
        let mut queues = self.lock();
        if let Some(queue) = queues.get_mut(link) {
            queue.push(waiting);
            return false;
        }
        queues.insert(link.clone(), vec![waiting]);
        true
    }

    /// Sends what waits, again and again, until nothing does.
    async fn carry(self, analytics: Analytics, link: LinkId) {
        while let Some(group) = self.next(&link) {
            let beats: Vec<&Heartbeat> = group.iter().map(|(beat, _)| beat).collect();
            let answers = analytics.beat_together(&link, &beats).await;
            for (index, (_, answer)) in group.into_iter().enumerate() {
                let told = match &answers {
                    Ok(active) if active.get(index) == Some(&true) => Ok(()),
                    Ok(_) => Err(AppError::SessionNotActive),
                    Err(error) => Err(error.clone()),
                };
                // Whoever no longer waits has answered for itself.
                let _ = answer.send(told);
            }
        }
    }

    /// The next group; the queue goes with the last.
    fn next(&self, link: &LinkId) -> Option<Vec<Waiting>> {
        let mut queues = self.lock();
        let queue = queues.get_mut(link)?;
        if queue.is_empty() {
            queues.remove(link);
            return None;
        }
        let rest = queue.split_off(queue.len().min(MOST));
        Some(std::mem::replace(queue, rest))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<LinkId, Vec<Waiting>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
