//! The files of the data folder as they are held for a backup: hard links to them, which a deletion leaves alone.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::archive::FOLDERS;
use crate::server::{start::data_folder::HELD, start_error::StartError};

/// The held files. Removed when it is dropped.
pub(super) struct HeldFiles {
    data_dir: PathBuf,
    folder: PathBuf,
    /// Held until the end: one backup at a time, and a start removes what a killed one left.
    _lock: File,
}

impl HeldFiles {
    /// Begins; nothing is held yet. [`StartError`] while another backup runs.
    pub(super) fn begin(data_dir: &Path) -> Result<Self, StartError> {
        let folder = data_dir.join(HELD);
        let failed = |error| StartError::new(format!("{} cannot be used: {error}", folder.display()));
        fs::create_dir_all(&folder).map_err(failed)?;
        let lock = File::create(folder.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { data_dir: data_dir.to_owned(), folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                Err(StartError::new("Another backup of this data folder is running. Wait for its end."))
            }
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Holds all files that are there now, in addition to those that are held already.
    pub(super) fn hold(&self) -> io::Result<()> {
        FOLDERS.iter().try_for_each(|name| hold(&self.data_dir.join(name), &self.folder.join(name)))
    }

    /// A place for other files, which go with these.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The names of all held files below the data folder, and where they are held.
    pub(super) fn list(&self) -> io::Result<Vec<(String, PathBuf)>> {
        let mut found = Vec::new();
        for name in FOLDERS {
            list(name, &self.folder.join(name), &mut found)?;
        }
        found.sort();
        Ok(found)
    }
}

impl Drop for HeldFiles {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::error!(folder = %self.folder.display(), %error, "what a backup held cannot be removed");
        }
    }
}

fn hold(from: &Path, to: &Path) -> io::Result<()> {
    for entry in entries(from)? {
        let (name, path) = (entry.file_name(), entry.path());
        let kind = match entry.file_type() {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            kind => kind?,
        };
        if kind.is_dir() {
            hold(&path, &to.join(name))?;
        } else if kind.is_file() && !is_draft(&name.to_string_lossy()) {
            fs::create_dir_all(to)?;
            match hold_one(&path, &to.join(name)) {
                // Held before, or deleted meanwhile.
                Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {}
                held => held?,
            }
        }
    }
    Ok(())
}

/// A hard link; a copy where the file system has none.
fn hold_one(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if !matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            fs::copy(from, to).map(|_| ())
        }
        held => held,
    }
}

/// Whether it is a file that is being written: the object store names those so, and renames them when they are whole.
fn is_draft(name: &str) -> bool {
    name.contains('#')
}

fn list(name: &str, folder: &Path, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in entries(folder)? {
        let below = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&below, &entry.path(), found)?;
        } else {
            found.push((below, entry.path()));
        }
    }
    Ok(())
}

/// None for a folder that is not there.
fn entries(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::start::data_folder::remove_left;

    #[test]
    fn held_file_outlives_its_deletion() {
        let data = tempfile::tempdir().expect("a folder");
        let file = data.path().join("files/d/v");
        fs::create_dir_all(data.path().join("files/d")).expect("a folder");
        fs::write(&file, "one").expect("a file");
        fs::write(data.path().join("files/d/v#1"), "half").expect("a draft");
        let held = HeldFiles::begin(data.path()).expect("no other backup");
        held.hold().expect("held");
        fs::remove_file(&file).expect("deleted");
        fs::write(data.path().join("files/d/w"), "two").expect("a file");
        held.hold().expect("held");
        let names: Vec<String> = held.list().expect("a list").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["files/d/v", "files/d/w"]);
        assert!(HeldFiles::begin(data.path()).is_err(), "one at a time");
        remove_left(data.path()).expect("nothing to do");
        assert_eq!(held.list().expect("a list").len(), 2, "one that runs goes on");
        drop(held);
        assert!(!data.path().join(HELD).exists());
    }
}
