//! The decisions of polling, one rule per test.

use super::*;

const INTERVAL: Duration = Duration::from_secs(5);
const DOWN: AppError = AppError::Unavailable;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn fetch(request: u32) -> Vec<Command> {
    vec![Command::Fetch(request), Command::Wait(PATIENCE)]
}

fn show() -> Vec<Command> {
    vec![Command::Show, Command::Wait(INTERVAL)]
}

fn wait(seconds: u64) -> Vec<Command> {
    vec![Command::Wait(at(seconds))]
}

/// In view with numbers from the server, received at second 0.
fn following() -> Machine {
    let mut machine = Machine::new(INTERVAL, Some(Ok(1000)), at(0));
    assert_eq!(machine.on(Event::Visible(true), at(0)), wait(5));
    machine
}

#[test]
fn what_the_server_rendered_is_not_asked_for_again() {
    let mut machine = following();
    assert!(!machine.is_loading());
    assert_eq!(machine.connection(at(0)), Connection::Live);
    assert_eq!(machine.on(Event::Due, at(5)), fetch(1));
    assert!(machine.is_loading());
    assert_eq!(machine.on(Event::Answered(1, Ok(6000)), at(5)), show());
}

#[test]
fn without_first_numbers_they_are_asked_for_at_once() {
    let mut machine = Machine::new(INTERVAL, None, at(0));
    assert_eq!(machine.connection(at(0)), Connection::Connecting);
    assert_eq!(machine.on(Event::Visible(true), at(0)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(1)), at(1)), show());
    assert_eq!(machine.connection(at(1)), Connection::Live);
}

#[test]
fn a_page_rendered_without_redis_recovers_by_itself() {
    let mut machine = Machine::new(INTERVAL, Some(Err(DOWN)), at(0));
    assert_eq!(machine.connection(at(0)), Connection::Offline(None));
    assert_eq!(machine.error(), Some(&DOWN));
    assert_eq!(machine.on(Event::Visible(true), at(0)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Err(DOWN)), at(0)), wait(1));
    assert_eq!(machine.on(Event::Due, at(1)), fetch(2));
    assert_eq!(machine.on(Event::Answered(2, Ok(1)), at(1)), show());
    assert_eq!(machine.error(), None);
    assert_eq!(machine.connection(at(1)), Connection::Live);
}

#[test]
fn nothing_is_asked_while_nobody_looks() {
    let mut machine = following();
    assert_eq!(machine.on(Event::Visible(false), at(2)), [Command::Sleep]);
    assert_eq!(machine.on(Event::Due, at(5)), []);
    assert_eq!(machine.on(Event::Visible(true), at(600)), fetch(1));
    assert_eq!(machine.connection(at(600)), Connection::Reconnecting(at(600)), "old until answered");
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(601)), show());
    assert_eq!(machine.connection(at(601)), Connection::Live);
}

#[test]
fn an_answer_that_comes_while_nobody_looks_is_shown_but_not_followed() {
    let mut machine = following();
    machine.on(Event::Due, at(5));
    assert_eq!(machine.on(Event::Visible(false), at(5)), [Command::Sleep]);
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(6)), [Command::Show, Command::Sleep]);
}

#[test]
fn looking_again_while_a_request_is_under_way_starts_no_second_one() {
    let mut machine = following();
    machine.on(Event::Due, at(5));
    machine.on(Event::Visible(false), at(5));
    assert_eq!(machine.on(Event::Visible(true), at(7)), [Command::Wait(PATIENCE)]);
    assert_eq!(machine.on(Event::Visible(true), at(7)), []);
}

#[test]
fn an_older_picture_never_replaces_a_newer() {
    let mut machine = following();
    machine.on(Event::Due, at(5));
    assert_eq!(machine.on(Event::Answered(1, Ok(999)), at(5)), wait(5));
    machine.on(Event::Due, at(10));
    assert_eq!(machine.on(Event::Answered(2, Ok(1000)), at(10)), show());
    assert_eq!(machine.on(Event::Answered(1, Ok(5000)), at(11)), [], "not waited for");
}

#[test]
fn pictures_that_stay_old_are_not_called_live() {
    let mut machine = following();
    for second in [5, 10, 15, 20] {
        let Some(Command::Fetch(request)) = machine.on(Event::Due, at(second)).first().cloned() else {
            panic!("asks");
        };
        machine.on(Event::Answered(request, Ok(1)), at(second));
    }
    assert_eq!(machine.connection(at(20)), Connection::Reconnecting(at(20)));
}

#[test]
fn an_error_stays_beside_the_last_numbers_and_is_retried_soon() {
    let mut machine = following();
    let mut request = 0;
    let mut now = 5;
    for _ in 0..60 {
        request += 1;
        assert_eq!(machine.on(Event::Due, at(now)), fetch(request));
        assert_eq!(machine.on(Event::Answered(request, Err(DOWN)), at(now)), wait(1));
        assert_eq!(machine.error(), Some(&DOWN));
        let expected =
            if now <= 15 { Connection::Reconnecting(at(now)) } else { Connection::Offline(Some(at(now))) };
        assert_eq!(machine.connection(at(now)), expected);
        now += 1;
    }
    machine.on(Event::Due, at(now));
    assert_eq!(machine.on(Event::Answered(61, Err(DOWN)), at(now)), wait(5), "patient at last");
    machine.on(Event::Due, at(now + 5));
    assert_eq!(machine.on(Event::Answered(62, Ok(2000)), at(now + 5)), show());
    assert_eq!(machine.connection(at(now + 5)), Connection::Live);
}

#[test]
fn a_request_that_hangs_is_given_up() {
    let mut machine = following();
    assert_eq!(machine.on(Event::Due, at(5)), fetch(1));
    assert_eq!(machine.on(Event::Due, at(15)), wait(1));
    assert_eq!(machine.error(), Some(&AppError::Unreachable));
    assert_eq!(machine.on(Event::Answered(1, Ok(9000)), at(15)), []);
    assert_eq!(machine.on(Event::Due, at(16)), fetch(2));
}

#[test]
fn a_refresh_does_not_wait_for_the_interval() {
    let mut machine = following();
    assert_eq!(machine.on(Event::Refresh, at(1)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(1)), show(), "and the interval begins anew");
}

#[test]
fn a_refresh_during_a_request_asks_again_after_it() {
    let mut machine = following();
    machine.on(Event::Due, at(5));
    assert_eq!(machine.on(Event::Refresh, at(5)), []);
    assert_eq!(machine.on(Event::Refresh, at(5)), []);
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(5)), [show(), fetch(2)].concat());
    assert_eq!(machine.on(Event::Answered(2, Ok(3000)), at(5)), show(), "once");
}

#[test]
fn numbers_that_are_overdue_are_not_called_live() {
    let machine = following();
    assert_eq!(machine.connection(at(15)), Connection::Live);
    assert_eq!(machine.connection(at(16)), Connection::Reconnecting(at(16)));
}
