//! The data folder is its user's alone, whatever the umask was when something in it was made.

use std::{
    fs::{self, File, Metadata, Permissions},
    io::{self, ErrorKind::NotFound},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use rustix::{fs::Mode, process::umask};

use crate::server::{start_error::StartError, store::redis::end_left};

/// The permissions of the group and of others.
const OTHERS: u32 = 0o077;
/// What Sightline keeps in the data folder. What else lies there is beyond reach in a folder of mode 0700, and is left
/// alone, and so is the secret: one that others could read is refused.
const KEPT: [&str; 6] = ["documents", "files", "incoming", "pages", "redis", "visits"];

/// The folder in the data folder that is there while a backup is restored.
pub const RESTORING: &str = "restoring";

/// The folder in the data folder that is there while a backup is made.
pub const HELD: &str = "backup";

/// Makes the data folder, durably, and takes from others what they may do with it and what is kept in it. What this
/// process and its Redis create from here on is theirs alone too.
pub fn prepare(data_dir: &Path) -> Result<(), StartError> {
    umask(Mode::RWXG | Mode::RWXO);
    let unusable =
        |error| StartError::new(format!("The data folder {} cannot be used: {error}", data_dir.display()));
    create(data_dir).map_err(unusable)?;
    if data_dir.join(RESTORING).exists() {
        return Err(StartError::new(format!(
            "The data folder {} was not restored to its end. Delete it, and restore the backup again.",
            data_dir.display()
        )));
    }
    remove_left(data_dir).map_err(unusable)?;
    let mut mended = Mended::default();
    mended.mend(data_dir.to_owned()).map_err(unusable)?;
    let folder = data_dir.display();
    if mended.count > 0 {
        tracing::warn!(%folder, count = mended.count, "files and folders were open to other users, and no longer are");
    }
    if let Some((path, error)) = mended.refused {
        tracing::warn!(%folder, path = %path.display(), %error, "some are open to other users, and cannot be changed");
    }
    Ok(())
}

/// Removes what a backup left that was killed. One that runs goes on.
pub fn remove_left(data_dir: &Path) -> io::Result<()> {
    let folder = data_dir.join(HELD);
    match File::open(folder.join("lock")) {
        Ok(lock) if lock.try_lock().is_ok() => {
            for entry in found(fs::read_dir(&folder))?.into_iter().flatten() {
                end_left(&entry?.path());
            }
            fs::remove_dir_all(&folder)
        }
        Ok(_) => Ok(()),
        Err(error) if error.kind() == NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Creates a folder and those above, and syncs the one above each: a new name survives a power failure only then.
fn create(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    create(above)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
        Ok(()) => File::open(above)?.sync_all(),
    }
}

#[derive(Default)]
struct Mended {
    count: usize,
    /// The first that could not be mended.
    refused: Option<(PathBuf, io::Error)>,
}

impl Mended {
    fn mend(&mut self, data_dir: PathBuf) -> io::Result<()> {
        let mut left: Vec<PathBuf> = KEPT.iter().map(|name| data_dir.join(name)).collect();
        // A link to the folder is followed; those in it are not.
        self.close(&data_dir, &fs::metadata(&data_dir)?);
        while let Some(path) = left.pop() {
            // A server that runs may remove what was listed.
            let Some(metadata) = found(fs::symlink_metadata(&path))? else { continue };
            if metadata.is_symlink() {
                continue;
            }
            self.close(&path, &metadata);
            if metadata.is_dir() {
                for entry in found(fs::read_dir(&path))?.into_iter().flatten() {
                    left.push(entry?.path());
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, path: &Path, metadata: &Metadata) {
        let mode = metadata.permissions().mode();
        if mode & OTHERS == 0 {
            return;
        }
        match fs::set_permissions(path, Permissions::from_mode(mode & 0o700)) {
            Ok(()) => self.count += 1,
            Err(error) if error.kind() == NotFound => {}
            Err(error) => drop(self.refused.get_or_insert((path.to_owned(), error))),
        }
    }
}

/// `None` for what is not there any more.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == NotFound => Ok(None),
        result => result.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_the_folder_are_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let (outside, data) = (folder.path().join("outside"), folder.path().join("data"));
        fs::create_dir_all(data.join("files")).expect("folders");
        fs::write(&outside, "x").expect("a file");
        fs::set_permissions(&outside, Permissions::from_mode(0o644)).expect("a mode");
        std::os::unix::fs::symlink(&outside, data.join("files/link")).expect("a link");
        std::os::unix::fs::symlink(folder.path(), data.join("pages")).expect("a link");
        Mended::default().mend(data).expect("a working disk");
        assert_eq!(fs::metadata(&outside).expect("a file").permissions().mode() & 0o777, 0o644);
    }

    #[test]
    fn what_a_killed_backup_left_is_removed() {
        let data = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(data.path().join("backup/files")).expect("a folder");
        fs::write(data.path().join("backup/lock"), "").expect("a file");
        remove_left(data.path()).expect("removed");
        assert!(!data.path().join("backup").exists());
        remove_left(data.path()).expect("nothing to do");
    }
}
