//! What is there before anybody has done anything: a document to look at, and the way to the first account.

use std::time::Duration;

use futures::stream;
use tokio_util::bytes::Bytes;

use super::{App, import};
use crate::{
    error::AppError,
    model::{NewLink, address},
    server::{say, start_error::StartError},
};

/// The user guide, as `docs/guide/build` prints it.
const SAMPLE: &[u8] = include_bytes!("../../../docs/guide/guide.pdf");
const SAMPLE_LINK: &str = "user-guide";
const SAMPLE_TITLE: &str = "The Sightline User Guide";

/// How soon it is tried again while Redis is out of reach.
const RETRY: Duration = Duration::from_millis(500);

/// Brings along what an earlier version kept, shares the sample where there is nothing at all, and tells the way to
/// the first account.
///
/// The server starts all the same while Redis is out of reach: what depends on it answers 503, and this is done
/// when it is there.
pub async fn prepare(app: &App) -> Result<(), StartError> {
    match try_to_prepare(app).await {
        Err(AppError::Unavailable) => {
            tracing::warn!("Redis does not answer yet; everything waits for it");
            tokio::spawn(prepare_when_it_can_be(app.clone()));
            Ok(())
        }
        prepared => Ok(prepared?),
    }
}

async fn prepare_when_it_can_be(app: App) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RETRY) => {}
            () = app.stopping.cancelled() => return,
        }
        match try_to_prepare(&app).await {
            Err(AppError::Unavailable) => {}
            Err(error) => return tracing::error!(%error, "what should be there at the first start is not"),
            Ok(()) => return,
        }
    }
}

async fn try_to_prepare(app: &App) -> Result<(), AppError> {
    app.stores.redis.concerns().await?.iter().for_each(|concern| tracing::warn!("{concern}"));
    // A script that is not loaded now is brought along by the first call that needs it.
    let _ = app.stores.analytics.load_scripts().await;
    let _ = app.stores.accounts.load_scripts().await;
    import::old_documents(app).await?;
    share_sample(app).await?;
    tell_first_account(app).await
}

/// What belongs to nobody goes to the first account.
async fn share_sample(app: &App) -> Result<(), AppError> {
    let untouched =
        !app.stores.accounts.has_owner().await? && app.stores.catalogue.documents_of(None).await?.is_empty();
    if !app.config.sample || !untouched {
        return Ok(());
    }
    let bytes = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(SAMPLE))]);
    let document = app.services.library.add_document(None, SAMPLE_TITLE.to_owned(), bytes).await?;
    let link_id = Some(SAMPLE_LINK.parse()?);
    app.services.library.make_link(&document, NewLink { link_id, ..NewLink::default() }).await?;
    Ok(())
}

/// For the person who started the server, while there is no owner.
async fn tell_first_account(app: &App) -> Result<(), AppError> {
    let Some(token) = app.stores.accounts.offer_setup().await? else { return Ok(()) };
    let origin = app.config.origin();
    if let Some(document) = app.stores.catalogue.documents_of(None).await?.first()
        && let Some(link) = app.stores.catalogue.links_of(&document.id).await?.first()
    {
        say(&format!("  Viewer page    {}", address::absolute(&origin, address::viewer(&link.id))));
        say(&format!("  Dashboard      {}", address::absolute(&origin, address::dashboard(&link.id))));
    }
    say(&format!("  First account  {}", address::absolute(&origin, address::setup(&token))));
    Ok(())
}
