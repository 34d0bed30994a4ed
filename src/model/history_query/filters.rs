//! The filter of a query in words, each part removable.

use super::HistoryQuery;
use crate::model::LinkId;

/// One part of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HistoryFilter {
    /// By link.
    Link,
    /// By reader.
    Who,
    /// By reading time.
    Min,
    /// By the number of pages seen.
    Pages,
    /// By a page seen.
    Page,
    /// By whether the mark had been there before.
    Returning,
    /// By whether the file was downloaded.
    Downloaded,
    /// By whether the reader asked to print.
    Printed,
    /// By kind of device.
    Device,
    /// By country.
    Country,
    /// By the host that led to the link.
    Referrer,
    /// By whether the owner left the visit out of the numbers.
    Archived,
}

impl HistoryFilter {
    /// All of them, in the order of the parameters.
    pub const ALL: [Self; 12] = [
        Self::Link,
        Self::Who,
        Self::Min,
        Self::Pages,
        Self::Page,
        Self::Returning,
        Self::Downloaded,
        Self::Printed,
        Self::Device,
        Self::Country,
        Self::Referrer,
        Self::Archived,
    ];
}

/// One part of a filter that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterPart {
    /// The part.
    pub filter: HistoryFilter,
    /// What it says, such as `at least 5 minutes`.
    pub text: String,
    /// The query without it.
    pub without: HistoryQuery,
}

impl HistoryQuery {
    /// The parts of the filter that are in force, in words. `link_label` names a link as its owner does.
    pub fn filter_parts(&self, link_label: impl Fn(&LinkId) -> String) -> Vec<FilterPart> {
        let part = |filter| {
            let text = self.words(filter, &link_label)?;
            Some(FilterPart { filter, text, without: self.without(filter) })
        };
        HistoryFilter::ALL.into_iter().filter_map(part).collect()
    }

    /// The same without one part of the filter, on the first page of the list.
    pub fn without(&self, filter: HistoryFilter) -> Self {
        let mut query = self.first_page();
        match filter {
            HistoryFilter::Link => query.link = None,
            HistoryFilter::Who => query.who.clear(),
            HistoryFilter::Min => query.min = None,
            HistoryFilter::Pages => query.pages = None,
            HistoryFilter::Page => query.page = None,
            HistoryFilter::Returning => query.returning = None,
            HistoryFilter::Downloaded => query.downloaded = false,
            HistoryFilter::Printed => query.printed = false,
            HistoryFilter::Device => query.device = None,
            HistoryFilter::Country => query.country = None,
            HistoryFilter::Referrer => query.referrer = None,
            HistoryFilter::Archived => query.archived = false,
        }
        query
    }

    /// The same without any filter, on the first page of the list.
    pub fn unfiltered(&self) -> Self {
        HistoryFilter::ALL.into_iter().fold(self.clone(), |query, filter| query.without(filter))
    }

    /// Its filter alone, but for the link.
    pub fn filter_of_links(&self) -> Self {
        let default = Self::default();
        Self {
            range: default.range,
            sort: default.sort,
            descending: default.descending,
            compare: default.compare,
            by: default.by,
            ..self.without(HistoryFilter::Link)
        }
    }

    /// Whether it asks for all visits of its links and its time.
    pub fn asks_for_all(&self) -> bool {
        self.filter_of_links() == Self::default()
    }

    fn words(&self, filter: HistoryFilter, link_label: impl Fn(&LinkId) -> String) -> Option<String> {
        match filter {
            HistoryFilter::Link => Some(format!("link {}", link_label(self.link.as_ref()?))),
            HistoryFilter::Who => (!self.who.is_empty()).then(|| format!("reader “{}”", self.who)),
            HistoryFilter::Min => Some(format!("at least {}", time_in_words(self.min?))),
            HistoryFilter::Pages => Some(format!("at least {} seen", counted(self.pages?.into(), "page"))),
            HistoryFilter::Page => Some(format!("page {} seen", self.page?)),
            HistoryFilter::Returning => {
                Some(if self.returning? { "returning readers" } else { "new readers" }.to_owned())
            }
            HistoryFilter::Downloaded => self.downloaded.then(|| "downloaded".to_owned()),
            HistoryFilter::Printed => self.printed.then(|| "tried to print".to_owned()),
            HistoryFilter::Device => Some(format!("device {}", self.device?.label())),
            HistoryFilter::Country => Some(format!("country {}", self.country?.label())),
            HistoryFilter::Referrer => Some(match self.referrer.as_deref()? {
                "" => "no referrer".to_owned(),
                host => format!("from {host}"),
            }),
            HistoryFilter::Archived => self.archived.then(|| "archived visits only".to_owned()),
        }
    }
}

fn time_in_words(seconds: u64) -> String {
    if seconds.is_multiple_of(60) { counted(seconds / 60, "minute") } else { counted(seconds, "second") }
}

fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
