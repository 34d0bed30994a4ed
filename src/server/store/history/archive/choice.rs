//! Finds the visits that are meant, wherever they are.

use std::{collections::HashMap, pin::pin, sync::Arc};

use futures::TryStreamExt;
use sha2::{Digest, Sha256};

use super::{
    super::{
        VisitStore,
        facts::VisitFacts,
        index::failed,
        peak::{Active, active_time},
        sealed::{Damage, FileName, FileStats, ScanBounds, SealedError, SealedRow},
        tail::Tail,
    },
    noted::OfCorrection,
};
use crate::{
    error::AppError,
    model::{LinkId, ReaderName, VisitId},
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

/// The visits that a marking is about: a choice within bounds, or of that what a correction has left out. Cheap to clone.
#[derive(Clone)]
pub(super) struct Wanted<C> {
    bounds: ScanBounds,
    choice: C,
    pub(super) noted: Option<Arc<OfCorrection>>,
}

impl<C: VisitChoice> Wanted<C> {
    pub(super) fn new(bounds: &ScanBounds, choice: &C, noted: Option<OfCorrection>) -> Self {
        Self { bounds: bounds.clone(), choice: choice.clone(), noted: noted.map(Arc::new) }
    }

    fn wants<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        let is_chosen = || Ok(self.bounds.hold(visit)? && self.choice.chooses(visit)?);
        match &self.noted {
            None => is_chosen(),
            Some(noted) => noted.has_left_out(visit, is_chosen),
        }
    }

    /// What limits the scan of a file. A visit that was resumed may have another reader than before: then only the time of
    /// its join does.
    fn bounds_of(&self, file: &FileStats) -> ScanBounds {
        let holds_resumed = self.noted.as_ref().is_some_and(|noted| noted.may_be_resumed(file.name.last));
        let person = if holds_resumed { None } else { self.bounds.person.clone() };
        ScanBounds { person, ..self.bounds.clone() }
    }
}

/// A chosen visit.
pub(super) struct Chosen {
    pub(super) id: VisitId,
    pub(super) joined_at: i64,
    pub(super) active: Active,
    pub(super) reader: Option<ReaderName>,
    pub(super) is_view: bool,
    pub(super) is_archived: bool,
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

    /// See [`name_of`].
    pub(super) fn name(&self) -> String {
        name_of(self.joined_at, self.reader)
    }
}

/// Names a visit, also when it is resumed, which gives it another id. It is a digest, because it outlives the erasure of the
/// reader.
pub(super) fn name_of(joined_at: i64, reader: Option<ReaderName>) -> String {
    let reader = reader.map_or(String::new(), |reader| reader.to_string());
    let digest = Sha256::digest(format!("{joined_at} {reader}"));
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The chosen visits of a link, by where they are.
#[derive(Default)]
pub(super) struct Found {
    pub(super) in_tail: Vec<Chosen>,
    pub(super) in_files: HashMap<FileName, Vec<Chosen>>,
    /// How many visits cannot be read.
    pub(super) unreadable: u64,
}

impl VisitStore {
    /// `None` when a file was replaced meanwhile.
    pub(super) async fn choose<C: VisitChoice>(
        &self,
        link: &LinkId,
        tail: &Tail,
        wanted: &Wanted<C>,
    ) -> Result<Option<Found>, AppError> {
        let mut found = Found { unreadable: tail.unreadable, ..Found::default() };
        for visit in &tail.visits {
            let Ok(is_wanted) = wanted.wants(visit);
            if is_wanted {
                let Ok(chosen) = Chosen::of(visit);
                found.in_tail.push(chosen);
            }
        }
        for file in &tail.files {
            let bounds = wanted.bounds_of(file);
            if !file.may_hold(&bounds) {
                continue;
            }
            match self.choose_of_file(link, file, bounds, wanted.clone()).await {
                Ok(chosen) => drop(found.in_files.insert(file.name, chosen)),
                Err(SealedError::Missing { name, .. }) if self.is_replaced(link, &name).await? => {
                    return Ok(None);
                }
                Err(error) if error.unreadable_file().is_some() => {
                    failed(&error);
                    found.unreadable += file.visits;
                }
                Err(error) => return Err(failed(&error)),
            }
        }
        Ok(Some(found))
    }

    async fn choose_of_file<C: VisitChoice>(
        &self,
        link: &LinkId,
        file: &FileStats,
        bounds: ScanBounds,
        wanted: Wanted<C>,
    ) -> Result<Vec<Chosen>, SealedError> {
        let pick = move |row: &SealedRow<'_>| -> Result<_, Damage> {
            if wanted.wants(row)? { Chosen::of(row).map(Some) } else { Ok(None) }
        };
        let scan = pin!(self.sealed.scan(link, vec![file.clone()], bounds, pick));
        scan.try_collect().await
    }
}
