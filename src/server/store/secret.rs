//! The secret that signs cookies and encrypts what Redis must not show: a file that only the server's user can read, created at the first start.
//!
//! There is no default secret. A server with an unusable file does not start.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use sha2::{Digest, Sha512};

use super::{encryption::EncryptionKey, random};
use crate::{error::AppError, server::start_error::StartError};

/// The random bytes of a new secret; a file with fewer is refused.
const LENGTH: usize = 64;

/// A secret. `Debug` hides it.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The 64 bytes that sign cookies, derived by SHA-512: all of the secret counts, also in a longer file written by
    /// hand.
    pub fn signing_key(&self) -> [u8; 64] {
        Sha512::digest(&self.0).into()
    }

    /// The key that encrypts mails and codes until they are used. `None` only where the crypto provider fails.
    pub fn mail_key(&self) -> Option<EncryptionKey> {
        EncryptionKey::of(&self.0, "mail")
    }

    /// The key that encrypts the addresses of chats. `None` only where the crypto provider fails.
    pub fn channel_key(&self) -> Option<EncryptionKey> {
        EncryptionKey::of(&self.0, "channel")
    }

    /// The key that encrypts the secrets of two-factor sign-in. `None` only where the crypto provider fails.
    pub fn second_factor_key(&self) -> Option<EncryptionKey> {
        EncryptionKey::of(&self.0, "second factor")
    }
}

/// The secret of a server that is read, or created, when it is first needed: a command on the terminal may never need it.
#[derive(Clone, Debug)]
pub struct LazySecret {
    path: PathBuf,
    key: Arc<OnceLock<[u8; 64]>>,
}

impl LazySecret {
    /// The secret in the file at `path`.
    pub fn at(path: PathBuf) -> Self {
        Self { path, key: Arc::default() }
    }

    /// The same as [`Secret::signing_key`]. Logs why a file cannot be used, and returns [`AppError::Internal`].
    pub fn signing_key(&self) -> Result<[u8; 64], AppError> {
        if let Some(key) = self.key.get() {
            return Ok(*key);
        }
        let secret = load_or_make(&self.path).map_err(|error| {
            tracing::error!(%error, "the secret cannot be used");
            AppError::Internal
        })?;
        Ok(*self.key.get_or_init(|| secret.signing_key()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The secret in the file at `path`, which is created if there is none. Servers that start at once agree on one.
///
/// Refuses a file that is too short or that other users can read, and what is no file; the error says what to do.
pub fn load_or_make(path: &Path) -> Result<Secret, StartError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path).map_err(|error| refused(path, format!("cannot be created: {error}")))?;
            load(path, File::open(path))
        }
        opened => load(path, opened),
    }
}

/// The secret in the file at `path`; `None` where there is none yet.
pub fn load_if_made(path: &Path) -> Result<Option<Secret>, StartError> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => load(path, opened).map(Some),
    }
}

fn load(path: &Path, opened: io::Result<File>) -> Result<Secret, StartError> {
    let unreadable = |error| refused(path, format!("cannot be read: {error}"));
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
                "has {} bytes and needs {LENGTH}. Delete it to get a new one; all owners must then sign in again",
                bytes.len()
            ),
        ));
    }
    Ok(Secret(bytes))
}

/// Writes a secret to a draft and hard-links that to `path`: no reader sees half of it, and a file that another
/// server has created meanwhile stays.
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
            // The name, too, must survive a power failure.
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
        load_or_make(path).expect_err("an unusable file").to_string()
    }

    #[test]
    fn secret_is_created_once_for_its_user_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/deep/secret");
        let made = load_or_make(&path).expect("a new secret");
        let metadata = fs::metadata(&path).expect("the file");
        assert_eq!((metadata.mode() & 0o777, metadata.len()), (0o600, 64));
        assert_eq!(load_or_make(&path).expect("the same secret").signing_key(), made.signing_key());
        let other = load_or_make(&folder.path().join("other")).expect("another secret");
        assert_ne!(other.signing_key(), made.signing_key());
        let files = fs::read_dir(path.parent().expect("a folder")).expect("a folder").count();
        assert_eq!(files, 1, "no draft is left behind");
    }

    #[test]
    fn servers_starting_at_once_share_one_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        let together = Barrier::new(8);
        let keys: Vec<[u8; 64]> = thread::scope(|scope| {
            let start = || {
                together.wait();
                load_or_make(&path).expect("a secret").signing_key()
            };
            let servers: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            servers.into_iter().map(|server| server.join().expect("no panic")).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
    }

    #[test]
    fn secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        load_or_make(&path).expect("a new secret");
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
    fn unusable_secret_is_refused_and_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("secret");
        fs::write(&path, [7; 63]).expect("a file");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("a mode");
        let message = refusal(&path);
        assert!(message.contains("has 63 bytes and needs 64"), "{message}");
        assert_eq!(fs::read(&path).expect("the file"), [7; 63]);
        assert!(refusal(folder.path()).contains("is not a file"));
        assert!(refusal(&path.join("below-a-file")).contains("cannot be"));
    }

    #[test]
    fn debug_hides_the_secret() {
        assert_eq!(format!("{:?}", Secret(vec![7; 64])), "Secret(..)");
    }
}
