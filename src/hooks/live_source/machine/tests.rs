//! The rules of following a source, one per test.

use super::{stream::OPEN_TIMEOUT, *};
use crate::hooks::live_source::ConnectionState;

const INTERVAL: Duration = Duration::from_secs(5);
const DOWN: AppError = AppError::Unavailable;
/// The random number of all events: the middle of its range.
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

/// The commands after an answer while the stream is lost.
fn show() -> Vec<Command> {
    vec![Command::Show, Command::StartFetchTimer(INTERVAL)]
}

fn start_timer(seconds: u64) -> Vec<Command> {
    vec![Command::StartFetchTimer(at(seconds))]
}

fn expect_event() -> Command {
    Command::StartStreamTimer(SILENCE_TIMEOUT)
}

/// Visible, with data from the server at second 0; the stream is opening.
fn opening() -> Machine {
    let mut machine = Machine::new(INTERVAL, Some(Ok(1000)), at(0));
    assert_eq!(machine.on(Event::Visible(true), at(0)), [open(), start_timer(5)].concat());
    machine
}

/// The stream is receiving.
fn live() -> Machine {
    let mut machine = opening();
    assert_eq!(
        machine.on(Event::Pushed(1000), at(0)),
        [Command::StopFetchTimer, expect_event(), Command::Show]
    );
    machine
}

/// The stream was refused.
fn polling() -> Machine {
    let mut machine = opening();
    assert_eq!(machine.on(Event::StreamLost(CHANCE), at(0)), [Command::StartStreamTimer(millis(750))]);
    machine
}

// The stream

#[test]
fn receiving_stream_stops_fetching_at_intervals() {
    let mut machine = live();
    assert_eq!(machine.connection(at(0)), ConnectionState::Live);
    assert_eq!(machine.on(Event::Pushed(2000), at(2)), [expect_event(), Command::Show]);
    assert!(!machine.is_loading());
}

#[test]
fn rendered_data_stands_until_the_stream_receives() {
    let machine = opening();
    assert!(!machine.is_loading());
    assert_eq!(machine.connection(at(0)), ConnectionState::Connecting);
}

#[test]
fn older_pushed_data_is_not_shown() {
    let mut machine = opening();
    assert_eq!(machine.on(Event::Pushed(999), at(0)), [Command::StopFetchTimer, expect_event()]);
    assert_eq!(machine.connection(at(0)), ConnectionState::Live);
}

#[test]
fn confirmed_data_stays_live_and_keeps_aging() {
    let mut machine = live();
    for second in (15..=600).step_by(15) {
        assert_eq!(machine.on(Event::Alive(second as i64 * 1000), at(second)), [expect_event()]);
    }
    assert_eq!(machine.connection(at(610)), ConnectionState::Live);
    assert_eq!(machine.age(at(610)), at(610));
}

#[test]
fn alive_of_an_older_time_confirms_nothing() {
    let mut machine = live();
    machine.on(Event::Pushed(9000), at(1));
    machine.on(Event::Alive(5000), at(40));
    assert_eq!(machine.connection(at(47)), ConnectionState::Reconnecting(at(46)));
}

#[test]
fn silent_stream_counts_as_lost() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::StreamTimer(CHANCE), at(45)),
        [Command::CloseStream, Command::StartStreamTimer(millis(750)), Command::StartFetchTimer(millis(500))]
    );
    assert_eq!(machine.connection(at(45)), ConnectionState::Reconnecting(at(45)));
}

#[test]
fn stream_without_a_first_event_is_reopened() {
    let mut machine = opening();
    assert_eq!(
        machine.on(Event::StreamTimer(CHANCE), at(10)),
        [Command::CloseStream, Command::StartStreamTimer(millis(750))]
    );
    assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(11)), open());
}

#[test]
fn lost_stream_is_replaced_by_fetching_soon() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::StreamLost(CHANCE), at(20)),
        [Command::StartStreamTimer(millis(750)), Command::StartFetchTimer(millis(500))]
    );
    assert_eq!(machine.connection(at(20)), ConnectionState::Reconnecting(at(20)));
    assert_eq!(machine.on(Event::FetchTimer, at(20)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(20)), show());
    assert_eq!(machine.connection(at(20)), ConnectionState::Polling);
    assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(21)), open());
    assert_eq!(machine.connection(at(21)), ConnectionState::Polling, "until it receives");
    assert_eq!(
        machine.on(Event::Pushed(3000), at(21)),
        [Command::StopFetchTimer, expect_event(), Command::Show]
    );
    assert_eq!(machine.connection(at(21)), ConnectionState::Live);
}

