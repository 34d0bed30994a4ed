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

use super::ConnectionState;
use crate::error::AppError;
use stream::Stream;

/// An answer that has not come by then is taken for lost.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// A stream that has said nothing for so long is taken for dead: it says something every 15 s.
pub(super) const SILENCE_TIMEOUT: Duration = Duration::from_secs(45);
/// How long numbers count as just read.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// How soon a failed request is repeated at first, so that a short outage is over within two seconds.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// How many times it is repeated that soon, before the ordinary interval holds again.
const FAST_RETRIES: u32 = 60;

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// The owner came to look, or looks elsewhere.
    Visible(bool),
    /// Somebody asked for new numbers now.
    Refresh,
    /// The time that [`Command::StartFetchTimer`] asked for is over.
    FetchTimer,
    /// The request of this number was answered with a picture of that time, or not.
    Answered(u32, Result<i64, AppError>),
    /// The stream brought a picture of that time.
    Pushed(i64),
    /// The stream says that nothing has changed up to that time.
    Alive(i64),
    /// The stream says why there is no newer picture.
    Trouble(AppError),
    /// The stream broke, or could not be had. With a random number from 0 to 1.
    StreamLost(f64),
    /// The time that [`Command::StartStreamTimer`] asked for is over. With a random number from 0 to 1.
    StreamTimer(f64),
}

/// What the hook has to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Ask for new numbers.
    Fetch(u32),
    /// Report [`Event::FetchTimer`] after this time; an earlier wish is forgotten.
    StartFetchTimer(Duration),
    /// Forget the wish.
    StopFetchTimer,
    /// Show the picture that has just come.
    Show,
    /// Open the stream.
    OpenStream,
    /// Close the stream.
    CloseStream,
    /// Report [`Event::StreamTimer`] after this time; an earlier wish is forgotten.
    StartStreamTimer(Duration),
    /// Forget that wish.
    StopStreamTimer,
}

/// The state of following one source of numbers.
#[derive(Debug)]
pub(super) struct Machine {
    interval: Duration,
    visible: bool,
    stream: Stream,
    /// The number of the request under way.
    in_flight: Option<u32>,
    /// Somebody asked for new numbers during the request.
    refetch: bool,
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
    stream_error: Option<AppError>,
    failures: u32,
    /// Numbers were asked for and came, since the stream was lost.
    polled: bool,
}

