//! Storage of originals: `files/{documentId}/{version}` in the data folder, or `{documentId}/{version}` in the bucket.

use std::{
    io,
    path::{Path as FilePath, PathBuf},
};

use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{Error, ObjectStoreExt, WriteMultipart, path::Path};
use tokio::{
    fs::{self, File},
    io::AsyncReadExt,
};
use tokio_util::bytes::Bytes;

use super::incoming::Draft;
use crate::{model::DocumentId, server::store::objects::Objects};

/// The folder of originals in the data folder.
const FOLDER: &str = "files";
/// The size of an upload's parts in bytes, the least that
/// [S3](https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html) accepts.
const PART_SIZE: usize = 5 << 20;
/// How many parts of one file are sent at once.
const MAX_PARTS_IN_FLIGHT: usize = 2;

/// All originals. Cheap to clone.
#[derive(Clone)]
pub(super) struct Store(pub(super) Objects);

impl Store {
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
        let upload = self.0.store().put_multipart(path).await?;
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
        let found = self.0.store().get(&self.object_path(document, version)).await?;
        Ok(found.into_stream().map_err(io::Error::from).boxed())
    }

    /// The path of the file; `None` if it is not on this machine.
    pub(super) fn local_path(&self, document: &DocumentId, version: &str) -> Option<PathBuf> {
        self.0.folder().map(|folder| folder.join(FOLDER).join(document.as_str()).join(version))
    }

    /// Removes one version. A missing one is no error.
    pub(super) async fn remove_version(&self, document: &DocumentId, version: &str) -> io::Result<()> {
        self.delete(&self.object_path(document, version)).await
    }

    /// Removes every version.
    pub(super) async fn remove(&self, document: &DocumentId) -> io::Result<()> {
        let folder = self.object_folder(document);
        let files: Vec<_> = self.0.store().list(Some(&folder)).try_collect().await?;
        for file in files {
            self.delete(&file.location).await?;
        }
        Ok(())
    }

    async fn delete(&self, path: &Path) -> io::Result<()> {
        match self.0.store().delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn object_path(&self, document: &DocumentId, version: &str) -> Path {
        self.object_folder(document).join(version)
    }

    fn object_folder(&self, document: &DocumentId) -> Path {
        let originals = match self.0.folder() {
            Some(_) => self.0.path(FOLDER),
            None => self.0.prefix().clone(),
        };
        originals.join(document.as_str())
    }
}

/// Renames a file that is synced already, and syncs its new folder and the two above, which may be new: by POSIX
/// (fsync(2)), a rename survives a power cut only then. Returns `false` if the file cannot be renamed to `to`.
async fn rename_durably(
    from: &FilePath,
    to: &FilePath,
    sync: impl AsyncFn(&FilePath) -> io::Result<()>,
) -> io::Result<bool> {
    if fs::rename(from, to).await.is_err() {
        return Ok(false);
    }
    for folder in to.ancestors().skip(1).take(3) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn moved_file_syncs_its_folder_and_two_above() {
        let home = tempfile::tempdir().expect("a folder");
        let (draft, files) = (home.path().join("draft"), home.path().join("files"));
        let folder = files.join("document");
        let path = folder.join("version");
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&draft, "x")).expect("a working disk");
        let synced = std::sync::Mutex::new(Vec::new());
        let note = async |folder: &FilePath| {
            assert!(path.exists(), "it is moved first");
            synced.lock().expect("one thread").push(folder.to_owned());
            sync_folder(folder).await
        };
        assert!(rename_durably(&draft, &path, note).await.expect("a working disk"));
        assert_eq!(synced.into_inner().expect("one thread"), [folder.as_path(), &files, home.path()]);

        std::fs::rename(&path, &draft).expect("a working disk");
        let full = async |_: &FilePath| Err(io::ErrorKind::StorageFull.into());
        assert!(rename_durably(&draft, &path, full).await.is_err());
        assert!(!path.exists(), "a failed move leaves no file");
        assert!(!rename_durably(&draft, &path, sync_folder).await.expect("no error"), "the draft is gone");
    }
}
