//! Untrusted files: PDF, PNG and JPEG, recognised by their content, never by name.
//!
//! All of it is safe Rust, so a hostile file cannot take over the process. It can still loop for ever, take all
//! memory or overflow the stack. Therefore the server itself calls nothing here; the short-lived process that
//! `renderer.rs` starts does.

mod confine;
mod encode;
mod pdf;
mod picture;

use std::{
    fs::File,
    io::{self, Read, Write},
    os::fd::AsFd,
};

use memchr::memmem;
use serde::{Deserialize, Serialize};

pub(super) use self::confine::UNCONFINED;
use self::pdf::font_folders;
use self::picture::{MAX_PIXELS, MAX_SIDE};
use crate::model::{
    DEFAULT_PICTURE_WIDTH, FileKind, FileRemark, MAX_PAGES, OutlineItem, PageSize, PageText, PictureFormat,
    picture_size,
};

/// How many bytes into a file the header `%PDF-` may stand. Acrobat allows 1,024 (PDF Reference 1.7, appendix H, note
/// 13); files saved with a web server's or a mail's headers have more before it.
const MAX_HEADER_OFFSET: usize = 64 * 1_024;
/// How many times the memory of a page a picture of many pixels may take: they are counted before.
const PICTURE_MEMORY: u64 = 4;

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
    /// The shape of each page; never empty.
    pub pages: Vec<PageSize>,
    /// What the owner is told about it.
    pub remarks: Vec<FileRemark>,
    /// The picture of the first page, as [`first_picture`] says.
    #[serde(skip)]
    pub first_page: Vec<u8>,
}

/// The result of the check of a file's content; see [`Inspected`].
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
    /// Prints the picture of a page, counted from 1, in this size and format.
    Picture(u32, PageSize, PictureFormat),
    /// Prints the [`PageText`] of a page, counted from 1, as JSON.
    Text(u32),
    /// Prints the outline, a list of [`OutlineItem`], as JSON.
    Outline,
}

/// How a task is run, since it may take too much memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskAttempt {
    /// As is fastest.
    First,
    /// After the first took too much: a PDF is drawn in bands, and a PNG or JPEG, which is decoded as a whole, may take four
    /// times as much.
    Second,
}

/// The most that a task may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Processor time in seconds.
    pub seconds: u64,
    /// Address space in megabytes; four times as much for the second attempt at a PNG or JPEG.
    pub memory_mb: u64,
}

/// The size and the format of the first page's picture that a check draws: those that the viewer page asks for first.
pub fn first_picture(page: PageSize, kind: FileKind) -> (PageSize, PictureFormat) {
    let size = picture_size(page, kind, DEFAULT_PICTURE_WIDTH.into());
    (size, PictureFormat::of(kind, size, true))
}

/// Runs one task on the file that is the standard input, and prints its result. Before the file is looked at, the
/// process is confined, and it may die of its limits: the file cannot be shown then.
pub fn run_task(task: Task, attempt: TaskAttempt, limits: Limits) -> Result<(), String> {
    let bytes = read_input().map_err(|error| error.to_string())?;
    let is_picture = matches!(recognise(&bytes), Some(FileKind::Png | FileKind::Jpeg));
    let times = if is_picture && attempt == TaskAttempt::Second { PICTURE_MEMORY } else { 1 };
    for missing in confine::confine(limits, times * (limits.memory_mb << 20))? {
        eprintln!("{UNCONFINED}{missing}");
    }
    let output = match task {
        Task::Inspect => {
            let inspected = inspect(bytes, attempt);
            let mut output = json(&inspected)?;
            output.push(b'\n');
            output.extend(inspected.map(|inspected| inspected.first_page).unwrap_or_default());
            output
        }
        Task::Picture(page, size, format) => draw(bytes, page, size, format, attempt)?,
        Task::Text(page) => json(&read_text(bytes, page)?)?,
        Task::Outline => json(&read_outline(bytes)?)?,
    };
    io::stdout().write_all(&output).map_err(|error| error.to_string())
}

/// Read as a file, whose size is known: a buffer that grows would take up to twice the memory.
fn read_input() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::from(io::stdin().as_fd().try_clone_to_owned()?).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn inspect(bytes: Vec<u8>, attempt: TaskAttempt) -> Result<Inspected, FileError> {
    let kind = recognise(&bytes).ok_or(FileError::Unknown)?;
    let Checked { pages, remarks, first_page } = match kind {
        FileKind::Pdf => pdf::measure(bytes, attempt)?,
        FileKind::Png | FileKind::Jpeg => picture::measure(&bytes, kind)?,
    };
    Ok(Inspected { kind, pages, remarks, first_page })
}

fn draw(
    bytes: Vec<u8>,
    page: u32,
    size: PageSize,
    format: PictureFormat,
    attempt: TaskAttempt,
) -> Result<Vec<u8>, String> {
    let index = page.checked_sub(1).ok_or("pages count from 1")? as usize;
    match recognise(&bytes).ok_or("the file is neither PDF, PNG nor JPEG")? {
        FileKind::Pdf => pdf::draw(bytes, index, size, format, attempt),
        kind if index == 0 => picture::draw(&bytes, kind, size, format),
        _ => Err("a picture has one page".to_owned()),
    }
}

/// The text of a page; a PNG or JPEG has none.
fn read_text(bytes: Vec<u8>, page: u32) -> Result<PageText, String> {
    let index = page.checked_sub(1).ok_or("pages count from 1")? as usize;
    match recognise(&bytes) {
        Some(FileKind::Pdf) => pdf::text(bytes, index),
        _ => Ok(PageText::default()),
    }
}

/// The outline; a PNG or JPEG has none.
fn read_outline(bytes: Vec<u8>) -> Result<Vec<OutlineItem>, String> {
    match recognise(&bytes) {
        Some(FileKind::Pdf) => pdf::outline(bytes),
        _ => Ok(Vec::new()),
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, String> {
    serde_json::to_vec(value).map_err(|error| error.to_string())
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
