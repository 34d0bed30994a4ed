//! What is there before anybody has done anything: a document to look at, and the way to the first account.

use axum::body::Bytes;
use futures::stream;

use super::{
    AppState, StartError,
    config::{dashboard_url, viewer_url},
    import,
};
use crate::{error::AppError, model::NewLink};

/// The user guide, as `docs/guide/build` prints it.
const SAMPLE: &[u8] = include_bytes!("../../docs/guide/guide.pdf");
const SAMPLE_LINK: &str = "user-guide";
const SAMPLE_TITLE: &str = "The Sightline User Guide";

/// Brings along what an earlier version kept, shares the sample where there is nothing at all, and says in plain
/// words what will not work with this Redis.
///
/// The server starts all the same while Redis is out of reach: what depends on it answers 503 until it is there.
pub(super) async fn prepare(state: &AppState) -> Result<(), StartError> {
    match state.redis.concerns().await {
        Ok(concerns) => concerns.iter().for_each(|concern| tracing::warn!("{concern}")),
        Err(_) => tracing::warn!("Redis does not answer yet; everything waits for it"),
    }
    // A script that is not loaded now is brought along by the first call that needs it.
    let _ = state.analytics.load_scripts().await;
    let _ = state.accounts.load_scripts().await;
    match import::old_documents(state).await {
        Err(AppError::Unavailable) => return Ok(()),
        imported => imported?,
    }
    match share_sample(state).await {
        Err(AppError::Unavailable) => Ok(()),
        shared => Ok(shared?),
    }
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

/// What the person who started the server wants to know.
pub(super) async fn announce(state: &AppState) -> Result<(), StartError> {
    let origin = state.config.origin(None);
    println!("\nSightline is running. Ctrl-C stops it.\n");
    match state.accounts.offer_setup().await {
        Ok(Some(token)) => {
            let documents = state.catalogue.documents_of(None).await?;
            if let Some(document) = documents.first()
                && let Some(link) = state.catalogue.links_of(&document.id).await?.first()
            {
                println!("  Viewer page    {}", viewer_url(&origin, &link.id));
                println!("  Dashboard      {}", dashboard_url(&origin, &link.id));
            }
            println!("  First account  {origin}/setup/{token}\n");
        }
        Ok(None) => println!("  Documents  {origin}/\n"),
        Err(error) => {
            tracing::warn!("whether there is an account is not known: {error}");
            println!("  Documents  {origin}/\n");
        }
    }
    Ok(())
}
