//! Visits of a link, as the browsers of visitors report them: join, heartbeat, leave.

use super::Reading;
use crate::{
    error::AppError,
    model::{Heartbeat, Join, Leave, LinkId, Owner},
    server::{
        services::{
            gate::{Admitted, Grant, admit, check_grant, check_open},
            rate_limits::ActionKind,
            requester::{Requester, VisitOrigin, Visitor},
        },
        store::{
            analytics::{Arrival, HeartbeatOutcome, Joined},
            catalogue::LinkedDocument,
        },
    },
};

impl Reading {
    /// Counts a viewer. [`AppError::NotCounted`] for the owner and for bots.
    pub async fn join(
        &self,
        link: &LinkId,
        join: Join,
        requester: &Requester,
        origin: &VisitOrigin,
    ) -> Result<(), AppError> {
        let joined = self.try_join(link, join, requester, origin).await;
        self.instruments.joins.note(&joined);
        joined
    }

    async fn try_join(
        &self,
        link: &LinkId,
        mut join: Join,
        requester: &Requester,
        origin: &VisitOrigin,
    ) -> Result<(), AppError> {
        let linked = self.catalogue.link(link).await?;
        self.rate_limits.action(requester.visitor.rate_limit_key, link, ActionKind::Join)?;
        let admitted = admit(linked.clone(), requester, self.clock.now())?;
        join.check(linked.document.most_pages())?;
        let grant = match admitted {
            Admitted::Owner(_) => return Err(AppError::NotCounted),
            Admitted::Visitor(_, grant) => grant,
        };
        if linked.link.has_gate() {
            // Behind a gate, only the e-mail address that was given there counts.
            join.email = grant.as_ref().and_then(|grant| grant.email.clone());
        }
        if origin.is_bot {
            self.count_filtered(link).await;
            return Err(AppError::NotCounted);
        }
        if self.analytics.join(link, &join, &arrival(&linked, origin, grant.as_ref())).await? == Joined::New {
            self.catalogue.note_last_view(&linked.document, self.clock.now());
        }
        Ok(())
    }

    /// Counts a request that is not a reader's. Where Redis takes no writes, its sender gets the page all the same.
    pub(super) async fn count_filtered(&self, link: &LinkId) {
        if let Err(error) = self.analytics.filter(link).await {
            tracing::warn!(%error, "filtered requests are not counted");
        }
    }

    /// Keeps a viewer active. The hot path: one round trip, whose script also compares the version of the cached link.
    /// Only another version, or a refusal, reads the link again.
    pub async fn heartbeat(
        &self,
        link: &LinkId,
        heartbeat: Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let outcome = self.try_heartbeat(link, heartbeat, visitor).await;
        self.instruments.heartbeats.note(&outcome);
        outcome
    }

    async fn try_heartbeat(
        &self,
        link: &LinkId,
        heartbeat: Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let cached = self.catalogue.cached_link(link).await?;
        self.rate_limits.action(visitor.rate_limit_key, link, ActionKind::Heartbeat)?;
        let mut outcome = HeartbeatOutcome::LinkChanged;
        if self.check_heartbeat(&cached, &heartbeat, visitor).is_ok() {
            outcome = self.analytics.heartbeat(link, &heartbeat, &cached.link.version).await?;
        }
        if outcome == HeartbeatOutcome::LinkChanged {
            outcome = Box::pin(self.heartbeat_as_it_is_now(link, &heartbeat, visitor)).await?;
        }
        match outcome {
            HeartbeatOutcome::Active => Ok(()),
            HeartbeatOutcome::NotActive => Err(AppError::SessionNotActive),
            // The link changed twice in a moment. The next heartbeat will succeed.
            HeartbeatOutcome::LinkChanged => Err(AppError::Unavailable),
        }
    }

    /// Sends a heartbeat after the link was read again. Callers box it: it is rare, and the future of the others stays small.
    async fn heartbeat_as_it_is_now(
        &self,
        link: &LinkId,
        heartbeat: &Heartbeat,
        visitor: &Visitor,
    ) -> Result<HeartbeatOutcome, AppError> {
        let linked = self.catalogue.link(link).await?;
        self.check_heartbeat(&linked, heartbeat, visitor)?;
        self.analytics.heartbeat(link, heartbeat, &linked.link.version).await
    }

    fn check_heartbeat(
        &self,
        linked: &LinkedDocument,
        heartbeat: &Heartbeat,
        visitor: &Visitor,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        check_open(&linked.link, now)?;
        check_grant(&linked.link, visitor, now)?;
        Ok(heartbeat.check(linked.document.most_pages())?)
    }

    /// Ends a visit, also on a link that was closed meanwhile. A duration counts up to the time since the join. From
    /// `reporter`, the owner of the request's API key, it is recorded as sent if they own the document: then a server of
    /// the owner reports it, and needs no grant.
    pub async fn leave(
        &self,
        link: &LinkId,
        leave: Leave,
        visitor: &Visitor,
        reporter: Option<&Owner>,
    ) -> Result<(), AppError> {
        let cached = self.catalogue.cached_link(link).await?;
        self.rate_limits.action(visitor.rate_limit_key, link, ActionKind::Leave)?;
        // The file may have more pages by now.
        if leave.check(cached.document.most_pages()).is_err() {
            leave.check(self.catalogue.link(link).await?.document.most_pages())?;
        }
        let owner_id = reporter.map(|owner| &owner.owner_id);
        if owner_id.is_some() && cached.document.owner.as_ref() == owner_id {
            return self.analytics.leave_as_reported(link, &leave).await;
        }
        let now = self.clock.now();
        if check_grant(&cached.link, visitor, now).is_err() {
            check_grant(&self.catalogue.link(link).await?.link, visitor, now)?;
        }
        self.analytics.leave(link, &leave).await
    }
}

/// What is known of a visit as it begins.
pub(super) fn arrival(
    LinkedDocument { document, .. }: &LinkedDocument,
    origin: &VisitOrigin,
    grant: Option<&Grant>,
) -> Arrival {
    Arrival {
        version: document.file.version.clone(),
        page_count: document.file.pages.len() as u32,
        client: origin.client,
        country: origin.country,
        is_verified: grant.is_some_and(|grant| grant.is_verified),
    }
}
