//! Leaves visits out of all numbers, and takes them back: one, or many of a link in one step.

use std::{
    collections::{HashMap, HashSet},
    pin::pin,
};

use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{
    ATTEMPTS, VisitStore,
    facts::VisitFacts,
    index::{Change, Marked, ViewsChange, failed},
    keys, overtaken,
    peak::{Active, active_time},
    sealed::{Damage, FileName, FileStats, Person, ScanBounds, SealedError, SealedRow},
    tail::Tail,
};
use crate::{
    error::AppError,
    model::{CorrectionId, DocumentId, LinkId, ReaderName, Visit, VisitId},
};

/// Says which visits are meant, whether or not they are left out by now.
pub trait VisitChoice: Clone + Send + Sync + 'static {
    /// Whether a visit is meant.
    fn chooses<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error>;
}

impl VisitChoice for VisitId {
    fn chooses<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        Ok(visit.id()? == *self)
    }
}

/// What becomes of the visits of a choice.
#[derive(Clone, Copy, Debug)]
pub enum VisitMarking<'a> {
    /// Left out of all numbers.
    LeaveOut,
    /// Taken back.
    TakeBack,
    /// Left out together, under the id of a correction. Does nothing where that was done before.
    LeaveOutTogether(&'a CorrectionId),
    /// Taken back, but for those that were left out before the correction was made. Does nothing where that was done before.
    TakeBackTogether(&'a CorrectionId),
}

impl<'a> VisitMarking<'a> {
    fn leaves_out(self) -> bool {
        matches!(self, Self::LeaveOut | Self::LeaveOutTogether(_))
    }

    fn correction(self) -> Option<&'a CorrectionId> {
        match self {
            Self::LeaveOutTogether(correction) | Self::TakeBackTogether(correction) => Some(correction),
            Self::LeaveOut | Self::TakeBack => None,
        }
    }
}

/// How many visits of a link were marked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedVisits {
    /// Those whose mark has changed, downloads without a visit among them.
    pub visits: u64,
    /// How many of them count as views.
    pub views: u64,
    /// Those that were marked so before.
    #[serde(skip)]
    pub before: u64,
}

/// What a link keeps of a correction until it is taken back.
#[derive(Debug, Serialize, Deserialize)]
struct OfCorrection {
    #[serde(flatten)]
    marked: MarkedVisits,
    /// The chosen visits that were left out before, as [`Chosen::name`] has them: they stay so.
    before: HashSet<String>,
    /// Fields of a newer version.
    #[serde(flatten)]
    newer: Map<String, Value>,
}

/// A chosen visit.
struct Chosen {
    id: VisitId,
    joined_at: i64,
    active: Active,
    reader: Option<ReaderName>,
    is_view: bool,
    is_archived: bool,
}

impl Chosen {
    fn of<V: VisitFacts>(visit: &V) -> Result<Self, V::Error> {
        Ok(Self {
            id: visit.id()?,
            joined_at: visit.joined_at()?,
            active: active_time(visit)?,
            reader: visit.reader()?,
            is_view: visit.is_view()?,
            is_archived: visit.archived()?,
        })
    }

