//! The decisions of following a source, one rule per test.

use super::{stream::OPEN_TIMEOUT, *};

const INTERVAL: Duration = Duration::from_secs(5);
const DOWN: AppError = AppError::Unavailable;
/// In the middle of what chance can bring.
const CHANCE: f64 = 0.5;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn open() -> Vec<Command> {
    vec![Command::OpenStream, Command::StartStreamTimer(OPEN_TIMEOUT)]
}

fn fetch(request: u32) -> Vec<Command> {
    vec![Command::Fetch(request), Command::StartFetchTimer(REQUEST_TIMEOUT)]
}

/// What follows from an answer while the stream is away.
fn show() -> Vec<Command> {
    vec![Command::Show, Command::StartFetchTimer(INTERVAL)]
}

fn start_timer(seconds: u64) -> Vec<Command> {
    vec![Command::StartFetchTimer(at(seconds))]
}

fn expect_event() -> Command {
    Command::StartStreamTimer(SILENCE_TIMEOUT)
}

/// In view, with numbers from the server that came at second 0; the stream is on its way.
fn opening() -> Machine {
    let mut machine = Machine::new(INTERVAL, Some(Ok(1000)), at(0));
    assert_eq!(machine.on(Event::Visible(true), at(0)), [open(), start_timer(5)].concat());
    machine
}

/// The stream has spoken.
fn live() -> Machine {
    let mut machine = opening();
    assert_eq!(
        machine.on(Event::Pushed(1000), at(0)),
        [Command::StopFetchTimer, expect_event(), Command::Show]
    );
    machine
}

/// The stream could not be had.
fn polling() -> Machine {
    let mut machine = opening();
    assert_eq!(machine.on(Event::StreamLost(CHANCE), at(0)), [Command::StartStreamTimer(millis(750))]);
    machine
}

// The stream

#[test]
fn while_the_stream_speaks_nothing_is_asked_at_intervals() {
    let mut machine = live();
    assert_eq!(machine.connection(at(0)), ConnectionState::Live);
    assert_eq!(machine.on(Event::Pushed(2000), at(2)), [expect_event(), Command::Show]);
    assert!(!machine.is_loading());
}

#[test]
fn what_the_server_rendered_is_shown_until_the_stream_speaks() {
    let machine = opening();
    assert!(!machine.is_loading());
    assert_eq!(machine.connection(at(0)), ConnectionState::Connecting);
}

#[test]
fn a_pushed_picture_that_is_older_than_the_one_on_the_screen_is_not_shown() {
    let mut machine = opening();
    assert_eq!(machine.on(Event::Pushed(999), at(0)), [Command::StopFetchTimer, expect_event()]);
    assert_eq!(machine.connection(at(0)), ConnectionState::Live);
}

#[test]
fn numbers_that_are_confirmed_stay_live_and_go_on_ticking() {
    let mut machine = live();
    for second in (15..=600).step_by(15) {
        assert_eq!(machine.on(Event::Alive(second as i64 * 1000), at(second)), [expect_event()]);
    }
    assert_eq!(machine.connection(at(610)), ConnectionState::Live);
    assert_eq!(machine.age(at(610)), at(610));
}

#[test]
fn a_word_about_an_older_time_than_the_one_on_the_screen_confirms_nothing() {
    let mut machine = live();
    machine.on(Event::Pushed(9000), at(1));
    machine.on(Event::Alive(5000), at(40));
    assert_eq!(machine.connection(at(47)), ConnectionState::Reconnecting(at(46)));
}

#[test]
fn a_stream_that_falls_silent_is_taken_for_lost() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::StreamTimer(CHANCE), at(45)),
        [vec![Command::CloseStream, Command::StartStreamTimer(millis(750))], fetch(1)].concat()
    );
    assert_eq!(machine.connection(at(45)), ConnectionState::Reconnecting(at(45)));
}

#[test]
fn a_stream_that_opens_and_says_nothing_is_given_up_and_tried_again() {
    let mut machine = opening();
    assert_eq!(
        machine.on(Event::StreamTimer(CHANCE), at(10)),
        [Command::CloseStream, Command::StartStreamTimer(millis(750))]
    );
    assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(11)), open());
}

#[test]
fn a_lost_stream_is_made_up_for_by_asking_at_once() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::StreamLost(CHANCE), at(20)),
        [vec![Command::StartStreamTimer(millis(750))], fetch(1)].concat()
    );
    assert_eq!(machine.connection(at(20)), ConnectionState::Reconnecting(at(20)));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(20)), show());
    assert_eq!(machine.connection(at(20)), ConnectionState::Polling);
    assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(21)), open());
    assert_eq!(machine.connection(at(21)), ConnectionState::Polling, "until it speaks");
    assert_eq!(
        machine.on(Event::Pushed(3000), at(21)),
        [Command::StopFetchTimer, expect_event(), Command::Show]
    );
    assert_eq!(machine.connection(at(21)), ConnectionState::Live);
}

