//! Answers what owners ask about past visits.

use std::pin::pin;

use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::{
    super::{audit::Audit, ownership::own_link, requester::Requester},
    ListBuilder, Period, ReportCache, ReportRequest, VisitFilter, Zone,
    analytics::Analytics,
    found::FoundLinks,
    list::{ListSink, list_bounds},
    others::{Comparison, Others},
};
use crate::{
    error::AppError,
    model::{
        AnalyticsPage, HistoryQuery, HistoryRange, HistoryScope, LinkId, Visit, VisitDetail, VisitId,
        VisitList, address,
    },
    server::store::{
        accounts::AccountStore,
        analytics::Analytics as LiveNumbers,
        catalogue::{Catalogue, LinkedDocument},
        channels::ChannelStore,
        clock::Clock,
        corrections::CorrectionStore,
        history::{Found, VisitStore, sealed::ScanBounds},
        mail::{HeldVisits, MailQueue},
        outbox::Outboxes,
    },
};

/// Past visits, for owners. Cheap to clone.
#[derive(Clone)]
pub struct History {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: LiveNumbers,
    pub(in crate::server) audit: Audit,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) channels: ChannelStore,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) corrections: CorrectionStore,
    pub(in crate::server) held_visits: HeldVisits,
    pub(in crate::server) mails: MailQueue,
    pub(in crate::server) outboxes: Outboxes,
    pub(in crate::server) visits: VisitStore,
    pub(in crate::server) reports: ReportCache,
}

impl History {
    /// What an analytics page shows.
    pub async fn page(
        &self,
        scope: HistoryScope,
        query: &HistoryQuery,
        requester: &Requester,
    ) -> Result<AnalyticsPage, AppError> {
        let found = self.find(&scope, requester).await?;
        self.page_of(scope, query, &found, requester).await
    }

    /// What the page of a link shows, whose record the caller has read and whose document the requester owns. Two round
    /// trips.
    pub async fn page_of_link(
        &self,
        linked: &LinkedDocument,
        query: &HistoryQuery,
        requester: &Requester,
    ) -> Result<AnalyticsPage, AppError> {
        let (document, link) = ((*linked.document).clone(), (*linked.link).clone());
        let scope = HistoryScope::Link(link.id.clone());
        self.page_of(scope, query, &FoundLinks::of(vec![(document, vec![link])]), requester).await
    }

    async fn page_of(
        &self,
        scope: HistoryScope,
        query: &HistoryQuery,
        found: &FoundLinks,
        requester: &Requester,
    ) -> Result<AnalyticsPage, AppError> {
        let (zone, has_zone) = self.zone(requester).await?;
        let period = self.period(query, &zone, found).await?;
        let path = address::analytics(&scope);
        let request = ReportRequest { scope: &scope, query, path: &path, zone: &zone, period: &period };
        let Analytics { report, list, documents, unreadable } = self.analytics(found, &request).await?;
        let visits = list.visits.into_iter().map(|visit| found.listed(visit, &zone)).collect();
        let title = if scope == HistoryScope::Everything { String::new() } else { found.title() };
        Ok(AnalyticsPage {
            scope,
            title,
            links: found.labels(),
            report,
            visits,
            next: list.next,
            documents,
            unreadable,
            has_zone,
            now: self.clock.now(),
        })
    }

