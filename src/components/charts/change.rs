//! How a number changed since the period before, in words.

use crate::{format, model::Compared};

/// What a number counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
    /// Percent of something; its change is in points, because a percent of percents misleads.
    Percent,
}

impl Unit {
    /// Formats a number in little space.
    pub(super) fn short(self, value: u64) -> String {
        match self {
            Self::Count => format::short_count(value),
            Self::Seconds => format::duration(value),
            Self::Percent => format!("{value} %"),
        }
    }

    /// Formats a number in full.
    pub(super) fn exact(self, value: u64) -> String {
        match self {
            Self::Count => format::count(value),
            Self::Seconds => format::plural(value, "second", "seconds"),
            Self::Percent => format!("{value} %"),
        }
    }
}

/// Which way a number went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
    Level,
    /// There is nothing to compare.
    Unknown,
}

/// A change: its direction and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) direction: Direction,
    pub(super) text: String,
}

/// The change of a number: `+12 %`, `−3 %`, `×14`, or a dash and why there is none. `has_period`: whether there is a
/// period before.
pub(super) fn change(number: Compared, unit: Unit, has_period: bool) -> Change {
    let unknown = |why: &str| Change { direction: Direction::Unknown, text: format!("– {why}") };
    if !has_period {
        return unknown("not compared");
    }
    let (value, before) = match (number.value, number.before) {
        (None, _) => return unknown("not recorded"),
        (_, None) => return unknown("none before"),
        (Some(value), Some(before)) if value == before => {
            return Change { direction: Direction::Level, text: "no change".to_owned() };
        }
        (Some(value), Some(before)) => (value, before),
    };
    let is_up = value > before;
    let direction = if is_up { Direction::Up } else { Direction::Down };
    let sign = if is_up { '+' } else { '−' };
    let by = value.abs_diff(before);
    if unit == Unit::Percent {
        return Change { direction, text: format!("{sign}{}", format::plural(by, "point", "points")) };
    }
    if before == 0 {
        return unknown("none before");
    }
    let text = match u128::from(by) * 100 / u128::from(before) {
        0 => format!("{sign}under 1 %"),
        1_000.. => format!("×{}", format::count(value / before)),
        _ => {
            let percent = (u128::from(by) * 200 / u128::from(before)).div_ceil(2);
            format!("{sign}{percent} %")
        }
    };
    Change { direction, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_signed_and_unknown_ones_say_why() {
        use Direction::*;
        let of = |value: u64, before: u64| Compared { value: Some(value), before: Some(before) };
        let unknown = Compared { value: None, before: Some(3) };
        let first = Compared { value: Some(3), before: None };
        for (number, unit, direction, text) in [
            (of(112, 100), Unit::Count, Up, "+12 %"),
            (of(97, 100), Unit::Seconds, Down, "−3 %"),
            (of(0, 100), Unit::Count, Down, "−100 %"),
            (of(2, 3), Unit::Count, Down, "−33 %"),
            (of(5, 3), Unit::Count, Up, "+67 %"),
            (of(7, 7), Unit::Count, Level, "no change"),
            (of(1_001, 1_000), Unit::Count, Up, "+under 1 %"),
            (of(280, 20), Unit::Count, Up, "×14"),
            (of(5, 0), Unit::Count, Unknown, "– none before"),
            (of(0, 0), Unit::Count, Level, "no change"),
            (of(64, 61), Unit::Percent, Up, "+3 points"),
            (of(60, 61), Unit::Percent, Down, "−1 point"),
            (unknown, Unit::Count, Unknown, "– not recorded"),
            (first, Unit::Count, Unknown, "– none before"),
        ] {
            assert_eq!(change(number, unit, true), Change { direction, text: text.to_owned() });
        }
        assert_eq!(change(of(2, 1), Unit::Count, false).text, "– not compared");
    }
}
