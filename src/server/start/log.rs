//! The program's log: lines on standard error.
//!
//! One cause is one line a minute, with a count. A thread writes the lines, so that a full pipe, a full disk or a closed
//! terminal costs no request.

mod repeats;
mod writer;

use std::panic;

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use self::{
    repeats::Repeats,
    writer::{LogGuard, LogWriter},
};

/// Begins the log, at the level of `RUST_LOG` or `info`. The guard writes what is left when it is dropped.
pub fn init() -> LogGuard {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let (writer, guard) = LogWriter::start(std::io::stderr());
    let repeats = Repeats::default();
    repeats.clone().report();
    let lines = fmt::layer().with_writer(writer).log_internal_errors(false).with_filter(repeats);
    tracing_subscriber::registry().with(filter).with(lines).init();
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    guard
}
