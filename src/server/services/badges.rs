//! Badges: the live numbers of a link in other sites.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use sha2::{Digest, Sha256};

use super::{audit::Audit, ownership::own_link, requester::Requester};
use crate::{
    error::AppError,
    model::{AccountAction, BadgeId, BadgeNumbers, LinkId, MAX_BADGES, NewLinkBadge, ViewerLimit},
    server::store::{
        analytics::Analytics,
        badges::{BadgeStore, StoredBadge},
        catalogue::Catalogue,
        clock::Clock,
        random,
    },
};

/// How old the numbers of a badge may be: however many look, Redis is asked once in this time for each token and server.
const SHOWN_FOR: Duration = Duration::from_secs(10);
/// The most badges that are kept at once.
const CAPACITY: u64 = 10_000;
/// Characters of an id.
const ID_LENGTH: usize = 20;

/// Badges. Cheap to clone.
#[derive(Clone)]
pub struct Badges {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) audit: Audit,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) store: BadgeStore,
    pub(in crate::server) shown: ShownBadges,
}

/// What tokens showed lately, by their digests; also that they show nothing. Cheap to clone.
#[derive(Clone)]
pub struct ShownBadges(Cache<String, Option<Arc<ShownBadge>>>);

impl Default for ShownBadges {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(CAPACITY).time_to_live(SHOWN_FOR).build())
    }
}

/// A badge, and where it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownBadge {
    /// The numbers.
    pub numbers: BadgeNumbers,
    /// The origins that may frame it.
    pub sites: Vec<String>,
}

/// A badge of a link, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnBadge {
    /// Its id.
    pub id: BadgeId,
    /// The origins that may frame it.
    pub sites: Vec<String>,
    /// Whether it shows views.
    pub counts: bool,
    /// Unix milliseconds.
    pub created_at: i64,
}

impl Badges {
    /// Makes a badge for a link of the requester; `token` makes its token of its id. [`AppError::BadRequest`] when the link
    /// has [`MAX_BADGES`].
    pub async fn make(
        &self,
        link: &LinkId,
        new: &NewLinkBadge,
        requester: &Requester,
        token: impl FnOnce(&BadgeId) -> String,
    ) -> Result<OwnBadge, AppError> {
        own_link(&self.catalogue, link, requester).await?;
        let sites = new.origins()?;
        if self.store.count(link).await? >= MAX_BADGES {
            return Err(AppError::BadRequest(format!(
                "A link has at most {MAX_BADGES} badges. Revoke one first."
            )));
        }
        let id: BadgeId = random::token(ID_LENGTH)?.parse()?;
        let badge = StoredBadge {
            digest: digest(&token(&id)),
            sites,
            counts: new.counts,
            created: self.clock.now(),
            newer: Default::default(),
        };
        self.store.add(link, &id, &badge).await?;
        self.audit.note(requester, AccountAction::BadgeMade, link.as_str()).await;
        Ok(own(id, badge))
    }

    /// The badges of a link of the requester, the oldest first.
    pub async fn list(&self, link: &LinkId, requester: &Requester) -> Result<Vec<OwnBadge>, AppError> {
        own_link(&self.catalogue, link, requester).await?;
        Ok(self.store.list(link).await?.into_iter().map(|(id, badge)| own(id, badge)).collect())
    }

    /// Revokes a badge: here at once, and within ten seconds at other servers. [`AppError::NotFound`].
    pub async fn revoke(&self, link: &LinkId, id: &BadgeId, requester: &Requester) -> Result<(), AppError> {
        own_link(&self.catalogue, link, requester).await?;
        let digest = self.store.remove(link, id).await?.ok_or(AppError::NotFound)?;
        self.shown.0.invalidate(&digest).await;
        self.audit.note(requester, AccountAction::BadgeRevoked, link.as_str()).await;
        Ok(())
    }

    /// What a token shows. [`AppError::NotFound`] for one that was revoked or never made.
    pub async fn look(&self, token: &str) -> Result<Arc<ShownBadge>, AppError> {
        let digest = digest(token);
        let shown = self.shown.0.try_get_with(digest.clone(), self.read(&digest)).await;
        shown.map_err(|error| AppError::clone(&error))?.ok_or(AppError::NotFound)
    }

    async fn read(&self, digest: &str) -> Result<Option<Arc<ShownBadge>>, AppError> {
        let Some((link, badge)) = self.store.find(digest).await? else { return Ok(None) };
        let snapshot = match self.analytics.snapshot(&link, ViewerLimit::MIN).await {
            Err(AppError::LinkNotFound) => return Ok(None),
            snapshot => snapshot?,
        };
        let numbers = BadgeNumbers {
            active_viewers: snapshot.metrics.active_viewers,
            total_views: badge.counts.then_some(snapshot.metrics.total_views),
            as_of: snapshot.as_of,
        };
        Ok(Some(Arc::new(ShownBadge { numbers, sites: badge.sites })))
    }
}

fn own(id: BadgeId, badge: StoredBadge) -> OwnBadge {
    let StoredBadge { sites, counts, created, .. } = badge;
    OwnBadge { id, sites, counts, created_at: created }
}

/// SHA-256 in hexadecimal: a token has 256 bits, so a slow hash would not protect it better.
fn digest(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}
