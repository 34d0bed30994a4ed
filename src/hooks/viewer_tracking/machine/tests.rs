//! The rules of tracking, one per test.

mod told;

use super::*;
use crate::{browser::Answer, hooks::viewer_tracking::outcome::outcome};

const DOWN: Result<(), AppError> = Err(AppError::Unavailable);

fn join(request: u32, page: u32) -> Vec<Command> {
    vec![Command::Join { request, page: Some(page) }]
}

fn heartbeat(request: u32, page: u32, visible: bool) -> Vec<Command> {
    vec![Command::Heartbeat { request, page: Some(page), visible, told: Told::default() }]
}

fn retry(millis: u64) -> Vec<Command> {
    vec![Command::Retry(Duration::from_millis(millis))]
}

/// Visible on page 1 and reporting; the join is in flight as request 1.
fn joining() -> Machine {
    let mut machine = Machine::new(Some(1), true);
    assert_eq!(machine.on(Event::Reporting(true)), join(1, 1));
    machine
}

/// The same, with the join acknowledged.
fn joined() -> Machine {
    let mut machine = joining();
    assert_eq!(machine.on(Event::Answered(1, Ok(()))), []);
    machine
}

#[test]
fn visit_begins_when_visible_and_reporting() {
    let mut hidden = Machine::new(Some(1), false);
    assert_eq!(hidden.on(Event::Reporting(true)), []);
    assert_eq!(hidden.on(Event::Tick), []);
    assert_eq!(hidden.on(Event::Visible(true)), join(1, 1));

    let mut silent = Machine::new(Some(1), true);
    assert_eq!(silent.on(Event::Visible(true)), []);
    assert_eq!(silent.on(Event::Page(2)), []);
    assert_eq!(silent.on(Event::Tick), []);
    assert_eq!(silent.on(Event::Reporting(true)), join(1, 2));
}

#[test]
fn heartbeat_follows_the_interval_and_each_change() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Tick), heartbeat(2, 1, true));
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), []);
    assert_eq!(machine.on(Event::Page(3)), heartbeat(3, 3, true));
    assert_eq!(machine.on(Event::Answered(3, Ok(()))), []);
    assert_eq!(machine.on(Event::Visible(false)), heartbeat(4, 3, false));
    assert_eq!(machine.on(Event::Answered(4, Ok(()))), []);
    assert_eq!(machine.on(Event::Visible(true)), heartbeat(5, 3, true));
}

#[test]
fn touch_after_a_pause_is_reported_at_once() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::TouchedAgain), heartbeat(2, 1, true));
    assert_eq!(machine.on(Event::TouchedAgain), [], "one request at a time");
    let mut not_joined = joining();
    assert_eq!(not_joined.on(Event::TouchedAgain), []);
    assert_eq!(not_joined.on(Event::Answered(1, Ok(()))), [], "a join needs no heartbeat");
}

#[test]
fn acknowledged_state_is_not_sent_again() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Page(1)), []);
    assert_eq!(machine.on(Event::Visible(true)), []);
    assert_eq!(machine.on(Event::Reporting(true)), []);
}

#[test]
fn changes_during_a_request_are_sent_after_it() {
    let mut machine = joining();
    for page in 2..=9 {
        assert_eq!(machine.on(Event::Page(page)), []);
    }
    assert_eq!(machine.on(Event::Visible(false)), []);
    assert_eq!(machine.on(Event::Answered(1, Ok(()))), heartbeat(2, 9, false));
    assert_eq!(machine.on(Event::Page(4)), []);
    assert_eq!(machine.on(Event::Page(9)), []);
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), [], "back at the acknowledged state");
}

#[test]
fn failed_join_is_retried_until_it_succeeds() {
    let mut machine = joining();
    let mut request = 1;
    for millis in [500, 1000, 2000, 2000, 2000, 2000, 2000, 2000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
        assert_eq!(machine.on(Event::Answered(request, DOWN)), retry(millis));
        assert_eq!(machine.on(Event::Page(request + 1)), [], "waits");
        request += 1;
        assert_eq!(machine.on(Event::RetryDue), join(request, request));
    }
    assert_eq!(machine.on(Event::Answered(request, Ok(()))), []);
    assert_eq!(machine.on(Event::Page(1)), heartbeat(request + 1, 1, true));
    assert_eq!(machine.on(Event::Answered(request + 1, DOWN)), retry(500), "the delays start anew");
}

#[test]
fn failed_page_turn_retries_the_latest_state() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Page(2)), heartbeat(2, 2, true));
    assert_eq!(machine.on(Event::Answered(2, Err(AppError::Unreachable))), retry(500));
    assert_eq!(machine.on(Event::Page(3)), []);
    assert_eq!(machine.on(Event::RetryDue), heartbeat(3, 3, true));
    assert_eq!(machine.on(Event::Answered(3, Ok(()))), []);
    assert_eq!(machine.on(Event::RetryDue), []);
}

#[test]
fn failed_heartbeat_without_a_change_is_not_retried() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Tick), heartbeat(2, 1, true));
    assert_eq!(machine.on(Event::Answered(2, DOWN)), []);
    assert_eq!(machine.on(Event::Tick), heartbeat(3, 1, true));
}

#[test]
fn becoming_visible_does_not_wait_for_the_retry() {
    let mut machine = joining();
    assert_eq!(machine.on(Event::Answered(1, DOWN)), retry(500));
    assert_eq!(machine.on(Event::Visible(false)), []);
    assert_eq!(machine.on(Event::RetryDue), [], "hidden");
    assert_eq!(machine.on(Event::Visible(true)), join(2, 1));
}

