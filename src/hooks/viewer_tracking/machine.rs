//! When to join, beat and leave: the whole decision, without browser, clock or network.
//!
//! The hook reports what happens as an [`Event`] and carries out each [`Command`]. Invariants:
//!
//! - At most one request is under way; what changes meanwhile is sent right after, latest state only.
//! - A visit begins only while the document can be seen, and only in the tab that speaks for it.
//! - Every answer carries the number of its request; one that is no longer waited for changes nothing.

use std::time::Duration;

use crate::error::AppError;

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// This tab speaks for the visit from now on, or no longer.
    Speaks(bool),
    /// The document came into view or went out of it.
    Visible(bool),
    /// The reader settled on a page.
    Page(u32),
    /// A heartbeat is due.
    Tick,
    /// The time that [`Command::Retry`] asked for is over.
    RetryDue,
    /// The request of this number was answered.
    Answered(u32, Result<(), AppError>),
    /// The page is closed or put away; perhaps it returns.
    PageHides,
    /// The page is back from the back-forward cache.
    PageRestored,
    /// The viewer was taken off the page.
    Unmounted,
}

/// What the hook has to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Join, on this page.
    Join { request: u32, page: Option<u32> },
    /// Send a heartbeat with the latest state.
    Beat { request: u32, page: Option<u32>, visible: bool },
    /// Report [`Event::RetryDue`] after this time; an earlier wish is forgotten.
    Retry(Duration),
    /// Leave by an ordinary request.
    Leave,
    /// Leave by a message that outlives the page.
    LeaveByBeacon,
}

/// How the server stands to this visit, as far as is known here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Standing {
    Out,
    In,
    /// The server will never take this join: the link is gone, or a field is wrong.
    Refused,
}

/// What the server was told or is to be told.
#[derive(Clone, Copy, Debug, PartialEq)]
struct State {
    page: Option<u32>,
    visible: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Join,
    Beat,
}

#[derive(Clone, Copy, Debug)]
struct UnderWay {
    request: u32,
    kind: Kind,
    tells: State,
    /// A whole interval has begun since it was sent.
    ticked: bool,
}

/// The state of tracking one viewer page.
#[derive(Debug)]
pub(super) struct Machine {
    now: State,
    speaks: bool,
    /// Closed or in the back-forward cache.
    put_away: bool,
    unmounted: bool,
    standing: Standing,
    /// What the server has acknowledged last.
    told: Option<State>,
    beat_due: bool,
    under_way: Option<UnderWay>,
    requests: u32,
    failures: u32,
    waits_for_retry: bool,
}

impl Machine {
    /// A viewer page on `page`, which nobody speaks for yet.
    pub(super) fn new(page: Option<u32>, visible: bool) -> Self {
        Self {
            now: State { page, visible },
            speaks: false,
            put_away: false,
            unmounted: false,
            standing: Standing::Out,
            told: None,
            beat_due: false,
            under_way: None,
            requests: 0,
            failures: 0,
            waits_for_retry: false,
        }
    }

