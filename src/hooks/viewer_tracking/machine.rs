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
    Reporting(bool),
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
    PageHide,
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
    Heartbeat { request: u32, page: Option<u32>, visible: bool },
    /// Report [`Event::RetryDue`] after this time; an earlier wish is forgotten.
    Retry(Duration),
    /// Leave by an ordinary request.
    Leave,
    /// Leave by a message that outlives the page.
    LeaveByBeacon,
}

/// How the server stands to this visit, as far as is known here.
#[derive(Clone, Copy, Debug, PartialEq)]
enum VisitState {
    NotJoined,
    Joined,
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
enum RequestKind {
    Join,
    Heartbeat,
}

#[derive(Clone, Copy, Debug)]
struct InFlight {
    request: u32,
    kind: RequestKind,
    state: State,
    /// A whole interval has begun since it was sent.
    ticked: bool,
}

/// The state of tracking one viewer page.
#[derive(Debug)]
pub(super) struct Machine {
    current: State,
    reporting: bool,
    /// Closed or in the back-forward cache.
    suspended: bool,
    unmounted: bool,
    visit: VisitState,
    /// What the server has acknowledged last.
    acknowledged: Option<State>,
    heartbeat_due: bool,
    in_flight: Option<InFlight>,
    requests: u32,
    failures: u32,
    retry_pending: bool,
}

impl Machine {
    /// A viewer page on `page`, which nobody speaks for yet.
    pub(super) fn new(page: Option<u32>, visible: bool) -> Self {
        Self {
            current: State { page, visible },
            reporting: false,
            suspended: false,
            unmounted: false,
            visit: VisitState::NotJoined,
            acknowledged: None,
            heartbeat_due: false,
            in_flight: None,
            requests: 0,
            failures: 0,
            retry_pending: false,
        }
    }

    /// Takes note of what has happened and says what to do about it.
    pub(super) fn on(&mut self, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Reporting(reporting) => {
                if reporting != self.reporting {
                    self.reporting = reporting;
                    // Silently: the visit goes on, another tab speaks for it.
                    self.reset_visit();
                }
            }
            Event::Visible(visible) => {
                self.current.visible = visible;
                if visible {
                    // Somebody is waiting for a sign now, not in half a minute.
                    self.retry_pending = false;
                }
            }
            Event::Page(page) => self.current.page = Some(page),
            Event::Tick => {
                self.heartbeat_due = self.visit == VisitState::Joined;
                // An answer that takes a whole interval does not come any more.
                match &mut self.in_flight {
                    Some(request) if request.ticked => self.in_flight = None,
                    Some(request) => request.ticked = true,
                    None => {}
                }
            }
            Event::RetryDue => self.retry_pending = false,
            Event::Answered(request, answer) => self.on_answer(request, answer, &mut commands),
            Event::PageHide => {
                self.suspended = true;
                if self.is_joined_or_joining() {
                    commands.push(Command::LeaveByBeacon);
                }
                self.reset_visit();
            }
            Event::PageRestored => {
                self.suspended = false;
                self.reset_visit();
            }
            Event::Unmounted => {
                self.unmounted = true;
                let joining = self.in_flight.is_some_and(|request| request.kind == RequestKind::Join);
                // A leave must not overtake its join: then the join's answer sends it.
                if self.is_joined_or_joining() && !joining {
                    commands.push(Command::Leave);
                    self.reset_visit();
                }
            }
        }
        self.send_pending(&mut commands);
        commands
    }

    /// The server counts this visit here, or is about to.
    fn is_joined_or_joining(&self) -> bool {
        self.reporting
            && (self.visit == VisitState::Joined
                || self.in_flight.is_some_and(|request| request.kind == RequestKind::Join))
    }

    /// Forgets the visit's standing and whatever is under way for it.
    fn reset_visit(&mut self) {
        self.visit = VisitState::NotJoined;
        self.acknowledged = None;
        self.heartbeat_due = false;
        self.in_flight = None;
        self.failures = 0;
        self.retry_pending = false;
    }

    fn on_answer(&mut self, request: u32, answer: Result<(), AppError>, commands: &mut Vec<Command>) {
        let Some(sent) = self.in_flight.filter(|sent| sent.request == request) else { return };
        self.in_flight = None;
        self.heartbeat_due = false;
        if self.unmounted {
            // Whatever the answer: the join may have arrived although its answer did not.
            commands.push(Command::Leave);
            self.reset_visit();
            return;
        }
        match answer {
            Ok(()) => {
                self.visit = VisitState::Joined;
                self.acknowledged = Some(sent.state);
                self.failures = 0;
            }
            Err(AppError::SessionNotActive) if sent.kind == RequestKind::Heartbeat => self.reset_visit(),
            Err(error) if is_transient(&error) => {
                // A beat without news simply comes again with the next interval.
                if sent.kind == RequestKind::Join || self.acknowledged != Some(sent.state) {
                    // It may have arrived all the same, so nobody knows what the server knows.
                    self.acknowledged = None;
                    self.retry_pending = true;
                    commands.push(Command::Retry(back_off(self.failures).max(requested_delay(&error))));
                    self.failures = self.failures.saturating_add(1);
                }
            }
            // A join or a beat that is wrong in itself does not get better by being repeated.
            Err(_) => self.visit = VisitState::Refused,
        }
    }

    /// Sends what the server does not know yet, if it may be sent now.
    fn send_pending(&mut self, commands: &mut Vec<Command>) {
        let may_send = self.reporting && !self.suspended && !self.unmounted;
        if !may_send || self.in_flight.is_some() || self.retry_pending {
            return;
        }
        let (page, visible) = (self.current.page, self.current.visible);
        match self.visit {
            VisitState::NotJoined if visible => {
                let request = self.send(RequestKind::Join);
                commands.push(Command::Join { request, page });
            }
            VisitState::Joined if self.heartbeat_due || self.acknowledged != Some(self.current) => {
                let request = self.send(RequestKind::Heartbeat);
                commands.push(Command::Heartbeat { request, page, visible });
            }
            _ => {}
        }
    }

    fn send(&mut self, kind: RequestKind) -> u32 {
        self.requests += 1;
        self.in_flight = Some(InFlight { request: self.requests, kind, state: self.current, ticked: false });
        self.requests
    }
}

/// Whether the same may be taken later: the server is out of reach, or has more to do than it lets itself.
fn is_transient(error: &AppError) -> bool {
    matches!(error, AppError::Unavailable | AppError::Unreachable | AppError::Internal)
        || error.status() == 429
}

/// How long the server wants to be left alone by whoever does too much.
fn requested_delay(error: &AppError) -> Duration {
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
        failures => Duration::from_secs(30.min(4 << (failures - 9).min(3))),
    }
}

#[cfg(test)]
mod tests;
