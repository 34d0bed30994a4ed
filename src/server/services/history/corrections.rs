//! Corrections: leaves all visits of a reader, of a filter or of a time out of all numbers, and takes them back together.
//!
//! What is to be done is kept before the first visit is marked. Within a link it happens in one step; across links one after
//! the other, and a server that is killed in between leaves the rest to the sweeper of another one. A correction that is not
//! done says so in the list.

use std::ops::ControlFlow;

use super::{super::requester::Requester, History, Period, VisitFilter, found::FoundLinks, readers::person};
use crate::{
    error::AppError,
    model::{
        AccountAction, Correction, CorrectionId, CorrectionPreview, CorrectionState, CorrectionSubject,
        DocumentId, HistoryQuery, HistoryRange, HistoryScope, Invalid, LinkId, MAX_CORRECTIONS,
        NewCorrection, OwnerId, ReaderId,
    },
    server::store::{
        corrections::{CorrectionName, StoredCorrection},
        history::{MarkedVisits, VisitChoice, VisitFacts, VisitMarking, VisitSink, sealed::ScanBounds},
        random,
    },
};

/// Characters of an id.
const ID_LENGTH: usize = 20;

/// The query of an analytics page in an address, without its question mark.
pub fn query_of(parameters: &str) -> Result<HistoryQuery, Invalid> {
    let given: Vec<(String, String)> =
        url::form_urlencoded::parse(parameters.trim_start_matches('?').as_bytes()).into_owned().collect();
    HistoryQuery::parse(|wanted| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value))
}

impl History {
    /// What a correction would change. Changes nothing.
    pub async fn preview_correction(
        &self,
        new: &NewCorrection,
        requester: &Requester,
    ) -> Result<CorrectionPreview, AppError> {
        let (found, record) = self.plan(new, requester).await?;
        self.preview(&found, &record).await
    }

    async fn preview(
        &self,
        found: &FoundLinks,
        record: &StoredCorrection,
    ) -> Result<CorrectionPreview, AppError> {
        let Chosen { bounds, filter, query } = Chosen::of(record)?;
        let documents = found.only(query.link.as_ref());
        let links: Vec<LinkId> = documents.iter().flat_map(|document| document.links.clone()).collect();
        let (counted, unreadable) =
            self.pass(&documents, &bounds, Counted { filter, marked: MarkedVisits::default() }).await?;
        let mut total_views = 0;
        for counts in self.analytics.counts(&links).await {
            total_views += counts?.total_views;
        }
        let MarkedVisits { visits, views, .. } = counted.marked;
        Ok(CorrectionPreview {
            words: record.words.clone(),
            visits,
            views,
            total_views,
            total_views_then: total_views.saturating_sub(views),
            unreadable,
            as_of: record.until - 1,
        })
    }

    /// Leaves visits out of all numbers together. [`AppError::Invalid`] when there are none. It goes on when the requester
    /// does not wait for it.
    pub async fn correct(&self, new: &NewCorrection, requester: &Requester) -> Result<Correction, AppError> {
        let owner = requester.owner()?.owner_id.clone();
        let (found, record) = self.plan(new, requester).await?;
        if self.preview(&found, &record).await?.visits == 0 {
            return Err(none_found());
        }
        self.make_room(&owner).await?;
        let name = CorrectionName { owner, id: random::token(ID_LENGTH)?.parse()? };
        self.corrections.begin(&name, &record).await?;
        self.finish(name.clone(), requester.client.clone()).await?;
        let done = self.corrections.get(&name).await?.ok_or_else(none_found)?;
        Ok(done.listed(name.id))
    }

    /// What the requester left out together and may take back, the newest first.
    pub async fn corrections(&self, requester: &Requester) -> Result<Vec<Correction>, AppError> {
        let corrections = self.corrections.list(&requester.owner()?.owner_id).await?;
        Ok(corrections.into_iter().map(|(id, record)| record.listed(id)).collect())
    }

    /// Takes back what was left out together, but for visits that were left out before. Returns how many visits came back;
    /// [`AppError::NotFound`], and [`AppError::BadRequest`] while they are still being left out.
    pub async fn bring_back(&self, id: &CorrectionId, requester: &Requester) -> Result<u64, AppError> {
        let name = CorrectionName { owner: requester.owner()?.owner_id.clone(), id: id.clone() };
        let record = self.corrections.get(&name).await?.ok_or(AppError::NotFound)?;
        if record.state == CorrectionState::LeavingOut {
            let wait = "These visits are still being left out. Try again in a minute.";
            return Err(AppError::BadRequest(wait.to_owned()));
        }
        let record = StoredCorrection { state: CorrectionState::TakingBack, ..record };
        self.corrections.begin(&name, &record).await?;
        Ok(self.finish(name, requester.client.clone()).await?.visits)
    }

