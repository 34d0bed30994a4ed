//! What owners are told of the visits of the past: ranges, filters, and the calculation of reports and lists.
//!
//! [`History`] answers; the rest is pure: a caller brings the visits, the time zone and the time. In the order of use:
//!
//! 1. [`Zone::named`] is the owner's time zone, and [`Period::new`] what a range of the query means in it:
//!    [`Period::needed`] says of which time visits are to be read.
//! 2. [`VisitFilter`] says which visits it asks for: the same for cards, charts, list and export.
//! 3. [`ReportBuilder`] makes the cards, charts and breakdowns of an analytics page and the rows of its table,
//!    [`ListBuilder`] a page of its visits. They take visits one by one, because a million does not fit in memory;
//!    `analytics.rs` passes each visit to both, and remembers the reports of sealed files, which do not change.
//!
//! Views over time are counted by the quarter-hour ([`Quarters`]), as the sums in Redis count them: without a filter they
//! come from there.

mod analytics;
mod breakdowns;
mod corrections;
mod days;
pub mod export;
mod filter;
mod found;
mod list;
mod matching;
mod numbers;
mod others;
mod pages;
mod performance;
mod period;
mod quarters;
mod readers;
mod report;
mod report_cache;
#[cfg(test)]
mod sample;
mod sealer;
mod service;
mod zone;

pub use self::{
    corrections::query_of,
    filter::VisitFilter,
    list::ListBuilder,
    performance::sort_rows,
    period::{Bucket, Comparison, Period},
    quarters::{Quarters, hour_map, time_chart},
    report::{ReportBuilder, ReportRequest},
    report_cache::ReportCache,
    sealer::Sealer,
    service::History,
    zone::Zone,
};
