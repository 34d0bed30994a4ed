//! Storage of originals: a local folder or an S3 bucket, as `{documentId}/{version}` below a prefix.

use std::{
    io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{
    Error, ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart, aws::AmazonS3Builder,
    local::LocalFileSystem, path::Path,
};
use tokio::{
    fs::{self, File},
    io::AsyncReadExt,
};
use tokio_util::bytes::Bytes;

use super::incoming::Draft;
use crate::{model::DocumentId, server::start_error::StartError};

/// The folder of originals in the data folder.
const FOLDER: &str = "files";
/// The size of an upload's parts in bytes, the least that
/// [S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html) accepts.
const PART_SIZE: usize = 5 << 20;
/// How many parts of one file are sent at once.
const MAX_PARTS_IN_FLIGHT: usize = 2;
/// How long a request to S3 is retried.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// All originals. Cheap to clone.
#[derive(Clone)]
pub(super) struct Store {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder of the originals; `None` if they are not on this machine.
    local: Option<PathBuf>,
}

impl Store {
    /// Originals in the data folder, which must exist.
    pub(super) fn local(data_dir: &FilePath) -> Result<Self, Error> {
        // Cleanup removes folders that become empty.
        let objects =
            LocalFileSystem::new_with_prefix(data_dir)?.with_automatic_cleanup(true).with_fsync(true);
        let local = Some(data_dir.join(FOLDER));
        Ok(Self { objects: Arc::new(objects), prefix: Path::from(FOLDER), local })
    }

    /// Originals in the bucket that `s3://bucket/prefix` names; the `AWS_…` variables set the rest.
    pub(super) fn s3(address: &str) -> Result<Self, StartError> {
        let invalid = |why: &str| StartError::new(format!("SIGHTLINE_STORAGE {why}"));
        let (bucket, prefix) =
            parse(address).ok_or_else(|| invalid("must be s3://bucket or s3://bucket/prefix"))?;
        let retry = RetryConfig { max_retries: 4, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
        let bucket = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .with_retry(retry)
            // Some S3 servers lack bulk delete (arrow-rs-object-store#734), and a document has few files.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(|error| invalid(&format!("cannot be used: {error}")))?;
        Ok(Self::over(Arc::new(bucket), prefix))
    }

    /// Originals in the given object store.
    pub(super) fn over(objects: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { objects, prefix, local: None }
    }

    /// Stores a file, all of it or nothing. Moves the draft where that is possible.
    pub(super) async fn put(&self, document: &DocumentId, version: &str, file: &Draft) -> io::Result<()> {
        if let Some(path) = self.local_path(document, version)
            && let Some(folder) = path.parent()
        {
            fs::create_dir_all(folder).await?;
            if rename_durably(file.path(), &path, sync_folder).await? {
                return Ok(());
            }
        }
        // Originals are in S3, or on another disk than the draft.
        self.upload(&self.object_path(document, version), file.path()).await
    }

    /// Uploads a file in parts, of which at most a few are in memory.
    async fn upload(&self, path: &Path, file: &FilePath) -> io::Result<()> {
        let mut file = File::open(file).await?;
        let upload = self.objects.put_multipart(path).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_SIZE);
        if let Err(error) = copy(&mut upload, &mut file).await {
            upload.abort().await?;
            return Err(error);
        }
        upload.finish().await?;
        Ok(())
    }

    /// The file as a stream.
    pub(super) async fn read(
        &self,
        document: &DocumentId,
        version: &str,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        let found = self.objects.get(&self.object_path(document, version)).await?;
        Ok(found.into_stream().map_err(io::Error::from).boxed())
    }

    /// The path of the file; `None` if it is not on this machine.
    pub(super) fn local_path(&self, document: &DocumentId, version: &str) -> Option<PathBuf> {
        self.local.as_ref().map(|folder| folder.join(document.as_str()).join(version))
    }

    /// Removes one version. A missing one is no error.
    pub(super) async fn remove_version(&self, document: &DocumentId, version: &str) -> io::Result<()> {
        self.delete(&self.object_path(document, version)).await
    }

    /// Removes every version.
    pub(super) async fn remove(&self, document: &DocumentId) -> io::Result<()> {
        let folder = self.prefix.clone().join(document.as_str());
        let files: Vec<_> = self.objects.list(Some(&folder)).try_collect().await?;
        for file in files {
            self.delete(&file.location).await?;
        }
        Ok(())
    }

    async fn delete(&self, path: &Path) -> io::Result<()> {
        match self.objects.delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn object_path(&self, document: &DocumentId, version: &str) -> Path {
        self.prefix.clone().join(document.as_str()).join(version)
    }
}

/// Renames a file that is synced already, and syncs its new folder and the one above, which may be new: by POSIX
/// (fsync(2)), a rename survives a power cut only then. Returns `false` if the file cannot be renamed to `to`.
async fn rename_durably(
    from: &FilePath,
    to: &FilePath,
    sync: impl AsyncFn(&FilePath) -> io::Result<()>,
) -> io::Result<bool> {
    if fs::rename(from, to).await.is_err() {
        return Ok(false);
    }
    for folder in to.ancestors().skip(1).take(2) {
        if let Err(error) = sync(folder).await {
            // The upload fails as a whole, and no document will name the file.
            let _ = fs::remove_file(to).await;
            return Err(error);
        }
    }
    Ok(true)
}

async fn sync_folder(folder: &FilePath) -> io::Result<()> {
    File::open(folder).await?.sync_all().await
}

async fn copy(upload: &mut WriteMultipart, file: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; PART_SIZE / 10];
    loop {
        let length = file.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        upload.wait_for_capacity(MAX_PARTS_IN_FLIGHT).await?;
        upload.write(&buffer[..length]);
    }
}

fn parse(address: &str) -> Option<(&str, Path)> {
    let (bucket, prefix) =
        address.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))?;
    let prefix = Path::parse(prefix).ok()?;
    (!bucket.is_empty()).then_some((bucket, prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn moved_file_syncs_its_folder_and_the_one_above() {
        let home = tempfile::tempdir().expect("a folder");
        let (draft, folder) = (home.path().join("draft"), home.path().join("document"));
        let path = folder.join("version");
        std::fs::create_dir(&folder).and_then(|()| std::fs::write(&draft, "x")).expect("a working disk");
        let synced = std::sync::Mutex::new(Vec::new());
        let note = async |folder: &FilePath| {
            assert!(path.exists(), "it is moved first");
            synced.lock().expect("one thread").push(folder.to_owned());
            sync_folder(folder).await
        };
        assert!(rename_durably(&draft, &path, note).await.expect("a working disk"));
        assert_eq!(synced.into_inner().expect("one thread"), [folder.as_path(), home.path()]);

        std::fs::rename(&path, &draft).expect("a working disk");
        let full = async |_: &FilePath| Err(io::ErrorKind::StorageFull.into());
        assert!(rename_durably(&draft, &path, full).await.is_err());
        assert!(!path.exists(), "a failed move leaves no file");
        assert!(!rename_durably(&draft, &path, sync_folder).await.expect("no error"), "the draft is gone");
    }

    #[test]
    fn storage_address_is_a_bucket_with_optional_prefix() {
        for (address, parsed) in [
            ("s3://files", Some(("files", ""))),
            ("s3://files/", Some(("files", ""))),
            ("s3://files/a/b/", Some(("files", "a/b"))),
            ("s3://", None),
            ("s3:///a", None),
            ("s3://files/../a", None),
            ("https://files", None),
            ("/srv/files", None),
        ] {
            let found = parse(address);
            let found = found.as_ref().map(|(bucket, prefix)| (*bucket, prefix.as_ref()));
            assert_eq!(found, parsed, "{address}");
        }
    }
}