    /// Names the visit, also when it is resumed, which gives it another id. It is a digest, because it outlives the erasure
    /// of the reader.
    fn name(&self) -> String {
        let reader = self.reader.map_or(String::new(), |reader| reader.to_string());
        let digest = Sha256::digest(format!("{} {reader}", self.joined_at));
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The chosen visits of a link, by where they are.
#[derive(Default)]
struct Found {
    in_tail: Vec<Chosen>,
    in_files: HashMap<FileName, Vec<Chosen>>,
}

impl VisitStore {
    /// Leaves a visit out of all numbers, or takes it back. What it was before does not matter. `false` when it is not
    /// kept. A sealed visit's file is written anew.
    pub async fn archive(
        &self,
        link: &LinkId,
        document: &DocumentId,
        id: VisitId,
        is_archived: bool,
    ) -> Result<bool, AppError> {
        let marking = if is_archived { VisitMarking::LeaveOut } else { VisitMarking::TakeBack };
        let bounds = ScanBounds { person: Some(Person::OfVisit(id)), ..ScanBounds::default() };
        let marked = self.mark(link, document, &bounds, &id, marking).await?;
        Ok(marked.visits + marked.before > 0)
    }

    /// Marks the chosen visits of a link within bounds, all of them in one step: at no time are some of them marked and
    /// others not. Files with visits that change are written anew; damaged ones stay as they are, and the log names them.
    pub async fn mark<C: VisitChoice>(
        &self,
        link: &LinkId,
        document: &DocumentId,
        bounds: &ScanBounds,
        choice: &C,
        marking: VisitMarking<'_>,
    ) -> Result<MarkedVisits, AppError> {
        for _ in 0..ATTEMPTS {
            let tail = self.tail(link, document).await?;
            // Behind the tail, whose generation then says whether it still holds.
            let noted = match marking.correction() {
                Some(correction) => self.of_correction(link, correction).await?,
                None => None,
            };
            match (marking, &noted) {
                (VisitMarking::LeaveOutTogether(_), Some(noted)) => return Ok(noted.marked),
                (VisitMarking::TakeBackTogether(_), None) => return Ok(MarkedVisits::default()),
                _ => {}
            }
            let Some(found) = self.choose(link, &tail, bounds, choice).await? else { continue };
            if let Some(marked) = self.mark_found(link, &tail, found, noted, marking).await? {
                return Ok(marked);
            }
        }
        Err(overtaken())
    }

    /// `None` when a file was replaced meanwhile.
    async fn choose<C: VisitChoice>(
        &self,
        link: &LinkId,
        tail: &Tail,
        bounds: &ScanBounds,
        choice: &C,
    ) -> Result<Option<Found>, AppError> {
        let mut found = Found::default();
        for visit in &tail.visits {
            let (Ok(is_within), Ok(is_chosen)) = (bounds.hold(visit), choice.chooses(visit));
            if is_within && is_chosen {
                let Ok(chosen) = Chosen::of(visit);
                found.in_tail.push(chosen);
            }
        }
        for file in tail.files.iter().filter(|file| file.may_hold(bounds)) {
            match self.choose_of_file(link, file, bounds, choice.clone()).await {
                Ok(chosen) => drop(found.in_files.insert(file.name, chosen)),
                Err(SealedError::Missing { name, .. }) if self.is_replaced(link, &name).await? => {
                    return Ok(None);
                }
                Err(error) if error.unreadable_file().is_some() => drop(failed(&error)),
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(Some(found))
    }

    async fn choose_of_file<C: VisitChoice>(
        &self,
        link: &LinkId,
        file: &FileStats,
        bounds: &ScanBounds,
        choice: C,
    ) -> Result<Vec<Chosen>, SealedError> {
        let pick = move |row: &SealedRow<'_>| -> Result<_, Damage> {
            if choice.chooses(row)? { Chosen::of(row).map(Some) } else { Ok(None) }
        };
        let scan = pin!(self.sealed.scan(link, vec![file.clone()], bounds.clone(), pick));
        scan.try_collect().await
    }

    /// Whether a file no longer counts.
    pub(super) async fn is_replaced(&self, link: &LinkId, name: &FileName) -> Result<bool, AppError> {
        let mut command = redis::cmd("HEXISTS");
        let is_listed: bool = self.redis.query(command.arg(keys::sealed(link)).arg(name.to_string())).await?;
        Ok(!is_listed)
    }

    /// `None` when the history has changed since it was read.
    async fn mark_found(
        &self,
        link: &LinkId,
        tail: &Tail,
        found: Found,
        noted: Option<OfCorrection>,
        marking: VisitMarking<'_>,
    ) -> Result<Option<MarkedVisits>, AppError> {
        let leaves_out = marking.leaves_out();
        let stays = noted.map(|noted| noted.before).unwrap_or_default();
        let summed_from = self.sums(link, 0, 0).await?.from;
        let state = self.peak_state(link).await?;
        let (mut marked, mut before, mut views) =
            (MarkedVisits::default(), HashSet::new(), ViewsChange::default());
        let by = if leaves_out { -1 } else { 1 };
        // Whether one that is left out was active when the peak was reached.
        let mut is_of_peak = false;
        // Whether the mark of a visit changes.
        let mut count = |visit: &Chosen| {
            if visit.is_archived == leaves_out {
                marked.before += 1;
                before.insert(visit.name());
                return false;
            }
            if !stays.is_empty() && stays.contains(&visit.name()) {
                return false;
            }
            marked.visits += 1;
            let (from, until) = visit.active;
            is_of_peak |= leaves_out && state.at.is_none_or(|at| (from..until).contains(&at));
            if visit.is_view {
                marked.views += 1;
                views.add(link, visit.joined_at, by, summed_from);
            }
            true
        };
        let in_tail: Vec<VisitId> =
            found.in_tail.iter().filter(|visit| count(visit)).map(|visit| visit.id).collect();
        let in_files: Vec<(FileName, HashSet<VisitId>)> = found
            .in_files
            .into_iter()
            .map(|(name, visits)| {
                (name, visits.iter().filter(|visit| count(visit)).map(|visit| visit.id).collect())
            })
            .filter(|(_, visits): &(_, HashSet<VisitId>)| !visits.is_empty())
            .collect();
        if marked.visits == 0 && !matches!(marking, VisitMarking::TakeBackTogether(_)) {
            return Ok(Some(marked));
        }
        let changed =
            || in_tail.iter().chain(in_files.iter().flat_map(|(_, visits)| visits)).copied().collect();
        let peak = if is_of_peak || (state.is_lowered && marked.visits > 0) {
            let Some(peak) = self.peak_without(link, tail, changed(), leaves_out).await? else {
                return Ok(None);
            };
            Some(peak)
        } else {
            None
        };
        let record = match marking {
            VisitMarking::LeaveOutTogether(_) => {
                Some(written(OfCorrection { marked, before, newer: Map::new() })?)
            }
            _ => None,
        };
        let mut files = Vec::new();
        for (name, visits) in &in_files {
            let visits = visits.clone();
            let mark = move |visit: Visit| {
                let archived = if visits.contains(&visit.id) { leaves_out } else { visit.archived };
                Some(Visit { archived, ..visit })
            };
            let renewed = self.announce_renewed(link, name).await?;
            match self.sealed.rewrite(link, name, renewed, mark).await {
                Ok(rewritten) => files.extend(rewritten.file),
                // Replaced meanwhile: nothing of this attempt is listed.
                Err(SealedError::Missing { .. }) => return Ok(None),
                Err(error) => return Err(failed(&error)),
            }
        }
        let change = Change {
            added: files.iter().collect(),
            removed: in_files.iter().map(|(name, _)| *name).collect(),
            marked: Marked { visits: in_tail, leaves_out },
            views,
            peak,
            correction: marking.correction().map(|correction| (correction, record)),
            ..Change::default()
        };
        let is_made = self.commit(link, &tail.generation, &change).await?;
        if is_made && !in_files.is_empty() {
            self.remove_unlisted(link).await?;
        }
        Ok(is_made.then_some(marked))
    }

    /// Forgets what a correction left out: its visits stay as they are.
    pub async fn forget_correction(&self, link: &LinkId, correction: &CorrectionId) -> Result<(), AppError> {
        let mut command = redis::cmd("HDEL");
        command.arg(keys::corrections(link)).arg(correction.as_str());
        self.redis.query::<u64>(&command).await.map(drop)
    }

    async fn of_correction(
        &self,
        link: &LinkId,
        correction: &CorrectionId,
    ) -> Result<Option<OfCorrection>, AppError> {
        let mut command = redis::cmd("HGET");
        let record: Option<String> =
            self.redis.query(command.arg(keys::corrections(link)).arg(correction.as_str())).await?;
        let read = |record: String| {
            serde_json::from_str(&record).map_err(|error| {
                tracing::error!(%link, %correction, %error, "what a correction left out cannot be read");
                AppError::Internal
            })
        };
        record.map(read).transpose()
    }
}

fn written(record: OfCorrection) -> Result<String, AppError> {
    serde_json::to_string(&record).map_err(|_| AppError::Internal)
}
