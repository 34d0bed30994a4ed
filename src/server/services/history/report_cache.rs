//! Reports of sealed visits, remembered.

use std::{ops::Range, sync::Arc};

use moka::sync::Cache;

use super::ReportBuilder;
use crate::{
    model::{HistoryQuery, LinkId},
    server::store::history::sealed::FileName,
};

/// Bytes of all reports together.
const LIMIT: u64 = 64 << 20;

/// What a report of sealed visits depends on. A file never changes, and no other one has its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ReportKey {
    pub(super) link: LinkId,
    pub(super) files: Vec<FileName>,
    /// The filter alone.
    pub(super) filter: HistoryQuery,
    pub(super) span: Range<i64>,
    pub(super) span_before: Option<Range<i64>>,
    /// Since when the views of the link are summed.
    pub(super) summed_from: Option<i64>,
}

/// Reports of sealed visits: a page that is shown again reads only what came since. Cheap to clone.
#[derive(Clone)]
pub struct ReportCache(Cache<ReportKey, Arc<ReportBuilder>>);

impl Default for ReportCache {
    fn default() -> Self {
        let size =
            |_: &ReportKey, report: &Arc<ReportBuilder>| u32::try_from(report.size()).unwrap_or(u32::MAX);
        Self(Cache::builder().weigher(size).max_capacity(LIMIT).build())
    }
}

impl ReportCache {
    pub(super) fn get(&self, key: &ReportKey) -> Option<Arc<ReportBuilder>> {
        self.0.get(key)
    }

    pub(super) fn insert(&self, key: ReportKey, report: Arc<ReportBuilder>) {
        self.0.insert(key, report);
    }
}
