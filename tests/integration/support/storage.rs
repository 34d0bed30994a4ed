//! The storage of files in a temporary folder, and uploads as a client sends them.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::{Stream, TryStreamExt, stream};
use object_store::ObjectStore;
use sightline::{
    model::{DocumentId, PageText, PictureWish},
    server::{
        config::{Config, LogFormat},
        start::file_settings,
        store::{
            files::{FileStore, Picture, UploadError},
            stored_file::StoredFile,
        },
    },
};
use tempfile::TempDir;
use tokio_util::bytes::Bytes;

use super::PROGRAM;

/// How long an app under test waits for Redis: as long as a busy machine needs. What is about the limit sets its own.
pub const REDIS_TIMEOUT: Duration = Duration::from_secs(20);

/// An upload in chunks of 64 KiB.
pub fn chunks(bytes: Vec<u8>) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
    let mut rest = Bytes::from(bytes);
    stream::iter(std::iter::from_fn(move || {
        (!rest.is_empty()).then(|| Ok(rest.split_to(rest.len().min(64 * 1024))))
    }))
}

/// Document storage in a temporary data folder.
pub struct Storage {
    pub files: FileStore,
    pub document: DocumentId,
    pub config: Config,
    folder: Arc<TempDir>,
}

impl Storage {
    pub fn new() -> Self {
        Self::with(|_| {}, None)
    }

    /// With changed settings, or over another object store than the folder.
    pub fn with(set: impl FnOnce(&mut Config), objects: Option<Arc<dyn ObjectStore>>) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a data folder"));
        let mut config = config(folder.path());
        set(&mut config);
        let files = match objects {
            Some(objects) => FileStore::over(&file_settings(&config), objects, "some/prefix"),
            None => FileStore::open(&file_settings(&config)),
        };
        let document = "document".parse().expect("a document's id");
        Self { files: files.expect("the folders can be used"), document, config, folder }
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub async fn upload(&self, bytes: Vec<u8>) -> Result<StoredFile, UploadError> {
        self.files.receive(&self.document, chunks(bytes)).await
    }

    /// Uploads a file that must be accepted.
    pub async fn upload_valid(&self, bytes: Vec<u8>) -> StoredFile {
        self.upload(bytes).await.expect("a valid file")
    }

    /// Uploads a file that must be refused; returns the message.
    pub async fn upload_invalid(&self, bytes: Vec<u8>) -> String {
        self.upload(bytes).await.expect_err("a bad file").to_string()
    }

    /// The picture of a page, in the usual width and for any program.
    pub async fn page_picture(&self, file: &StoredFile, page: u32) -> Vec<u8> {
        self.page_in(file, page, PictureWish::default()).await.bytes.to_vec()
    }

    /// The picture of a page as a client asks for it.
    pub async fn page_in(&self, file: &StoredFile, page: u32, wish: PictureWish) -> Picture {
        self.files.picture(&self.document, file, page, wish).await.expect("a picture")
    }

    /// The text of a page.
    pub async fn page_text(&self, file: &StoredFile, page: u32) -> PageText {
        self.files.text(&self.document, file, page).await.expect("a text")
    }

    /// The original file, as it is downloaded.
    pub async fn original(&self, file: &StoredFile) -> Vec<u8> {
        let pieces = self.files.original(&self.document, file).await.expect("an original");
        let pieces: Vec<Bytes> = pieces.try_collect().await.expect("all of it");
        pieces.concat()
    }

    /// Every file in the data folder, by its path relative to it.
    pub fn all_files(&self) -> Vec<String> {
        files_below(self.folder.path())
    }
}

/// Every file in a folder, by its path relative to it.
pub fn files_below(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(root).expect("a path in the folder").display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// The settings of tests: a clock that is set by hand, and no rate limits.
pub fn config(data_dir: &Path) -> Config {
    Config {
        addr: "127.0.0.1:3000".parse().expect("an address"),
        data_dir: data_dir.to_owned(),
        redis_url: None,
        redis_timeout_ms: REDIS_TIMEOUT.as_millis() as u64,
        storage: None,
        page_cache_mb: 1_024,
        page_seconds: 20,
        page_memory_mb: 512,
        secret_file: None,
        require_second_factor: false,
        trusted_proxies: Vec::new(),
        country_header: None,
        geoip: None,
        max_viewers: 100_000,
        public_url: None,
        smtp_url: None,
        mail_from: None,
        inactive_after: 300,
        idle_after: 300,
        resume_within: 600,
        seal_from: 1_000,
        keep_visits: None,
        max_streams: 100,
        max_streams_per_address: 50,
        max_documents: 100_000,
        max_owner_mb: None,
        max_links: 10_000,
        max_owner_links: 100_000,
        max_keys: 10_000,
        max_webhooks: 10_000,
        webhook_allow: vec!["127.0.0.0/8".parse().expect("a network")],
        max_streams_per_owner: 100,
        max_connections: 25_000,
        max_connections_per_address: 1_000,
        admin_addr: None,
        admin_token: None,
        log_format: LogFormat::Text,
        log_requests: false,
        sample: false,
        site_root: Some("public".into()),
        program: Some(PROGRAM.into()),
        test_clock: true,
        snapshots_shared_ms: 0,
        sweep_interval_ms: 10_000,
        no_times: false,
        no_limits: true,
    }
}
