//! Reads the visits of a link, the newest first, wherever they are.

use std::{
    mem,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use futures::{Stream, StreamExt, TryStreamExt, stream, stream::BoxStream};

use super::{
    ATTEMPTS, VisitStore,
    facts::{VisitFacts, VisitSink},
    index::failed,
    sealed::{FileName, FileStats, ScanBounds, SealedError},
    tail::Tail,
};
use crate::{
    error::AppError,
    model::{DocumentId, LinkId, Visit, VisitId},
};

/// Takes of each visit what a question needs.
pub trait VisitPick: Send + 'static {
    /// What it takes.
    type Item: Send + 'static;

    /// What it takes of a visit, if anything.
    fn pick<V: VisitFacts>(&mut self, visit: &V) -> Result<Option<Self::Item>, V::Error>;
}

/// What reading visits comes upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found<T> {
    /// What was picked of a visit.
    Picked(T),
    /// So many visits cannot be read; the log says why.
    Unreadable(u64),
}

/// The visits of a link at one time: the tail was read, the files are still to be.
pub struct LinkVisits {
    store: VisitStore,
    link: LinkId,
    document: DocumentId,
    tail: Tail,
}

impl LinkVisits {
    /// When the earliest visit began, in Unix milliseconds.
    pub fn first_joined_at(&self) -> Option<i64> {
        let in_tail = self.tail.visits.iter().map(|visit| visit.joined_at);
        in_tail.chain(self.tail.files.iter().map(|file| file.joined.0)).min()
    }

    /// The link.
    pub fn link(&self) -> &LinkId {
        &self.link
    }

    /// The sealed files that can hold visits within bounds.
    pub fn files_within(&self, bounds: &ScanBounds) -> Vec<FileName> {
        self.tail.files.iter().filter(|file| file.may_hold(bounds)).map(|file| file.name).collect()
    }

    /// Passes the visits within bounds that are not sealed to a sink, the newest first, until it wants no more. What reads
    /// on does not find them again. Returns how many cannot be read.
    pub fn pass_tail<S: VisitSink>(&mut self, bounds: &ScanBounds, sink: &mut S) -> u64 {
        for visit in mem::take(&mut self.tail.visits).iter().rev() {
            let Ok(is_within) = bounds.hold(visit);
            if is_within {
                let Ok(wants_more) = sink.take(visit);
                if wants_more.is_break() {
                    break;
                }
            }
        }
        mem::take(&mut self.tail.unreadable)
    }

    /// Reads the visits within bounds, but for their limit, the newest first, as they are polled for. Memory holds one file
    /// and one row group. Damaged files are told and skipped. [`AppError::Unavailable`] when Redis or the object store does
    /// not answer.
    pub fn read<P: VisitPick>(
        self,
        bounds: ScanBounds,
        pick: P,
    ) -> impl Stream<Item = Result<Found<P::Item>, AppError>> + Send + use<P> {
        let parts = stream::try_unfold(self.reading(bounds, pick), |mut reading| async {
            Ok::<_, AppError>(reading.next().await?.map(|found| (found, reading)))
        });
        parts.map_ok(|found| stream::iter(found).map(Ok)).try_flatten()
    }

    /// Passes the visits within bounds to a sink, the newest first, until it wants no more. Returns the sink, and how many
    /// visits could not be read.
    pub async fn pass<S: VisitSink + Send + 'static>(
        self,
        bounds: ScanBounds,
        sink: S,
    ) -> Result<(S, u64), AppError> {
        let mut reading = self.reading(bounds, SinkPick { sink, is_enough: false });
        let (mut is_enough, mut unreadable) = (false, 0);
        while !is_enough && let Some(found) = reading.next().await? {
            for found in found {
                match found {
                    Found::Picked(Enough) => is_enough = true,
                    Found::Unreadable(visits) => unreadable += visits,
                }
            }
        }
        let Reading { pick, place, .. } = reading;
        // A scan shares the pick.
        drop(place);
        let pick = Arc::into_inner(pick).ok_or(AppError::Internal)?;
        Ok((pick.into_inner().unwrap_or_else(PoisonError::into_inner).sink, unreadable))
    }

    fn reading<P: VisitPick>(self, bounds: ScanBounds, pick: P) -> Reading<P> {
        Reading {
            store: self.store,
            link: self.link,
            document: self.document,
            bounds: ScanBounds { limit: None, ..bounds },
            pick: Arc::new(Mutex::new(pick)),
            place: Place::Tail(self.tail),
            attempts: 0,
        }
    }
}

impl VisitStore {
    /// The visits of a link that shares `document`. One round trip, as a rule.
    pub async fn open(&self, link: &LinkId, document: &DocumentId) -> Result<LinkVisits, AppError> {
        let tail = self.tail(link, document).await?;
        Ok(LinkVisits { store: self.clone(), link: link.clone(), document: document.clone(), tail })
    }

