//! Traces by OTLP, in builds with the feature `otlp`: a request is a span, with a span for each script of Redis that it
//! runs and for each process that reads a file for it. Other builds do nothing here.
//!
//! Off unless `OTEL_EXPORTER_OTLP_ENDPOINT` names a collector; the other variables of the standard work too, as its library
//! reads them. Like the log, a trace names routes and scripts, never an address, a link or a person.

#[cfg(not(feature = "otlp"))]
mod inert;
#[cfg(feature = "otlp")]
mod otlp;

#[cfg(not(feature = "otlp"))]
pub use inert::{TracesGuard, continue_from, layer};
#[cfg(feature = "otlp")]
pub use otlp::{TracesGuard, continue_from, layer};
