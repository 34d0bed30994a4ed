//! The object store that keeps documents and sealed visits: a local folder or an S3 bucket.

use std::{
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Duration,
};

use object_store::{
    Error, ObjectStore, ObjectStoreExt, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem, path::Path,
};

use super::random;
use crate::server::start_error::StartError;

/// How long a request to S3 is retried.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);

/// An object store, and the place in it that is ours. Cheap to clone.
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The folder; `None` if the objects are not on this machine.
    local: Option<PathBuf>,
}

impl Objects {
    /// Objects in the data folder, which must exist.
    pub fn local(data_dir: &FilePath) -> Result<Self, Error> {
        // Cleanup removes folders that become empty.
        let store = LocalFileSystem::new_with_prefix(data_dir)?.with_automatic_cleanup(true).with_fsync(true);
        Ok(Self { store: Arc::new(store), prefix: Path::default(), local: Some(data_dir.to_owned()) })
    }

    /// Objects in the bucket that `s3://bucket/prefix` names; the `AWS_…` variables set the rest.
    pub fn s3(address: &str) -> Result<Self, StartError> {
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

    /// Objects below a prefix of the given object store.
    pub fn over(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { store, prefix, local: None }
    }

    /// The object store.
    pub fn store(&self) -> &dyn ObjectStore {
        &*self.store
    }

    /// Writes an object, reads it and deletes it. The error says which of these failed, as a participle.
    pub async fn try_out(&self) -> Result<(), (&'static str, Error)> {
        const CONTENT: &[u8] = b"sightline doctor";
        let name = random::text(20)
            .map_err(|error| ("named", Error::Generic { store: "random", source: error.into() }))?;
        let path = self.path(&format!("doctor-{name}"));
        self.store.put(&path, CONTENT.into()).await.map_err(|error| ("written", error))?;
        let read = async { self.store.get(&path).await?.bytes().await };
        let read = read.await.map_err(|error| ("read", error));
        self.store.delete(&path).await.map_err(|error| ("deleted", error))?;
        read.map(|_| ())
    }

    /// A path below the prefix.
    pub fn path(&self, below: &str) -> Path {
        self.prefix.clone().join(below)
    }

    /// The prefix itself.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The folder of the objects; `None` if they are not on this machine.
    pub fn folder(&self) -> Option<&FilePath> {
        self.local.as_deref()
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
