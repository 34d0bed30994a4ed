//! What is there before anybody has done anything: a document to look at, and the way to the first account.

use std::time::Duration;

use axum::body::Bytes;
use futures::stream;

use super::{
    AppState, StartError,
    config::{dashboard_url, viewer_url},
    import, say,
};
use crate::{error::AppError, model::NewLink};

/// The user guide, as `docs/guide/build` prints it.
const SAMPLE: &[u8] = include_bytes!("../../docs/guide/guide.pdf");
const SAMPLE_LINK: &str = "user-guide";
const SAMPLE_TITLE: &str = "The Sightline User Guide";

/// How soon it is tried again while Redis is out of reach.
const RETRY: Duration = Duration::from_millis(500);

/// Brings along what an earlier version kept, shares the sample where there is nothing at all, and tells the way to
/// the first account.
///
/// The server starts all the same while Redis is out of reach: what depends on it answers 503, and this is done
/// when it is there.
pub(super) async fn prepare(state: &AppState) -> Result<(), StartError> {
    match try_to_prepare(state).await {
        Err(AppError::Unavailable) => {
            tracing::warn!("Redis does not answer yet; everything waits for it");
            tokio::spawn(prepare_when_it_can_be(state.clone()));
            Ok(())
        }
        prepared => Ok(prepared?),
    }
}

async fn prepare_when_it_can_be(state: AppState) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = state.stopping.cancelled() => return,
        }
        match try_to_prepare(&state).await {
            Err(AppError::Unavailable) => {}
            Err(error) => return tracing::error!(%error, "what should be there at the first start is not"),
            Ok(()) => return,
        }
    }
}

async fn try_to_prepare(state: &AppState) -> Result<(), AppError> {
    state.redis.concerns().await?.iter().for_each(|concern| tracing::warn!("{concern}"));
    // A script that is not loaded now is brought along by the first call that needs it.
    let _ = state.analytics.load_scripts().await;
    let _ = state.accounts.load_scripts().await;
    import::old_documents(state).await?;
    share_sample(state).await?;
    tell_first_account(state).await
}

/// What belongs to nobody goes to the first account.
async fn share_sample(state: &AppState) -> Result<(), AppError> {
    let untouched =
        !state.accounts.has_owner().await? && state.catalogue.documents_of(None).await?.is_empty();
    if !state.config.sample || !untouched {
        return Ok(());
    }
    let bytes = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(SAMPLE))]);
    let document = state.take_in(None, SAMPLE_TITLE.to_owned(), bytes).await?;
    let link_id = Some(SAMPLE_LINK.parse()?);
    state.make_link(&document, NewLink { link_id, ..NewLink::default() }).await?;
    Ok(())
}

/// For the person who started the server, while there is no owner.
async fn tell_first_account(state: &AppState) -> Result<(), AppError> {
    let Some(token) = state.accounts.offer_setup().await? else { return Ok(()) };
    let origin = state.config.origin(None);
    if let Some(document) = state.catalogue.documents_of(None).await?.first()
        && let Some(link) = state.catalogue.links_of(&document.id).await?.first()
    {
        say(&format!("  Viewer page    {}", viewer_url(&origin, &link.id)));
        say(&format!("  Dashboard      {}", dashboard_url(&origin, &link.id)));
    }
    say(&format!("  First account  {origin}/setup/{token}"));
    Ok(())
}
