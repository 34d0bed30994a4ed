//! What a process has used, according to the kernel.

use super::Outcome;

/// The kernel's clock ticks per second, in which it counts processor time.
const TICKS: f64 = 100.0;

/// The processor seconds of a process since its start.
pub fn cpu_seconds(id: u32) -> Outcome<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name, in brackets, may contain spaces; user and system time are the 12th and 13th word after it.
    let words: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |at: usize| words.get(at).and_then(|word| word.parse::<f64>().ok());
    Ok((ticks(11).unwrap_or_default() + ticks(12).unwrap_or_default()) / TICKS)
}

/// The resident memory of a process in bytes.
pub fn memory(id: u32) -> Outcome<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let resident =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("the status has no VmRSS")?;
    Ok(resident.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0)
}
