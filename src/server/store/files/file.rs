//! Reading files that nobody vouches for: PDF, PNG and JPEG, told apart by what is in them, never by name.
//!
//! All of it is pure safe Rust, so a hostile file can not take over the process. It can still loop for ever,
//! want all memory or recurse until the stack ends: nothing here is called by the server itself, only by the
//! short-lived process that `renderer.rs` starts.

mod pdf;
mod picture;

use std::{io::Write, path::Path};

use rlimit::Resource;
use serde::{Deserialize, Serialize};

use self::picture::{MAX_PIXELS, MAX_SIDE};
use crate::model::{FileKind, MAX_PAGES, PageSize};

/// The longer side of a page picture, in pixels: sharp on a dense screen, and a bound on memory.
const MAX_PAGE_SIDE: u16 = 1_800;
/// Within how many bytes from its beginning a PDF says that it is one.
const MAX_HEADER_OFFSET: usize = 1_024;
/// The most memory that one file may take, in bytes of address space.
const MAX_MEMORY: u64 = 2 << 30;
/// The most time that one file may take, in seconds of one core. The server waits less; this is for a server
/// that was killed while it waited.
const MAX_CPU: u64 = 60;

/// Why a file cannot be shown, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FileError {
    /// It has no bytes.
    #[error("The file is empty. Choose another one, or save it again first.")]
    Empty,
    /// It is none of the kinds that are known.
    #[error("The file is neither a PDF nor a PNG or JPEG picture. Export or print it as PDF first.")]
    Unknown,
    /// The end is missing.
    #[error("The PDF is cut off. Download or export it again.")]
    CutOff,
    /// It needs a password.
    #[error("The PDF is encrypted. Save a copy without password protection and share that.")]
    Encrypted,
    /// It cannot be read.
    #[error("The PDF is damaged and can not be read. Export it again, from another program if need be.")]
    Damaged,
    /// The process that read it crashed or was stopped.
    #[error(
        "The file can not be drawn: it is damaged, or takes too much time or memory. \
         Print it to a new PDF and share that."
    )]
    Undrawable,
    /// It has too many pages.
    #[error("The PDF has {0} pages; {MAX_PAGES} is the most. Split it.")]
    TooManyPages(usize),
    /// A page has no size that a picture could have.
    #[error("Page {0} of the PDF has no sensible size. Export it again, from another program if need be.")]
    PageSize(usize),
    /// A PNG or JPEG that cannot be read to its end.
    #[error("The picture is damaged or cut off and can not be read. Save it again, or download it again.")]
    PictureDamaged,
    /// A PNG or JPEG with more pixels than are held in memory.
    #[error(
        "The picture is too large: it has {width} x {height} pixels; {MAX_SIDE} a side and {} million in all \
         are the most. Scale it down.",
        MAX_PIXELS / 1_000_000
    )]
    PictureTooLarge {
        /// Pixels from left to right, as the file says them.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
}

/// What a check of a file found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// What its content is.
    pub kind: FileKind,
    /// The size of each page as it is drawn; never empty.
    pub pages: Vec<PageSize>,
}

/// What the short-lived process is asked to do, as its arguments say it.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// Check the file, and print `Result<Inspected, FileError>` as JSON.
    Inspect,
    /// Print the picture of a page, counted from 1, in this size: JPEG for a JPEG file, else PNG.
    Picture(u32, PageSize),
}

/// Does one task on one file, within limits that the system enforces, and prints what it came to.
/// Any other end than success means that the file can not be shown.
pub fn run_task(file: &Path, task: Task) -> Result<(), String> {
    let limited = Resource::AS.set(MAX_MEMORY, MAX_MEMORY).and_then(|()| Resource::CPU.set(MAX_CPU, MAX_CPU));
    limited.map_err(|error| error.to_string())?;
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let output = match task {
        Task::Inspect => serde_json::to_vec(&inspect(bytes)).map_err(|error| error.to_string())?,
        Task::Picture(page, size) => draw(bytes, page, size)?,
    };
    std::io::stdout().write_all(&output).map_err(|error| error.to_string())
}

fn inspect(bytes: Vec<u8>) -> Result<Inspected, FileError> {
    let kind = recognise(&bytes).ok_or(FileError::Unknown)?;
    let pages = match kind {
        FileKind::Pdf => pdf::measure(bytes)?,
        FileKind::Png | FileKind::Jpeg => vec![picture::measure(&bytes, kind)?],
    };
    Ok(Inspected { kind, pages })
}

fn draw(bytes: Vec<u8>, page: u32, size: PageSize) -> Result<Vec<u8>, String> {
    let index = page.checked_sub(1).ok_or("pages count from 1")? as usize;
    match recognise(&bytes).ok_or("it is no kind of file that is known")? {
        FileKind::Pdf => pdf::draw(bytes, index, size),
        kind if index == 0 => picture::draw(&bytes, kind, size),
        _ => Err("a picture has one page".to_owned()),
    }
}

/// What a file is by what is in it. A PDF may have something before its mark; the others may not.
fn recognise(bytes: &[u8]) -> Option<FileKind> {
    let head = &bytes[..bytes.len().min(MAX_HEADER_OFFSET)];
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(FileKind::Png)
    } else if head.starts_with(b"\xFF\xD8\xFF") {
        Some(FileKind::Jpeg)
    } else {
        contains(head, b"%PDF-").then_some(FileKind::Pdf)
    }
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_content_says() {
        let late = [[b' '; 1_000].as_slice(), b"%PDF-1.7"].concat();
        let too_late = [[b' '; 1_020].as_slice(), b"%PDF-1.7"].concat();
        for (bytes, kind) in [
            (b"%PDF-1.4".as_slice(), Some(FileKind::Pdf)),
            (&late, Some(FileKind::Pdf)),
            (&too_late, None),
            (b"\x89PNG\r\n\x1a\n%PDF-1.4", Some(FileKind::Png)),
            (b"\xFF\xD8\xFF\xE0", Some(FileKind::Jpeg)),
            (b"\x89PNG", None),
            (b"GIF89a", None),
            (b"", None),
        ] {
            assert_eq!(recognise(bytes), kind, "{bytes:?}");
        }
    }
}