    /// Goes on with at most `most` corrections whose server did not come to their end. Returns how many it took.
    pub async fn finish_corrections(&self, most: usize) -> Result<usize, AppError> {
        let due = self.corrections.due(most).await?;
        for due in &due {
            let done = async { self.carry_out(&CorrectionName::read(&due.name)?, "").await };
            // It becomes due again when its lease ends.
            if let Err(error) = done.await {
                tracing::error!(correction = due.name, %error, "a correction is not done yet");
            }
        }
        Ok(due.len())
    }

    /// Forgets the corrections of a reader who is erased: they hold their name.
    pub(super) async fn forget_corrections(
        &self,
        owner: &OwnerId,
        names: &[ReaderId],
    ) -> Result<(), AppError> {
        let is_named = |who: &str| names.iter().any(|name| name.to_string().eq_ignore_ascii_case(who));
        for (id, record) in self.corrections.list(owner).await? {
            let holds_name = match &record.of {
                CorrectionSubject::Reader(reader) => is_named(&reader.to_string()),
                CorrectionSubject::Scope(_) => is_named(&query_of(&record.query)?.who),
            };
            if holds_name {
                self.forget_correction(&CorrectionName { owner: owner.clone(), id }, &record).await?;
            }
        }
        Ok(())
    }

    /// Carries a correction out, also when the caller is gone meanwhile.
    async fn finish(&self, name: CorrectionName, client: String) -> Result<MarkedVisits, AppError> {
        let history = self.clone();
        let done = tokio::spawn(async move { history.carry_out(&name, &client).await });
        done.await.map_err(|error| {
            tracing::error!(%error, "a correction was interrupted");
            AppError::Internal
        })?
    }

    /// Does what is left of a correction. Returns what it marked in all.
    async fn carry_out(&self, name: &CorrectionName, client: &str) -> Result<MarkedVisits, AppError> {
        let Some(record) = self.corrections.get(name).await? else {
            self.corrections.remove(name).await?;
            return Ok(MarkedVisits::default());
        };
        let (marking, action) = match record.state {
            CorrectionState::LeavingOut => {
                (VisitMarking::LeaveOutTogether(&name.id), AccountAction::VisitsLeftOut)
            }
            CorrectionState::TakingBack => {
                (VisitMarking::TakeBackTogether(&name.id), AccountAction::VisitsTakenBack)
            }
            // Another server was faster.
            CorrectionState::LeftOut => {
                self.corrections.end(name, &record).await?;
                return Ok(MarkedVisits { visits: record.visits, views: record.views, before: 0 });
            }
        };
        let Chosen { bounds, filter, query } = Chosen::of(&record)?;
        let mut marked = MarkedVisits::default();
        for (document, link) in self.links_of(&record.of, &query, &name.owner).await? {
            let of_link = self.visits.mark(&link, &document, &bounds, &filter, marking).await?;
            marked.visits += of_link.visits;
            marked.views += of_link.views;
            if record.state == CorrectionState::LeavingOut {
                match self.corrections.get(name).await?.map(|now| now.state) {
                    Some(CorrectionState::LeavingOut) => {}
                    Some(CorrectionState::LeftOut) => return Ok(marked),
                    // Another server was faster, and its owner is taking back since: so is what was marked here.
                    Some(CorrectionState::TakingBack) | None => {
                        let back = VisitMarking::TakeBackTogether(&name.id);
                        self.visits.mark(&link, &document, &bounds, &filter, back).await?;
                        return Ok(marked);
                    }
                }
            }
        }
        if record.state == CorrectionState::LeavingOut && marked.visits > 0 {
            let MarkedVisits { visits, views, .. } = marked;
            let record = StoredCorrection { state: CorrectionState::LeftOut, visits, views, ..record };
            self.corrections.end(name, &record).await?;
        } else {
            self.corrections.remove(name).await?;
        }
        self.audit.note_of(&name.owner, action, &format!("visits: {}", marked.visits), client).await;
        Ok(marked)
    }

    /// Forgets the oldest corrections, so that one more is not too many: their visits stay left out.
    async fn make_room(&self, owner: &OwnerId) -> Result<(), AppError> {
        for (id, record) in self.corrections.list(owner).await?.into_iter().skip(MAX_CORRECTIONS - 1) {
            if record.state == CorrectionState::LeftOut {
                self.forget_correction(&CorrectionName { owner: owner.clone(), id }, &record).await?;
            }
        }
        Ok(())
    }

