//! `sightline backup` and `sightline restore`: everything at one moment in one file, whether or not the server runs.
//!
//! A file of a document or of sealed visits is written before its record, and removed after it. So the files are held
//! first, then Redis is copied, then the files that came meanwhile are held too: every file that a record of that moment
//! names was there, unless it came and went within the second in between.

mod archive;
mod held_files;
mod new_file;
mod restore;

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use tokio::task::spawn_blocking;

pub use self::restore::restore;
pub(super) use self::{archive::ArchiveWriter, new_file::NewFile};
use self::{
    archive::{MANIFEST, Manifest, SECRET},
    held_files::HeldFiles,
};
use crate::{
    format,
    server::{
        config::Config,
        print_line,
        start::{data_folder, secret_file},
        start_error::StartError,
        store::{
            clock::system_now,
            redis::{Copied, ManagedRedis, copy_snapshots},
        },
    },
};

/// Writes a backup to `file`, where there must be none.
pub async fn backup(config: &Config, file: &Path) -> Result<(), StartError> {
    // For rediss://. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !config.data_dir.is_dir() {
        return Err(StartError::new(format!("There is no data folder {}.", config.data_dir.display())));
    }
    data_folder::prepare(&config.data_dir)?;
    let new = NewFile::create(file).map_err(|error| unwritable(file, &error))?;
    let borrowed = match &config.redis_url {
        Some(_) => None,
        None => Some(ManagedRedis::borrow_from(&config.data_dir).await?),
    };
    let url = borrowed.as_ref().map(|redis| redis.url()).or(config.redis_url.clone()).unwrap_or_default();
    let written = write(config, &url, new, file).await;
    if let Some(borrowed) = borrowed {
        borrowed.give_back().await;
    }
    written
}

async fn write(config: &Config, redis_url: &str, new: NewFile, file: &Path) -> Result<(), StartError> {
    let held = HeldFiles::begin(&config.data_dir)?;
    let unheld = |error: io::Error| StartError::new(format!("The files cannot be held: {error}"));
    let held = spawn_blocking(move || held.hold().map(|()| held)).await.map_err(io::Error::other);
    let held = held.flatten().map_err(unheld)?;
    let taken_at = system_now();
    let snapshots = copy_snapshots(redis_url, held.folder()).await?;
    let manifest = Manifest::new(taken_at, config.storage.clone(), &snapshots);
    let secret = secret_file(config);
    let archived = spawn_blocking(move || {
        held.hold()?;
        archive(new, &manifest, &snapshots, &held, &secret)
    });
    let (count, size) =
        archived.await.map_err(io::Error::other).flatten().map_err(|error| unwritable(file, &error))?;
    print_line(&format!(
        "{} holds everything as of {}: Redis and {}, {}.",
        file.display(),
        format::utc(taken_at),
        format::plural(count, "file", "files"),
        format::bytes(size)
    ));
    if let Some(storage) = &config.storage {
        print_line(&format!(
            "Documents and sealed visits are in {storage}: copy the bucket too, or keep its versions."
        ));
    }
    Ok(())
}

/// Writes the archive. Returns how many files of documents and visits it has, and its size in bytes.
fn archive(
    mut new: NewFile,
    manifest: &Manifest,
    snapshots: &[Copied],
    held: &HeldFiles,
    secret: &Path,
) -> io::Result<(u64, u64)> {
    let mut archive = ArchiveWriter::new(BufWriter::new(new.file()));
    let text = serde_json::to_vec_pretty(manifest)?;
    archive.add(MANIFEST, text.len() as u64, &text[..])?;
    for (name, copied) in manifest.snapshots().iter().zip(snapshots) {
        archive.add_file(name, &copied.path)?;
    }
    // Before the first start there is none.
    if secret.exists() {
        archive.add_file(SECRET, secret)?;
    }
    let mut count = 0;
    for (name, path) in held.list()? {
        archive.add_file(&name, &path)?;
        count += 1;
    }
    archive.finish()?.flush()?;
    let size = new.file().metadata()?.len();
    new.publish()?;
    Ok((count, size))
}

fn unwritable(file: &Path, error: &io::Error) -> StartError {
    StartError::new(format!("{} cannot be written: {error}", file.display()))
}
