//! The badges of a link in other sites.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, BadgeId, LinkId},
    wire::Json,
};

/// The badges of a link of the owner, the oldest first.
#[server(name = ReadBadges, endpoint = "badges", input = Json, output = Json)]
pub async fn badges(link_id: LinkId) -> Result<Vec<model::LinkBadge>, AppError> {
    use crate::server::http::context::*;
    let requester = requester().await?;
    let badges = services()?.badges.list(&link_id, &requester).await?;
    with_badge_urls(&link_id, &requester, badges)
}

/// Makes a badge. `sites` has one on each line.
#[server(endpoint = "add_badge")]
pub async fn add_badge(
    link_id: LinkId,
    #[server(default)] sites: String,
    #[server(default)] counts: String,
    #[server(default)] live: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let new = model::NewLinkBadge {
        sites: sites.split_whitespace().map(str::to_owned).collect(),
        counts: !counts.is_empty(),
        live: !live.is_empty(),
    };
    let done = async {
        services()?.badges.make(&link_id, &new, &requester().await?, badge_token(&link_id)?).await?;
        Ok(Some(model::Done::new("The badge is made. Copy its line into your site.")))
    };
    let page = model::address::link(&link_id);
    Form::of::<AddBadge>()
        .field(argument!(AddBadge, sites), "The sites", &["sites"], &sites)
        .keep(argument!(AddBadge, counts), &counts)
        .keep(argument!(AddBadge, live), &live)
        .answer(done.await, &page, &page)
}

/// Revokes a badge.
#[server(endpoint = "revoke_badge")]
pub async fn revoke_badge(link_id: LinkId, badge_id: BadgeId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.badges.revoke(&link_id, &badge_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The badge is revoked.")))
    };
    let page = model::address::link(&link_id);
    Form::of::<RevokeBadge>().answer(done.await, &page, &page)
}
