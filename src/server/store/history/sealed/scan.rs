//! Reads sealed visits, the newest first, with memory for one file and one row group.

use std::ops::Range;

use futures::{Stream, StreamExt, stream};

use super::{
    SealedVisits,
    error::{Damage, SealedError},
    file::SealedFile,
    row::SealedRow,
    stats::{FileName, FileStats, Person},
};
use crate::{
    model::{LinkId, VisitId},
    server::store::history::facts::VisitFacts,
};

/// What limits a scan. Files and row groups beyond it are not read, and no visit beyond it is returned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanBounds {
    /// Only visits with a smaller id: where a list of the newest visits goes on.
    pub before: Option<VisitId>,
    /// Only visits that began at this time or later, in Unix milliseconds.
    pub joined_from: Option<i64>,
    /// Only visits that began before this time, in Unix milliseconds.
    pub joined_before: Option<i64>,
    /// Only visits of this person.
    pub person: Option<Person>,
    /// At most so many visits, of those that the closure takes.
    pub limit: Option<usize>,
}

impl ScanBounds {
    /// Only visits that began within a time, in Unix milliseconds.
    pub fn joined_within(time: &Range<i64>) -> Self {
        Self { joined_from: Some(time.start), joined_before: Some(time.end), ..Self::default() }
    }

    /// Whether visits with joins between these times can be within the bounds.
    pub(super) fn may_hold(&self, (earliest, latest): (i64, i64)) -> bool {
        self.joined_from.is_none_or(|from| latest >= from)
            && self.joined_before.is_none_or(|before| earliest < before)
    }

    /// Whether a visit is within the bounds, but for their limit.
    pub(in crate::server::store::history) fn hold<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        if let Some(before) = self.before
            && visit.id()? >= before
        {
            return Ok(false);
        }
        if self.joined_from.is_some() || self.joined_before.is_some() {
            let joined = visit.joined_at()?;
            if self.joined_from.is_some_and(|from| joined < from)
                || self.joined_before.is_some_and(|before| joined >= before)
            {
                return Ok(false);
            }
        }
        self.person.as_ref().map_or(Ok(true), |person| person.is_of(visit))
    }
}

/// A scan in progress.
struct Scan<F> {
    visits: SealedVisits,
    link: LinkId,
    /// Those not opened yet, the newest last.
    files: Vec<FileStats>,
    open: Option<OpenFile>,
    bounds: ScanBounds,
    pick: F,
}

struct OpenFile {
    name: FileName,
    file: SealedFile,
    /// The row groups that can hold visits within the bounds, the newest last.
    groups: Vec<usize>,
}

impl SealedVisits {
    /// Reads the visits of a link within bounds, the newest first. `pick` filters and reduces: it takes what it needs of
    /// a visit, or nothing. A row group is read when the stream is polled for it; a dropped stream reads no more.
    ///
    /// After an error the stream goes on with the next file, so that a caller can skip what is damaged or missing, and
    /// say so. Visits of the damaged file may have been returned before. [`SealedError::Interrupted`] ends it.
    pub fn scan<T, F>(
        &self,
        link: &LinkId,
        mut files: Vec<FileStats>,
        bounds: ScanBounds,
        pick: F,
    ) -> impl Stream<Item = Result<T, SealedError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnMut(&SealedRow<'_>) -> Result<Option<T>, Damage> + Send + 'static,
    {
        files.retain(|file| file.may_hold(&bounds));
        files.sort_by_key(|file| file.name);
        let scan = Scan { visits: self.clone(), link: link.clone(), files, open: None, bounds, pick };
        stream::unfold(Some(scan), |scan| async { scan?.next().await }).flat_map(stream::iter)
    }
}

/// What one step of a scan returns: visits, or one error.
type Picked<T> = Vec<Result<T, SealedError>>;

impl<F> Scan<F> {
    /// What the next row group or the next error brings, and the scan, if it goes on.
    async fn next<T>(mut self) -> Option<(Picked<T>, Option<Self>)>
    where
        T: Send + 'static,
        F: FnMut(&SealedRow<'_>) -> Result<Option<T>, Damage> + Send + 'static,
    {
        if self.bounds.limit == Some(0) {
            return None;
        }
        let step = match self.open.take() {
            Some(open) => self.visits.clone().blocking(move || self.pick_group(open)).await,
            None => {
                let name = self.files.pop()?.name;
                match self.visits.open(&self.link, &name).await {
                    Ok(file) => {
                        let groups =
                            (0..file.groups()).filter(|group| self.bounds.may_hold(file.joined(*group)));
                        let groups = groups.collect();
                        self.open = Some(OpenFile { name, file, groups });
                        Ok((Vec::new(), self))
                    }
                    Err(error) => Ok((vec![Err(error)], self)),
                }
            }
        };
        Some(match step {
            Ok((picked, scan)) => (picked, Some(scan)),
            Err(error) => (vec![Err(error)], None),
        })
    }

    fn pick_group<T>(mut self, mut open: OpenFile) -> (Picked<T>, Self)
    where
        F: FnMut(&SealedRow<'_>) -> Result<Option<T>, Damage>,
    {
        let Some(group) = open.groups.pop() else { return (Vec::new(), self) };
        match pick_rows(&open.file, group, &self.bounds, &mut self.pick) {
            Ok(picked) => {
                if let Some(left) = &mut self.bounds.limit {
                    *left -= picked.len();
                }
                self.open = Some(open);
                (picked.into_iter().map(Ok).collect(), self)
            }
            Err(damage) => (vec![Err(self.visits.damaged(&self.link, &open.name, damage))], self),
        }
    }
}

fn pick_rows<T>(
    file: &SealedFile,
    group: usize,
    bounds: &ScanBounds,
    mut pick: impl FnMut(&SealedRow<'_>) -> Result<Option<T>, Damage>,
) -> Result<Vec<T>, Damage> {
    let mut picked = Vec::new();
    for row in file.group(group)?.rows().rev() {
        if bounds.limit.is_some_and(|limit| picked.len() >= limit) {
            break;
        }
        if bounds.hold(&row)? {
            picked.extend(pick(&row)?);
        }
    }
    Ok(picked)
}
