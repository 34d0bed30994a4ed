//! The memory of the program, as Linux counts it.

use super::Server;

impl Server {
    /// Resident memory in bytes.
    pub fn memory(&self) -> u64 {
        self.memory_of("VmRSS:")
    }

    /// The most resident memory in bytes, since its start or [`Server::forget_peak_memory`].
    pub fn peak_memory(&self) -> u64 {
        self.memory_of("VmHWM:")
    }

    /// Lets the peak begin with the memory that is resident now (see proc(5)).
    pub fn forget_peak_memory(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.id()), "5").expect("the program runs");
    }

    fn memory_of(&self, field: &str) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.id())).expect("the program runs");
        let memory = status.lines().find_map(|line| line.strip_prefix(field)).expect("its memory");
        let kilobytes: u64 = memory.trim().trim_end_matches(" kB").parse().expect("a number");
        kilobytes * 1024
    }
}