#[test]
fn inactive_session_joins_again_while_visible() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Tick), heartbeat(2, 1, true));
    assert_eq!(machine.on(Event::Answered(2, Err(AppError::SessionNotActive))), join(3, 1));

    let mut hidden = joined();
    assert_eq!(hidden.on(Event::Visible(false)), heartbeat(2, 1, false));
    assert_eq!(hidden.on(Event::Answered(2, Err(AppError::SessionNotActive))), []);
    assert_eq!(hidden.on(Event::Tick), []);
    assert_eq!(hidden.on(Event::Visible(true)), join(3, 1));
}

/// Refused for good: by the link, by the cross-site check behind a proxy that changes the host, as an invalid request.
const REFUSALS: [u16; 5] = [400, 403, 405, 410, 413];

/// An hour in which the reader does all that a reader can.
fn read_for_an_hour(machine: &mut Machine) -> Vec<Command> {
    let of_a_tick = |page| {
        [
            Event::Page(page),
            Event::Clicked("https://example.com".to_owned()),
            Event::Printed,
            Event::Visible(false),
            Event::Visible(true),
            Event::TouchedAgain,
            Event::RetryDue,
            Event::Tick,
        ]
    };
    (1..=120).flat_map(of_a_tick).flat_map(|event| machine.on(event)).collect()
}

fn refusal(status: u16) -> Result<(), AppError> {
    outcome(Some(Answer { status, retry_after: None }))
}

#[test]
fn refused_join_is_not_repeated() {
    for status in REFUSALS {
        let mut machine = joining();
        assert_eq!(machine.on(Event::Answered(1, refusal(status))), []);
        assert_eq!(read_for_an_hour(&mut machine), [], "{status}");
        assert_eq!(machine.on(Event::PageHide), [], "there is nothing to leave");
    }
    // A link that is gone.
    let mut machine = joining();
    assert_eq!(machine.on(Event::Answered(1, refusal(404))), []);
    assert_eq!(read_for_an_hour(&mut machine), []);
}

#[test]
fn refused_heartbeat_ends_the_reports() {
    for status in REFUSALS {
        let mut machine = joined();
        assert_eq!(machine.on(Event::Tick), heartbeat(2, 1, true));
        assert_eq!(machine.on(Event::Answered(2, refusal(status))), []);
        assert_eq!(read_for_an_hour(&mut machine), [], "{status}");
    }
}

#[test]
fn rate_limit_sets_the_retry_delay() {
    let mut machine = joining();
    let full = || Err(AppError::TooManyViewers);
    assert_eq!(machine.on(Event::Answered(1, full())), retry(60_000));
    assert_eq!(machine.on(Event::RetryDue), join(2, 1));
    let often = Err(AppError::TooManyRequests { retry_after: 3 });
    assert_eq!(machine.on(Event::Answered(2, often)), retry(3_000));
    assert_eq!(machine.on(Event::RetryDue), join(3, 1));
}

#[test]
fn closing_leaves_by_beacon_and_returning_joins_again() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::PageHide), [Command::LeaveByBeacon(Told::default())]);
    assert_eq!(machine.on(Event::Visible(false)), []);
    assert_eq!(machine.on(Event::Tick), []);
    assert_eq!(machine.on(Event::Visible(true)), [], "still in the back-forward cache");
    assert_eq!(machine.on(Event::PageRestored), join(2, 1));
}

#[test]
fn closing_while_joining_leaves_and_ignores_late_answers() {
    let mut machine = joining();
    assert_eq!(machine.on(Event::PageHide), [Command::LeaveByBeacon(Told::default())]);
    assert_eq!(machine.on(Event::Answered(1, Ok(()))), []);
    assert_eq!(machine.on(Event::PageHide), [], "left once");
    assert_eq!(machine.on(Event::PageRestored), join(2, 1));
    assert_eq!(machine.on(Event::Answered(1, Ok(()))), []);
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), []);
}

#[test]
fn closing_without_a_join_sends_nothing() {
    let mut hidden = Machine::new(Some(1), false);
    hidden.on(Event::Reporting(true));
    assert_eq!(hidden.on(Event::PageHide), []);
    assert_eq!(hidden.on(Event::Unmounted), []);
}

#[test]
fn unmounting_leaves_once() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Unmounted), [Command::Leave(Told::default())]);
    assert_eq!(machine.on(Event::PageHide), []);
    assert_eq!(machine.on(Event::Tick), []);
    assert_eq!(machine.on(Event::Page(2)), []);
}

#[test]
fn leave_never_overtakes_its_join() {
    for answer in [Ok(()), Err(AppError::Unreachable)] {
        let mut machine = joining();
        assert_eq!(machine.on(Event::Unmounted), []);
        assert_eq!(machine.on(Event::Answered(1, answer)), [Command::Leave(Told::default())]);
        assert_eq!(machine.on(Event::RetryDue), []);
    }
}

#[test]
fn tab_that_stops_reporting_sends_nothing() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Reporting(false)), []);
    assert_eq!(machine.on(Event::Tick), []);
    assert_eq!(machine.on(Event::Page(2)), []);
    assert_eq!(machine.on(Event::PageHide), []);
    assert_eq!(machine.on(Event::PageRestored), []);
    assert_eq!(machine.on(Event::Reporting(true)), join(2, 2));
}

#[test]
fn missing_answer_blocks_for_at_most_two_ticks() {
    let mut machine = joining();
    assert_eq!(machine.on(Event::Tick), [], "the answer may still come");
    assert_eq!(machine.on(Event::Tick), join(2, 1));
    assert_eq!(machine.on(Event::Answered(1, DOWN)), [], "too late");
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), []);
}