    /// Takes note of what has happened and says what to do about it.
    pub(super) fn on(&mut self, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Speaks(speaks) => {
                if speaks != self.speaks {
                    self.speaks = speaks;
                    // Silently: the visit goes on, another tab speaks for it.
                    self.step_out();
                }
            }
            Event::Visible(visible) => {
                self.now.visible = visible;
                if visible {
                    // Somebody is waiting for a sign now, not in half a minute.
                    self.waits_for_retry = false;
                }
            }
            Event::Page(page) => self.now.page = Some(page),
            Event::Tick => {
                self.beat_due = self.standing == Standing::In;
                // An answer that takes a whole interval does not come any more.
                match &mut self.under_way {
                    Some(request) if request.ticked => self.under_way = None,
                    Some(request) => request.ticked = true,
                    None => {}
                }
            }
            Event::RetryDue => self.waits_for_retry = false,
            Event::Answered(request, answer) => self.answered(request, answer, &mut commands),
            Event::PageHides => {
                self.put_away = true;
                if self.is_present() {
                    commands.push(Command::LeaveByBeacon);
                }
                self.step_out();
            }
            Event::PageRestored => {
                self.put_away = false;
                self.step_out();
            }
            Event::Unmounted => {
                self.unmounted = true;
                let joining = self.under_way.is_some_and(|request| request.kind == Kind::Join);
                // A leave must not overtake its join: then the join's answer sends it.
                if self.is_present() && !joining {
                    commands.push(Command::Leave);
                    self.step_out();
                }
            }
        }
        self.proceed(&mut commands);
        commands
    }

    /// The server counts this visit here, or is about to.
    fn is_present(&self) -> bool {
        self.speaks
            && (self.standing == Standing::In
                || self.under_way.is_some_and(|request| request.kind == Kind::Join))
    }

    /// Forgets the visit's standing and whatever is under way for it.
    fn step_out(&mut self) {
        self.standing = Standing::Out;
        self.told = None;
        self.beat_due = false;
        self.under_way = None;
        self.failures = 0;
        self.waits_for_retry = false;
    }

    fn answered(&mut self, request: u32, answer: Result<(), AppError>, commands: &mut Vec<Command>) {
        let Some(sent) = self.under_way.filter(|sent| sent.request == request) else { return };
        self.under_way = None;
        self.beat_due = false;
        if self.unmounted {
            // Whatever the answer: the join may have arrived although its answer did not.
            commands.push(Command::Leave);
            self.step_out();
            return;
        }
        match answer {
            Ok(()) => {
                self.standing = Standing::In;
                self.told = Some(sent.tells);
                self.failures = 0;
            }
            Err(AppError::SessionNotActive) if sent.kind == Kind::Beat => self.step_out(),
            Err(error) if may_pass(&error) => {
                // A beat without news simply comes again with the next interval.
                if sent.kind == Kind::Join || self.told != Some(sent.tells) {
                    // It may have arrived all the same, so nobody knows what the server knows.
                    self.told = None;
                    self.waits_for_retry = true;
                    commands.push(Command::Retry(back_off(self.failures).max(asked_to_wait(&error))));
                    self.failures = self.failures.saturating_add(1);
                }
            }
            // A join or a beat that is wrong in itself does not get better by being repeated.
            Err(_) => self.standing = Standing::Refused,
        }
    }

    /// Sends what the server does not know yet, if it may be sent now.
    fn proceed(&mut self, commands: &mut Vec<Command>) {
        let silent = !self.speaks || self.put_away || self.unmounted;
        if silent || self.under_way.is_some() || self.waits_for_retry {
            return;
        }
        let (page, visible) = (self.now.page, self.now.visible);
        match self.standing {
            Standing::Out if visible => {
                let request = self.send(Kind::Join);
                commands.push(Command::Join { request, page });
            }
            Standing::In if self.beat_due || self.told != Some(self.now) => {
                let request = self.send(Kind::Beat);
                commands.push(Command::Beat { request, page, visible });
            }
            _ => {}
        }
    }

    fn send(&mut self, kind: Kind) -> u32 {
        self.requests += 1;
        self.under_way = Some(UnderWay { request: self.requests, kind, tells: self.now, ticked: false });
        self.requests
    }
}

/// Whether the same may be taken later: the server is out of reach, or has more to do than it lets itself.
fn may_pass(error: &AppError) -> bool {
    matches!(error, AppError::Unavailable | AppError::Unreachable | AppError::Internal)
        || error.status() == 429
}

/// How long the server wants to be left alone by whoever does too much.
fn asked_to_wait(error: &AppError) -> Duration {
    let seconds = error.retry_after().filter(|_| error.status() == 429);
    Duration::from_secs(seconds.unwrap_or(0).into())
}

/// Two seconds at most for the first quarter of a minute, since most outages are that short and a
/// reader should be back at once; then ever more patient.
fn back_off(failures: u32) -> Duration {
    match failures {
        0 => Duration::from_millis(500),
        1 => Duration::from_secs(1),
        2..=8 => Duration::from_secs(2),
        more => Duration::from_secs(30.min(4 << (more - 9).min(3))),
    }
}

#[cfg(test)]
mod tests;