    /// A visit, if it is kept and can be read.
    pub async fn visit(
        &self,
        link: &LinkId,
        document: &DocumentId,
        id: VisitId,
    ) -> Result<Option<Visit>, AppError> {
        let tail = self.tail(link, document).await?;
        self.visit_of(link, &tail, id).await
    }

    /// A visit of the tail or of a file.
    pub(super) async fn visit_of(
        &self,
        link: &LinkId,
        tail: &Tail,
        id: VisitId,
    ) -> Result<Option<Visit>, AppError> {
        if let Some(visit) = tail.visits.iter().find(|visit| visit.id == id) {
            return Ok(Some(visit.clone()));
        }
        let files = tail.file_of(id).cloned().into_iter().collect();
        let bounds = ScanBounds { before: Some(id.next()), limit: Some(1), ..ScanBounds::default() };
        let mut found = pin!(self.sealed.scan(link, files, bounds, move |row| {
            if row.id()? == id { row.visit().map(Some) } else { Ok(None) }
        }));
        match found.try_next().await {
            Err(error) if error.unreadable_file().is_some() => {
                failed(&error);
                Ok(None)
            }
            found => found.map_err(|error| failed(&error)),
        }
    }
}

/// A link's visits while they are read.
struct Reading<P: VisitPick> {
    store: VisitStore,
    link: LinkId,
    document: DocumentId,
    bounds: ScanBounds,
    pick: Arc<Mutex<P>>,
    place: Place<P::Item>,
    /// How often a file was missing and the list was read again.
    attempts: usize,
}

/// Where reading stands.
enum Place<T> {
    Tail(Tail),
    Files(Files<T>),
}

/// The files that are being read.
struct Files<T> {
    stats: Vec<FileStats>,
    generation: String,
    scan: BoxStream<'static, Result<T, SealedError>>,
}

impl<P: VisitPick> Reading<P> {
    /// What comes next; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<Found<P::Item>>>, AppError> {
        let files = match &mut self.place {
            Place::Tail(tail) => {
                let tail = mem::take(tail);
                return Ok(Some(self.pick_tail(tail)));
            }
            Place::Files(files) => files,
        };
        match files.scan.next().await {
            None => Ok(None),
            Some(Ok(item)) => Ok(Some(vec![Found::Picked(item)])),
            Some(Err(SealedError::Missing { name, .. })) => self.read_list_again(name).await.map(Some),
            Some(Err(error)) => {
                let answer = failed(&error);
                let file = error.unreadable_file().ok_or(answer)?;
                Ok(Some(vec![unreadable(&files.stats, &file)]))
            }
        }
    }

    fn pick_tail(&mut self, tail: Tail) -> Vec<Found<P::Item>> {
        let mut found = Vec::new();
        {
            let mut pick = self.pick.lock().unwrap_or_else(PoisonError::into_inner);
            for visit in tail.visits.iter().rev() {
                let Ok(is_within) = self.bounds.hold(visit);
                if is_within {
                    let Ok(picked) = pick.pick(visit);
                    found.extend(picked.map(Found::Picked));
                }
            }
        }
        if tail.unreadable > 0 {
            found.push(Found::Unreadable(tail.unreadable));
        }
        self.scan(tail);
        found
    }

    fn scan(&mut self, tail: Tail) {
        let (pick, Tail { files: stats, generation, .. }) = (self.pick.clone(), tail);
        let scan = self.store.sealed.scan(&self.link, stats.clone(), self.bounds.clone(), move |row| {
            pick.lock().unwrap_or_else(PoisonError::into_inner).pick(row)
        });
        self.place = Place::Files(Files { stats, generation, scan: scan.boxed() });
    }

    /// Goes on with the files that took the place of one that is missing, and of those older than it. If none did, it is
    /// lost.
    async fn read_list_again(&mut self, missing: FileName) -> Result<Vec<Found<P::Item>>, AppError> {
        let tail = self.store.tail(&self.link, &self.document).await?;
        let Place::Files(files) = &self.place else { return Ok(Vec::new()) };
        self.attempts += 1;
        if tail.generation == files.generation || self.attempts > ATTEMPTS {
            tracing::error!(link = %self.link, file = %missing, "a sealed file is missing");
            return Ok(vec![unreadable(&files.stats, &missing)]);
        }
        self.bounds.before = Some(missing.last.next());
        self.scan(tail);
        Ok(Vec::new())
    }
}

fn unreadable<T>(stats: &[FileStats], name: &FileName) -> Found<T> {
    Found::Unreadable(stats.iter().find(|file| file.name == *name).map_or(1, |file| file.visits))
}

/// A sink wants no more.
struct Enough;

/// Passes visits to a sink.
struct SinkPick<S> {
    sink: S,
    is_enough: bool,
}

impl<S: VisitSink + Send + 'static> VisitPick for SinkPick<S> {
    type Item = Enough;

    fn pick<V: VisitFacts>(&mut self, visit: &V) -> Result<Option<Enough>, V::Error> {
        if self.is_enough {
            return Ok(None);
        }
        self.is_enough = self.sink.take(visit)?.is_break();
        Ok(self.is_enough.then_some(Enough))
    }
}
