//! The state of the event stream, and when to reopen it.

use std::time::Duration;

use super::{Command, SILENCE_TIMEOUT};

/// The delay before a lost stream is reopened; it doubles with each further loss.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
/// The longest delay before a lost stream is reopened.
const MAX_BACK_OFF: Duration = Duration::from_secs(30);
/// How long a stream may take to send its first event.
pub(super) const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a stream must receive before its loss starts the delays anew.
const STABLE_AFTER: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Stream {
    state: State,
    /// Losses since the stream was last stable.
    losses: u32,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    Opening,
    /// Receiving since the time of its first event.
    Receiving(Duration),
}

impl Stream {
    pub(super) fn open(&mut self) -> Vec<Command> {
        self.state = State::Opening;
        vec![Command::OpenStream, Command::StartStreamTimer(OPEN_TIMEOUT)]
    }

    pub(super) fn close(&mut self) -> Vec<Command> {
        *self = Self::default();
        vec![Command::CloseStream, Command::StopStreamTimer]
    }

    /// An event came.
    pub(super) fn event_received(&mut self, now: Duration) -> Vec<Command> {
        if !self.is_receiving() {
            self.state = State::Receiving(now);
        }
        vec![Command::StartStreamTimer(SILENCE_TIMEOUT)]
    }

    /// Waits at random between half and all of the delay, so that dashboards do not return to a restarted
    /// server all at once.
    pub(super) fn lost(&mut self, random: f64, now: Duration) -> Vec<Command> {
        if matches!(self.state, State::Receiving(since) if now.saturating_sub(since) >= STABLE_AFTER) {
            self.losses = 0;
        }
        self.state = State::Closed;
        let back_off = (FIRST_BACK_OFF * 2_u32.pow(self.losses.min(5))).min(MAX_BACK_OFF);
        self.losses += 1;
        vec![Command::StartStreamTimer(back_off.mul_f64(0.5 + 0.5 * random))]
    }

    /// Whether events come.
    pub(super) fn is_receiving(&self) -> bool {
        matches!(self.state, State::Receiving(_))
    }

    /// Whether the stream is open or opening.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed)
    }

    /// Whether the stream was never lost since the page became visible.
    pub(super) fn was_never_lost(&self) -> bool {
        self.losses == 0
    }
}
