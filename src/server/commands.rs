//! The commands of the terminal, which work whether or not the server is running.

pub mod backup;
pub mod command_line;
pub mod doctor;
mod export_owner;

use std::{
    io::{self, BufRead, IsTerminal},
    path::Path,
};

use tokio::fs::File;
use tokio_util::io::ReaderStream;

pub use self::export_owner::export_owner;
use super::{
    config::Config,
    services::library::check_title,
    start::{Application, data_folder, import, schema},
    start_error::StartError,
    store::redis::ManagedRedis,
};
use crate::{
    error::AppError,
    model::{LinkId, NewLink, Owner},
};

/// Runs `work` on the Redis and the files of the server.
pub async fn with_app<T>(
    config: Config,
    work: impl AsyncFnOnce(&Application) -> Result<T, StartError>,
) -> Result<T, StartError> {
    // For rediss:// and S3. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    data_folder::prepare(&config.data_dir)?;
    let borrowed = match &config.redis_url {
        Some(_) => None,
        None => Some(ManagedRedis::borrow_from(&config.data_dir).await?),
    };
    let url = borrowed.as_ref().map(|redis| redis.url()).or(config.redis_url.clone()).unwrap_or_default();
    let done = async {
        let app = Application::for_command(config, &url)?;
        if let Some(refusal) = schema::refusal(&app).await? {
            return Err(refusal);
        }
        schema::bring_along(&app).await?;
        import::old_documents(&app).await?;
        work(&app).await
    }
    .await;
    if let Some(borrowed) = borrowed {
        borrowed.give_back().await;
    }
    done
}

/// Shares a file and returns its link: at `link_id`, or at a random address.
pub async fn share(
    app: &Application,
    path: &Path,
    link_id: Option<LinkId>,
    title: Option<String>,
    owner: Option<&str>,
) -> Result<LinkId, StartError> {
    let unreadable = |error| StartError::new(format!("{} cannot be read: {error}", path.display()));
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let title = check_title(&title.or(name).unwrap_or_default()).map_err(AppError::from)?;
    let owner = match owner {
        Some(email) => Some(owner_by_email(app, email).await?),
        None => only_owner(app).await?,
    };
    // Checked before the file, which takes longer.
    if let Some(link) = &link_id {
        match app.stores.catalogue.link(link).await {
            Err(AppError::LinkNotFound) => {}
            Ok(_) => return Err(taken(link)),
            Err(error) => return Err(error.into()),
        }
    }
    let file = File::open(path).await.map_err(unreadable)?;
    if file.metadata().await.map_err(unreadable)?.is_dir() {
        return Err(unreadable(io::ErrorKind::IsADirectory.into()));
    }
    let owner = owner.as_ref().map(|owner| &owner.owner_id);
    let document = app.services.library.add_document(owner, title, ReaderStream::new(file)).await?;
    match app
        .services
        .library
        .make_link(&document, NewLink { link_id: link_id.clone(), ..NewLink::default() })
        .await
    {
        Ok(link) => Ok(link.id),
        Err(error) => {
            app.services.library.remove_document(&document).await?;
            Err(match (error, link_id) {
                (AppError::Taken { .. }, Some(link)) => taken(&link),
                (error, _) => error.into(),
            })
        }
    }
}

/// The owner with this e-mail address.
pub async fn owner_by_email(app: &Application, email: &str) -> Result<Owner, StartError> {
    let found = app.stores.accounts.find(email).await?;
    found.ok_or_else(|| {
        StartError::new(format!("There is no owner {email}. `sightline owner list` lists them."))
    })
}

/// Removes an owner. Their documents go to `new_owner` or, with `delete`, are deleted; without either, an owner who has
/// documents is not removed.
pub async fn remove_owner(
    app: &Application,
    email: &str,
    new_owner: Option<&str>,
    delete: bool,
) -> Result<(), StartError> {
    let owner = owner_by_email(app, email).await?;
    let documents = app.stores.catalogue.documents_of(Some(&owner.owner_id)).await?;
    match new_owner {
        Some(new_owner) => {
            let new_owner = owner_by_email(app, new_owner).await?;
            if new_owner == owner {
                return Err(StartError::new("The documents cannot go to the owner who is removed."));
            }
            app.stores.catalogue.hand_over(Some(&owner.owner_id), &new_owner.owner_id).await?;
            app.services.notices.marking.mark_all(&new_owner.owner_id).await?;
        }
        None if delete => {
            for document in &documents {
                app.services.library.remove_document(document).await?;
            }
        }
        None if !documents.is_empty() => {
            return Err(StartError::new(format!(
                "{email} has documents. Choose --documents-to EMAIL or --delete-documents."
            )));
        }
        None => {}
    }
    app.stores.channels.remove_all(&owner.owner_id).await?;
    app.stores.held_visits.remove_all(&owner.owner_id).await?;
    app.stores.made_once.forget(&owner.owner_id).await?;
    Ok(app.stores.accounts.remove(&owner.owner_id).await?)
}

/// Reads a password from the terminal, without showing it, or from the first line of standard input.
pub fn ask_password() -> Result<String, StartError> {
    let unreadable = |error| StartError::new(format!("The password cannot be read: {error}"));
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(unreadable);
    }
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

/// The only owner. `None` while there is none: documents without an owner become the first owner's.
async fn only_owner(app: &Application) -> Result<Option<Owner>, StartError> {
    let mut owners = app.stores.accounts.owners().await?;
    if owners.len() > 1 {
        return Err(StartError::new("There are several owners. Choose one with --owner EMAIL."));
    }
    Ok(owners.pop())
}

fn taken(link: &LinkId) -> StartError {
    let advice = "Choose another --id, or leave it out to get a random one.";
    StartError::new(format!("The link {link} is taken. {advice}"))
}
