//! Decides when to join, send a heartbeat and leave, without browser, clock or network.
//!
//! The hook reports each [`Event`] and executes each [`Command`]. Invariants:
//!
//! - At most one request is in flight; changes meanwhile are sent after it, only the latest state.
//! - A visit begins only while the document is visible, and only in the reporting tab.
//! - What was observed of the reader (parts of pages, links opened, printing) is told until the server acknowledges it.
//! - Each answer carries the number of its request; an answer to an abandoned request changes nothing.

mod retry;

use std::time::Duration;

use self::retry::{back_off, is_transient, requested_delay};
use super::unsent::{Told, Unsent};
use crate::{error::AppError, model::PageSeen};

/// What the hook reports.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Event {
    /// This tab reports the visit from now on, or no longer.
    Reporting(bool),
    /// The document became visible or hidden.
    Visible(bool),
    /// The reader settled on a page.
    Page(u32),
    /// Parts of a page came into view.
    Seen(PageSeen),
    /// The reader opened a link in the document.
    Clicked(String),
    /// The reader asked the browser to print.
    Printed,
    /// A heartbeat is due.
    Tick,
    /// The reader touched the page after a pause, in which they may have counted as away.
    TouchedAgain,
    /// The timer of [`Command::Retry`] fired.
    RetryDue,
    /// The request of this number was answered.
    Answered(u32, Result<(), AppError>),
    /// The page is closed or enters the back-forward cache.
    PageHide,
    /// The page returned from the back-forward cache.
    PageRestored,
    /// The hook's owner is disposed of.
    Unmounted,
}

/// What the hook does next.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// Send a join on this page.
    Join { request: u32, page: Option<u32> },
    /// Send a heartbeat with the latest state.
    Heartbeat { request: u32, page: Option<u32>, visible: bool, told: Told },
    /// Report [`Event::RetryDue`] after this time; replaces the running timer.
    Retry(Duration),
    /// Send a leave as an ordinary request.
    Leave(Told),
    /// Send a leave as a beacon, which outlives the page.
    LeaveByBeacon(Told),
}

/// The state of the visit, as far as the server has answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum VisitState {
    NotJoined,
    Joined,
    /// The server refused a request for good: the link is gone, or a field is invalid.
    Refused,
}

/// What is reported to the server.
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

#[derive(Clone, Debug)]
struct InFlight {
    request: u32,
    kind: RequestKind,
    state: State,
    told: Told,
    /// A heartbeat came due since it was sent.
    ticked: bool,
}

/// The state of tracking one viewer page.
#[derive(Debug)]
pub(super) struct Machine {
    current: State,
    reporting: bool,
    /// The page is closed or in the back-forward cache.
    suspended: bool,
    unmounted: bool,
    visit: VisitState,
    /// The state that the server acknowledged last; `None` if unknown.
    acknowledged: Option<State>,
    unsent: Unsent,
    heartbeat_due: bool,
    in_flight: Option<InFlight>,
    requests: u32,
    failures: u32,
    retry_pending: bool,
}

impl Machine {
    /// A viewer page on `page` whose visit this tab does not report yet.
    pub(super) fn new(page: Option<u32>, visible: bool) -> Self {
        Self {
            current: State { page, visible },
            reporting: false,
            suspended: false,
            unmounted: false,
            visit: VisitState::NotJoined,
            acknowledged: None,
            unsent: Unsent::default(),
            heartbeat_due: false,
            in_flight: None,
            requests: 0,
            failures: 0,
            retry_pending: false,
        }
    }

