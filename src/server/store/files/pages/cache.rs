//! A bounded folder of files that can be made again. The least recently used are removed first.
//!
//! What is in it and how large is known in memory. A file that is missing on disk is only made again.
//!
//! Two locks: `contents` is held for a look into memory and never over disk I/O, so async code may take it; `disk`
//! is held by the blocking operations, [`Cache::admit`] and [`Cache::remove`], for as long as they take.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::server::instruments::CacheLoad;

/// The cached files. Cheap to clone.
#[derive(Clone)]
pub(super) struct Cache {
    limit: u64,
    contents: Arc<Mutex<Contents>>,
    /// One change of the folder at a time. Taken before `contents`.
    disk: Arc<Mutex<()>>,
}

/// Keeps a file from being removed to make room, until it is dropped.
pub(super) struct Pin(#[expect(dead_code, reason = "its clones are counted")] Arc<()>);

#[derive(Default)]
struct Contents {
    files: HashMap<PathBuf, Entry>,
    /// The files by their last use, counted in uses.
    order: BTreeMap<u64, PathBuf>,
    size: u64,
    uses: u64,
    removals: u64,
}

struct Entry {
    size: u64,
    used: u64,
    pins: Arc<()>,
}

impl Cache {
    /// Lists a folder with one folder for each document, if it exists. `limit` is in bytes.
    pub(super) fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        let mut found = Vec::new();
        for document in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
            for path in entries(&document)? {
                let metadata = std::fs::metadata(&path)?;
                found.push((metadata.modified()?, metadata.len(), path));
            }
        }
        found.sort();
        let mut contents = Contents::default();
        for (_, size, path) in found {
            contents.put(path, size);
        }
        remove_files(contents.trim(limit));
        Ok(Self { limit, contents: Arc::new(Mutex::new(contents)), disk: Arc::default() })
    }

    /// What it has, and may have.
    pub(super) fn load(&self) -> CacheLoad {
        let contents = self.lock();
        CacheLoad { files: contents.files.len() as u64, bytes: contents.size, limit: self.limit }
    }

    /// Marks a file as used and pins it. `None` when it is not in the cache.
    pub(super) fn pin(&self, path: &Path) -> Option<Pin> {
        self.lock().pin(path)
    }

    /// The number of calls of [`Cache::remove`] so far; see [`Cache::admit`].
    pub(super) fn removals(&self) -> u64 {
        self.lock().removals
    }

    /// Moves a file into the cache and makes room for it. Returns `None`, and leaves the file alone, if anything was
    /// removed since `removals` was read: its document may be deleted. Blocks.
    pub(super) fn admit(&self, draft: &Path, path: &Path, removals: u64) -> io::Result<Option<Pin>> {
        let size = std::fs::metadata(draft)?.len();
        let _disk = self.lock_disk();
        // It stays the same until the disk is released.
        if self.removals() != removals {
            return Ok(None);
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::rename(draft, path)?;
        let mut contents = self.lock();
        let pin = contents.put(path.to_owned(), size);
        let trimmed = contents.trim(self.limit);
        drop(contents);
        remove_files(trimmed);
        Ok(Some(pin))
    }

    /// Drops the entry of a file that is missing on disk.
    pub(super) fn forget(&self, path: &Path) {
        self.lock().forget(path);
    }

    /// Removes the files of a folder whose names begin with `prefix`, and the folder if it is then empty. Blocks.
    pub(super) fn remove(&self, folder: &Path, prefix: &str) -> io::Result<()> {
        let _disk = self.lock_disk();
        let removed = self.remove_prefixed(folder, prefix);
        // Last, so that what was begun during the removal is not admitted either; also after a failure.
        self.lock().removals += 1;
        removed
    }

    fn remove_prefixed(&self, folder: &Path, prefix: &str) -> io::Result<()> {
        for path in entries(folder)? {
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix)) {
                ignore_missing(std::fs::remove_file(&path))?;
                self.forget(&path);
            }
        }
        if entries(folder)?.is_empty() { ignore_missing(std::fs::remove_dir(folder)) } else { Ok(()) }
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_disk(&self) -> MutexGuard<'_, ()> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn put(&mut self, path: PathBuf, size: u64) -> Pin {
        self.forget(&path);
        self.uses += 1;
        let pins = Arc::new(());
        self.order.insert(self.uses, path.clone());
        self.files.insert(path, Entry { size, used: self.uses, pins: pins.clone() });
        self.size += size;
        Pin(pins)
    }

    fn pin(&mut self, path: &Path) -> Option<Pin> {
        let entry = self.files.get_mut(path)?;
        self.uses += 1;
        if let Some(path) = self.order.remove(&entry.used) {
            self.order.insert(self.uses, path);
        }
        entry.used = self.uses;
        Some(Pin(entry.pins.clone()))
    }

    fn forget(&mut self, path: &Path) {
        if let Some(entry) = self.files.remove(path) {
            self.order.remove(&entry.used);
            self.size -= entry.size;
        }
    }

    /// Forgets what was not used for the longest, until the rest is within the limit, and returns it for its files to
    /// be removed. What is pinned stays.
    fn trim(&mut self, limit: u64) -> Vec<PathBuf> {
        let (mut after, mut trimmed) = (0, Vec::new());
        while self.size > limit {
            let Some((&used, path)) = self.order.range(after..).next() else { break };
            let path = path.clone();
            after = used + 1;
            if self.files.get(&path).is_some_and(|entry| Arc::strong_count(&entry.pins) > 1) {
                continue;
            }
            self.forget(&path);
            trimmed.push(path);
        }
        trimmed
    }
}

