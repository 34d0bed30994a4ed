//! A file that appears whole or not at all.

use std::{
    ffi::CString,
    fs::{self, File},
    io,
    os::fd::AsRawFd,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, Mode, OFlags, linkat, openat},
    io::Errno,
};

use crate::server::store::random;

/// A new file that only its user may read. Until [`NewFile::publish`] it has no name where the system can do that: a
/// process that is killed leaves nothing.
pub(in crate::server::commands) struct NewFile {
    file: File,
    path: PathBuf,
    /// The name it has meanwhile, where the system has no files without one.
    draft: Option<PathBuf>,
}

impl NewFile {
    /// Begins the file at `path`, where there must be none.
    pub(in crate::server::commands) fn create(path: &Path) -> io::Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is such a file already"));
        }
        let folder = folder_of(path);
        let mode = Mode::RUSR | Mode::WUSR;
        #[cfg(target_os = "linux")]
        match openat(CWD, folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode) {
            Ok(file) => return Ok(Self { file: file.into(), path: path.to_owned(), draft: None }),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT) if folder.is_dir() => {}
            Err(error) => return Err(error.into()),
        }
        let draft = folder.join(format!(".sightline-{}", random::text(20)?));
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::CLOEXEC;
        let file = openat(CWD, &draft, flags, mode)?.into();
        Ok(Self { file, path: path.to_owned(), draft: Some(draft) })
    }

    /// What is to be written to.
    pub(in crate::server::commands) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The file without a name, which is gone when it is closed.
    pub(in crate::server::commands) fn into_unnamed(mut self) -> io::Result<File> {
        if let Some(draft) = self.draft.take() {
            fs::remove_file(draft)?;
        }
        self.file.try_clone()
    }

    /// Writes it to the disk and gives it its name. An error where another file took the name meanwhile.
    pub(in crate::server::commands) fn publish(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        match self.draft.take() {
            Some(draft) => {
                let linked = fs::hard_link(&draft, &self.path);
                fs::remove_file(&draft)?;
                linked?;
            }
            None => {
                let of_process = CString::new(format!("/proc/self/fd/{}", self.file.as_raw_fd()))?;
                linkat(CWD, of_process.as_c_str(), CWD, &self.path, AtFlags::SYMLINK_FOLLOW)?;
            }
        }
        File::open(folder_of(&self.path))?.sync_all()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(draft) = &self.draft {
            let _ = fs::remove_file(draft);
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::{io::Write, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("backup.tar");
        let names = || fs::read_dir(folder.path()).expect("a folder").count();
        let mut dropped = NewFile::create(&path).expect("a new file");
        dropped.file().write_all(b"half").expect("a disk");
        drop(dropped);
        assert_eq!(names(), 0);
        let mut file = NewFile::create(&path).expect("a new file");
        file.file().write_all(b"whole").expect("a disk");
        file.publish().expect("a name");
        assert_eq!((names(), fs::read(&path).expect("the file")), (1, b"whole".to_vec()));
        let mode = fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(NewFile::create(&path).is_err(), "nothing is written over");
    }
}
