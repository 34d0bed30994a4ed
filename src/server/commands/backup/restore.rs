//! Restoring into an empty place: a data folder without data, and a Redis without keys.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;

use super::archive::{self, FORMAT, MANIFEST, Manifest, SECRET};
use crate::{
    format,
    server::{
        commands::with_app,
        config::Config,
        print_line,
        start::{data_folder, secret_file},
        start_error::StartError,
        store::redis::{self, ManagedRedis, Redis, Slots},
    },
};

/// Where data may not be yet.
const DATA: [&str; 6] = ["documents", "files", "redis", "secret", "visits", data_folder::RESTORING];

/// Restores the backup in `file`. [`StartError`] where the place is not empty, and for a file that is damaged or no
/// backup: nothing is written then.
pub async fn restore(config: Config, file: &Path) -> Result<(), StartError> {
    // For rediss://. A second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (data_dir, secret) = (config.data_dir.clone(), secret_file(&config));
    check_empty(&data_dir, &secret)?;
    let target = match &config.redis_url {
        Some(url) => Some(empty_redis(url, &config).await?),
        None => None,
    };
    let manifest = {
        let file = file.to_owned();
        spawn_blocking(move || verify(&file)).await.map_err(|error| StartError::new(error.to_string()))??
    };
    check_storage(manifest.storage.as_deref(), config.storage.as_deref())?;
    // Taken away again at the end: a start refuses a folder of which only a part was restored.
    let mark = data_dir.join(data_folder::RESTORING);
    // One snapshot is where a managed Redis reads it; otherwise each is read by a server of its own, and its keys copied.
    let snapshots = manifest.snapshots();
    let is_in_place = target.is_none() && snapshots.len() == 1;
    let folders: Vec<PathBuf> = match is_in_place {
        true => vec![data_dir.clone()],
        false => (1..=snapshots.len()).map(|number| mark.join(number.to_string())).collect(),
    };
    let unpacked = {
        let (file, data_dir, mark) = (file.to_owned(), data_dir.clone(), mark.clone());
        let places = snapshots.into_iter().zip(folders.clone()).collect();
        spawn_blocking(move || unpack(&file, &data_dir, &mark, places, &secret)).await
    };
    unpacked.map_err(io::Error::other).flatten().map_err(|error| {
        StartError::new(format!(
            "The backup cannot be unpacked: {error}. Delete {}, then restore again.",
            data_dir.display()
        ))
    })?;
    match target {
        Some(target) => copy_all(&folders, &manifest.slots, &target, &config).await?,
        None if !is_in_place => {
            let managed = ManagedRedis::start(&data_dir).await?;
            let copied = match connect(&managed.url(), &config) {
                Ok(target) => copy_all(&folders, &manifest.slots, &target, &config).await,
                Err(error) => Err(error),
            };
            managed.stop().await;
            copied?;
        }
        None => {}
    }
    fs::remove_dir_all(&mark)
        .map_err(|error| StartError::new(format!("{} cannot be removed: {error}", mark.display())))?;
    report(config, &manifest).await
}

/// Copies the keys of each folder's snapshot: those in its slots, where it is one of several.
async fn copy_all(
    folders: &[PathBuf],
    slots: &[Slots],
    target: &Redis,
    config: &Config,
) -> Result<(), StartError> {
    for (number, folder) in folders.iter().enumerate() {
        let source = ManagedRedis::start_scratch(folder).await?;
        let copied = match connect(&source.url(), config) {
            Ok(from) => redis::copy_keys(&from, target, slots.get(number)).await.map_err(StartError::from),
            Err(error) => Err(error),
        };
        source.stop().await;
        copied?;
    }
    Ok(())
}

/// Opens what was restored, and says what it holds.
async fn report(config: Config, manifest: &Manifest) -> Result<(), StartError> {
    let storage = config.storage.clone();
    with_app(config, async |app| {
        let owners = app.stores.accounts.owners().await?;
        let (mut documents, mut missing) = (0, Vec::new());
        for owner in owners.iter().map(|owner| Some(&owner.owner_id)).chain([None]) {
            for document in app.stores.catalogue.documents_of(owner).await? {
                documents += 1;
                if app.stores.files.is_missing(&document.id, &document.file.version).await {
                    missing.push(document.title);
                }
            }
        }
        print_line(&format!(
            "Restored as of {}: {}, {}. Start the server.",
            format::utc(manifest.taken_at),
            format::plural(owners.len() as u64, "owner", "owners"),
            format::plural(documents, "document", "documents"),
        ));
        if let (Some(old), Some(new)) = (&manifest.storage, &storage)
            && old != new
        {
            print_line(&format!(
                "Documents and sealed visits were in {old}, and are read from {new}: copy them before you start it."
            ));
        }
        for title in missing {
            print_line(&format!(
                "The file of \"{title}\" is missing: it was deleted while the backup was made."
            ));
        }
        Ok(())
    })
    .await
}