    /// Applies an event and returns what to do next.
    pub(super) fn on(&mut self, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Reporting(reporting) => {
                if reporting != self.reporting {
                    self.reporting = reporting;
                    // Without a leave: the visit goes on in another tab.
                    self.reset_visit();
                }
            }
            Event::Visible(visible) => {
                self.current.visible = visible;
                if visible {
                    // A reader who comes back is reported at once, not after the retry delay.
                    self.retry_pending = false;
                }
            }
            Event::Page(page) => {
                self.current.page = Some(page);
                self.unsent.turn(page);
            }
            Event::Seen(seen) => self.unsent.see(seen),
            Event::Clicked(address) => self.unsent.click(&address),
            Event::Printed => self.unsent.print(),
            Event::Tick => {
                self.heartbeat_due = self.visit == VisitState::Joined;
                // A request without an answer for a whole interval is abandoned.
                match &mut self.in_flight {
                    Some(request) if request.ticked => self.in_flight = None,
                    Some(request) => request.ticked = true,
                    None => {}
                }
            }
            Event::TouchedAgain => self.heartbeat_due = self.visit == VisitState::Joined,
            Event::RetryDue => self.retry_pending = false,
            Event::Answered(request, answer) => self.on_answer(request, answer, &mut commands),
            Event::PageHide => {
                self.suspended = true;
                if self.is_joined_or_joining() {
                    let told = self.tell_all();
                    commands.push(Command::LeaveByBeacon(told));
                }
                self.reset_visit();
            }
            Event::PageRestored => {
                self.suspended = false;
                self.reset_visit();
            }
            Event::Unmounted => {
                self.unmounted = true;
                let joining = self.is_joining();
                // A leave must not overtake its join, so the join's answer sends it.
                if self.is_joined_or_joining() && !joining {
                    commands.push(Command::Leave(self.tell_all()));
                    self.reset_visit();
                }
            }
        }
        self.send_pending(&mut commands);
        commands
    }

    /// Whether this tab reports the visit and has joined or is joining.
    fn is_joined_or_joining(&self) -> bool {
        self.reporting && (self.visit == VisitState::Joined || self.is_joining())
    }

    fn is_joining(&self) -> bool {
        self.in_flight.as_ref().is_some_and(|request| request.kind == RequestKind::Join)
    }

    /// What a leave tells. It has no answer, so it counts as acknowledged.
    fn tell_all(&mut self) -> Told {
        let told = self.unsent.told();
        self.unsent.acknowledge(&told);
        told
    }

    /// Forgets the visit, and abandons the request in flight.
    fn reset_visit(&mut self) {
        self.visit = VisitState::NotJoined;
        self.acknowledged = None;
        self.unsent.begin_anew();
        self.heartbeat_due = false;
        self.in_flight = None;
        self.failures = 0;
        self.retry_pending = false;
    }

    fn on_answer(&mut self, request: u32, answer: Result<(), AppError>, commands: &mut Vec<Command>) {
        let Some(sent) = self.in_flight.take_if(|sent| sent.request == request) else { return };
        self.heartbeat_due = false;
        if self.unmounted {
            // Even after an error: the server may have taken the join without our receiving its answer.
            commands.push(Command::Leave(self.tell_all()));
            self.reset_visit();
            return;
        }
        match answer {
            Ok(()) => {
                self.visit = VisitState::Joined;
                self.acknowledged = Some(sent.state);
                self.unsent.acknowledge(&sent.told);
                self.failures = 0;
            }
            Err(AppError::SessionNotActive) if sent.kind == RequestKind::Heartbeat => self.reset_visit(),
            Err(error) if is_transient(&error) => {
                // A heartbeat that reports no change is not repeated: the next one follows soon enough.
                let is_known = self.acknowledged == Some(sent.state) && !self.unsent.is_urgent();
                if sent.kind == RequestKind::Join || !is_known {
                    // The server may have taken the request all the same, so its state is unknown.
                    self.acknowledged = None;
                    self.retry_pending = true;
                    commands.push(Command::Retry(back_off(self.failures).max(requested_delay(&error))));
                    self.failures = self.failures.saturating_add(1);
                }
            }
            // An invalid request stays invalid, so it is not repeated.
            Err(_) => self.visit = VisitState::Refused,
        }
    }

    /// Sends the changes that the server does not know, if a request may be sent now.
    fn send_pending(&mut self, commands: &mut Vec<Command>) {
        let may_send = self.reporting && !self.suspended && !self.unmounted;
        if !may_send || self.in_flight.is_some() || self.retry_pending {
            return;
        }
        let (page, visible) = (self.current.page, self.current.visible);
        match self.visit {
            VisitState::NotJoined if visible => {
                let request = self.send(RequestKind::Join, Told::default());
                commands.push(Command::Join { request, page });
            }
            VisitState::Joined
                if self.heartbeat_due
                    || self.acknowledged != Some(self.current)
                    || self.unsent.is_urgent() =>
            {
                let told = self.unsent.told();
                let request = self.send(RequestKind::Heartbeat, told.clone());
                commands.push(Command::Heartbeat { request, page, visible, told });
            }
            _ => {}
        }
    }

    fn send(&mut self, kind: RequestKind, told: Told) -> u32 {
        self.requests += 1;
        let (request, state) = (self.requests, self.current);
        self.in_flight = Some(InFlight { request, kind, state, told, ticked: false });
        self.requests
    }
}

#[cfg(test)]
mod tests;
