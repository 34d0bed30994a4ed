//! When a delivery is sent again.

use std::time::Duration;

use crate::model::DeliveryState;

/// The waits between attempts, by the example schedule of
/// [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability).
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(14 * 60 * 60),
    Duration::from_secs(20 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];
/// The longest wait that a receiver can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The receiver took the event.
    Delivered,
    /// It did not, and may take it later. A wait that it asked for is kept.
    Retry(Option<Duration>),
    /// It wants nothing any more (410).
    Gone,
}

/// What a status means; `None`: there was no answer.
pub fn verdict(status: Option<u16>, retry_after: Option<Duration>) -> Verdict {
    match status {
        Some(200..=299) => Verdict::Delivered,
        Some(410) => Verdict::Gone,
        // A redirect is a failure as well: the address that it names was not checked.
        _ => Verdict::Retry(retry_after),
    }
}

/// How far a delivery is after `attempts`, and when it is sent again, in Unix milliseconds. `jitter` is 0 to 1: a wait grows
/// by up to a tenth, so that what failed together is not sent together.
pub fn after(verdict: Verdict, attempts: u32, now: i64, jitter: f64) -> (DeliveryState, Option<i64>) {
    match verdict {
        Verdict::Delivered => (DeliveryState::Delivered, None),
        Verdict::Gone => (DeliveryState::Failed, None),
        Verdict::Retry(asked) => match WAITS.get(attempts.saturating_sub(1) as usize) {
            None => (DeliveryState::Failed, None),
            Some(wait) => {
                let wait = wait.mul_f64(1.0 + 0.1 * jitter).max(asked.unwrap_or_default().min(LONGEST_WAIT));
                (DeliveryState::Waiting, Some(now + wait.as_millis() as i64))
            }
        },
    }
}

/// Reads `Retry-After`, seconds or a date (RFC 9110, section 10.2.3). `now` is in Unix milliseconds.
pub fn retry_after(header: &str, now: i64) -> Option<Duration> {
    if let Ok(seconds) = header.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(header.trim()).ok()?;
    u64::try_from(date.timestamp().as_millisecond() - now).ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_seconds_to_a_day() {
        let waits: Vec<Option<i64>> = (1..=10)
            .map(|attempts| {
                after(Verdict::Retry(None), attempts, 1_000, 0.0).1.map(|at| (at - 1_000) / 1_000)
            })
            .collect();
        let hours = |hours: i64| Some(hours * 3_600);
        let expected = [
            Some(5),
            Some(300),
            Some(1_800),
            hours(2),
            hours(5),
            hours(10),
            hours(14),
            hours(20),
            hours(24),
            None,
        ];
        assert_eq!(waits, expected);
        assert_eq!(after(Verdict::Retry(None), 1, 0, 1.0).1, Some(5_500));
    }

    #[test]
    fn statuses_decide() {
        let asked = Some(Duration::from_secs(90));
        for (status, expected) in [
            (Some(200), Verdict::Delivered),
            (Some(204), Verdict::Delivered),
            (Some(301), Verdict::Retry(asked)),
            (Some(302), Verdict::Retry(asked)),
            (Some(304), Verdict::Retry(asked)),
            (Some(400), Verdict::Retry(asked)),
            (Some(404), Verdict::Retry(asked)),
            (Some(410), Verdict::Gone),
            (Some(429), Verdict::Retry(asked)),
            (Some(500), Verdict::Retry(asked)),
            (None, Verdict::Retry(asked)),
        ] {
            assert_eq!(verdict(status, asked), expected, "{status:?}");
        }
    }

    #[test]
    fn retry_after_is_kept_within_a_day() {
        let next = |header: &str, attempts| {
            after(Verdict::Retry(retry_after(header, 0)), attempts, 0, 0.0).1.map(|at| at / 1_000)
        };
        assert_eq!(next("120", 1), Some(120), "longer than the schedule");
        assert_eq!(next("120", 2), Some(300), "the schedule is longer");
        assert_eq!(next("9999999", 1), Some(86_400));
        assert_eq!(next("Thu, 01 Jan 1970 00:10:00 GMT", 1), Some(600));
        assert_eq!(next("Thu, 01 Jan 1960 00:10:00 GMT", 1), Some(5));
        assert_eq!(next("soon", 1), Some(5));
    }
}
