//! Decides when to listen, when to fetch and how current the data is, without browser or network.
//!
//! Time is a [`Duration`] on any monotonic clock. Invariants:
//!
//! - While the stream is receiving, nothing is fetched at intervals. While it is not, data is fetched at
//!   intervals and the stream is reopened with growing delays.
//! - At most one request is in flight. Data older than what is on the screen is not shown, whether pushed or
//!   fetched.
//! - While the page is hidden, no stream is open and nothing is fetched.
//! - An error never clears the data.

mod freshness;
mod stream;

use std::time::Duration;

use crate::error::AppError;
use stream::Stream;

/// How long a request may take before it counts as failed.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a stream may be silent before it counts as lost. The server sends an event at least every 15 s.
pub(super) const SILENCE_TIMEOUT: Duration = Duration::from_secs(45);
/// How long data counts as just read when the page becomes visible.
const FRESH_FOR: Duration = Duration::from_secs(1);
/// How soon a failed request is repeated, so that the page recovers within two seconds of a short outage.
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// How often a request is repeated that soon, before the ordinary interval applies.
const FAST_RETRIES: u32 = 60;

/// What the hook reports.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// The page became visible or hidden.
    Visible(bool),
    /// The user asked for new data.
    Refresh,
    /// The timer of [`Command::StartFetchTimer`] fired.
    FetchTimer,
    /// The request of this number was answered: with data of this time, or with an error.
    Answered(u32, Result<i64, AppError>),
    /// The stream brought data of this time.
    Pushed(i64),
    /// The stream says that nothing changed up to this time.
    Alive(i64),
    /// The stream says why it brings no data.
    Trouble(AppError),
    /// The stream failed or was refused. Carries a random number from 0 to 1.
    StreamLost(f64),
    /// The timer of [`Command::StartStreamTimer`] fired. Carries a random number from 0 to 1.
    StreamTimer(f64),
}

/// What the hook does next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Send a request of this number.
    Fetch(u32),
    /// Report [`Event::FetchTimer`] after this time; replaces the running timer.
    StartFetchTimer(Duration),
    /// Stop that timer.
    StopFetchTimer,
    /// Show the data that just came.
    Show,
    /// Open the stream.
    OpenStream,
    /// Close the stream.
    CloseStream,
    /// Report [`Event::StreamTimer`] after this time; replaces the running timer.
    StartStreamTimer(Duration),
    /// Stop that timer.
    StopStreamTimer,
}

/// The state of following one source.
#[derive(Debug)]
pub(super) struct Machine {
    interval: Duration,
    visible: bool,
    stream: Stream,
    /// The number of the request in flight.
    in_flight: Option<u32>,
    /// The user asked for new data during a request.
    refetch: bool,
    requests: u32,
    /// The time of the data on the screen, by the server's clock.
    as_of: Option<i64>,
    /// When that data came, by the local clock.
    received: Option<Duration>,
    /// When the server last confirmed that data, by the local clock.
    confirmed: Option<Duration>,
    /// Why the latest request failed.
    error: Option<AppError>,
    /// The error that the stream sent in place of data.
    stream_error: Option<AppError>,
    failures: u32,
    /// Data was fetched since the stream was lost.
    polled: bool,
}

impl Machine {
    /// Starts with what the server rendered, if anything, received at `now`.
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

    /// Applies an event and returns what to do next.
    pub(super) fn on(&mut self, event: Event, now: Duration) -> Vec<Command> {
        match event {
            Event::Visible(visible) if visible == self.visible => Vec::new(),
            Event::Visible(true) => {
                self.visible = true;
                self.polled = false;
                let mut commands = self.stream.open();
                // Data from the page just loaded, or read a moment ago, is fresh enough.
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
                // The answer in flight may be older than the change that the user wants to see.
                self.refetch = true;
                Vec::new()
            }
            Event::FetchTimer if self.in_flight.is_some() => {
                // A later answer to this request is ignored.
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
        // A server that answers again probably accepts a stream again.
        if recovered && self.visible && !self.stream.is_open() {
            commands.extend(self.stream.open());
        }
        commands
    }

    /// Older data confirms nothing either, so the badge shows when the server's data stops advancing.
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

    /// The stream is receiving, so fetching at intervals stops.
    fn on_stream_event(&mut self, now: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        if !self.stream.is_receiving() && self.in_flight.is_none() {
            commands.push(Command::StopFetchTimer);
        }
        commands.extend(self.stream.event_received(now));
        commands
    }

    /// Fetches soon in place of a stream that was receiving: at random within [`RETRY_DELAY`], because a server that is
    /// restarted loses all dashboards at one moment. If it was not, the fetch timer runs already.
    fn on_stream_lost(&mut self, random: f64, now: Duration) -> Vec<Command> {
        let was_receiving = self.stream.is_receiving();
        let mut commands = self.stream.lost(random, now);
        if was_receiving {
            self.polled = false;
            self.stream_error = None;
            let soon = if self.in_flight.is_some() { REQUEST_TIMEOUT } else { RETRY_DELAY.mul_f64(random) };
            commands.push(Command::StartFetchTimer(soon));
        }
        commands
    }
}

#[cfg(test)]
mod tests;
