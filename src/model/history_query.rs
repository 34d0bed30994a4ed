//! What an analytics page is asked, as its address says it: one range, one filter for cards, charts, list and export.

mod cursor;
mod filters;
mod order;
mod parse;
mod range;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Country, Device, DocumentId, LinkId, address::encode};

pub use self::{
    cursor::VisitCursor,
    filters::{FilterPart, HistoryFilter},
    order::{PerformanceOrder, PerformanceSort, VisitSort},
    range::{Day, DayHour, HistoryRange},
};

/// The most visits on one page of a list.
pub const VISITS_PER_PAGE: usize = 50;

/// Whose visits an analytics page shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HistoryScope {
    /// Those of a link.
    Link(LinkId),
    /// Those of all links of a document.
    Document(DocumentId),
    /// Those of all documents of the owner.
    Everything,
}

/// What an analytics page is asked. A filter that is `None`, empty or `false` is not in force.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HistoryQuery {
    /// The days.
    pub range: HistoryRange,
    /// Only visits of this link.
    pub link: Option<LinkId>,
    /// Only readers with this in their e-mail address, or with this [`ReaderName`](super::ReaderName).
    pub who: String,
    /// Only visits with so much reading time, in seconds.
    pub min: Option<u64>,
    /// Only visits that saw so many pages.
    pub pages: Option<u32>,
    /// Only visits that saw this page, from 1.
    pub page: Option<u32>,
    /// Only visits of returning marks, or of new ones.
    pub returning: Option<bool>,
    /// Only visits in which the file was downloaded, and downloads without a visit.
    pub downloaded: bool,
    /// Only visits in which the reader asked to print.
    pub printed: bool,
    /// Only visits with this kind of device.
    pub device: Option<Device>,
    /// Only visits from this country.
    pub country: Option<Country>,
    /// Only visits that came from this host; empty: from none.
    pub referrer: Option<String>,
    /// Only visits that the owner left out of the numbers; `false`: none of them.
    pub archived: bool,
    /// The order of the list.
    pub sort: VisitSort,
    /// From the latest or longest visit on.
    pub descending: bool,
    /// The list begins behind this visit.
    pub after: Option<VisitCursor>,
    /// Whether the numbers are compared with the period before.
    pub compare: bool,
    /// The order of the table of documents.
    pub by: PerformanceOrder,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self {
            range: HistoryRange::default(),
            link: None,
            who: String::new(),
            min: None,
            pages: None,
            page: None,
            returning: None,
            downloaded: false,
            printed: false,
            device: None,
            country: None,
            referrer: None,
            archived: false,
            sort: VisitSort::default(),
            descending: true,
            after: None,
            compare: true,
            by: PerformanceOrder::default(),
        }
    }
}

impl HistoryQuery {
    /// The parameters as they stand behind a path, the question mark included; empty for the default. What
    /// [`HistoryQuery::parse`] reads.
    pub fn as_parameters(&self) -> String {
        let written: Vec<String> =
            self.parameters().iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        if written.is_empty() { String::new() } else { format!("?{}", written.join("&")) }
    }

    /// The names and values of the parameters that are not at their default.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let (from, to) = match self.range {
            HistoryRange::Days(from, to) => (Some(from.to_string()), Some(to.to_string())),
            _ => (None, None),
        };
        let default = Self::default();
        let range = (self.range != default.range && from.is_none()).then(|| self.range.to_string());
        let yes = |is_set: bool| is_set.then(|| "yes".to_owned());
        let parameters = [
            ("range", range),
            ("from", from),
            ("to", to),
            ("link", self.link.as_ref().map(LinkId::to_string)),
            ("who", (!self.who.is_empty()).then(|| self.who.clone())),
            ("min", self.min.map(length)),
            ("pages", self.pages.map(|pages| pages.to_string())),
            ("page", self.page.map(|page| page.to_string())),
            ("returning", self.returning.map(|returning| if returning { "yes" } else { "no" }.to_owned())),
            ("downloaded", yes(self.downloaded)),
            ("printed", yes(self.printed)),
            ("device", self.device.map(|device| device.label().to_ascii_lowercase())),
            ("country", self.country.map(|country| country.to_string())),
            (
                "referrer",
                self.referrer.as_ref().map(|host| if host.is_empty() { "-" } else { host }.to_owned()),
            ),
            ("archived", yes(self.archived)),
            ("sort", (self.sort != default.sort).then(|| self.sort.as_str().to_owned())),
            ("direction", (!self.descending).then(|| self.direction().to_owned())),
            ("compare", (!self.compare).then(|| "off".to_owned())),
            ("by", (self.by != default.by).then(|| self.by.to_string())),
            ("after", self.after.as_ref().map(VisitCursor::to_string)),
        ];
        parameters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// `asc` or `desc`.
    pub fn direction(&self) -> &'static str {
        if self.descending { "desc" } else { "asc" }
    }

    /// The same on the first page of the list.
    pub fn first_page(&self) -> Self {
        Self { after: None, ..self.clone() }
    }

    /// The same behind a visit.
    pub fn next_page(&self, after: VisitCursor) -> Self {
        Self { after: Some(after), ..self.clone() }
    }

    /// The same for other days.
    pub fn with_range(&self, range: HistoryRange) -> Self {
        Self { range, ..self.first_page() }
    }

    /// Only visits of a link.
    pub fn with_link(&self, link: LinkId) -> Self {
        Self { link: Some(link), ..self.first_page() }
    }

    /// Only the readers whom `who` names.
    pub fn with_who(&self, who: impl Into<String>) -> Self {
        Self { who: who.into(), ..self.first_page() }
    }

    /// Only visits that saw a page.
    pub fn with_page(&self, page: u32) -> Self {
        Self { page: Some(page), ..self.first_page() }
    }

    /// Only visits with a kind of device.
    pub fn with_device(&self, device: Device) -> Self {
        Self { device: Some(device), ..self.first_page() }
    }

    /// Only visits from a country.
    pub fn with_country(&self, country: Country) -> Self {
        Self { country: Some(country), ..self.first_page() }
    }

    /// Only visits that came from a host; empty: from none.
    pub fn with_referrer(&self, host: impl Into<String>) -> Self {
        Self { referrer: Some(host.into()), ..self.first_page() }
    }

    /// The same by `sort`, the largest first; the other way round where it is sorted so already.
    pub fn sorted_by(&self, sort: VisitSort) -> Self {
        let descending = self.sort != sort || !self.descending;
        Self { sort, descending, ..self.first_page() }
    }

    /// The same with the table of documents by `sort`; the other way round where it is sorted so already.
    pub fn table_by(&self, sort: PerformanceSort) -> Self {
        let is_turned = self.by.sort == sort && !self.by.is_turned;
        Self { by: PerformanceOrder { sort, is_turned }, ..self.clone() }
    }

    /// The same with the period before, or without it.
    pub fn with_comparison(&self, compare: bool) -> Self {
        Self { compare, ..self.clone() }
    }
}

/// Seconds as the parameter `min` has them: `90s`, `5m`.
fn length(seconds: u64) -> String {
    if seconds.is_multiple_of(60) { format!("{}m", seconds / 60) } else { format!("{seconds}s") }
}
