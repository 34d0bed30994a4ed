//! Restoring into an empty place: a data folder without data, and a Redis without keys.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, Read},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use tokio::task::spawn_blocking;

use super::archive::{self, FORMAT, MANIFEST, Manifest, SECRET, SNAPSHOT};
use crate::{
    format,
    server::{
        commands::with_app,
        config::Config,
        print_line,
        start::{data_folder, secret_file},
        start_error::StartError,
        store::redis::{self, ManagedRedis, Redis},
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
    if manifest.storage != config.storage {
        return Err(StartError::new(format!(
            "The documents of this backup are in {}. Set SIGHTLINE_STORAGE to that, or leave it unset if the backup has them.",
            manifest.storage.as_deref().unwrap_or("the backup itself")
        )));
    }
    // Taken away again at the end: a start refuses a folder of which only a part was restored.
    let mark = data_dir.join(data_folder::RESTORING);
    let redis_dir = if target.is_some() { mark.join("redis") } else { data_dir.join("redis") };
    let unpacked = {
        let (file, data_dir) = (file.to_owned(), data_dir.clone());
        spawn_blocking(move || unpack(&file, &data_dir, &redis_dir, &secret)).await
    };
    unpacked.map_err(io::Error::other).flatten().map_err(|error| {
        StartError::new(format!(
            "The backup cannot be unpacked: {error}. Delete {}, then restore again.",
            data_dir.display()
        ))
    })?;
    if let Some(target) = target {
        let source = ManagedRedis::start(&mark).await?;
        let copied = async {
            let from = Redis::new(&source.url(), config.redis_timeout())
                .map_err(|error| StartError::new(error.to_string()))?;
            Ok::<_, StartError>(redis::copy_keys(&from, &target).await?)
        }
        .await;
        source.stop().await;
        copied?;
    }
    fs::remove_dir_all(&mark)
        .map_err(|error| StartError::new(format!("{} cannot be removed: {error}", mark.display())))?;
    report(config, &manifest).await
}

/// Opens what was restored, and says what it holds.
async fn report(config: Config, manifest: &Manifest) -> Result<(), StartError> {
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
        for title in missing {
            print_line(&format!(
                "The file of \"{title}\" is missing: it was deleted while the backup was made."
            ));
        }
        Ok(())
    })
    .await
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

async fn empty_redis(url: &str, config: &Config) -> Result<Redis, StartError> {
    let redis = Redis::new(url, config.redis_timeout())
        .map_err(|error| StartError::new(format!("SIGHTLINE_REDIS_URL cannot be used: {error}")))?;
    if redis.count_keys().await? > 0 {
        return Err(StartError::new("This Redis has data already. A backup is restored into an empty one."));
    }
    Ok(redis)
}

/// Reads the whole archive once, before anything is written.
fn verify(file: &Path) -> Result<Manifest, StartError> {
    let refused = |why: String| StartError::new(format!("{} cannot be restored: {why}.", file.display()));
    let archive = File::open(file).map_err(|error| refused(error.to_string()))?;
    let (mut manifest, mut has_snapshot) = (Vec::new(), false);
    archive::read(BufReader::new(archive), |name, content| {
        has_snapshot |= name == SNAPSHOT;
        if name == MANIFEST {
            content.read_to_end(&mut manifest)?;
        }
        Ok(())
    })
    .map_err(|error| refused(format!("it is damaged, or no backup of Sightline ({error})")))?;
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|error| refused(format!("its manifest cannot be read ({error})")))?;
    if manifest.format > FORMAT {
        return Err(refused(format!("it was made by a newer Sightline, {}. Install that", manifest.version)));
    }
    if !has_snapshot {
        return Err(refused("it has no data of Redis".to_owned()));
    }
    Ok(manifest)
}

/// Writes everything; the data of Redis as the first part of an append-only file
/// ([its manifest](https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/)), which a start reads.
fn unpack(file: &Path, data_dir: &Path, redis_dir: &Path, secret: &Path) -> io::Result<()> {
    create_dir(&data_dir.join(data_folder::RESTORING))?;
    let appended = redis_dir.join("appendonlydir");
    archive::read(BufReader::new(File::open(file)?), |name, content| match name {
        MANIFEST => Ok(()),
        SNAPSHOT => write(&appended.join("appendonly.aof.1.base.rdb"), content),
        SECRET => write(secret, content),
        name => write(&data_dir.join(name), content),
    })?;
    let manifest = "file appendonly.aof.1.base.rdb seq 1 type b\n";
    write(&appended.join("appendonly.aof.manifest"), &mut manifest.as_bytes())
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
