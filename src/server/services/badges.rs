//! Badges: the live numbers of a link in other sites.

mod shown;

use std::{sync::Arc, time::Duration};

use futures::stream::{self, Stream, StreamExt};
use sha2::{Digest, Sha256};
use tokio::time::sleep;
use tokio_util::bytes::Bytes;

pub use self::shown::ShownBadges;
use super::{
    audit::Audit, ownership::own_link, rate_limits::RateLimitKey, requester::Requester,
    stream_limits::StreamLimits,
};
use crate::{
    error::AppError,
    model::{AccountAction, BadgeId, BadgeNumbers, LinkId, MAX_BADGES, NewLinkBadge, ViewerLimit},
    server::{
        live::{BadgeFollower, Live},
        store::{
            analytics::Analytics,
            badges::{BadgeStore, StoredBadge},
            catalogue::{self, Catalogue},
            clock::Clock,
            link_keys::BADGES_CHANGED,
            random,
            redis::Announcements,
        },
    },
};

/// How long a stream of a badge may stay open that was revoked, if the announcement is lost.
const RECHECK_INTERVAL: Duration = Duration::from_secs(60);
/// Characters of an id.
const ID_LENGTH: usize = 20;

/// Badges. Cheap to clone.
#[derive(Clone)]
pub struct Badges {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) announcements: Announcements,
    pub(in crate::server) audit: Audit,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) live: Live,
    pub(in crate::server) store: BadgeStore,
    pub(in crate::server) shown: ShownBadges,
    pub(in crate::server) streams: StreamLimits,
}

/// A badge, and where it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownBadge {
    /// The numbers.
    pub numbers: BadgeNumbers,
    /// The origins that may frame it.
    pub sites: Vec<String>,
    /// Whether a frame may follow it by a stream.
    pub live: bool,
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
    /// Whether its frames are sent each change at once.
    pub live: bool,
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
            live: new.live,
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

    /// Revokes a badge: it shows nothing from then on, on any server, and its streams end. [`AppError::NotFound`].
    pub async fn revoke(&self, link: &LinkId, id: &BadgeId, requester: &Requester) -> Result<(), AppError> {
        own_link(&self.catalogue, link, requester).await?;
        self.store.remove(link, id).await?.ok_or(AppError::NotFound)?;
        self.shown.forget_records();
        self.audit.note(requester, AccountAction::BadgeRevoked, link.as_str()).await;
        Ok(())
    }

    /// What a token shows. [`AppError::NotFound`] for one that was revoked or never made.
    pub async fn look(&self, token: &str) -> Result<Arc<ShownBadge>, AppError> {
        let digest = digest(token);
        let found = self.shown.record(&digest, self.store.find(&digest)).await?.ok_or(AppError::NotFound)?;
        let (link, badge) = (&found.0, &found.1);
        let numbers = self.shown.numbers(&digest, self.read(link, badge.counts)).await?;
        let StoredBadge { sites, live, .. } = badge.clone();
        Ok(Arc::new(ShownBadge { numbers: numbers.ok_or(AppError::NotFound)?, sites, live }))
    }

    async fn read(&self, link: &LinkId, with_views: bool) -> Result<Option<BadgeNumbers>, AppError> {
        match self.analytics.snapshot(link, ViewerLimit::MIN).await {
            Err(AppError::LinkNotFound) => Ok(None),
            snapshot => Ok(Some(BadgeNumbers::of(&snapshot?, with_views))),
        }
    }

    /// The numbers of a live badge as events, for a client at `address`, until it is revoked. [`AppError::NotFound`] for a
    /// badge that is not live; [`AppError::TooManyStreams`] or [`AppError::Full`] for a frame that has to ask instead.
    pub async fn follow(
        &self,
        token: &str,
        address: RateLimitKey,
    ) -> Result<impl Stream<Item = Bytes> + Send + use<>, AppError> {
        let digest = digest(token);
        let found = self.shown.record(&digest, self.store.find(&digest)).await?;
        let found = found.filter(|found| found.1.live).ok_or(AppError::NotFound)?;
        let (link, with_views) = (found.0.clone(), found.1.counts);
        let permit = self.streams.admit_badge(address, &digest)?;
        let follower = BadgeFollower::new(self.live.watch(&link, ViewerLimit::MIN), with_views);
        let events = stream::unfold((follower, permit), async |(mut follower, permit)| {
            follower.next().await.map(|event| (event, (follower, permit)))
        });
        let badges = self.clone();
        let revoked = async move { badges.revoked(link, digest).await };
        Ok(events.take_until(Box::pin(revoked)))
    }

    /// Returns when a badge shows nothing any more. Asks Redis when that is announced, and once a minute in case an
    /// announcement is lost.
    async fn revoked(&self, link: LinkId, digest: String) {
        let mut badge = self.announcements.subscribe_to(BADGES_CHANGED.to_owned(), digest.clone());
        let mut deleted = self.announcements.subscribe(catalogue::deleted_channel(&link));
        loop {
            tokio::select! {
                () = badge.changed() => {}
                () = deleted.changed() => {}
                () = sleep(RECHECK_INTERVAL) => {}
            }
            match self.store.find(&digest).await {
                // An outage revokes nothing.
                Ok(Some(_)) | Err(AppError::Unavailable) => {}
                Ok(None) | Err(_) => return,
            }
        }
    }
}

fn own(id: BadgeId, badge: StoredBadge) -> OwnBadge {
    let StoredBadge { sites, counts, live, created, .. } = badge;
    OwnBadge { id, sites, counts, live, created_at: created }
}

/// SHA-256 in hexadecimal: a token has 256 bits, so a slow hash would not protect it better.
fn digest(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}
