//! The program's log: lines on standard error.
//!
//! One cause is one line a minute, with a count. A thread writes the lines, so that a full pipe, a full disk or a closed
//! terminal costs no request.

mod repeats;
mod writer;

use std::{
    env,
    io::{IsTerminal, stderr},
    panic,
};

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use self::{
    repeats::Repeats,
    writer::{LogGuard, LogWriter},
};
use crate::server::config::LogFormat;

/// Begins the log, at the level of `RUST_LOG` or `info`. The guard writes what is left when it is dropped.
pub fn init(format: LogFormat) -> LogGuard {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let (writer, guard) = LogWriter::start(stderr(), format);
    let repeats = Repeats::default();
    repeats.clone().report();
    // Colours in a file are noise, and cost every request that has a span.
    let is_coloured = stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = fmt::layer().with_ansi(is_coloured).with_writer(writer).log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    tracing_subscriber::registry().with(filter).with(lines.with_filter(repeats)).init();
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    guard
}