#[test]
fn dashboards_of_a_lost_server_fetch_at_different_times() {
    let times = [0.0, 0.25, 1.0].map(|random| live().on(Event::StreamLost(random), at(20))[1].clone());
    assert_eq!(times, [0, 250, 1_000].map(|time| Command::StartFetchTimer(millis(time))));
    let mut refreshing = live();
    refreshing.on(Event::Refresh, at(20));
    let commands = refreshing.on(Event::StreamLost(CHANCE), at(20));
    assert_eq!(commands[1], Command::StartFetchTimer(REQUEST_TIMEOUT), "a request is on its way");
}

#[test]
fn refused_stream_is_retried_with_growing_delays() {
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
fn reconnection_delay_has_jitter() {
    let wait = |random| opening().on(Event::StreamLost(random), at(0));
    assert_eq!(wait(0.0), [Command::StartStreamTimer(millis(500))]);
    assert_eq!(wait(1.0), [Command::StartStreamTimer(millis(1_000))]);
}

#[test]
fn only_a_stable_stream_resets_the_delay() {
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
fn recovered_server_gets_its_stream_at_once() {
    let mut machine = live();
    machine.on(Event::StreamLost(CHANCE), at(20));
    assert_eq!(machine.on(Event::FetchTimer, at(20)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Err(AppError::Unreachable)), at(20)), start_timer(1));
    assert_eq!(machine.on(Event::FetchTimer, at(21)), fetch(2));
    assert_eq!(machine.on(Event::Answered(2, Ok(2000)), at(21)), [show(), open()].concat());
}

#[test]
fn stream_error_stands_until_the_next_data() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::Trouble(DOWN), at(1)),
        [expect_event()],
        "the server retries, the page does not"
    );
    assert_eq!(
        (machine.error(), machine.connection(at(2))),
        (Some(&DOWN), ConnectionState::Reconnecting(at(2)))
    );
    machine.on(Event::Alive(900), at(10));
    assert_eq!(machine.error(), Some(&DOWN), "only data ends it");
    assert_eq!(machine.connection(at(16)), ConnectionState::Offline(Some(at(16))));
    assert_eq!(machine.age(at(16)), at(15), "whether they still read is unknown");
    machine.on(Event::Pushed(2000), at(20));
    assert_eq!((machine.error(), machine.connection(at(20))), (None, ConnectionState::Live));
}

// Fetching

#[test]
fn without_stream_data_is_fetched_at_intervals() {
    let mut machine = polling();
    assert_eq!(machine.on(Event::FetchTimer, at(5)), fetch(1));
    assert!(machine.is_loading());
    assert_eq!(machine.on(Event::Answered(1, Ok(6000)), at(5)), show());
    assert_eq!(machine.connection(at(5)), ConnectionState::Polling);
}

#[test]
fn without_rendered_data_it_is_fetched_at_once() {
    let mut machine = Machine::new(INTERVAL, None, at(0));
    assert_eq!(machine.connection(at(0)), ConnectionState::Connecting);
    assert_eq!(machine.on(Event::Visible(true), at(0)), [open(), fetch(1)].concat());
    assert_eq!(machine.on(Event::Answered(1, Ok(1)), at(1)), show());
}

#[test]
fn page_rendered_without_redis_recovers() {
    let mut machine = Machine::new(INTERVAL, Some(Err(DOWN)), at(0));
    assert_eq!((machine.connection(at(0)), machine.error()), (ConnectionState::Offline(None), Some(&DOWN)));
    assert_eq!(machine.on(Event::Visible(true), at(0)), [open(), fetch(1)].concat());
    machine.on(Event::Trouble(DOWN), at(0));
    assert_eq!(machine.on(Event::Answered(1, Err(DOWN)), at(0)), [Command::StopFetchTimer]);
    machine.on(Event::Pushed(1), at(1));
    assert_eq!((machine.connection(at(1)), machine.error()), (ConnectionState::Live, None));
}

#[test]
fn older_answer_never_replaces_newer_data() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    assert_eq!(machine.on(Event::Answered(1, Ok(999)), at(5)), start_timer(5));
    machine.on(Event::FetchTimer, at(10));
    assert_eq!(machine.on(Event::Answered(2, Ok(1000)), at(10)), show());
    assert_eq!(machine.on(Event::Answered(1, Ok(5000)), at(11)), [], "the request is over");
}

