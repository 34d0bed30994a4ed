//! The days that an analytics page shows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use time::{Date, Month};

use crate::model::Invalid;

/// The Julian day of 1 January 1970.
const EPOCH: i32 = 2_440_588;

/// A day of the calendar from 1970 to 2999, such as `2026-11-24`; a time zone says when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

impl Day {
    /// The day that is `days` days after 1 January 1970; the first or last one that there is where it lies outside.
    pub fn from_epoch(days: i32) -> Self {
        // 376,199 days: until 31 December 2999.
        Self(Date::from_julian_day(EPOCH + days.clamp(0, 376_199)).unwrap_or(Date::MIN))
    }

    /// Days since 1 January 1970.
    pub fn days_since_epoch(self) -> i32 {
        self.0.to_julian_day() - EPOCH
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl FromStr for Day {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u16>().ok()
        };
        let date = || {
            let separated = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
            let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
            let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
            let is_kept = separated && (1970..3000).contains(&year);
            is_kept.then(|| Date::from_calendar_date(year.into(), month, day as u8).ok())?
        };
        date().map(Self).ok_or_else(|| Invalid::new("day", "must be a day such as 2026-11-24"))
    }
}

text_on_the_wire!(Day, "A day, such as 2026-11-24.");

/// One hour of a day, such as `2026-11-24T15`. Where clocks are set back it lasts two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DayHour {
    day: Day,
    hour: u8,
}

impl DayHour {
    /// An hour of a day; `None` from 24 on.
    pub fn new(day: Day, hour: u8) -> Option<Self> {
        (hour < 24).then_some(Self { day, hour })
    }

    /// The day.
    pub fn day(self) -> Day {
        self.day
    }

    /// From 0 to 23.
    pub fn hour(self) -> u8 {
        self.hour
    }
}

impl fmt::Display for DayHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{:02}", self.day, self.hour)
    }
}

impl FromStr for DayHour {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = text.split_once('T').and_then(|(day, hour)| {
            let is_written = hour.len() == 2 && hour.bytes().all(|b| b.is_ascii_digit());
            Self::new(day.parse().ok()?, hour.parse().ok().filter(|_| is_written)?)
        });
        parts.ok_or_else(|| Invalid::new("hour", "must be an hour such as 2026-11-24T15"))
    }
}

text_on_the_wire!(DayHour, "An hour of a day, such as 2026-11-24T15.");

/// The days that an analytics page shows. Those with a number end with today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum HistoryRange {
    /// Today.
    Today,
    /// Yesterday.
    Yesterday,
    /// Seven days.
    Days7,
    /// Four weeks.
    #[default]
    Days28,
    /// 90 days.
    Days90,
    /// Twelve months.
    Months12,
    /// Since the first visit.
    All,
    /// From the first day to the second one, both included.
    Days(Day, Day),
    /// One hour.
    Hour(DayHour),
}

impl HistoryRange {
    /// The ranges that have a name, in the order in which they are offered.
    pub const NAMED: [Self; 7] =
        [Self::Today, Self::Yesterday, Self::Days7, Self::Days28, Self::Days90, Self::Months12, Self::All];

    /// The word in the address; `None` for a range without a name.
    pub fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Days7 => "7d",
            Self::Days28 => "28d",
            Self::Days90 => "90d",
            Self::Months12 => "12m",
            Self::All => "all",
            Self::Days(..) | Self::Hour(_) => return None,
        })
    }

    /// As people read it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Yesterday => "Yesterday",
            Self::Days7 => "7 days",
            Self::Days28 => "28 days",
            Self::Days90 => "90 days",
            Self::Months12 => "12 months",
            Self::All => "All time",
            Self::Days(..) | Self::Hour(_) => "Custom",
        }
    }
}

impl fmt::Display for HistoryRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(from, to) => write!(f, "{from}..{to}"),
            Self::Hour(hour) => write!(f, "{hour}"),
            named => f.write_str(named.name().unwrap_or_default()),
        }
    }
}

impl FromStr for HistoryRange {
    type Err = Invalid;

    /// Reads `28d`, `2026-11-01..2026-11-20` or `2026-11-24T15`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if let Some(named) = Self::NAMED.into_iter().find(|range| range.name() == Some(text)) {
            return Ok(named);
        }
        let days = text.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        match days {
            Some((from, to)) if from <= to => Ok(Self::Days(from, to)),
            _ => text.parse().map(Self::Hour).map_err(|_| {
                let names = Self::NAMED.map(|range| range.name().unwrap_or_default()).join(", ");
                Invalid::new("range", format!("must be one of {names}, or an hour such as 2026-11-24T15"))
            }),
        }
    }
}

text_on_the_wire!(HistoryRange, "A period of days, such as 28d.");
