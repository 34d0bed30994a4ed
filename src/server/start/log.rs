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

use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, fmt, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt,
};

use self::{
    repeats::Repeats,
    writer::{LogGuard, LogWriter},
};
use crate::server::{
    config::LogFormat,
    start_error::StartError,
    traces::{self, TracesGuard},
};

/// Writes and sends what is left when it is dropped.
pub struct Logging {
    _traces: Option<TracesGuard>,
    _log: LogGuard,
}

/// Begins the log, at the level of `RUST_LOG` or `info`, and the traces. [`StartError`] where these cannot be sent.
pub fn init(format: LogFormat) -> Result<Logging, StartError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let (writer, guard) = LogWriter::start(stderr(), format);
    let (traces, traces_guard) = traces::layer()?.unzip();
    match traces {
        // A span of a trace is wanted at levels that the log leaves out.
        Some(traces) => {
            tracing_subscriber::registry()
                .with(traces)
                .with(lines(format, writer).with_filter(filter))
                .init();
        }
        None => tracing_subscriber::registry().with(filter).with(lines(format, writer)).init(),
    }
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    Ok(Logging { _traces: traces_guard, _log: guard })
}

/// What writes a line of each event, but not again within a minute.
fn lines<S>(format: LogFormat, writer: LogWriter) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let repeats = Repeats::default();
    repeats.clone().report();
    // Colours in a file are noise, and cost every request that has a span.
    let is_coloured = stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let lines = fmt::layer().with_ansi(is_coloured).with_writer(writer).log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
    };
    lines.with_filter(repeats)
}
