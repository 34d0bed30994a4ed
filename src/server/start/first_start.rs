//! The first start: shares a sample document, and prints the address of the first account.

use std::time::Duration;

use futures::stream;
use tokio_util::bytes::Bytes;

use super::{Application, import, schema};
use crate::{
    error::AppError,
    model::{LinkId, NewLink, address},
    server::{print_line, start_error::StartError},
};

/// The user guide, as `docs/guide/build` prints it.
const SAMPLE: &[u8] = include_bytes!("../../../docs/guide/guide.pdf");
const SAMPLE_LINK: &str = "user-guide";
const SAMPLE_TITLE: &str = "The Sightline User Guide";

/// How often the preparation is tried while Redis does not answer.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// Encrypts and imports what earlier versions wrote, shares the sample if there is no document, and prints the address of the
/// first account. [`StartError`] for data of a newer program.
///
/// While Redis does not answer, the server starts without this: requests that need Redis answer 503, and the
/// preparation is repeated in the background.
pub async fn prepare(app: &Application) -> Result<(), StartError> {
    // Before anything is written.
    if let Ok(Some(refusal)) = schema::refusal(app).await {
        return Err(refusal);
    }
    match try_prepare(app).await {
        Err(AppError::Unavailable) => {
            tracing::warn!("Redis does not answer yet; the first start is completed once it does");
            tokio::spawn(prepare_when_redis_answers(app.clone()));
            Ok(())
        }
        prepared => Ok(prepared?),
    }
}

async fn prepare_when_redis_answers(app: Application) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(RETRY_INTERVAL) => {}
            () = app.stopping.cancelled() => return,
        }
        if let Ok(Some(refusal)) = schema::refusal(&app).await {
            tracing::error!("{refusal}");
            return app.stopping.cancel();
        }
        match try_prepare(&app).await {
            Err(AppError::Unavailable) => {}
            Err(error) => return tracing::error!(%error, "the first start cannot be completed"),
            Ok(()) => return,
        }
    }
}

async fn try_prepare(app: &Application) -> Result<(), AppError> {
    app.stores.redis.concerns().await?.iter().for_each(|concern| tracing::warn!("{concern}"));
    // After a failure, the first call of a script loads it.
    let _ = app.stores.analytics.load_scripts().await;
    let _ = app.stores.accounts.load_scripts().await;
    let _ = app.stores.visits.load_scripts().await;
    let _ = app.stores.made_once.load_scripts().await;
    schema::bring_along(app).await?;
    app.stores.accounts.encrypt_second_factors().await?;
    import::old_documents(app).await?;
    app.services.accounts.adopt_documents().await?;
    share_sample(app).await?;
    print_first_account(app).await
}

/// Shares the sample if there is neither an owner nor another document. Several servers that start at once on one Redis
/// each store it; the first to make its link keeps its document, the others remove theirs.
async fn share_sample(app: &Application) -> Result<(), AppError> {
    if !app.config.sample || app.stores.accounts.has_owner().await? {
        return Ok(());
    }
    let catalogue = &app.stores.catalogue;
    let documents = catalogue.documents_of(None).await?;
    for document in &documents {
        if document.title != SAMPLE_TITLE || !catalogue.links_of(&document.id).await?.is_empty() {
            return Ok(());
        }
    }
    let library = &app.services.library;
    let document = match documents.first() {
        // Another server stored it a moment ago, or a start that was interrupted before it made the link.
        Some(document) => document.clone(),
        None => {
            let bytes = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(SAMPLE))]);
            library.add_document(None, SAMPLE_TITLE.to_owned(), bytes).await?
        }
    };
    let link_id: LinkId = SAMPLE_LINK.parse()?;
    match library.make_link(&document, NewLink { link_id: Some(link_id.clone()), ..NewLink::default() }).await
    {
        Err(AppError::Taken { .. }) => {}
        made => return made.map(|_| ()),
    }
    match catalogue.link(&link_id).await {
        // Another server made the link to the document that this one stored.
        Ok(linked) if linked.document.id == document.id => Ok(()),
        Ok(_) | Err(AppError::LinkNotFound) => library.remove_document(&document).await,
        Err(error) => Err(error),
    }
}

/// Prints where to make the first account, and where the sample is, while there is no owner.
async fn print_first_account(app: &Application) -> Result<(), AppError> {
    let Some(token) = app.stores.accounts.offer_setup().await? else { return Ok(()) };
    let origin = app.config.origin();
    if let Some(document) = app.stores.catalogue.documents_of(None).await?.first()
        && let Some(link) = app.stores.catalogue.links_of(&document.id).await?.first()
    {
        print_line(&format!("  Viewer page    {}", address::absolute(&origin, address::viewer(&link.id))));
        print_line(&format!("  Dashboard      {}", address::absolute(&origin, address::dashboard(&link.id))));
    }
    print_line(&format!("  First account  {}", address::absolute(&origin, address::setup(&token))));
    Ok(())
}
