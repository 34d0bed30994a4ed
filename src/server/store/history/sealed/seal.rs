//! The checksum of a sealed file: the first 16 bytes of a SHA-256, behind the four bytes with which every Parquet file
//! begins, over all that follows.
//!
//! Parquet's own checksums cover pages and not the footer, and the crate writes none. It also panics on some damaged
//! pages, so that nothing is decoded before the checksum is found right. A reader of Parquet finds columns by the offsets
//! in the footer, and never sees these bytes.

use std::io::Write;

use parquet::{errors::ParquetError, file::writer::SerializedFileWriter};
use sha2::{Digest, Sha256};

use super::error::Damage;

const MAGIC: &[u8; 4] = b"PAR1";
const LENGTH: usize = 16;
const CONTENT: usize = MAGIC.len() + LENGTH;

/// Leaves the place of the checksum in a new file.
pub(super) fn reserve<W: Write + Send>(writer: &mut SerializedFileWriter<W>) -> Result<(), ParquetError> {
    Ok(writer.write_all(&[0; LENGTH])?)
}

/// Puts the checksum into a finished file.
pub(super) fn close(mut file: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&file[CONTENT..]);
    file[MAGIC.len()..CONTENT].copy_from_slice(&sum);
    file
}

/// Whether the file is whole and unchanged.
pub(super) fn check(file: &[u8]) -> Result<(), Damage> {
    let content = file.get(CONTENT..).filter(|_| file.starts_with(MAGIC));
    let content = content.ok_or_else(|| Damage::new("it does not begin as a sealed file"))?;
    if file[MAGIC.len()..CONTENT] == checksum(content) {
        Ok(())
    } else {
        Err(Damage::new("its checksum is wrong"))
    }
}

fn checksum(content: &[u8]) -> [u8; LENGTH] {
    let mut sum = [0; LENGTH];
    sum.copy_from_slice(&Sha256::digest(content)[..LENGTH]);
    sum
}
