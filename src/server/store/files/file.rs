//! Untrusted files: PDF, PNG and JPEG, recognised by their content, never by name.
//!
//! All of it is safe Rust, so a hostile file cannot take over the process. It can still loop for ever, take all
//! memory or overflow the stack. Therefore the server itself calls nothing here; the short-lived process that
//! `renderer.rs` starts does.

mod pdf;
mod picture;

use std::{io::Write, path::Path};

use memchr::memmem;
use rlimit::Resource;
use serde::{Deserialize, Serialize};

use self::picture::{MAX_PIXELS, MAX_SIDE};
use crate::model::{FileKind, FileRemark, MAX_PAGES, PageSize};

/// The longer side of a rendered page, in pixels: sharp on a high-density screen, and a bound on memory.
const MAX_PAGE_SIDE: u16 = 1_800;
/// How many bytes into a file the header `%PDF-` may stand. Acrobat allows 1,024 (PDF Reference 1.7, appendix H, note
/// 13); files saved with a web server's or a mail's headers have more before it.
const MAX_HEADER_OFFSET: usize = 64 * 1_024;
/// The most memory that a PDF may take, in bytes of address space.
const MAX_PDF_MEMORY: u64 = 512 << 20;
/// The same for a picture, which is decoded as a whole.
const MAX_PICTURE_MEMORY: u64 = 2 << 30;
/// The most processor time that a task may take, in seconds. The server stops it sooner, unless the server was killed.
const MAX_CPU: u64 = 60;

/// Why a file cannot be shown. The messages tell the owner what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum FileError {
    /// It has no bytes.
    #[error("The file is empty. Choose another one, or save it again first.")]
    Empty,
    /// It is neither PDF, PNG nor JPEG.
    #[error("The file is neither a PDF nor a PNG or JPEG picture. Export or print it as PDF first.")]
    Unknown,
    /// The end of a PDF is missing.
    #[error("The PDF is cut off. Download or export it again.")]
    CutOff,
    /// A PDF needs a password.
    #[error("The PDF is encrypted. Save a copy without password protection and share that.")]
    Encrypted,
    /// A PDF cannot be read.
    #[error("The PDF is damaged and cannot be read. Export it again; if that fails, from another program.")]
    Damaged,
    /// The process that rendered it crashed or was stopped.
    #[error(
        "The file cannot be shown: it is damaged, or takes too much time or memory. \
         Print it to a new PDF and share that."
    )]
    Undrawable,
    /// A PDF has too many pages.
    #[error("The PDF has {0} pages; {MAX_PAGES} is the most. Split it.")]
    TooManyPages(usize),
    /// A page's width or height is zero, negative or not a number.
    #[error(
        "Page {0} of the PDF has no sensible size. Export it again; if that fails, from another program."
    )]
    PageSize(usize),
    /// A PNG or JPEG that cannot be read to its end.
    #[error("The picture is damaged or cut off and cannot be read. Save it again, or download it again.")]
    PictureDamaged,
    /// A PNG or JPEG has more pixels than may be decoded.
    #[error(
        "The picture is too large: it has {width} x {height} pixels; {MAX_SIDE} a side and {} million in all \
         are the most. Scale it down.",
        MAX_PIXELS / 1_000_000
    )]
    PictureTooLarge {
        /// Pixels from left to right, as the file states.
        width: u32,
        /// Pixels from top to bottom, as the file states.
        height: u32,
    },
}

/// The result of a file's check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// The kind of its content.
    pub kind: FileKind,
    /// The size of each rendered page; never empty.
    pub pages: Vec<PageSize>,
    /// What the owner is told about it.
    pub remarks: Vec<FileRemark>,
    /// The picture of the first page in its size, as [`Task::Picture`] prints it.
    #[serde(skip)]
    pub first_page: Vec<u8>,
}

/// What a check of a file's content found; see [`Inspected`].
struct Checked {
    pages: Vec<PageSize>,
    remarks: Vec<FileRemark>,
    first_page: Vec<u8>,
}

/// A task of the short-lived process.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// Checks the file and prints `Result<Inspected, FileError>` as a line of JSON, then the first page's picture.
    Inspect,
    /// Prints the picture of a page, counted from 1, in this size: JPEG for a JPEG file, else PNG.
    Picture(u32, PageSize),
}

/// How much memory drawing takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// What is fastest.
    Ample,
    /// Less, for more time: for a page that took too much.
    Scarce,
}

/// Runs one task on one file and prints its result. Limits memory and processor time by setrlimit(2), so the process
/// may also die: the file cannot be shown then.
pub fn run_task(file: &Path, task: Task, memory: Memory) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let most = if recognise(&bytes) == Some(FileKind::Pdf) { MAX_PDF_MEMORY } else { MAX_PICTURE_MEMORY };
    let limited = Resource::AS.set(most, most).and_then(|()| Resource::CPU.set(MAX_CPU, MAX_CPU));
    limited.map_err(|error| error.to_string())?;
    let output = match task {
        Task::Inspect => {
            let inspected = inspect(bytes, memory);
            let mut output = serde_json::to_vec(&inspected).map_err(|error| error.to_string())?;
            output.push(b'\n');
            output.extend(inspected.map(|inspected| inspected.first_page).unwrap_or_default());
            output
        }
        Task::Picture(page, size) => draw(bytes, page, size, memory)?,
    };
    std::io::stdout().write_all(&output).map_err(|error| error.to_string())
}

fn inspect(bytes: Vec<u8>, memory: Memory) -> Result<Inspected, FileError> {
    let kind = recognise(&bytes).ok_or(FileError::Unknown)?;
    let Checked { pages, remarks, first_page } = match kind {
        FileKind::Pdf => pdf::measure(bytes, memory)?,
        FileKind::Png | FileKind::Jpeg => picture::measure(&bytes, kind)?,
    };
    Ok(Inspected { kind, pages, remarks, first_page })
}

fn draw(bytes: Vec<u8>, page: u32, size: PageSize, memory: Memory) -> Result<Vec<u8>, String> {
    let index = page.checked_sub(1).ok_or("pages count from 1")? as usize;
    match recognise(&bytes).ok_or("the file is neither PDF, PNG nor JPEG")? {
        FileKind::Pdf => pdf::draw(bytes, index, size, memory),
        kind if index == 0 => picture::draw(&bytes, kind, size),
        _ => Err("a picture has one page".to_owned()),
    }
}

/// The kind of a file by its content. Bytes may stand before a PDF's header, but not before the signature of PNG
/// or JPEG.
fn recognise(bytes: &[u8]) -> Option<FileKind> {
    let head = &bytes[..bytes.len().min(MAX_HEADER_OFFSET)];
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some(FileKind::Png)
    } else if head.starts_with(b"\xFF\xD8\xFF") {
        Some(FileKind::Jpeg)
    } else {
        memmem::find(head, b"%PDF-").map(|_| FileKind::Pdf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_is_recognised_by_content() {
        let late = [vec![b' '; MAX_HEADER_OFFSET - 5], b"%PDF-1.7".to_vec()].concat();
        let too_late = [vec![b' '; MAX_HEADER_OFFSET - 4], b"%PDF-1.7".to_vec()].concat();
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
