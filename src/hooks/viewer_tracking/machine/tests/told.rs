//! What is told of the reader, and when.

use super::*;
use crate::model::{Heartbeat, Thirds};

fn see(machine: &mut Machine, page: u32, thirds: u8) -> Vec<Command> {
    machine.on(Event::Seen(part(page, thirds)))
}

fn part(page: u32, thirds: u8) -> PageSeen {
    PageSeen { page, thirds: Thirds::try_from(thirds).expect("thirds") }
}

fn seen(parts: &[(u32, u8)]) -> Told {
    let parts = parts.iter().map(|&(page, thirds)| part(page, thirds));
    Told { seen: Some(parts.collect()), ..Told::default() }
}

fn clicked(addresses: &[&str]) -> Told {
    let addresses = addresses.iter().map(|&address| address.to_owned());
    Told { clicked: Some(addresses.collect()), ..Told::default() }
}

fn telling(request: u32, page: u32, told: Told) -> Vec<Command> {
    vec![Command::Heartbeat { request, page: Some(page), visible: true, told }]
}

#[test]
fn parts_go_with_the_next_heartbeat() {
    let mut machine = joined();
    assert_eq!(see(&mut machine, 1, 1), []);
    assert_eq!(see(&mut machine, 1, 2), []);
    assert_eq!(see(&mut machine, 2, 1), []);
    assert_eq!(machine.on(Event::Tick), telling(2, 1, seen(&[(1, 3), (2, 1)])));
    assert_eq!(see(&mut machine, 2, 4), [], "while the request is in flight");
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), []);
    assert_eq!(see(&mut machine, 1, 2), [], "known");
    assert_eq!(machine.on(Event::Page(2)), telling(3, 2, seen(&[(2, 5)])), "a page turn is sent at once");
    assert_eq!(machine.on(Event::Answered(3, Ok(()))), []);
    assert_eq!(machine.on(Event::Tick), heartbeat(4, 2, true));
}

#[test]
fn page_without_seen_parts_is_told_as_such() {
    let mut machine = joined();
    assert_eq!(machine.on(Event::Page(2)), heartbeat(2, 2, true), "nothing is known of parts yet");
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), []);
    assert_eq!(see(&mut machine, 2, 0), []);
    assert_eq!(machine.on(Event::Page(3)), telling(3, 3, seen(&[(2, 0), (3, 0)])));
    assert_eq!(machine.on(Event::Answered(3, Ok(()))), []);
    assert_eq!(see(&mut machine, 3, 4), []);
    assert_eq!(machine.on(Event::Page(2)), telling(4, 2, seen(&[(3, 4)])));
}

#[test]
fn parts_are_told_until_acknowledged() {
    let mut machine = joined();
    see(&mut machine, 1, 1);
    assert_eq!(machine.on(Event::Tick), telling(2, 1, seen(&[(1, 1)])));
    assert_eq!(machine.on(Event::Answered(2, DOWN)), [], "the next one follows soon enough");
    assert_eq!(machine.on(Event::Tick), telling(3, 1, seen(&[(1, 1)])));
    assert_eq!(machine.on(Event::PageHide), [Command::LeaveByBeacon(seen(&[(1, 1)]))], "not answered");
}

#[test]
fn leave_tells_the_rest() {
    let mut machine = joined();
    see(&mut machine, 1, 1);
    machine.on(Event::Tick);
    machine.on(Event::Answered(2, Ok(())));
    assert_eq!(see(&mut machine, 3, 7), []);
    assert_eq!(machine.on(Event::Unmounted), [Command::Leave(seen(&[(3, 7)]))]);

    let mut joining = joining();
    see(&mut joining, 1, 2);
    assert_eq!(joining.on(Event::Unmounted), []);
    assert_eq!(joining.on(Event::Answered(1, Ok(()))), [Command::Leave(seen(&[(1, 2)]))]);
}

#[test]
fn next_visit_is_told_all_parts() {
    let mut machine = joined();
    see(&mut machine, 1, 3);
    machine.on(Event::Tick);
    machine.on(Event::Answered(2, Ok(())));
    machine.on(Event::Tick);
    assert_eq!(machine.on(Event::Answered(3, Err(AppError::SessionNotActive))), join(4, 1));
    assert_eq!(machine.on(Event::Answered(4, Ok(()))), []);
    assert_eq!(machine.on(Event::Tick), telling(5, 1, seen(&[(1, 3)])));
}

#[test]
fn click_and_print_are_told_at_once() {
    let mut machine = joined();
    let (one, two) = ("https://example.org/1", "mailto:two@example.org");
    assert_eq!(machine.on(Event::Clicked(one.to_owned())), telling(2, 1, clicked(&[one])));
    assert_eq!(machine.on(Event::Clicked(two.to_owned())), []);
    assert_eq!(machine.on(Event::Printed), []);
    let rest = Told { printed: Some(true), ..clicked(&[two]) };
    assert_eq!(machine.on(Event::Answered(2, Ok(()))), telling(3, 1, rest));
    assert_eq!(machine.on(Event::Answered(3, Ok(()))), []);
    assert_eq!(machine.on(Event::Tick), heartbeat(4, 1, true));
}

#[test]
fn failed_click_is_repeated_after_a_delay() {
    let mut machine = joined();
    let one = "https://example.org/1";
    assert_eq!(machine.on(Event::Clicked(one.to_owned())), telling(2, 1, clicked(&[one])));
    assert_eq!(machine.on(Event::Answered(2, DOWN)), retry(500));
    assert_eq!(machine.on(Event::Clicked(one.to_owned())), [], "waits");
    assert_eq!(machine.on(Event::RetryDue), telling(3, 1, clicked(&[one])));
    assert_eq!(machine.on(Event::Answered(3, Ok(()))), []);
    assert_eq!(machine.on(Event::PageHide), [Command::LeaveByBeacon(Told::default())]);
}

#[test]
fn click_that_the_server_would_refuse_is_not_sent() {
    let mut machine = joined();
    for address in ["", "/page", "javascript:alert(1)", "#3"] {
        assert_eq!(machine.on(Event::Clicked(address.to_owned())), [], "{address}");
    }
}

#[test]
fn one_request_tells_no_more_than_a_body_holds() {
    let mut machine = joined();
    for page in 1..=1_000 {
        see(&mut machine, page, 7);
    }
    let mut commands = machine.on(Event::Printed);
    for number in 0..40 {
        machine.on(Event::Clicked(format!("https://example.org/{number}/{}", "a".repeat(300))));
    }
    let mut told_pages = 0;
    while let [Command::Heartbeat { request, told, .. }] = &commands[..] {
        let session_id = "s".repeat(128).parse().expect("a session id");
        let Told { seen, clicked, printed } = told.clone();
        told_pages += seen.as_ref().map_or(0, Vec::len);
        let beat = Heartbeat { seen, clicked, printed, ..Heartbeat::of(session_id) };
        assert_eq!(beat.check(1_000), Ok(()));
        assert!(serde_json::to_vec(&beat).expect("JSON").len() < 3_000);
        commands = machine.on(Event::Answered(*request, Ok(())));
    }
    assert_eq!((commands, told_pages), (vec![], 250), "five requests, for twenty links and printing");
}
