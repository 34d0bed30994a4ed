//! When to listen, when to ask, and how far the numbers can be trusted: the decision, without browser or
//! network.
//!
//! Time is a [`Duration`] on any clock that only goes forward. Invariants:
//!
//! - While the stream brings news, nothing is asked at intervals; while it does not, numbers are asked for, and
//!   the stream is tried again and again.
//! - At most one request is under way, and a picture older than the one on the screen is not shown, whatever
//!   way it came.
//! - Nothing is open and nothing is asked while nobody looks.
//! - An error never takes the last good numbers away.

mod stream;

use std::time::Duration;

use super::Connection;
use crate::error::AppError;
use stream::Stream;

/// An answer that has not come by then is taken for lost.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// A stream that has said nothing for so long is taken for dead: it says something every 15 s.
pub(super) const SILENCE: Duration = Duration::from_secs(45);
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
    /// The stream brought a picture of that time.
    Pushed(i64),
    /// The stream says that nothing has changed up to that time.
    Alive(i64),
    /// The stream says why there is no newer picture.
    Troubled(AppError),
    /// The stream broke, or could not be had. With a random number from 0 to 1.
    Lost(f64),
    /// The time that [`Command::Listen`] asked for is over. With a random number from 0 to 1.
    ListenDue(f64),
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
    /// Show the picture that has just come.
    Show,
    /// Open the stream.
    Open,
    /// Close the stream.
    Close,
    /// Report [`Event::ListenDue`] after this time; an earlier wish is forgotten.
    Listen(Duration),
    /// Forget that wish.
    Rest,
}

/// The state of following one source of numbers.
#[derive(Debug)]
pub(super) struct Machine {
    interval: Duration,
    visible: bool,
    stream: Stream,
    /// The number of the request under way.
    under_way: Option<u32>,
    /// Somebody asked for new numbers during the request.
    again: bool,
    requests: u32,
    /// The time of the picture on the screen, by its own clock.
    as_of: Option<i64>,
    /// When that picture came, by ours.
    received: Option<Duration>,
    /// When we last heard that it is still right.
    confirmed: Option<Duration>,
    /// Why the latest request failed.
    error: Option<AppError>,
    /// What the stream has to say in place of news.
    trouble: Option<AppError>,
    failures: u32,
    /// Numbers were asked for and came, since the stream was lost.
    polled: bool,
}

