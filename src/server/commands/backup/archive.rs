//! The archive: a tar file whose last entry has the SHA-256 of all others, as `sha256sum -c` reads it.
//!
//! ```text
//! manifest.json     what it is, of which version and time
//! redis.rdb         all data of Redis; of a cluster redis-1.rdb, redis-2.rdb, …, one of each master
//! secret            signs cookies
//! files/…, visits/…, documents/…    as in the data folder
//! sha256sums
//! ```

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read, Write},
    path::{Component, Path},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::server::store::redis::{Copied, Slots};

/// The entry with the sums.
const SUMS: &str = "sha256sums";
/// The largest text entry that is read into memory.
const MAX_TEXT: u64 = 1 << 30;
/// The names of the entries that are not in a folder.
pub(super) const MANIFEST: &str = "manifest.json";
const SNAPSHOT: &str = "redis.rdb";
pub(super) const SECRET: &str = "secret";
/// The folders of the data folder that are backed up.
pub(super) const FOLDERS: [&str; 3] = ["files", "visits", "documents"];

/// What an archive is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    /// The version of this format.
    pub(super) format: u32,
    /// The version of the program that made it.
    pub(super) version: String,
    /// The moment of its data, in Unix milliseconds.
    pub(super) taken_at: i64,
    /// The bucket that keeps the files; `None`: they are in the archive.
    pub(super) storage: Option<String>,
    /// The slots of each master of a cluster, in the order of their snapshots; empty: there is one snapshot of all data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) slots: Vec<Slots>,
}

impl Manifest {
    /// Of data as of `taken_at` and in these snapshots, made by this program.
    pub(super) fn new(taken_at: i64, storage: Option<String>, snapshots: &[Copied]) -> Self {
        // One is all data, also that of a cluster with one master, and older programs read it.
        let shares = snapshots.iter().filter(|_| snapshots.len() > 1);
        let slots: Vec<Slots> = shares.filter_map(|copied| copied.slots.clone()).collect();
        let format = if slots.is_empty() { 1 } else { FORMAT };
        Self { format, version: env!("CARGO_PKG_VERSION").to_owned(), taken_at, storage, slots }
    }

    /// The names of the snapshots' entries.
    pub(super) fn snapshots(&self) -> Vec<String> {
        if self.slots.is_empty() {
            return vec![SNAPSHOT.to_owned()];
        }
        (1..=self.slots.len()).map(|number| format!("redis-{number}.rdb")).collect()
    }
}

/// The newest version of this format, that of a cluster; one snapshot is of version 1.
pub(super) const FORMAT: u32 = 2;

/// Writes an archive.
pub(in crate::server::commands) struct ArchiveWriter<W: Write> {
    tar: Builder<W>,
    sums: String,
}

impl<W: Write> ArchiveWriter<W> {
    pub(in crate::server::commands) fn new(out: W) -> Self {
        Self { tar: Builder::new(out), sums: String::new() }
    }

    /// Adds an entry of `size` bytes.
    pub(in crate::server::commands) fn add(
        &mut self,
        name: &str,
        size: u64,
        content: impl Read,
    ) -> io::Result<()> {
        let mut content = Hashing { content, hash: Sha256::new(), size: 0 };
        self.tar.append_data(&mut header(size), name, (&mut content).take(size))?;
        if content.size != size {
            // Its header says another size: nothing behind it could be read.
            return Err(io::Error::other(format!("{name} changed while it was read")));
        }
        self.sums += &format!("{}  {name}\n", hex(&content.hash.finalize()));
        Ok(())
    }

    /// Adds a file.
    pub(super) fn add_file(&mut self, name: &str, path: &Path) -> io::Result<u64> {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        self.add(name, size, BufReader::new(file))?;
        Ok(size)
    }

    /// Adds the sums, and returns what it wrote to.
    pub(in crate::server::commands) fn finish(mut self) -> io::Result<W> {
        let sums = std::mem::take(&mut self.sums);
        self.tar.append_data(&mut header(sums.len() as u64), SUMS, sums.as_bytes())?;
        self.tar.into_inner()
    }
}

fn header(size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_size(size);
    header
}