#[test]
fn stale_answers_do_not_count_as_current() {
    let mut machine = polling();
    for second in [5, 10, 15, 20] {
        let Some(Command::Fetch(request)) = machine.on(Event::FetchTimer, at(second)).first().cloned() else {
            panic!("expected a fetch");
        };
        machine.on(Event::Answered(request, Ok(1)), at(second));
    }
    assert_eq!(machine.connection(at(20)), ConnectionState::Reconnecting(at(20)));
}

#[test]
fn failed_request_is_repeated_soon_for_a_while() {
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
    assert_eq!(
        machine.on(Event::Answered(61, Err(DOWN)), at(now)),
        start_timer(5),
        "at the ordinary interval again"
    );
}

#[test]
fn hanging_request_times_out() {
    let mut machine = polling();
    assert_eq!(machine.on(Event::FetchTimer, at(5)), fetch(1));
    assert_eq!(machine.on(Event::FetchTimer, at(15)), start_timer(1));
    assert_eq!(machine.error(), Some(&AppError::Unreachable));
    assert_eq!(machine.on(Event::Answered(1, Ok(9000)), at(15)), []);
    assert_eq!(machine.on(Event::FetchTimer, at(16)), fetch(2));
}

#[test]
fn refresh_fetches_at_once_with_or_without_stream() {
    let mut machine = polling();
    assert_eq!(machine.on(Event::Refresh, at(1)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(1)), show(), "and the interval restarts");
    let mut machine = live();
    assert_eq!(machine.on(Event::Refresh, at(1)), fetch(1));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(1)), [Command::Show, Command::StopFetchTimer]);
}

#[test]
fn refresh_beside_a_stream_times_out() {
    let mut machine = live();
    machine.on(Event::Refresh, at(1));
    assert_eq!(
        machine.on(Event::Pushed(2000), at(2)),
        [expect_event(), Command::Show],
        "its timer still runs"
    );
    assert_eq!(machine.on(Event::FetchTimer, at(11)), [Command::StopFetchTimer]);
    assert_eq!(machine.error(), Some(&AppError::Unreachable));
    machine.on(Event::Alive(3000), at(12));
    assert_eq!((machine.error(), machine.connection(at(12))), (None, ConnectionState::Live));
}

#[test]
fn refresh_during_a_request_fetches_again_after_it() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    assert_eq!(machine.on(Event::Refresh, at(5)), []);
    assert_eq!(machine.on(Event::Refresh, at(5)), []);
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(5)), [show(), fetch(2)].concat());
    assert_eq!(machine.on(Event::Answered(2, Ok(3000)), at(5)), show(), "only once");
}

// Visibility

#[test]
fn hidden_page_opens_and_fetches_nothing() {
    let mut machine = live();
    assert_eq!(
        machine.on(Event::Visible(false), at(2)),
        [Command::CloseStream, Command::StopStreamTimer, Command::StopFetchTimer]
    );
    assert_eq!(machine.on(Event::FetchTimer, at(5)), []);
    assert_eq!(machine.on(Event::StreamTimer(CHANCE), at(5)), []);
    assert_eq!(machine.on(Event::Pushed(2000), at(5)), [], "sent before it was closed");
}

#[test]
fn visible_page_fetches_and_reopens_at_once() {
    let mut machine = live();
    machine.on(Event::Visible(false), at(2));
    assert_eq!(machine.on(Event::Visible(true), at(600)), [open(), fetch(1)].concat());
    assert_eq!(machine.connection(at(600)), ConnectionState::Reconnecting(at(600)), "old until data comes");
    assert_eq!(machine.on(Event::Pushed(2000), at(600)), [expect_event(), Command::Show]);
    assert_eq!(machine.on(Event::Answered(1, Ok(1999)), at(601)), [Command::StopFetchTimer]);
    assert_eq!(machine.connection(at(601)), ConnectionState::Live);
}

#[test]
fn answer_on_a_hidden_page_is_shown_once() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    machine.on(Event::Visible(false), at(5));
    assert_eq!(machine.on(Event::Answered(1, Ok(2000)), at(6)), [Command::Show, Command::StopFetchTimer]);
}

#[test]
fn becoming_visible_during_a_request_sends_no_other() {
    let mut machine = polling();
    machine.on(Event::FetchTimer, at(5));
    machine.on(Event::Visible(false), at(5));
    assert_eq!(
        machine.on(Event::Visible(true), at(7)),
        [open(), vec![Command::StartFetchTimer(REQUEST_TIMEOUT)]].concat()
    );
    assert_eq!(machine.on(Event::Visible(true), at(7)), []);
}