/// Files in a bucket are not in the backup: they are read from there, or from a copy of it.
fn check_storage(of_backup: Option<&str>, own: Option<&str>) -> Result<(), StartError> {
    match (of_backup, own) {
        (Some(bucket), None) => Err(StartError::new(format!(
            "The documents of this backup are in {bucket}. Set SIGHTLINE_STORAGE to that, or to a copy of it."
        ))),
        (None, Some(_)) => Err(StartError::new(
            "This backup has the documents itself: leave SIGHTLINE_STORAGE unset to restore it.",
        )),
        _ => Ok(()),
    }
}

fn check_empty(data_dir: &Path, secret: &Path) -> Result<(), StartError> {
    let mut places: Vec<PathBuf> = DATA.iter().map(|name| data_dir.join(name)).collect();
    places.push(secret.to_owned());
    for path in places {
        let has_something = match fs::read_dir(&path) {
            Ok(mut entries) => entries.next().is_some(),
            Err(_) => path.symlink_metadata().is_ok(),
        };
        if has_something {
            return Err(StartError::new(format!(
                "{} is there already. A backup is restored into an empty place: set SIGHTLINE_DATA_DIR to a new folder.",
                path.display()
            )));
        }
    }
    Ok(())
}

fn connect(url: &str, config: &Config) -> Result<Redis, StartError> {
    Redis::for_command(url, config.redis_timeout())
        .map_err(|error| StartError::new(format!("SIGHTLINE_REDIS_URL cannot be used: {error}")))
}

async fn empty_redis(url: &str, config: &Config) -> Result<Redis, StartError> {
    let redis = connect(url, config)?;
    if redis.count_keys().await? > 0 {
        return Err(StartError::new("This Redis has data already. A backup is restored into an empty one."));
    }
    Ok(redis)
}

/// Reads the whole archive once, before anything is written.
fn verify(file: &Path) -> Result<Manifest, StartError> {
    let refused = |why: String| StartError::new(format!("{} cannot be restored: {why}.", file.display()));
    let archive = File::open(file).map_err(|error| refused(error.to_string()))?;
    let (mut manifest, mut snapshots) = (None, Vec::new());
    let read = archive::read(BufReader::new(archive), |name, content| {
        if name == MANIFEST {
            manifest = Some(serde_json::from_reader::<_, Manifest>(content)?);
        } else if archive::is_snapshot(name) {
            snapshots.push(name.to_owned());
        }
        Ok(())
    });
    // It is the first entry. What a newer program wrote behind it may look like damage.
    if let Some(Manifest { version, .. }) = manifest.as_ref().filter(|manifest| manifest.format > FORMAT) {
        return Err(refused(format!("it was made by a newer Sightline, {version}. Install that")));
    }
    read.map_err(|error| refused(format!("it is damaged, or no backup of Sightline ({error})")))?;
    let manifest = manifest.ok_or_else(|| refused("it has no manifest".to_owned()))?;
    if manifest.snapshots() != snapshots {
        return Err(refused("it does not have all data of Redis".to_owned()));
    }
    Ok(manifest)
}

/// Writes everything: each snapshot to the folder in which a server will read it.
fn unpack(
    file: &Path,
    data_dir: &Path,
    mark: &Path,
    mut places: BTreeMap<String, PathBuf>,
    secret: &Path,
) -> io::Result<()> {
    create_dir(mark)?;
    for place in places.values_mut() {
        *place = redis::snapshot_to_load(place)?;
    }
    archive::read(BufReader::new(File::open(file)?), |name, content| match name {
        MANIFEST => Ok(()),
        SECRET => write(secret, content),
        name => match places.get(name) {
            Some(place) => write(place, content),
            None => write(&data_dir.join(name), content),
        },
    })
}

fn write(path: &Path, content: &mut dyn Read) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        create_dir(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    io::copy(content, &mut file)?;
    file.sync_all()
}

fn create_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
