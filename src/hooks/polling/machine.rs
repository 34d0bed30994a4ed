//! When to ask again and how far the numbers can be trusted: the decision, without browser or network.
//!
//! Time is a [`Duration`] on any clock that only goes forward. Invariants:
//!
//! - At most one request is under way, so answers can not overtake each other; and a picture older than
//!   the one on the screen is not shown, whatever way it came.
//! - Nothing is asked while nobody looks.
//! - An error never takes the last good numbers away.

use std::time::Duration;

use super::Connection;
use crate::error::AppError;

/// An answer that has not come by then is taken for lost.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How soon a failed request is repeated at first, so that a short outage is over within two seconds.
const SOON: Duration = Duration::from_secs(1);
/// How many times it is repeated that soon, before the ordinary interval holds again.
const SOON_TRIES: u32 = 60;

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// The owner came to look, or looks elsewhere.
    Visible(bool),
    /// Somebody asked for new numbers now.
    Refresh,
    /// The time that [`Command::Wait`] asked for is over.
    Due,
    /// The request of this number was answered with a picture of that time, or not.
    Answered(u32, Result<i64, AppError>),
}

/// What the hook has to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Ask for new numbers.
    Fetch(u32),
    /// Report [`Event::Due`] after this time; an earlier wish is forgotten.
    Wait(Duration),
    /// Forget the wish.
    Sleep,
    /// Show the picture that was just answered.
    Show,
}

/// The state of following one source of numbers.
#[derive(Debug)]
pub(super) struct Machine {
    interval: Duration,
    visible: bool,
    /// The number of the request under way.
    under_way: Option<u32>,
    /// Somebody asked for new numbers during the request.
    again: bool,
    requests: u32,
    /// The time of the picture on the screen, by its own clock.
    as_of: Option<i64>,
    /// When that picture came, by ours.
    received: Option<Duration>,
    error: Option<AppError>,
    failures: u32,
}

impl Machine {
    /// Begins with what the server has rendered, if it has, received at `now`.
    pub(super) fn new(interval: Duration, first: Option<Result<i64, AppError>>, now: Duration) -> Self {
        let (as_of, error) = match first {
            Some(Ok(as_of)) => (Some(as_of), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        Self {
            interval,
            visible: false,
            under_way: None,
            again: false,
            requests: 0,
            as_of,
            received: as_of.map(|_| now),
            failures: u32::from(error.is_some()),
            error,
        }
    }

    /// Takes note of what has happened and says what to do about it.
    pub(super) fn on(&mut self, event: Event, now: Duration) -> Vec<Command> {
        match event {
            Event::Visible(visible) if visible == self.visible => Vec::new(),
            Event::Visible(true) => {
                self.visible = true;
                // What the server has just rendered is fresh; so is what was read a moment ago.
                match self.received {
                    Some(at) if self.error.is_none() && now - at < SOON => self.wait(self.interval),
                    _ => self.fetch(),
                }
            }
            Event::Visible(false) => {
                self.visible = false;
                vec![Command::Sleep]
            }
            Event::Refresh if self.under_way.is_none() => self.fetch(),
            Event::Refresh => {
                // The answer under way may have been read before whatever the owner wants to see.
                self.again = true;
                Vec::new()
            }
            Event::Due if self.under_way.is_some() => {
                // Its answer is no longer waited for.
                self.under_way = None;
                self.failed(AppError::Unreachable)
            }
            Event::Due if self.visible => self.fetch(),
            Event::Due => Vec::new(),
            Event::Answered(request, _) if self.under_way != Some(request) => Vec::new(),
            Event::Answered(_, answer) => {
                self.under_way = None;
                let mut commands = match answer {
                    Ok(as_of) => self.came(as_of, now),
                    Err(error) => self.failed(error),
                };
                if std::mem::take(&mut self.again) {
                    commands.extend(self.fetch());
                }
                commands
            }
        }
    }

    fn fetch(&mut self) -> Vec<Command> {
        if self.under_way.is_some() {
            return vec![Command::Wait(PATIENCE)];
        }
        self.requests += 1;
        self.under_way = Some(self.requests);
        vec![Command::Fetch(self.requests), Command::Wait(PATIENCE)]
    }

    fn came(&mut self, as_of: i64, now: Duration) -> Vec<Command> {
        self.error = None;
        self.failures = 0;
        let mut commands = Vec::new();
        // An older one does not count as news either, so that the badge would show if time stood still.
        if self.as_of.is_none_or(|shown| shown <= as_of) {
            self.as_of = Some(as_of);
            self.received = Some(now);
            commands.push(Command::Show);
        }
        commands.extend(self.wait(self.interval));
        commands
    }

    fn failed(&mut self, error: AppError) -> Vec<Command> {
        self.error = Some(error);
        self.failures = self.failures.saturating_add(1);
        let soon = self.failures <= SOON_TRIES;
        self.wait(if soon { self.interval.min(SOON) } else { self.interval })
    }

    fn wait(&self, time: Duration) -> Vec<Command> {
        if self.visible { vec![Command::Wait(time)] } else { vec![Command::Sleep] }
    }

    /// A request is under way.
    pub(super) fn is_loading(&self) -> bool {
        self.under_way.is_some()
    }

    /// Why the latest request failed, until one succeeds.
    pub(super) fn error(&self) -> Option<&AppError> {
        self.error.as_ref()
    }

    /// How far the numbers on the screen can be trusted.
    pub(super) fn connection(&self, now: Duration) -> Connection {
        let Some(received) = self.received else {
            return if self.error.is_some() { Connection::Offline(None) } else { Connection::Connecting };
        };
        let age = now.saturating_sub(received);
        let fresh = age <= 3 * self.interval;
        match &self.error {
            None if fresh => Connection::Live,
            None => Connection::Reconnecting(age),
            Some(_) if fresh => Connection::Reconnecting(age),
            Some(_) => Connection::Offline(Some(age)),
        }
    }
}

#[cfg(test)]
mod tests;