impl Machine {
    /// Begins with what the server has rendered, if it has, received at `now`.
    pub(super) fn new(interval: Duration, initial: Option<Result<i64, AppError>>, now: Duration) -> Self {
        let (as_of, error) = match initial {
            Some(Ok(as_of)) => (Some(as_of), None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        let received = as_of.map(|_| now);
        Self {
            interval,
            visible: false,
            stream: Stream::default(),
            in_flight: None,
            refetch: false,
            requests: 0,
            as_of,
            received,
            confirmed: received,
            failures: u32::from(error.is_some()),
            error,
            stream_error: None,
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
                    Some(at) if self.error.is_none() && now - at < FRESH_FOR => {
                        self.start_fetch_timer(self.interval)
                    }
                    _ => self.fetch(),
                });
                commands
            }
            Event::Visible(false) => {
                self.visible = false;
                self.stream_error = None;
                let mut commands = self.stream.close();
                commands.push(Command::StopFetchTimer);
                commands
            }
            Event::Refresh if self.in_flight.is_none() => self.fetch(),
            Event::Refresh => {
                // The answer under way may have been read before whatever the owner wants to see.
                self.refetch = true;
                Vec::new()
            }
            Event::FetchTimer if self.in_flight.is_some() => {
                // Its answer is no longer waited for.
                self.in_flight = None;
                self.failed(AppError::Unreachable)
            }
            Event::FetchTimer if self.visible => self.fetch(),
            Event::FetchTimer => Vec::new(),
            Event::Answered(request, _) if self.in_flight != Some(request) => Vec::new(),
            Event::Answered(_, answer) => self.answered(answer, now),
            Event::Pushed(_) | Event::Alive(_) | Event::Trouble(_) if !self.visible => Vec::new(),
            Event::Pushed(as_of) => {
                (self.error, self.stream_error, self.failures) = (None, None, 0);
                let mut commands = self.on_stream_event(now);
                commands.extend(self.show(as_of, now));
                commands
            }
            Event::Alive(as_of) => {
                self.error = None;
                if self.as_of.is_some_and(|shown| shown <= as_of) {
                    self.confirmed = Some(now);
                }
                self.on_stream_event(now)
            }
            Event::Trouble(error) => {
                self.stream_error = Some(error);
                self.on_stream_event(now)
            }
            Event::StreamLost(random) => self.on_stream_lost(random, now),
            Event::StreamTimer(random) if self.stream.is_open() => {
                let mut commands = vec![Command::CloseStream];
                commands.extend(self.on_stream_lost(random, now));
                commands
            }
            Event::StreamTimer(_) if self.visible => self.stream.open(),
            Event::StreamTimer(_) => Vec::new(),
        }
    }

    fn fetch(&mut self) -> Vec<Command> {
        if self.in_flight.is_some() {
            return vec![Command::StartFetchTimer(REQUEST_TIMEOUT)];
        }
        self.requests += 1;
        self.in_flight = Some(self.requests);
        vec![Command::Fetch(self.requests), Command::StartFetchTimer(REQUEST_TIMEOUT)]
    }

    fn answered(&mut self, answer: Result<i64, AppError>, now: Duration) -> Vec<Command> {
        self.in_flight = None;
        let mut commands = match answer {
            Ok(as_of) => self.succeeded(as_of, now),
            Err(error) => self.failed(error),
        };
        if std::mem::take(&mut self.refetch) {
            commands.extend(self.fetch());
        }
        commands
    }

    fn succeeded(&mut self, as_of: i64, now: Duration) -> Vec<Command> {
        let recovered = self.error.take().is_some();
        self.failures = 0;
        self.polled = true;
        let mut commands = self.show(as_of, now);
        commands.extend(self.start_fetch_timer(self.interval));
        // Who answers again will also speak again.
        if recovered && self.visible && !self.stream.is_open() {
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
        let fast = self.failures <= FAST_RETRIES;
        self.start_fetch_timer(if fast { self.interval.min(RETRY_DELAY) } else { self.interval })
    }

    fn start_fetch_timer(&self, time: Duration) -> Vec<Command> {
        let polls = self.visible && !self.stream.is_receiving();
        if polls { vec![Command::StartFetchTimer(time)] } else { vec![Command::StopFetchTimer] }
    }

    /// The stream speaks, so nobody needs to ask.
    fn on_stream_event(&mut self, now: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        if !self.stream.is_receiving() && self.in_flight.is_none() {
            commands.push(Command::StopFetchTimer);
        }
        commands.extend(self.stream.event_received(now));
        commands
    }

    /// Without the stream numbers are asked for, at once if it was what brought them.
    fn on_stream_lost(&mut self, random: f64, now: Duration) -> Vec<Command> {
        let was_receiving = self.stream.is_receiving();
        let mut commands = self.stream.lost(random, now);
        if was_receiving {
            self.polled = false;
            self.stream_error = None;
            commands.extend(self.fetch());
        }
        commands
    }

    /// A request is under way.
    pub(super) fn is_loading(&self) -> bool {
        self.in_flight.is_some()
    }

    /// Why there is nothing newer, until there is.
    pub(super) fn error(&self) -> Option<&AppError> {
        self.stream_error.as_ref().or(self.error.as_ref())
    }

    /// How long the numbers on the screen may stand without a word.
    fn grace(&self) -> Duration {
        if self.stream.is_receiving() && self.error().is_none() { SILENCE_TIMEOUT } else { 3 * self.interval }
    }

    /// How long ago the numbers on the screen came, for as long as they can be taken for right: beyond that
    /// nobody knows whether those who read then still do.
    pub(super) fn age(&self, now: Duration) -> Duration {
        match (self.received, self.confirmed) {
            (Some(received), Some(confirmed)) => now.min(confirmed + self.grace()).saturating_sub(received),
            _ => Duration::ZERO,
        }
    }

    /// How far the numbers on the screen can be trusted.
    pub(super) fn connection(&self, now: Duration) -> ConnectionState {
        let Some(confirmed) = self.confirmed else {
            return if self.error().is_some() {
                ConnectionState::Offline(None)
            } else {
                ConnectionState::Connecting
            };
        };
        let age = now.saturating_sub(confirmed);
        let fresh = age <= self.grace();
        match self.error() {
            None if self.stream.is_receiving() && fresh => ConnectionState::Live,
            None if self.polled && fresh => ConnectionState::Polling,
            None if self.stream.was_never_lost() && fresh => ConnectionState::Connecting,
            Some(_) if !fresh => ConnectionState::Offline(Some(age)),
            _ => ConnectionState::Reconnecting(age),
        }
    }
}

#[cfg(test)]
mod tests;