impl Machine {
    /// Begins with what the server has rendered, if it has, received at `now`.
    pub(super) fn new(interval: Duration, first: Option<Result<i64, AppError>>, now: Duration) -> Self {
        let (as_of, error) = match first {
            Some(Ok(as_of)) => (Some(as_of), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let received = as_of.map(|_| now);
        Self {
            interval,
            visible: false,
            stream: Stream::default(),
            under_way: None,
            again: false,
            requests: 0,
            as_of,
            received,
            confirmed: received,
            failures: u32::from(error.is_some()),
            error,
            trouble: None,
            polled: false,
        }
    }

    /// Takes note of what has happened and says what to do about it.
    pub(super) fn on(&mut self, event: Event, now: Duration) -> Vec<Command> {
        match event {
            Event::Visible(visible) if visible == self.visible => Vec::new(),
            Event::Visible(true) => {
                self.visible = true;
                self.polled = false;
                let mut commands = self.stream.open();
                // What the server has just rendered is fresh; so is what was read a moment ago.
                commands.extend(match self.received {
                    Some(at) if self.error.is_none() && now - at < SOON => self.wait(self.interval),
                    _ => self.fetch(),
                });
                commands
            }
            Event::Visible(false) => {
                self.visible = false;
                self.trouble = None;
                let mut commands = self.stream.close();
                commands.push(Command::Sleep);
                commands
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
            Event::Answered(_, answer) => self.answered(answer, now),
            Event::Pushed(_) | Event::Alive(_) | Event::Troubled(_) if !self.visible => Vec::new(),
            Event::Pushed(as_of) => {
                (self.error, self.trouble, self.failures) = (None, None, 0);
                let mut commands = self.heard(now);
                commands.extend(self.show(as_of, now));
                commands
            }
            Event::Alive(as_of) => {
                self.error = None;
                if self.as_of.is_some_and(|shown| shown <= as_of) {
                    self.confirmed = Some(now);
                }
                self.heard(now)
            }
            Event::Troubled(error) => {
                self.trouble = Some(error);
                self.heard(now)
            }
            Event::Lost(random) => self.lost(random, now),
            Event::ListenDue(random) if self.stream.is_wanted() => {
                let mut commands = vec![Command::Close];
                commands.extend(self.lost(random, now));
                commands
            }
            Event::ListenDue(_) if self.visible => self.stream.open(),
            Event::ListenDue(_) => Vec::new(),
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

    fn answered(&mut self, answer: Result<i64, AppError>, now: Duration) -> Vec<Command> {
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

    fn came(&mut self, as_of: i64, now: Duration) -> Vec<Command> {
        let is_back = self.error.take().is_some();
        self.failures = 0;
        self.polled = true;
        let mut commands = self.show(as_of, now);
        commands.extend(self.wait(self.interval));
        // Who answers again will also speak again.
        if is_back && self.visible && !self.stream.is_wanted() {
            commands.extend(self.stream.open());
        }
        commands
    }

    /// An older one does not count as news either, so that the badge would show if time stood still.
    fn show(&mut self, as_of: i64, now: Duration) -> Vec<Command> {
        if self.as_of.is_some_and(|shown| shown > as_of) {
            return Vec::new();
        }
        self.as_of = Some(as_of);
        (self.received, self.confirmed) = (Some(now), Some(now));
        vec![Command::Show]
    }

    fn failed(&mut self, error: AppError) -> Vec<Command> {
        self.error = Some(error);
        self.failures = self.failures.saturating_add(1);
        let soon = self.failures <= SOON_TRIES;
        self.wait(if soon { self.interval.min(SOON) } else { self.interval })
    }

    fn wait(&self, time: Duration) -> Vec<Command> {
        let asks = self.visible && !self.stream.speaks();
        if asks { vec![Command::Wait(time)] } else { vec![Command::Sleep] }
    }

    /// The stream speaks, so nobody needs to ask.
    fn heard(&mut self, now: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        if !self.stream.speaks() && self.under_way.is_none() {
            commands.push(Command::Sleep);
        }
        commands.extend(self.stream.heard(now));
        commands
    }

    /// Without the stream numbers are asked for, at once if it was what brought them.
    fn lost(&mut self, random: f64, now: Duration) -> Vec<Command> {
        let spoke = self.stream.speaks();
        let mut commands = self.stream.lost(random, now);
        if spoke {
            self.polled = false;
            self.trouble = None;
            commands.extend(self.fetch());
        }
        commands
    }

    /// A request is under way.
    pub(super) fn is_loading(&self) -> bool {
        self.under_way.is_some()
    }

    /// Why there is nothing newer, until there is.
    pub(super) fn error(&self) -> Option<&AppError> {
        self.trouble.as_ref().or(self.error.as_ref())
    }

    /// How long the numbers on the screen may stand without a word.
    fn grace(&self) -> Duration {
        if self.stream.speaks() && self.error().is_none() { SILENCE } else { 3 * self.interval }
    }

    /// How long ago the numbers on the screen came, for as long as they can be taken for right: beyond that
    /// nobody knows whether those who read then still do.
    pub(super) fn since(&self, now: Duration) -> Duration {
        match (self.received, self.confirmed) {
            (Some(received), Some(confirmed)) => now.min(confirmed + self.grace()).saturating_sub(received),
            _ => Duration::ZERO,
        }
    }

    /// How far the numbers on the screen can be trusted.
    pub(super) fn connection(&self, now: Duration) -> Connection {
        let Some(confirmed) = self.confirmed else {
            return if self.error().is_some() { Connection::Offline(None) } else { Connection::Connecting };
        };
        let age = now.saturating_sub(confirmed);
        let fresh = age <= self.grace();
        match self.error() {
            None if self.stream.speaks() && fresh => Connection::Live,
            None if self.polled && fresh => Connection::Polling,
            None if self.stream.is_first() && fresh => Connection::Connecting,
            Some(_) if !fresh => Connection::Offline(Some(age)),
            _ => Connection::Reconnecting(age),
        }
    }
}

#[cfg(test)]
mod tests;
