//! Reading and rendering PDF files that nobody vouches for.
//!
//! `hayro` is pure safe Rust, so a hostile file can not take over the process. It can still loop for ever,
//! want all memory or recurse until the stack ends: nothing here is called by the server itself, only by the
//! short-lived process that `renderer.rs` starts.

use std::{io::Write, path::Path};

use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::InterpreterSettings,
    hayro_syntax::{LoadPdfError, Pdf, page::Page},
    render,
    vello_cpu::color::palette::css::WHITE,
};
use rlimit::Resource;
use serde::{Deserialize, Serialize};

use crate::model::{MAX_PAGES, PageSize};

/// The longer side of every page picture, in pixels: sharp on a dense screen, and a bound on memory.
const LONGEST_SIDE: f32 = 1_800.0;
/// How far from its end a file may carry its end mark; some programs append a few bytes.
const TAIL: usize = 4_096;
/// The most memory that one file may take, in bytes of address space.
const MAX_MEMORY: u64 = 2 << 30;
/// The most time that one file may take, in seconds of one core. The server waits less; this is for a server
/// that was killed while it waited.
const MAX_CPU: u64 = 60;

/// Why a PDF cannot be shown, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PdfError {
    /// It does not begin like a PDF.
    #[error("The file is not a PDF. Export or print it as PDF first.")]
    NotPdf,
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
        "The PDF can not be drawn: it is damaged, or takes too much time or memory. \
         Print it to a new PDF and share that."
    )]
    Undrawable,
    /// It has too many pages.
    #[error("The PDF has {0} pages; {MAX_PAGES} is the most. Split it.")]
    TooManyPages(usize),
    /// A page has no size that a picture could have.
    #[error("Page {0} of the PDF has no sensible size. Export it again, from another program if need be.")]
    PageSize(usize),
}

/// What the short-lived process is asked to do, as its arguments say it.
#[derive(Clone, Copy, Debug)]
pub enum Task {
    /// Check the file, and print `Result<Vec<PageSize>, PdfError>` as JSON.
    Inspect,
    /// Print the picture of a page, counted from 1, as PNG.
    Picture(u32, PageSize),
}

/// Does one task on one file, within limits that the system enforces, and prints what it came to.
/// Any other end than success means that the file can not be shown.
pub fn work(file: &Path, task: Task) -> Result<(), String> {
    let limited = Resource::AS.set(MAX_MEMORY, MAX_MEMORY).and_then(|()| Resource::CPU.set(MAX_CPU, MAX_CPU));
    limited.map_err(|error| error.to_string())?;
    let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
    let printed = match task {
        Task::Inspect => serde_json::to_vec(&measure(bytes)).map_err(|error| error.to_string())?,
        Task::Picture(page, size) => {
            let pdf = Pdf::new(bytes).map_err(|error| format!("{error:?}"))?;
            let index = page.checked_sub(1).ok_or("pages count from 1")?;
            picture(pdf.pages().get(index as usize).ok_or("there is no such page")?, size)?
        }
    };
    std::io::stdout().write_all(&printed).map_err(|error| error.to_string())
}

/// Checks a file and measures its pages, rendering the first to see that it can be shown.
fn measure(bytes: Vec<u8>) -> Result<Vec<PageSize>, PdfError> {
    let head = &bytes[..bytes.len().min(1_024)];
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if !contains(head, b"%PDF-") {
        return Err(PdfError::NotPdf);
    }
    if !contains(tail, b"%%EOF") {
        return Err(PdfError::CutOff);
    }
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(_) => PdfError::Encrypted,
        LoadPdfError::Invalid => PdfError::Damaged,
    })?;
    let pages = pdf.pages();
    match pages.len() {
        0 => return Err(PdfError::Damaged),
        count if count > MAX_PAGES as usize => return Err(PdfError::TooManyPages(count)),
        _ => {}
    }
    let sizes = pages
        .iter()
        .enumerate()
        .map(|(index, page)| page_size(page.render_dimensions()).ok_or(PdfError::PageSize(index + 1)))
        .collect::<Result<Vec<_>, _>>()?;
    picture(&pages[0], sizes[0]).map_err(|_| PdfError::Damaged)?;
    Ok(sizes)
}

/// The pixels of a page of `width` by `height` points: the longer side is always the same, the shorter in
/// proportion, and none is missing.
fn page_size((width, height): (f32, f32)) -> Option<PageSize> {
    let longest = width.max(height);
    let sensible = width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0;
    let pixels = |side: f32| (side / longest * LONGEST_SIDE).round().max(1.0) as u16;
    sensible.then(|| PageSize { width: pixels(width), height: pixels(height) })
}

fn picture(page: &Page<'_>, size: PageSize) -> Result<Vec<u8>, String> {
    let (width, height) = page.render_dimensions();
    // hayro cuts off fractions; half a pixel more makes them come out at the size that was promised.
    let scale = |pixels: u16, points: f32| (f32::from(pixels) + 0.5) / points;
    let settings = PixmapSettings {
        x_scale: scale(size.width, width),
        y_scale: scale(size.height, height),
        bg_color: WHITE,
    };
    let (cache, interpreter) = (RenderCache::new(), InterpreterSettings::default());
    render(page, &cache, &interpreter, &RenderSettings::default(), &settings)
        .into_png()
        .map_err(|error| error.to_string())
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_its_shape_within_the_bound() {
        for (points, pixels) in [
            ((595.0, 842.0), Some((1272, 1800))),
            ((842.0, 595.0), Some((1800, 1272))),
            ((100.0, 100.0), Some((1800, 1800))),
            ((5_000_000.0, 10.0), Some((1800, 1))),
            ((0.0, 842.0), None),
            ((-595.0, 842.0), None),
            ((f32::NAN, 842.0), None),
            ((f32::INFINITY, 842.0), None),
        ] {
            let size = page_size(points).map(|size| (size.width, size.height));
            assert_eq!(size, pixels, "{points:?}");
        }
    }
}
