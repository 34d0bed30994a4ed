//! The day, the ISO 8601 week and the month of a time, in UTC.

use time::{Date, OffsetDateTime};

/// Milliseconds of a quarter-hour.
pub const MS_PER_QUARTER: i64 = 15 * 60 * 1_000;
/// Milliseconds of a day.
pub const MS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;

/// The labels under which a view is counted, and the day for which they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// `YYYY-MM-DD`.
    pub day: String,
    /// `YYYY-Www`: the ISO 8601 week and its year, which differs from the calendar's around New Year.
    pub week: String,
    /// `YYYY-MM`.
    pub month: String,
    /// The first millisecond of the day, Unix time.
    pub starts: i64,
    /// The first millisecond of the next day, Unix time.
    pub ends: i64,
}

impl Calendar {
    /// The labels for `now`, in Unix milliseconds. A time outside the range of [`OffsetDateTime`] counts as 1970-01-01.
    pub fn at(now: i64) -> Self {
        let starts = now.div_euclid(MS_PER_DAY) * MS_PER_DAY;
        let date =
            OffsetDateTime::from_unix_timestamp(starts / 1_000).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
        Self {
            day: format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day()),
            week: iso_week(date),
            month: format!("{:04}-{:02}", date.year(), u8::from(date.month())),
            starts,
            ends: starts + MS_PER_DAY,
        }
    }

    /// The days of a time, in Unix milliseconds.
    pub fn within(from: i64, until: i64) -> impl Iterator<Item = Self> {
        let first = Some(Self::at(from)).filter(|day| day.starts < until);
        std::iter::successors(first, move |day| Some(Self::at(day.ends)).filter(|day| day.starts < until))
    }

    /// The quarter-hour of the day in which a time lies, 0 to 95.
    pub fn quarter(&self, time: i64) -> i64 {
        (time - self.starts).div_euclid(MS_PER_QUARTER)
    }

    /// The begin of a quarter-hour of the day, in Unix milliseconds.
    pub fn start_of_quarter(&self, quarter: i64) -> i64 {
        self.starts + quarter * MS_PER_QUARTER
    }
}

fn iso_week(date: Date) -> String {
    let (year, week, _) = date.to_iso_week_date();
    format!("{year:04}-W{week:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unix milliseconds of the rows below come from `date -u -d "$day 12:00" +%s000`.
    #[test]
    fn weeks_around_new_year_follow_iso_8601() {
        for (now, day, week, month) in [
            (1_104_494_400_000, "2004-12-31", "2004-W53", "2004-12"),
            (1_104_580_800_000, "2005-01-01", "2004-W53", "2005-01"),
            (1_104_753_600_000, "2005-01-03", "2005-W01", "2005-01"),
            (1_230_552_000_000, "2008-12-29", "2009-W01", "2008-12"),
            (1_262_520_000_000, "2010-01-03", "2009-W53", "2010-01"),
            (1_293_883_200_000, "2011-01-01", "2010-W52", "2011-01"),
            (1_325_419_200_000, "2012-01-01", "2011-W52", "2012-01"),
            (1_330_516_800_000, "2012-02-29", "2012-W09", "2012-02"),
            (1_609_416_000_000, "2020-12-31", "2020-W53", "2020-12"),
            (1_609_675_200_000, "2021-01-03", "2020-W53", "2021-01"),
            (1_735_560_000_000, "2024-12-30", "2025-W01", "2024-12"),
            (1_798_718_400_000, "2026-12-31", "2026-W53", "2026-12"),
        ] {
            let calendar = Calendar::at(now);
            assert_eq!(
                (calendar.day.as_str(), calendar.week.as_str(), calendar.month.as_str()),
                (day, week, month),
                "{now}"
            );
        }
    }

    #[test]
    fn days_change_at_midnight_utc() {
        let midnight = 1_798_761_600_000; // 2027-01-01T00:00:00Z
        assert_eq!(Calendar::at(midnight - 1).day, "2026-12-31");
        assert_eq!(Calendar::at(midnight - 1).ends, midnight);
        assert_eq!(Calendar::at(midnight).day, "2027-01-01");
        assert_eq!(Calendar::at(midnight).starts, midnight);
    }
}
