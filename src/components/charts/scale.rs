//! Scales: round ticks, lengths in percent, shares.

use crate::format;

/// The ticks of an axis that begins at 0: whole numbers 1, 2 or 5 times a power of ten apart, five at most above 0.
/// The last one is at least `max`, and at least 1.
pub(super) fn ticks(max: u64) -> Vec<u64> {
    let max = max.max(1);
    let steps = (0..19).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_u64.pow(power)));
    let step = steps.into_iter().find(|step| max.div_ceil(*step) <= 5).unwrap_or(max);
    (0..=max.div_ceil(step)).map(|tick| tick.saturating_mul(step)).collect()
}

/// A tick in little space: `400`, `2,000`, `20k`, `1.5M`.
pub(super) fn tick_label(tick: u64) -> String {
    let scaled = |unit: u64, letter: char| match tick % unit / (unit / 10) {
        0 => format!("{}{letter}", format::count(tick / unit)),
        tenth => format!("{}.{tenth}{letter}", format::count(tick / unit)),
    };
    match tick {
        0..10_000 => format::count(tick),
        10_000..1_000_000 => scaled(1_000, 'k'),
        _ => scaled(1_000_000, 'M'),
    }
}

/// A length or position of SVG in percent of the whole; nothing of nothing is `0%`.
pub(in crate::components) fn percent(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{:.2}%", 100.0 * part / whole) } else { "0%".to_owned() }
}

/// A share for people: `38 %`, `<1 %`; nothing of nothing is `0 %`.
pub(super) fn share(part: u64, whole: u64) -> String {
    match (100 * part + whole / 2).checked_div(whole) {
        Some(0) if part > 0 => "<1 %".to_owned(),
        Some(share) => format!("{share} %"),
        None => "0 %".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_round_and_reach_the_largest() {
        for (max, expected) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (3, vec![0, 1, 2, 3]),
            (7, vec![0, 2, 4, 6, 8]),
            (42, vec![0, 10, 20, 30, 40, 50]),
            (100, vec![0, 20, 40, 60, 80, 100]),
            (1_234, vec![0, 500, 1_000, 1_500]),
        ] {
            assert_eq!(ticks(max), expected, "{max}");
        }
        for max in [u64::from(u32::MAX), u64::MAX] {
            let ticks = ticks(max);
            assert!(ticks.len() <= 6 && *ticks.last().expect("a tick") >= max, "{max}");
        }
    }

    #[test]
    fn tick_labels_are_short() {
        for (tick, label) in
            [(0, "0"), (2_000, "2,000"), (20_000, "20k"), (250_000, "250k"), (1_500_000, "1.5M")]
        {
            assert_eq!(tick_label(tick), label);
        }
    }

    #[test]
    fn shares_are_rounded_and_never_invented() {
        for (part, whole, text) in
            [(0, 0, "0 %"), (0, 5, "0 %"), (1, 3, "33 %"), (2, 3, "67 %"), (1, 1_000, "<1 %")]
        {
            assert_eq!(share(part, whole), text);
        }
        assert_eq!((percent(1.0, 3.0).as_str(), percent(1.0, 0.0).as_str()), ("33.33%", "0%"));
    }
}
