//! The secret that signs cookies: in a file that only its user can read, made at the first start.
//!
//! There is no default: a server that has none makes one, and one that can not use what it finds does not
//! start.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::Path,
};

use sha2::{Digest, Sha512};

use super::random;
use crate::server::start_error::StartError;

/// How many random bytes a secret has; a file with fewer is refused.
const LENGTH: usize = 64;

/// What nobody else may know.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The 64 bytes that cookies are signed with. All of the secret counts, also when a person wrote it as text.
    pub fn signing_key(&self) -> [u8; 64] {
        Sha512::digest(&self.0).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The secret in the file at `path`, which is made if there is none. Servers that start at once agree on one.
///
/// Refused, with what to do about it: a file that is too short, that others can read, or that is none.
pub fn load_or_make(path: &Path) -> Result<Secret, StartError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path).map_err(|error| refused(path, format!("can not be made: {error}")))?;
            load(path, File::open(path))
        }
        opened => load(path, opened),
    }
}

fn load(path: &Path, opened: io::Result<File>) -> Result<Secret, StartError> {
    let unreadable = |error| refused(path, format!("can not be read: {error}"));
    let mut file = opened.map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(refused(path, "is not a file. Set SIGHTLINE_SECRET_FILE to another path"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(refused(path, format!("can be read by others. Run: chmod 600 {}", path.display())));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() < LENGTH {
        return Err(refused(
            path,
            format!(
                "has {} bytes and needs {LENGTH}. Delete it, and a new one is made; everybody signs in again",
                bytes.len()
            ),
        ));
    }
    Ok(Secret(bytes))
}

/// Writes a secret beside its place and links it there once it is whole: nobody reads half of it, and who
/// comes second keeps what is there.
fn make(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = folder.join(format!(".secret-{}", random::text(20)?));
    let placed = write(&draft).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match placed {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => {
            removed?;
            // The name is to outlive a power cut as the bytes do.
            File::open(folder)?.sync_all()
        }
    }
}

fn write(path: &Path) -> io::Result<()> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&bytes)?;
    file.sync_all()
}

fn refused(path: &Path, why: impl fmt::Display) -> StartError {
    StartError::new(format!("The secret {} {why}.", path.display()))
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt, sync::Barrier, thread};

    use super::*;

    fn refusal(path: &Path) -> String {
        load_or_make(path).expect_err("it is refused").to_string()
    }

    #[test]
    fn a_secret_is_made_once_for_its_user_alone_and_found_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/deep/secret");
        let made = load_or_make(&path).expect("it is made");
        let metadata = fs::metadata(&path).expect("the file");
        assert_eq!((metadata.mode() & 0o777, metadata.len()), (0o600, 64));
        assert_eq!(load_or_make(&path).expect("it is found").signing_key(), made.signing_key());
        let other = load_or_make(&folder.path().join("other")).expect("it is made");
        assert_ne!(other.signing_key(), made.signing_key());
        let files = fs::read_dir(path.parent().expect("a folder")).expect("a folder").count();
        assert_eq!(files, 1, "no draft is left behind");
    }

    #[test]
    fn servers_that_start_at_once_agree_on_one_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let together = Barrier::new(8);
        let keys: Vec<[u8; 64]> = thread::scope(|scope| {
            let start = || {
                together.wait();
                load_or_make(&path).expect("a secret").signing_key()
            };
            let servers: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            servers.into_iter().map(|server| server.join().expect("it starts")).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        load_or_make(&path).expect("it is made");
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
            let message = refusal(&path);
            assert!(
                message.contains("can be read by others") && message.contains("chmod 600"),
                "{mode:o}: {message}"
            );
        }
    }

    #[test]
    fn a_secret_that_is_too_short_or_no_file_is_refused_and_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        fs::write(&path, [7; 63]).expect("it is written");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a mode");
        let message = refusal(&path);
        assert!(message.contains("has 63 bytes and needs 64"), "{message}");
        assert_eq!(fs::read(&path).expect("it is there"), [7; 63]);
        assert!(refusal(folder.path()).contains("is not a file"));
        assert!(refusal(&path.join("below-a-file")).contains("can not be"));
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", Secret(vec![7; 64])), "Secret(..)");
    }
}