/// Reads a whole archive and gives each entry to `take`, which has to read it to its end. The error says what is wrong:
/// an archive that was cut off, changed, or that is none.
pub(super) fn read(
    archive: impl Read,
    mut take: impl FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    let damaged = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    let mut tar = tar::Archive::new(archive);
    let mut found = BTreeMap::new();
    let mut sums = None;
    for entry in tar.entries()? {
        let mut entry = entry?;
        let name = entry.path()?.to_str().map(str::to_owned);
        let name = name.filter(|name| entry.header().entry_type().is_file() && is_ours(name));
        let name = name.ok_or_else(|| damaged("it has an entry that no backup has".to_owned()))?;
        if sums.is_some() {
            return Err(damaged("it goes on behind its end".to_owned()));
        }
        if name == SUMS {
            let mut text = String::new();
            (&mut entry).take(MAX_TEXT).read_to_string(&mut text)?;
            sums = Some(text);
            continue;
        }
        let mut content = Hashing { content: &mut entry, hash: Sha256::new(), size: 0 };
        take(&name, &mut content)?;
        io::copy(&mut content, &mut io::sink())?;
        if found.insert(name.clone(), hex(&content.hash.finalize())).is_some() {
            return Err(damaged(format!("{name} is in it twice")));
        }
    }
    let sums = sums.ok_or_else(|| damaged("its end is missing".to_owned()))?;
    let mut listed = 0;
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").ok_or_else(|| damaged(format!("{SUMS} cannot be read")))?;
        if found.get(name).is_none_or(|found| found != sum) {
            return Err(damaged(format!("{name} is not as it was written")));
        }
        listed += 1;
    }
    if listed != found.len() {
        return Err(damaged(format!("{SUMS} does not list every entry")));
    }
    Ok(())
}

/// Whether an entry may have this name: nothing leads out of the data folder.
fn is_ours(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let is_plain = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let first = parts.next().and_then(|part| part.as_os_str().to_str()).unwrap_or_default();
    let is_in_folder = parts.next().is_some();
    is_plain
        && if is_in_folder {
            FOLDERS.contains(&first)
        } else {
            [MANIFEST, SECRET, SUMS].contains(&first) || is_snapshot(first)
        }
}

/// Whether the entry of this name is a snapshot: of all data, or of one master of several.
pub(super) fn is_snapshot(name: &str) -> bool {
    let number = name.strip_prefix("redis-").and_then(|name| name.strip_suffix(".rdb"));
    name == SNAPSHOT || number.is_some_and(|number| number.parse::<u16>().is_ok())
}

/// Hashes and counts what is read.
struct Hashing<R> {
    content: R,
    hash: Sha256,
    size: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.content.read(buffer)?;
        self.hash.update(&buffer[..read]);
        self.size += read as u64;
        Ok(read)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let mut archive = ArchiveWriter::new(Vec::new());
        for (name, content) in [(MANIFEST, &b"{}"[..]), (SNAPSHOT, b"REDIS"), ("files/d/v", &[7; 2_000])] {
            archive.add(name, content.len() as u64, content).expect("memory");
        }
        archive.finish().expect("memory")
    }

    fn entries(archive: &[u8]) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        read(archive, |name, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            found.push(format!("{name} {}", bytes.len()));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn archive_is_read_as_it_was_written() {
        assert_eq!(entries(&archive()).expect("whole"), ["manifest.json 2", "redis.rdb 5", "files/d/v 2000"]);
    }

    #[test]
    fn any_changed_or_missing_byte_is_found() {
        let whole = archive();
        let contents = [512, 512 + 512 + 512, 512 * 5 + 1_000];
        for at in contents {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(entries(&changed).is_err(), "byte {at}");
        }
        for length in (0..whole.len()).step_by(128) {
            let is_whole = entries(&whole[..length]).is_ok();
            // The last two blocks are empty, as at the end of any tar file, and so is the end of the one before.
            assert!(!is_whole || length >= whole.len() - 3 * 512, "cut off at {length} of {}", whole.len());
        }
        assert!(entries(b"a text").is_err() && entries(b"").is_err());
    }

    #[test]
    fn entries_lead_nowhere_else() {
        for (name, is_fine) in [
            ("manifest.json", true),
            ("files/document/version", true),
            ("visits/link/a.parquet", true),
            ("../secret", false),
            ("files/../../secret", false),
            ("/etc/passwd", false),
            ("redis/redis.sock", false),
            ("redis-12.rdb", true),
            ("redis-.rdb", false),
            ("redis-../x.rdb", false),
            ("files", false),
            ("", false),
        ] {
            assert_eq!(is_ours(name), is_fine, "{name}");
        }
    }
}