fn remove_files(paths: Vec<PathBuf>) {
    for path in paths {
        if let Err(error) = ignore_missing(std::fs::remove_file(&path)) {
            tracing::error!(path = %path.display(), %error, "a rendered page cannot be removed");
        }
    }
}

/// The entries of a folder; none if it does not exist.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| Ok(entry?.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Treats a missing file as removed.
fn ignore_missing(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_recently_used_goes_first_and_pinned_stays() {
        let mut contents = Contents::default();
        for name in ["a", "b", "c", "d"] {
            contents.put(name.into(), 10);
        }
        let pin = contents.pin(Path::new("b"));
        contents.pin(Path::new("a"));
        contents.trim(25);
        let mut left: Vec<_> = contents.files.keys().map(|path| path.display().to_string()).collect();
        left.sort();
        assert_eq!((left.as_slice(), contents.size), (["a".to_owned(), "b".to_owned()].as_slice(), 20));
        contents.trim(5);
        assert_eq!(contents.order.values().collect::<Vec<_>>(), [Path::new("b")], "it is pinned");
        drop(pin);
        contents.trim(5);
        assert_eq!((contents.files.len(), contents.order.len(), contents.size), (0, 0, 0));
    }

    #[test]
    fn file_put_twice_counts_once() {
        let mut contents = Contents::default();
        contents.put("a".into(), 10);
        contents.put("a".into(), 15);
        assert_eq!((contents.files.len(), contents.order.len(), contents.size), (1, 1, 15));
    }

    /// Looks from another thread while many files are removed: a look that begins and ends between the first file
    /// and the last did not wait for the disk.
    #[test]
    fn memory_is_not_locked_over_disk_io() {
        const FILES: usize = 4_000;
        let left = |folder: &Path| entries(folder).map_or(0, |entries| entries.len());
        let is_seen_during_removal = || {
            let home = tempfile::tempdir().expect("a folder");
            let folder = home.path().join("document");
            std::fs::create_dir(&folder).expect("a folder");
            for file in 0..FILES {
                std::fs::write(folder.join(file.to_string()), "x").expect("a file");
            }
            let cache = Cache::open(home.path(), u64::MAX).expect("a cache");
            let is_between = || (1..FILES).contains(&left(&folder));
            std::thread::scope(|scope| {
                let removing = scope.spawn(|| cache.remove(&folder, "").expect("it goes"));
                let mut is_seen = false;
                while !removing.is_finished() && !is_seen {
                    is_seen = is_between() && cache.pin(Path::new("elsewhere")).is_none() && is_between();
                }
                is_seen
            })
        };
        assert!((0..10).any(|_| is_seen_during_removal()), "a busy machine may miss it now and then");
    }

    #[test]
    fn file_begun_before_a_removal_is_not_admitted() {
        let home = tempfile::tempdir().expect("a folder");
        let (draft, folder) = (home.path().join("draft"), home.path().join("pages/document"));
        std::fs::write(&draft, "x").expect("a file");
        let cache = Cache::open(&home.path().join("pages"), u64::MAX).expect("a cache");
        let removals = cache.removals();
        cache.remove(&folder, "").expect("it goes");
        assert!(cache.admit(&draft, &folder.join("1"), removals).expect("a working disk").is_none());
        assert!(draft.exists() && !folder.exists());
        assert!(cache.admit(&draft, &folder.join("1"), cache.removals()).expect("a working disk").is_some());
    }
}