#[test]
fn a_stream_that_can_not_be_had_is_tried_less_and_less_often_and_never_given_up() {
    let mut machine = polling();
    let mut waits = Vec::new();
    for _ in 0..7 {
        assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(1)), open());
        let commands = machine.on(Event::StreamLost(CHANCE), at(1));
        let [Command::StartStreamTimer(wait)] = commands[..] else { panic!("{commands:?}") };
        waits.push(wait.as_millis());
    }
    assert_eq!(waits, [1_500, 3_000, 6_000, 12_000, 22_500, 22_500, 22_500]);
}

#[test]
fn no_two_dashboards_come_back_at_the_same_time() {
    let wait = |random| opening().on(Event::StreamLost(random), at(0));
    assert_eq!(wait(0.0), [Command::StartStreamTimer(millis(500))]);
    assert_eq!(wait(1.0), [Command::StartStreamTimer(millis(1_000))]);
}

#[test]
fn only_a_stream_that_has_lasted_makes_the_next_wait_short_again() {
    let mut machine = live();
    machine.on(Event::StreamLost(CHANCE), at(1));
    machine.on(Event::StreamTimer(CHANCE), at(2));
    machine.on(Event::Pushed(2000), at(2));
    assert_eq!(machine.on(Event::StreamLost(CHANCE), at(3))[0], Command::StartStreamTimer(millis(1_500)));
    machine.on(Event::StreamTimer(CHANCE), at(5));
    machine.on(Event::Pushed(3000), at(5));
    assert_eq!(machine.on(Event::StreamLost(CHANCE), at(15))[0], Command::StartStreamTimer(millis(750)));
}

#[test]
fn a_server_that_answers_again_is_listened_to_at_once() {
    let mut machine = live();
    machine.on(Event::StreamLost(CHANCE), at(20));
    assert_eq!(machine.on(Event::Answered(1, Err(AppError::Unreachable)), at(20)), start_timer(1));
    assert_eq!(machine.on(Event::FetchTimer, at(21)), fetch(2));
    assert_eq!(machine.on(Event::Answered(2, Ok(2000)), at(21)), [show(), open()].concat());
}

#[test]
fn trouble_is_told_beside_the_last_numbers_and_ends_with_the_next_picture() {
    let mut machine = live();
    assert_eq!(machine.on(Event::Trouble(DOWN), at(1)), [expect_event()], "the server tries for all of us");
    assert_eq!(
        (machine.error(), machine.connection(at(2))),
        (Some(&DOWN), ConnectionState::Reconnecting(at(2)))
    );
    machine.on(Event::Alive(900), at(10));
    assert_eq!(machine.error(), Some(&DOWN), "nothing but a picture ends it");
    assert_eq!(machine.connection(at(16)), ConnectionState::Offline(Some(at(16))));
    assert_eq!(machine.age(at(16)), at(15), "nobody knows whether they still read");
    machine.on(Event::Pushed(2000), at(20));
    assert_eq!((machine.error(), machine.connection(at(20))), (None, ConnectionState::Live));
}

// Asking

#[test]
fn where_the_stream_can_not_be_had_the_numbers_are_asked_for_at_the_interval() {
    let mut machine = polling();
    assert_eq!(machine.on(Event::FetchTimer, at(5)), fetch(1));
    assert!(machine.is_loading());
    assert_eq!(machine.on(Event::Answered(1, Ok(6000)), at(5)), show());
    assert_eq!(machine.connection(at(5)), ConnectionState::Polling);
}

#[test]
fn without_first_numbers_they_are_asked_for_at_once() {
    let mut machine = Machine::new(INTERVAL, None, at(0));
    assert_eq!(machine.connection(at(0)), ConnectionState::Connecting);
    assert_eq!(machine.on(Event::Visible(true), at(0)), [open(), fetch(1)].concat());
    assert_eq!(machine.on(Event::Answered(1, Ok(1)), at(1)), show());
}

#[test]
fn a_page_rendered_without_redis_recovers_by_itself() {
    let mut machine = Machine::new(INTERVAL, Some(Err(DOWN)), at(0));
    assert_eq!((machine.connection(at(0)), machine.error()), (ConnectionState::Offline(None), Some(&DOWN)));
    assert_eq!(machine.on(Event::Visible(true), at(0)), [open(), fetch(1)].concat());
    machine.on(Event::Trouble(DOWN), at(0));
    assert_eq!(machine.on(Event::Answered(1, Err(DOWN)), at(0)), [Command::StopFetchTimer]);
    machine.on(Event::Pushed(1), at(1));
    assert_eq!((machine.connection(at(1)), machine.error()), (ConnectionState::Live, None));
}

#[test]
fn an_older_answer_never_replaces_a_newer_picture() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    assert_eq!(machine.on(Event::Answered(1, Ok(999)), at(5)), start_timer(5));
    machine.on(Event::FetchTimer, at(10));
    assert_eq!(machine.on(Event::Answered(2, Ok(1000)), at(10)), show());
    assert_eq!(machine.on(Event::Answered(1, Ok(5000)), at(11)), [], "not waited for");
}