    async fn forget_correction(
        &self,
        name: &CorrectionName,
        record: &StoredCorrection,
    ) -> Result<(), AppError> {
        let query = query_of(&record.query)?;
        self.corrections.remove(name).await?;
        for (_, link) in self.links_of(&record.of, &query, &name.owner).await? {
            self.visits.forget_correction(&link, &name.id).await?;
        }
        Ok(())
    }

    /// What is to be done, in full, and the links that it is about.
    async fn plan(
        &self,
        new: &NewCorrection,
        requester: &Requester,
    ) -> Result<(FoundLinks, StoredCorrection), AppError> {
        let query = HistoryQuery { compare: false, ..new.query.first_page() };
        if query.archived {
            return Err(
                Invalid::new("archived", "cannot be part of it: these visits are left out already").into()
            );
        }
        let found = self.find(&new.of.scope(), requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let now = self.clock.now();
        let until = new.as_of.map_or(now, |as_of| as_of.min(now)) + 1;
        let period = Period::new(&query, &zone, now, None);
        // All time has no begin, also where the first visit is not known.
        let (from, label) = match query.range {
            HistoryRange::All => (0, "all time".to_owned()),
            _ => (period.span.start, period.label),
        };
        let subject = match &new.of {
            CorrectionSubject::Reader(reader) => reader.label(),
            CorrectionSubject::Scope(HistoryScope::Everything) => "All documents".to_owned(),
            CorrectionSubject::Scope(HistoryScope::Link(link)) => found.label(link),
            CorrectionSubject::Scope(HistoryScope::Document(_)) => found.title(),
        };
        let filter = query.filter_parts(|link| found.label(link)).into_iter().map(|part| part.text);
        let words: Vec<String> = [subject, label].into_iter().chain(filter).collect();
        let record = StoredCorrection {
            of: new.of.clone(),
            query: query.as_parameters(),
            from,
            until: period.span.end.min(until),
            words: words.join(" · "),
            state: CorrectionState::LeavingOut,
            made_at: now,
            visits: 0,
            views: 0,
            newer: Default::default(),
        };
        Ok((found, record))
    }

    /// The links that are left of those that a correction is about, with their documents.
    async fn links_of(
        &self,
        of: &CorrectionSubject,
        query: &HistoryQuery,
        owner: &OwnerId,
    ) -> Result<Vec<(DocumentId, LinkId)>, AppError> {
        let documents = match of.scope() {
            HistoryScope::Link(link) => match self.catalogue.link(&link).await {
                Ok(linked) => return Ok(vec![(linked.document.id.clone(), link)]),
                Err(AppError::LinkNotFound) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            },
            HistoryScope::Document(document) => vec![document],
            HistoryScope::Everything => self.catalogue.document_ids_of(Some(owner)).await?,
        };
        let mut links = Vec::new();
        for document in documents {
            let of_document = self.catalogue.link_ids_of(&document).await?;
            links.extend(of_document.into_iter().map(|link| (document.clone(), link)));
        }
        links.retain(|(_, link)| query.link.as_ref().is_none_or(|only| link == only));
        Ok(links)
    }
}

/// The visits that a record means.
struct Chosen {
    bounds: ScanBounds,
    filter: VisitFilter,
    query: HistoryQuery,
}

impl Chosen {
    fn of(record: &StoredCorrection) -> Result<Self, AppError> {
        let query = query_of(&record.query)?;
        let person = match &record.of {
            CorrectionSubject::Reader(reader) => Some(person(reader)),
            CorrectionSubject::Scope(_) => None,
        };
        let bounds = ScanBounds { person, ..ScanBounds::joined_within(&(record.from..record.until)) };
        Ok(Self { bounds, filter: VisitFilter::new(&query), query })
    }
}

impl VisitChoice for VisitFilter {
    fn chooses<V: VisitFacts>(&self, visit: &V) -> Result<bool, V::Error> {
        self.asks_for(visit)
    }
}

/// Counts the visits that a correction would leave out.
struct Counted {
    filter: VisitFilter,
    marked: MarkedVisits,
}

impl VisitSink for Counted {
    fn take<V: VisitFacts>(&mut self, visit: &V) -> Result<ControlFlow<()>, V::Error> {
        if self.filter.matches(visit)? {
            let is_view = visit.is_view()?;
            self.marked.visits += 1;
            self.marked.views += u64::from(is_view);
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn none_found() -> AppError {
    Invalid::new("of", "has no visits in this range and filter that are in the numbers").into()
}
