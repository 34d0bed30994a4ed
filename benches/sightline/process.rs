//! What a process has used, as the kernel counts it.

use super::Outcome;

/// The kernel counts processor time in hundredths of a second.
const TICKS: f64 = 100.0;

/// Seconds of processor time since it started.
pub fn cpu_seconds(id: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in brackets, may hold blanks; user and system time are the 12th and 13th word after it.
    let words: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| words.get(at).and_then(|word| word.parse::<f64>().ok());
    Ok((ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / TICKS)
}

/// Bytes of memory that it holds now.
pub fn memory(id: u32) -> Outcome<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no memory is told")?;
    Ok(resident.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}