#[test]
fn pictures_that_stay_old_are_not_called_fresh() {
    let mut machine = polling();
    for second in [5, 10, 15, 20] {
        let Some(Command::Fetch(request)) = machine.on(Event::FetchTimer, at(second)).first().cloned() else {
            panic!("asks");
        };
        machine.on(Event::Answered(request, Ok(1)), at(second));
    }
    assert_eq!(machine.connection(at(20)), ConnectionState::Reconnecting(at(20)));
}

#[test]
fn an_error_stays_beside_the_last_numbers_and_is_retried_soon() {
    let mut machine = polling();
    let mut request = 0;
    let mut now = 5;
    for _ in 0..60 {
        request += 1;
        assert_eq!(machine.on(Event::FetchTimer, at(now)), fetch(request));
        assert_eq!(machine.on(Event::Answered(request, Err(DOWN)), at(now)), start_timer(1));
        assert_eq!(machine.error(), Some(&DOWN));
        let expected = if now <= 15 {
            ConnectionState::Reconnecting(at(now))
        } else {
            ConnectionState::Offline(Some(at(now)))
        };
        assert_eq!(machine.connection(at(now)), expected);
        now += 1;
    }
    machine.on(Event::FetchTimer, at(now));
    assert_eq!(machine.on(Event::Answered(61, Err(DOWN)), at(now)), start_timer(5), "patient at last");
}

#[test]
fn a_request_that_hangs_is_given_up() {
    let mut machine = polling();
    assert_eq!(machine.on(Event::FetchTimer, at(5)), fetch(1));
    assert_eq!(machine.on(Event::FetchTimer, at(15)), start_timer(1));
    assert_eq!(machine.error(), Some(&AppError::Unreachable));
    assert_eq!(machine.on(Event::Answered(1, Ok(9000)), at(15)), []);
    assert_eq!(machine.on(Event::FetchTimer, at(16)), fetch(2));
}

#[test]
fn a_refresh_waits_neither_for_the_interval_nor_for_the_stream() {
    let mut machine = polling();
    assert_eq!(machine.on(Event::Refresh, at(1)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(1)), show(), "and the interval begins anew");
    let mut machine = live();
    assert_eq!(machine.on(Event::Refresh, at(1)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(1)), [Command::Show, Command::StopFetchTimer]);
}

#[test]
fn a_refresh_that_hangs_beside_the_stream_is_given_up_and_says_so_until_the_next_word() {
    let mut machine = live();
    machine.on(Event::Refresh, at(1));
    assert_eq!(
        machine.on(Event::Pushed(2000), at(2)),
        [expect_event(), Command::Show],
        "its time still runs"
    );
    assert_eq!(machine.on(Event::FetchTimer, at(11)), [Command::StopFetchTimer]);
    assert_eq!(machine.error(), Some(&AppError::Unreachable));
    machine.on(Event::Alive(3000), at(12));
    assert_eq!((machine.error(), machine.connection(at(12))), (None, ConnectionState::Live));
}

#[test]
fn a_refresh_during_a_request_asks_again_after_it() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    assert_eq!(machine.on(Event::Refresh, at(5)), []);
    assert_eq!(machine.on(Event::Refresh, at(5)), []);
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(5)), [show(), fetch(2)].concat());
    assert_eq!(machine.on(Event::Answered(2, Ok(3000)), at(5)), show(), "once");
}

// Looking

#[test]
fn while_nobody_looks_nothing_is_open_and_nothing_is_asked() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::Visible(false), at(2)),
        [Command::CloseStream, Command::StopStreamTimer, Command::StopFetchTimer]
    );
    assert_eq!(machine.on(Event::FetchTimer, at(5)), []);
    assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(5)), []);
    assert_eq!(machine.on(Event::Pushed(2000), at(5)), [], "said before it was closed");
}

#[test]
fn whoever_looks_again_gets_new_numbers_at_once_and_the_stream_back() {
    let mut machine = live();
    machine.on(Event::Visible(false), at(2));
    assert_eq!(machine.on(Event::Visible(true), at(600)), [open(), fetch(1)].concat());
    assert_eq!(
        machine.connection(at(600)),
        ConnectionState::Reconnecting(at(600)),
        "old until something comes"
    );
    assert_eq!(machine.on(Event::Pushed(2000), at(600)), [expect_event(), Command::Show]);
    assert_eq!(machine.on(Event::Answered(1, Ok(1999)), at(601)), [Command::StopFetchTimer]);
    assert_eq!(machine.connection(at(601)), ConnectionState::Live);
}

#[test]
fn an_answer_that_comes_while_nobody_looks_is_shown_but_not_followed() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    machine.on(Event::Visible(false), at(5));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(6)), [Command::Show, Command::StopFetchTimer]);
}

#[test]
fn looking_again_while_a_request_is_under_way_starts_no_second_one() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    machine.on(Event::Visible(false), at(5));
    assert_eq!(
        machine.on(Event::Visible(true), at(7)),
        [open(), vec![Command::StartFetchTimer(REQUEST_TIMEOUT)]].concat()
    );
    assert_eq!(machine.on(Event::Visible(true), at(7)), []);
}
