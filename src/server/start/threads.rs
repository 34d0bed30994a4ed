//! The threads of the server.
//!
//! Half as many as there are cores serve connections and talk with Redis. All that they do is short, and each hands some of
//! it to the others: on two cores, a second one makes a heartbeat cost a quarter more processor time
//! (docs/decisions/15-threads.md). What takes long is done by workers, one for each core; the system divides the time between
//! both.

use std::{io, thread::available_parallelism};

use tokio::runtime::{Builder, Runtime};

/// The threads that serve connections; a command of the terminal runs on them too.
pub fn serving() -> io::Result<Runtime> {
    let cores = available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread().worker_threads(cores.div_ceil(2)).enable_all().build()
}

/// The threads for what takes long, such as a page.
pub fn workers() -> io::Result<Runtime> {
    Builder::new_multi_thread().thread_name("sightline-worker").enable_all().build()
}
