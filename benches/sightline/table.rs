//! The figures, as a table that can be pasted into the README.

/// One line of the table: a figure and its baseline.
pub struct Row {
    /// What was measured.
    pub figure: String,
    /// The figure with its unit.
    pub measured: String,
    /// The baseline with its figure.
    pub baseline: String,
    /// The first over the second.
    pub ratio: f64,
    /// The intended result.
    pub target: &'static str,
}

/// Prints the table to standard output; all other output goes to standard error.
pub fn print(rows: &[Row]) {
    println!("| figure | measured | baseline in the same run | ratio | target |");
    println!("|---|--:|--:|--:|--:|");
    for Row { figure, measured, baseline, ratio, target } in rows {
        println!("| {figure} | {measured} | {baseline} | {ratio:.2} | {target} |");
    }
}

/// The smallest value that at least `share` of all values do not exceed; 0 without values.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// The median; of an even number of values the lower middle one.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}
