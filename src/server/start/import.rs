//! Imports the documents of versions before 0.2, which kept one folder per link, into catalogue and storage.
//!
//! ```text
//! documents/{linkId}/document.pdf     the file
//! documents/{linkId}/document.json    its title, and when it was shared
//! ```

use std::{io, path::Path};

use serde::Deserialize;
use tokio::fs;
use tokio_util::io::ReaderStream;

use super::Application;
use crate::{
    error::AppError,
    model::{LinkId, NewLink},
};

#[derive(Deserialize)]
struct Description {
    title: String,
}

/// Imports every document that is still in its old folder, with its link and its numbers. It becomes the first owner's,
/// as soon as there is one. A document that cannot be read is logged and stays in its folder.
pub async fn old_documents(app: &Application) -> Result<(), AppError> {
    let folder = app.config.data_dir.join("documents");
    let mut entries = match fs::read_dir(&folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&folder, &error)),
    };
    while let Some(entry) = entries.next_entry().await.map_err(|error| failed(&folder, &error))? {
        let Ok(link) = entry.file_name().to_string_lossy().parse::<LinkId>() else { continue };
        match import(app, &link, &entry.path()).await {
            Err(AppError::Unavailable) => return Err(AppError::Unavailable),
            Err(error) => {
                tracing::error!(%link, %error, "a document of an earlier version is not imported")
            }
            Ok(()) => tracing::info!(%link, "a document of an earlier version is imported"),
        }
    }
    Ok(())
}

async fn import(app: &Application, link: &LinkId, folder: &Path) -> Result<(), AppError> {
    // Imported by an earlier start that did not remove the folder.
    let is_imported = match app.stores.catalogue.link(link).await {
        Ok(_) => true,
        Err(AppError::LinkNotFound) => false,
        Err(error) => return Err(error),
    };
    if !is_imported {
        let text = fs::read(folder.join("document.json")).await.map_err(|error| failed(folder, &error))?;
        let Description { title } =
            serde_json::from_slice(&text).map_err(|error| failed(folder, &error.into()))?;
        let file =
            fs::File::open(folder.join("document.pdf")).await.map_err(|error| failed(folder, &error))?;
        let owners = app.stores.accounts.owners().await?;
        let owner = owners.first().map(|owner| &owner.owner_id);
        let document = app.services.library.add_document(owner, title, ReaderStream::new(file)).await?;
        let new = NewLink { link_id: Some(link.clone()), ..NewLink::default() };
        app.services.library.make_link(&document, new).await?;
    }
    fs::remove_dir_all(folder).await.map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &io::Error) -> AppError {
    tracing::error!(path = %path.display(), %error, "a document of an earlier version cannot be read");
    AppError::Internal
}
