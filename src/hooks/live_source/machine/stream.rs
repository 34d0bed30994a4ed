//! The stream alone: whether it speaks, and when to try it again.

use std::time::Duration;

use super::{Command, SILENCE_TIMEOUT};

/// The first wait before a lost stream is tried again, and the longest.
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const MAX_BACK_OFF: Duration = Duration::from_secs(30);
/// How long a stream may take to send its first event.
pub(super) const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// A stream that has spoken for so long was a good one: the next wait begins small again.
const STABLE_AFTER: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Stream {
    state: State,
    /// How often it was lost since it last proved itself.
    losses: u32,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Closed,
    Opening,
    /// With the time of its first word.
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

    /// It said something.
    pub(super) fn event_received(&mut self, now: Duration) -> Vec<Command> {
        if !self.is_receiving() {
            self.state = State::Receiving(now);
        }
        vec![Command::StartStreamTimer(SILENCE_TIMEOUT)]
    }

    /// The waits grow, and differ between dashboards: a server that comes back is not stormed by all at once.
    pub(super) fn lost(&mut self, random: f64, now: Duration) -> Vec<Command> {
        if matches!(self.state, State::Receiving(since) if now.saturating_sub(since) >= STABLE_AFTER) {
            self.losses = 0;
        }
        self.state = State::Closed;
        let back_off = (FIRST_BACK_OFF * 2_u32.pow(self.losses.min(5))).min(MAX_BACK_OFF);
        self.losses += 1;
        vec![Command::StartStreamTimer(back_off.mul_f64(0.5 + 0.5 * random))]
    }

    /// It brings the numbers.
    pub(super) fn is_receiving(&self) -> bool {
        matches!(self.state, State::Receiving(_))
    }

    /// It is open, or on its way.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.state, State::Closed)
    }

    /// It was never lost.
    pub(super) fn was_never_lost(&self) -> bool {
        self.losses == 0
    }
}
