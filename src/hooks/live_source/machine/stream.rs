//! The stream alone: whether it speaks, and when to try it again.

use std::time::Duration;

use super::{Command, PATIENCE, SILENCE};

/// The first wait before a lost stream is tried again, and the longest.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// A stream that has spoken for so long was a good one: the next wait begins small again.
const PROVEN: Duration = Duration::from_secs(10);

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
    Speaking(Duration),
}

impl Stream {
    pub(super) fn open(&mut self) -> Vec<Command> {
        self.state = State::Opening;
        vec![Command::Open, Command::Listen(PATIENCE)]
    }

    pub(super) fn close(&mut self) -> Vec<Command> {
        *self = Self::default();
        vec![Command::Close, Command::Rest]
    }

    /// It said something.
    pub(super) fn heard(&mut self, now: Duration) -> Vec<Command> {
        if !self.speaks() {
            self.state = State::Speaking(now);
        }
        vec![Command::Listen(SILENCE)]
    }

    /// The waits grow, and differ between dashboards: a server that comes back is not stormed by all at once.
    pub(super) fn lost(&mut self, random: f64, now: Duration) -> Vec<Command> {
        if matches!(self.state, State::Speaking(since) if now.saturating_sub(since) >= PROVEN) {
            self.losses = 0;
        }
        self.state = State::Closed;
        let longest = (BACK_OFF.0 * 2_u32.pow(self.losses.min(5))).min(BACK_OFF.1);
        self.losses += 1;
        vec![Command::Listen(longest.mul_f64(0.5 + 0.5 * random))]
    }

    /// It brings the numbers.
    pub(super) fn speaks(&self) -> bool {
        matches!(self.state, State::Speaking(_))
    }

    /// It is open, or on its way.
    pub(super) fn is_wanted(&self) -> bool {
        !matches!(self.state, State::Closed)
    }

    /// It was never lost.
    pub(super) fn is_first(&self) -> bool {
        self.losses == 0
    }
}
