//! Formats numbers, durations and times for people.
//!
//! Server and browser produce the same text, whatever the browser's language: hydration expects the text
//! that the server rendered.

use std::time::Duration;

/// Formats a number with commas between thousands: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number in little space: `999,999`, from a million on `1.23M`, from a billion on `1.23B`. Rounds down.
pub fn short_count(number: u64) -> String {
    let scaled = |unit: u64, letter: char| {
        format!("{}.{:02}{letter}", count(number / unit), number % unit / (unit / 100))
    };
    match number {
        0..1_000_000 => count(number),
        1_000_000..1_000_000_000 => scaled(1_000_000, 'M'),
        _ => scaled(1_000_000_000, 'B'),
    }
}

/// Formats whole seconds in their two largest units: `45s`, `3m 20s`, `1h 5m`.
pub fn duration(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m {}s", seconds % 60),
        _ => format!("{}h {minutes}m", count(hours)),
    }
}

/// Formats a count with its noun: `1 page`, `12 pages`.
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A length of time in words, after "in the last": `5 minutes`, `minute`, `90 seconds`.
pub fn period(seconds: u64) -> String {
    let (number, unit) = match (seconds % 3600, seconds % 60) {
        (0, _) => (seconds / 3600, "hour"),
        (_, 0) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    if number == 1 { unit.to_owned() } else { format!("{} {unit}s", count(number)) }
}

/// Formats Unix milliseconds as date and time in UTC: `2026-11-23 21:56:10 UTC`.
pub fn utc(unix_millis: i64) -> String {
    let seconds = unix_millis.div_euclid(1000);
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    let time = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// Formats Unix milliseconds as a day in UTC: `24 Nov 2026`.
pub fn date(unix_millis: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = civil_from_days(unix_millis.div_euclid(86_400_000));
    format!("{day} {} {year}", MONTHS[(month - 1) as usize])
}

/// How long ago a time was, both in Unix milliseconds: `just now`, `5 min ago`, `3 h ago`, `2 days ago`; after a
/// month its date.
pub fn ago(unix_millis: i64, now: i64) -> String {
    let minutes = (now - unix_millis) / 60_000;
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => format!("{minutes} min ago"),
        60..1_440 => format!("{} h ago", minutes / 60),
        1_440..43_200 => format!("{} ago", plural((minutes / 1_440) as u64, "day", "days")),
        _ => format!("on {}", date(unix_millis)),
    }
}

/// Formats Unix milliseconds in UTC to the minute, as the [value of a date and time field][html]:
/// `2026-11-23T21:56`.
///
/// [html]: https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#local-dates-and-times
pub fn minute(unix_millis: i64) -> String {
    utc(unix_millis)[..16].replace(' ', "T")
}

/// Formats Unix milliseconds as an RFC 3339 timestamp in UTC: `2026-11-23T21:56:10Z`.
pub fn iso(unix_millis: i64) -> String {
    utc(unix_millis).replace(" UTC", "Z").replace(' ', "T")
}

/// Formats a number of bytes in decimal units, cut off rather than rounded: `812 B`, `1.2 MB`, `3.4 GB`.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// Converts days since 1970-01-01 to year, month and day, by Howard Hinnant's
/// [`civil_from_days`](https://howardhinnant.github.io/date_algorithms.html#civil_from_days).
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Formats the whole seconds of a duration; see [`duration`].
pub fn elapsed(time: Duration) -> String {
    duration(time.as_secs())
}

/// Scheme, host and port of an absolute URL: all that stands before the path.
pub fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find('/').map_or(url.len(), |at| host + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_shortened_and_rounded_down() {
        for (number, text) in [
            (999_999, "999,999"),
            (1_000_000, "1.00M"),
            (1_239_999, "1.23M"),
            (999_999_999, "999.99M"),
            (1_234_567_890, "1.23B"),
        ] {
            assert_eq!(short_count(number), text);
        }
    }

    #[test]
    fn past_times_are_written_in_the_unit_that_matters() {
        const MINUTE: i64 = 60_000;
        for (minutes, text) in [
            (-5, "just now"),
            (0, "just now"),
            (1, "1 min ago"),
            (59, "59 min ago"),
            (60, "1 h ago"),
            (1_439, "23 h ago"),
            (1_440, "1 day ago"),
            (43_199, "29 days ago"),
            (43_200, "on 1 Dec 2026"),
        ] {
            assert_eq!(
                ago(1_798_761_599_000 - 30 * 1_440 * MINUTE, 1_798_761_599_000 - (43_200 - minutes) * MINUTE),
                text
            );
        }
    }

    #[test]
    fn count_groups_thousands() {
        for (number, text) in [
            (0, "0"),
            (7, "7"),
            (999, "999"),
            (1000, "1,000"),
            (12_345, "12,345"),
            (100_000, "100,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn period_is_in_its_largest_whole_unit() {
        for (seconds, text) in [
            (300, "5 minutes"),
            (60, "minute"),
            (90, "90 seconds"),
            (3600, "hour"),
            (5400, "90 minutes"),
            (86_400, "24 hours"),
        ] {
            assert_eq!(period(seconds), text);
        }
    }

    #[test]
    fn duration_shows_its_two_largest_units() {
        for (seconds, text) in [
            (0, "0s"),
            (45, "45s"),
            (59, "59s"),
            (60, "1m 0s"),
            (200, "3m 20s"),
            (3599, "59m 59s"),
            (3600, "1h 0m"),
            (3900, "1h 5m"),
            (86_399, "23h 59m"),
            (3600 * 1234, "1,234h 0m"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(elapsed(Duration::from_millis(1999)), "1s");
    }

    #[test]
    fn plural_agrees_with_the_number() {
        assert_eq!(plural(1, "page", "pages"), "1 page");
        assert_eq!(plural(0, "page", "pages"), "0 pages");
        assert_eq!(plural(1000, "page", "pages"), "1,000 pages");
    }

    #[test]
    fn times_are_formatted_in_utc() {
        for (millis, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (-1, "1969-12-31 23:59:59 UTC"),
            (951_782_400_000, "2000-02-29 00:00:00 UTC"),
            (951_868_800_000, "2000-03-01 00:00:00 UTC"),
            (1_709_251_199_999, "2024-02-29 23:59:59 UTC"),
            (1_798_761_599_000, "2026-12-31 23:59:59 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00:00 UTC"),
        ] {
            assert_eq!(utc(millis), text);
        }
    }

    #[test]
    fn dates_minutes_timestamps_and_sizes_are_formatted() {
        let time = 1_798_761_599_000;
        assert_eq!(date(time), "31 Dec 2026");
        assert_eq!(minute(time), "2026-12-31T23:59");
        assert_eq!(iso(time), "2026-12-31T23:59:59Z");
        for (size, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1 kB"),
            (999_999, "999 kB"),
            (1_250_000, "1.2 MB"),
            (3_450_000_000, "3.4 GB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn origin_ends_before_the_path() {
        for (url, expected) in [
            ("http://127.0.0.1:3000/v/guide", "http://127.0.0.1:3000"),
            ("https://docs.example.com/v/a", "https://docs.example.com"),
            ("https://example.com", "https://example.com"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }
}
