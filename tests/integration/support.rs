//! What the tests share: the app over a real Redis, the real program, generated PDFs.

pub mod authenticator;
pub mod browser;
pub mod cluster;
pub mod described;
pub mod dice;
pub mod events;
pub mod far_redis;
pub mod killed;
pub mod monitor;
pub mod pdf;
pub mod polling;
pub mod ports;
pub mod processes;
pub mod program;
pub mod receiver;
pub mod redis_server;
pub mod reply;
pub mod s3;
pub mod sealed_file;
pub mod smtp;
pub mod storage;
pub mod test_app;

use time::{Date, Month};

/// The program built for these tests.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sightline");

/// The Unix milliseconds of a UTC date and time.
pub fn utc((year, month, day): (i32, u8, u8), (hour, minute, second, ms): (i64, i64, i64, i64)) -> i64 {
    let month = Month::try_from(month).expect("a month");
    let date = Date::from_calendar_date(year, month, day).expect("a date");
    let days = i64::from(date.to_julian_day()) - 2_440_588;
    (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + ms
}
