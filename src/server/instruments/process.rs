//! What this process takes of its machine, under the names that
//! [client libraries](https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics) share.

use std::{
    fs,
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use rustix::{
    param::page_size,
    process::{Resource, getrlimit},
    time::{ClockId, clock_gettime},
};

/// When the process began to measure itself: a moment after its start.
static STARTED: LazyLock<f64> =
    LazyLock::new(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());

/// What the process takes. `None` for what the system does not tell, such as macOS.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessLoad {
    /// Processor time of all threads since the start, in seconds.
    pub cpu_seconds: f64,
    /// Memory that is in use, in bytes.
    pub resident_bytes: Option<u64>,
    /// Open files, connections included.
    pub open_files: Option<u64>,
    /// How many there may be; `None`: any number.
    pub max_files: Option<u64>,
    /// When it started, in Unix seconds.
    pub started: f64,
}

impl ProcessLoad {
    /// Notes when the process started.
    pub fn begin() {
        LazyLock::force(&STARTED);
    }

    /// Reads it now. Lists open files, so it blocks for as long as thousands of them take.
    pub fn read() -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        Self {
            cpu_seconds: cpu.tv_sec as f64 + cpu.tv_nsec as f64 / 1e9,
            resident_bytes: resident_bytes(&fs::read_to_string("/proc/self/statm").unwrap_or_default()),
            // One of them lists the others.
            open_files: fs::read_dir("/proc/self/fd")
                .ok()
                .map(|files| (files.count() as u64).saturating_sub(1)),
            max_files: getrlimit(Resource::Nofile).current,
            started: *STARTED,
        }
    }
}

/// The second number of [proc(5)](https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html) `statm`, in pages.
fn resident_bytes(statm: &str) -> Option<u64> {
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * page_size() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_the_second_number() {
        assert_eq!(resident_bytes("900 25 10 1 0 90 0\n"), Some(25 * page_size() as u64));
        assert_eq!(resident_bytes(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn own_process_is_read() {
        let load = ProcessLoad::read();
        assert!(load.cpu_seconds > 0.0 && load.started > 1.7e9, "{load:?}");
        assert!(load.resident_bytes > Some(1 << 20) && load.open_files >= Some(3), "{load:?}");
    }
}