    /// The page of the list of visits that a query asks for.
    pub async fn list(
        &self,
        scope: &HistoryScope,
        query: &HistoryQuery,
        requester: &Requester,
    ) -> Result<VisitList, AppError> {
        let found = self.find(scope, requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let period = self.period(query, &zone, &found).await?;
        let bounds = list_bounds(query, &period.span);
        let sink = ListSink { filter: VisitFilter::new(query), list: ListBuilder::new(query) };
        let (sink, _) = self.pass(&found.only(query.link.as_ref()), &bounds, sink).await?;
        Ok(sink.list.finish())
    }

    /// All visits that a query asks for, link by link and the newest of each first, as they are polled for; and the
    /// owner's time zone. Visits that cannot be read are left out and logged.
    pub async fn export(
        &self,
        scope: &HistoryScope,
        query: &HistoryQuery,
        requester: &Requester,
    ) -> Result<(impl Stream<Item = Result<Visit, AppError>> + Send + use<>, Zone), AppError> {
        let found = self.find(scope, requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let period = self.period(query, &zone, &found).await?;
        let (history, filter, span) = (self.clone(), VisitFilter::new(query), period.span);
        let documents = stream::iter(found.only(query.link.as_ref()));
        let visits = documents.flat_map(move |document| history.read_matching(document, &span, &filter));
        let visits = visits.try_filter_map(async |found| {
            Ok(match found {
                Found::Picked(visit) => Some(visit),
                Found::Unreadable(_) => None,
            })
        });
        Ok((visits, zone))
    }

    /// One visit, with the medians of others and the other visits of its reader. [`AppError::NotFound`] when it is not
    /// kept.
    pub async fn visit(
        &self,
        link: &LinkId,
        id: VisitId,
        requester: &Requester,
    ) -> Result<VisitDetail, AppError> {
        let document = own_link(&self.catalogue, link, requester).await?.document.id.clone();
        let visit = self.visits.visit(link, &document, id).await?.ok_or(AppError::NotFound)?;
        let found = self.find(&HistoryScope::Document(document), requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let (others, _) = self.pass(&found.documents, &ScanBounds::default(), Others::of(visit)).await?;
        let Comparison { visit, medians, others } = others.finish();
        Ok(VisitDetail {
            title: found.title(),
            medians,
            others: others.into_iter().map(|other| found.listed(other, &zone)).collect(),
            listed: found.listed(visit, &zone),
            now: self.clock.now(),
        })
    }

    /// Leaves a visit out of all numbers, or takes it back. [`AppError::NotFound`] when it is not kept.
    pub async fn archive(
        &self,
        link: &LinkId,
        id: VisitId,
        archived: bool,
        requester: &Requester,
    ) -> Result<(), AppError> {
        let document = own_link(&self.catalogue, link, requester).await?.document.id.clone();
        let is_kept = self.visits.archive(link, &document, id, archived).await?;
        if is_kept { Ok(()) } else { Err(AppError::NotFound) }
    }

    /// The requester's time zone, and whether they have set it; UTC until then.
    pub(super) async fn zone(&self, requester: &Requester) -> Result<(Zone, bool), AppError> {
        let stored = self.zone_name(requester).await?;
        // A name that the database of zones no longer knows counts as none.
        let zone = stored.and_then(|name| Zone::named(&name).ok());
        let has_zone = zone.is_some();
        Ok((zone.unwrap_or_else(Zone::utc), has_zone))
    }

    /// The name of the requester's time zone, if they have set one.
    pub async fn zone_name(&self, requester: &Requester) -> Result<Option<String>, AppError> {
        self.accounts.zone(&requester.owner()?.owner_id).await
    }

    /// Sets the requester's time zone; unless `replaces`, only if they have none.
    pub async fn set_zone(&self, name: &str, replaces: bool, requester: &Requester) -> Result<(), AppError> {
        let zone = Zone::named(name)?;
        self.accounts.set_zone(&requester.owner()?.owner_id, zone.name(), replaces).await
    }

    /// The query's range. Where that is all time, it begins with the first visit.
    async fn period(
        &self,
        query: &HistoryQuery,
        zone: &Zone,
        found: &FoundLinks,
    ) -> Result<Period, AppError> {
        let mut first = None;
        if query.range == HistoryRange::All {
            for document in &found.documents {
                let mut links = pin!(self.open(document.clone(), Some(0..0)));
                while let Some((visits, sums)) = links.try_next().await? {
                    first = [first, visits.first_joined_at(), sums.from].into_iter().flatten().min();
                }
            }
        }
        Ok(Period::new(query, zone, self.clock.now(), first))
    }
}
