//! Days and hours in words.

use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};

/// One day or several, with or without the year: `Tue 24 Nov 2026`, `3 – 9 Nov 2026`, `28 Oct – 24 Nov 2026`. Where the
/// years differ, both are named.
pub(super) fn days(days: &RangeInclusive<Date>, with_year: bool) -> String {
    let (first, last) = (*days.start(), *days.end());
    let year = if with_year { " %Y" } else { "" };
    let written = |day: Date, format: &str| day.strftime(&format!("{format}{year}")).to_string();
    if first == last {
        return written(first, "%a %-d %b");
    }
    let begins = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => first.strftime("%-d"),
        (false, _) if with_year => first.strftime("%-d %b %Y"),
        _ => first.strftime("%-d %b"),
    };
    format!("{begins} – {}", written(last, "%-d %b"))
}

/// A month: `Nov 2026`.
pub(super) fn month(day: Date) -> String {
    day.strftime("%b %Y").to_string()
}

/// Days from Monday: 0 to 6.
pub(super) fn days_from_monday(weekday: Weekday) -> i8 {
    weekday.to_monday_zero_offset()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_named_as_briefly_as_is_clear() {
        for (first, last, with_year, label) in [
            (date(2026, 11, 24), date(2026, 11, 24), true, "Tue 24 Nov 2026"),
            (date(2026, 11, 24), date(2026, 11, 24), false, "Tue 24 Nov"),
            (date(2026, 11, 3), date(2026, 11, 9), true, "3 – 9 Nov 2026"),
            (date(2026, 11, 3), date(2026, 11, 9), false, "3 – 9 Nov"),
            (date(2026, 10, 28), date(2026, 11, 24), true, "28 Oct – 24 Nov 2026"),
            (date(2026, 10, 26), date(2026, 11, 1), false, "26 Oct – 1 Nov"),
            (date(2026, 12, 28), date(2027, 1, 3), true, "28 Dec 2026 – 3 Jan 2027"),
            (date(2026, 12, 28), date(2027, 1, 3), false, "28 Dec – 3 Jan"),
            (date(2025, 11, 3), date(2026, 11, 3), true, "3 Nov 2025 – 3 Nov 2026"),
        ] {
            assert_eq!(days(&(first..=last), with_year), label);
        }
        assert_eq!(month(date(2028, 2, 29)), "Feb 2028");
    }
}
