//! PDF files: checking them and rendering their pages.

mod annotations;
mod completeness;
mod fonts;
mod missing_text;
mod page_order;
mod rasterize;
mod repair;

use hayro::hayro_syntax::{Pdf, page::Page};
use memchr::memmem;

use self::{page_order::PageOrder, rasterize::rasterize};
use super::{Checked, FileError, MAX_PAGE_SIDE, Memory};
use crate::model::{FileRemark, MAX_PAGES, MAX_REMARK_PAGES, PageSize};

/// How many bytes before the end of a file `%%EOF` may stand, as some programs append bytes. Acrobat allows 1024 (PDF
/// Reference 1.7, appendix H, note 18).
const MAX_TRAILER_OFFSET: usize = 4_096;

/// Checks a file. Renders the first page, to see that it can be shown.
pub(super) fn measure(bytes: Vec<u8>, memory: Memory) -> Result<Checked, FileError> {
    let tail = &bytes[bytes.len().saturating_sub(MAX_TRAILER_OFFSET)..];
    let has_end = memmem::find(tail, b"%%EOF").is_some();
    // A file without its end is shown if all that its pages draw is there.
    let damaged = if has_end { FileError::Damaged } else { FileError::CutOff };
    let pdf =
        repair::open(bytes).map_err(|error| if error == FileError::Damaged { damaged } else { error })?;
    let order = PageOrder::of(&pdf);
    let shown = order.pages.len();
    if shown == 0 {
        return Err(damaged);
    }
    if shown > MAX_PAGES as usize {
        return Err(FileError::TooManyPages(shown));
    }
    let is_lost = order.stated.is_some_and(|stated| stated as usize > shown);
    if !has_end && (is_lost || completeness::lacks_content(&pdf)) {
        return Err(FileError::CutOff);
    }
    let pages: Vec<&Page<'_>> = order.pages.iter().filter_map(|index| pdf.pages().get(*index)).collect();
    let sizes = (1..)
        .zip(&pages)
        .map(|(number, page)| page_size(page.render_dimensions()).ok_or(FileError::PageSize(number)))
        .collect::<Result<Vec<_>, _>>()?;
    let first_page = render_page(pages[0], sizes[0], memory).map_err(|_| FileError::Damaged)?;
    let stated = order.stated.filter(|stated| *stated as usize != shown);
    let mut remarks: Vec<_> =
        stated.map(|stated| FileRemark::PageCount { stated, shown: shown as u32 }).into_iter().collect();
    let mut missing = missing_text::pages_missing_text(pages.into_iter());
    if !missing.is_empty() {
        let more = missing.len() > MAX_REMARK_PAGES;
        missing.truncate(MAX_REMARK_PAGES);
        remarks.push(FileRemark::MissingText { pages: missing, more });
    }
    Ok(Checked { pages: sizes, remarks, first_page })
}

/// The picture of a page, counted from 0, as PNG.
pub(super) fn draw(bytes: Vec<u8>, index: usize, size: PageSize, memory: Memory) -> Result<Vec<u8>, String> {
    let pdf = repair::open(bytes).map_err(|error| error.to_string())?;
    render_page(nth_page(&pdf, index).ok_or("there is no such page")?, size, memory)
}

/// A page by its place in reading order, from 0.
fn nth_page<'a>(pdf: &'a Pdf, index: usize) -> Option<&'a Page<'a>> {
    pdf.pages().get(*PageOrder::of(pdf).pages.get(index)?)
}

/// The size in pixels of a page in points: the longer side is [`MAX_PAGE_SIDE`], the shorter in proportion and at
/// least 1. `None` unless both are positive and finite.
fn page_size((width, height): (f32, f32)) -> Option<PageSize> {
    let longest = width.max(height);
    let has_area = width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0;
    let pixels = |side: f32| (side / longest * f32::from(MAX_PAGE_SIDE)).round().max(1.0) as u16;
    has_area.then(|| PageSize { width: pixels(width), height: pixels(height) })
}

fn render_page(page: &Page<'_>, size: PageSize, memory: Memory) -> Result<Vec<u8>, String> {
    rasterize(page, size, memory).into_png().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_keeps_its_shape_within_the_bound() {
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
