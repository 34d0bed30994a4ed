//! What an analytics page shows above its list of visits. Made on the server; texts are ready to read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{DocumentId, HistoryScope, LinkId, Visit, VisitCursor};

/// A number beside the same number of the period before. `None`: not known, or there is nothing to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// Of the period.
    pub value: Option<u64>,
    /// Of the period before, clipped as this one is.
    pub before: Option<u64>,
}

/// The numbers on the cards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportNumbers {
    /// Visits that began in the period.
    pub views: Compared,
    /// Different browsers among them, by their random marks.
    pub readers: Compared,
    /// The median of their reading times, in seconds.
    pub median_seconds: Compared,
    /// The mean of their reading times, in seconds.
    pub average_seconds: Compared,
    /// The mean of their completions, in percent.
    pub completion_percent: Compared,
    /// Visits in which the file was downloaded, and downloads without a visit.
    pub downloads: Compared,
}

/// How long one bar of the time chart is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// An hour.
    Hour,
    /// A day of the owner's time zone.
    #[default]
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
}

/// One bar of the time chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeBar {
    /// When it begins, Unix milliseconds.
    pub starts_at: i64,
    /// Its name, such as `Mon 3 Nov`.
    pub label: String,
    /// Views.
    pub views: u64,
    /// Views of the matching bar of the period before.
    pub before: Option<u64>,
    /// Whether the time is not over yet.
    pub is_unfinished: bool,
    /// The page with this bar as its range.
    pub address: String,
}

/// Views over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimeChart {
    /// How long a bar is.
    pub unit: TimeUnit,
    /// Without gaps, the earliest first.
    pub bars: Vec<TimeBar>,
}

/// How one page of the document was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageReport {
    /// From 1.
    pub page: u32,
    /// Visits that had it in view for at least a second.
    pub visits: u64,
    /// Those of all visits whose pages were recorded, in percent.
    pub reached_percent: u8,
    /// The median time in view of those visits, in seconds; `None`: there are none.
    pub median_seconds: Option<u64>,
    /// The time in view of all visits, in seconds.
    pub total_seconds: u64,
    /// Visits that ended on it.
    pub exits: u64,
    /// The page with the visits that reached it.
    pub address: String,
    /// Its picture.
    pub picture: String,
}

/// By what a breakdown divides the visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum BreakdownKind {
    /// By link.
    Links,
    /// By the host that led to the link.
    Referrers,
    /// By kind of device.
    Devices,
    /// By country.
    Countries,
}

/// One part of a breakdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownRow {
    /// Its name; `Not recorded` for visits of which it is not known.
    pub label: String,
    /// Its visits.
    pub visits: u64,
    /// The page with these visits only; empty where no filter says that.
    pub address: String,
}

/// Visits divided by one property, the largest part first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Breakdown {
    /// The property.
    pub kind: BreakdownKind,
    /// The parts.
    pub rows: Vec<BreakdownRow>,
}

/// Views by hour of the week in the owner's time zone: seven rows from Monday, 24 columns from midnight.
pub type HourMap = [[u64; 24]; 7];

/// Everything above the list of visits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The range in words, such as `28 Oct – 24 Nov 2026`.
    pub range: String,
    /// The range that it is compared with, in words; empty: nothing is compared.
    pub compared_with: String,
    /// The name of the time zone in which days begin, such as `Europe/Berlin`.
    pub zone: String,
    /// The cards.
    pub numbers: ReportNumbers,
    /// The time chart.
    pub views: TimeChart,
    /// The pages, in their order; empty where documents or versions are mixed.
    pub pages: Vec<PageReport>,
    /// The heat map.
    #[schema(value_type = Vec<Vec<u64>>)]
    pub hours: HourMap,
    /// The breakdowns.
    pub breakdowns: Vec<Breakdown>,
}

/// One page of the list of visits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitList {
    /// The visits, in the order that was asked for.
    pub visits: Vec<Visit>,
    /// Where the next page begins; `None`: this is the last one.
    pub next: Option<VisitCursor>,
}

/// A visit as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedVisit {
    /// The visit.
    pub visit: Visit,
    /// When it began, exactly, in the owner's time zone.
    pub started: String,
    /// Its link as the owner names it.
    pub link_label: String,
}

/// All that an analytics page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AnalyticsPage {
    /// Whose visits it shows.
    pub scope: HistoryScope,
    /// The title of the document; empty where there are several.
    pub title: String,
    /// Its links as the owner names them.
    pub links: Vec<(LinkId, String)>,
    /// Cards, charts and breakdowns.
    pub report: Report,
    /// A page of the list of visits.
    pub visits: Vec<ListedVisit>,
    /// Where the next page of the list begins.
    pub next: Option<VisitCursor>,
    /// The documents; only where the page shows all of them.
    pub documents: Vec<PerformanceRow>,
    /// Visits that cannot be read, and are in no number.
    pub unreadable: u64,
    /// Whether the owner has set a time zone.
    pub has_zone: bool,
    /// Unix milliseconds.
    pub now: i64,
}

/// One visit as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VisitDetail {
    /// The visit, its time and its link.
    pub listed: ListedVisit,
    /// The title of the document.
    pub title: String,
    /// The median time in view of each of its pages in the other visits, in seconds.
    pub medians: Vec<Option<u64>>,
    /// The other visits of the same reader to this document, the newest first.
    pub others: Vec<ListedVisit>,
    /// Unix milliseconds.
    pub now: i64,
}

/// How one document of an owner was read in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PerformanceRow {
    /// The document.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// Visits that began in the period.
    pub views: u64,
    /// Different browsers among them; `None`: none of them has a mark.
    pub readers: Option<u64>,
    /// The median of their reading times, in seconds.
    pub median_seconds: Option<u64>,
    /// The mean of their completions, in percent.
    pub completion_percent: Option<u64>,
    /// When the last of them began, Unix milliseconds.
    pub last_view: Option<i64>,
    /// Views by the bars of the time chart.
    pub trend: Vec<u64>,
}
