//! What owners are told of the visits of the past: ranges, filters, and the calculation of reports and lists.
//!
//! [`History`] answers; the rest is pure: a caller brings the visits, the time zone and the time. In the order of use:
//!
//! 1. [`Zone::named`] is the owner's time zone, and [`Period::new`] what a range of the query means in it:
//!    [`Period::needed`] says of which time visits are to be read.
//! 2. [`report()`] makes the cards, charts and breakdowns of an analytics page, [`list()`] a page of its visits, and
//!    [`performance()`] the table of all documents. An export asks [`VisitFilter`]. All obey the same filter.
//!
//! Where the visits do not fit in memory, [`ReportBuilder`] takes them one by one. Views over time are counted by the
//! quarter-hour ([`Quarters`]), as the sums in Redis count them: [`time_chart()`] and [`hour_map()`] draw either.

mod breakdowns;
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
mod report;
#[cfg(test)]
mod sample;
mod sealer;
mod service;
mod zone;

pub use self::{
    filter::VisitFilter,
    list::list,
    performance::{DocumentVisits, performance},
    period::{Bucket, Comparison, Period},
    quarters::{Quarters, hour_map, time_chart},
    report::{ReportBuilder, ReportRequest, report},
    sealer::Sealer,
    service::History,
    zone::Zone,
};
