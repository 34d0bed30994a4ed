//! Answers what owners ask about past visits.

use std::collections::HashMap;

use super::{
    super::{ownership::own_link, requester::Requester},
    DocumentVisits, Period, ReportRequest, VisitFilter, Zone,
    found::Found,
    list,
    numbers::median,
    performance, report,
};
use crate::{
    error::AppError,
    model::{
        AnalyticsPage, HistoryQuery, HistoryScope, LinkId, PageTime, Visit, VisitDetail, VisitId, VisitList,
        address,
    },
    server::store::{
        accounts::AccountStore,
        analytics::Analytics,
        catalogue::{Catalogue, LinkedDocument},
        clock::Clock,
    },
};

/// Past visits, for owners. Cheap to clone.
#[derive(Clone)]
pub struct History {
    pub(in crate::server) accounts: AccountStore,
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
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
        self.page_of(scope, query, found, requester).await
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
        let found = self.read(vec![(document, vec![link])]).await?;
        self.page_of(scope, query, found, requester).await
    }

    async fn page_of(
        &self,
        scope: HistoryScope,
        query: &HistoryQuery,
        found: Found,
        requester: &Requester,
    ) -> Result<AnalyticsPage, AppError> {
        let (zone, has_zone) = self.zone(requester).await?;
        let now = self.clock.now();
        let period = self.period(query, &zone, &found);
        let path = address::analytics(&scope);
        let request = ReportRequest { scope: &scope, query, path: &path, zone: &zone, period: &period };
        let report = report(found.visits(), &request, |link| found.label(link));
        let VisitList { visits, next } = list(found.visits(), query, &period);
        let visits = visits.into_iter().map(|visit| found.listed(visit, &zone)).collect();
        let documents = match scope {
            HistoryScope::Everything => {
                let each = found.documents.iter().map(|document| DocumentVisits {
                    document: &document.id,
                    title: &document.title,
                    visits: &document.visits,
                });
                performance(each, query, &period)
            }
            _ => Vec::new(),
        };
        let title = match &scope {
            HistoryScope::Everything => String::new(),
            _ => found.title(),
        };
        let mut links: Vec<_> = found.labels.into_iter().collect();
        links.sort_by_key(|(_, label)| label.to_lowercase());
        Ok(AnalyticsPage {
            scope,
            title,
            links,
            report,
            visits,
            next,
            documents,
            unreadable: found.unreadable,
            has_zone,
            now,
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
        Ok(list(found.visits(), query, &self.period(query, &zone, &found)))
    }

    /// All visits that a query asks for, the newest first, and the owner's time zone.
    pub async fn export(
        &self,
        scope: &HistoryScope,
        query: &HistoryQuery,
        requester: &Requester,
    ) -> Result<(Vec<Visit>, Zone), AppError> {
        let found = self.find(scope, requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let (period, filter) = (self.period(query, &zone, &found), VisitFilter::new(query));
        let wanted =
            |visit: &&Visit| period.span.contains(&visit.joined_at) && filter.matches(*visit) == Ok(true);
        let mut visits: Vec<Visit> = found.visits().filter(wanted).cloned().collect();
        visits.sort_by(|a, b| (b.id, &b.link).cmp(&(a.id, &a.link)));
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
        let found = self.find(&HistoryScope::Document(document), requester).await?;
        let (zone, _) = self.zone(requester).await?;
        let visit = found.visit(link, id)?.clone();
        let of_version = |other: &&Visit| {
            !other.is(&visit) && !other.archived && other.version.is_some() && other.version == visit.version
        };
        let others: Vec<&Visit> = found.visits().filter(of_version).collect();
        let medians = visit.pages.iter().flatten().map(|time| {
            let of_page = |other: &&Visit| {
                let pages = other.pages.iter().flatten();
                pages.filter(|page| page.page == time.page).map(|page| page.visible_ms).next()
            };
            let mut times: Vec<u64> =
                others.iter().filter_map(of_page).filter(|&ms| ms >= PageTime::SEEN_FROM_MS).collect();
            median(&mut times).map(|ms| ms / 1_000)
        });
        let medians = medians.collect();
        let is_same_reader = |other: &&Visit| !other.is(&visit) && other.has_reader_of(&visit);
        let mut others: Vec<Visit> = found.visits().filter(is_same_reader).cloned().collect();
        others.sort_by_key(|other| std::cmp::Reverse(other.joined_at));
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
        let visits = self.analytics.visits(link, &document).await?.visits;
        if !visits.iter().any(|visit| visit.id == id) {
            return Err(AppError::NotFound);
        }
        self.analytics.archive(link, id, archived).await
    }

    /// Removes all visits of the reader of a visit, by mark and by e-mail address, from every document of the requester.
    /// Returns how many there were. The sums, which hold no names, stay as they are.
    pub async fn erase_reader(
        &self,
        link: &LinkId,
        id: VisitId,
        requester: &Requester,
    ) -> Result<u64, AppError> {
        own_link(&self.catalogue, link, requester).await?;
        let found = self.find(&HistoryScope::Everything, requester).await?;
        let wanted = found.visit(link, id)?;
        let mut by_link: HashMap<&LinkId, Vec<VisitId>> = HashMap::new();
        for visit in found.visits() {
            if visit.is(wanted) || visit.has_reader_of(wanted) {
                by_link.entry(&visit.link).or_default().push(visit.id);
            }
        }
        let mut erased = 0;
        for (link, visits) in by_link {
            erased += self.analytics.erase(link, &visits).await?;
        }
        Ok(erased)
    }

    /// The requester's time zone, and whether they have set it; UTC until then.
    async fn zone(&self, requester: &Requester) -> Result<(Zone, bool), AppError> {
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

    fn period(&self, query: &HistoryQuery, zone: &Zone, found: &Found) -> Period {
        let first = found.visits().map(|visit| visit.joined_at).min();
        Period::new(query, zone, self.clock.now(), first)
    }
}
