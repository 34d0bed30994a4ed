//! PDF files: checking them, rendering their pages, and reading their text and outline.

mod annotations;
mod bidi;
mod completeness;
mod destinations;
mod fonts;
mod glyphs;
mod lines;
mod missing_text;
mod outline;
mod page_order;
mod rasterize;
mod repair;
mod strings;
mod structure;
mod text;

use hayro::hayro_syntax::{
    Pdf,
    object::{Array, Dict, MaybeRef, Object},
    page::Page,
    xref::XRef,
};
use image::{DynamicImage, RgbaImage};
use memchr::memmem;

pub(super) use self::fonts::folders as font_folders;
use self::{page_order::PageOrder, rasterize::rasterize};
use super::{Checked, FileError, TaskAttempt, encode::encode, first_picture};
use crate::model::{
    FileKind, FileRemark, MAX_PAGES, MAX_REMARK_PAGES, OutlineItem, PageSize, PageText, PictureFormat,
};

/// The longer side of a page's shape: 1,800 tell its proportions to a thousandth.
const SHAPE_SIDE: u16 = 1_800;
/// How many bytes before the end of a file `%%EOF` may stand, as some programs append bytes. Acrobat allows 1024 (PDF
/// Reference 1.7, appendix H, note 18).
const MAX_TRAILER_OFFSET: usize = 4_096;

/// Checks a file. Renders the first page, to see that it can be shown.
pub(super) fn measure(bytes: Vec<u8>, attempt: TaskAttempt) -> Result<Checked, FileError> {
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
    let pages: Vec<&Page<'_>> = order.in_order(&pdf).collect();
    let sizes = (1..)
        .zip(&pages)
        .map(|(number, page)| page_size(page.render_dimensions()).ok_or(FileError::PageSize(number)))
        .collect::<Result<Vec<_>, _>>()?;
    let (size, format) = first_picture(sizes[0], FileKind::Pdf);
    let image = rasterize(pages[0], size, attempt);
    let stated = order.stated.filter(|stated| *stated as usize != shown);
    let mut remarks: Vec<_> =
        stated.map(|stated| FileRemark::PageCount { stated, shown: shown as u32 }).into_iter().collect();
    let mut missing = missing_text::pages_missing_text(pages.into_iter());
    if !missing.is_empty() {
        let more = missing.len() > MAX_REMARK_PAGES;
        missing.truncate(MAX_REMARK_PAGES);
        remarks.push(FileRemark::MissingText { pages: missing, more });
    }
    // The memory of the file is what writing the picture needs.
    drop(pdf);
    let first_page = encode_page(image, format).map_err(|_| FileError::Undrawable)?;
    Ok(Checked { pages: sizes, remarks, first_page })
}

/// The picture of a page, counted from 0.
pub(super) fn draw(
    bytes: Vec<u8>,
    index: usize,
    size: PageSize,
    format: PictureFormat,
    attempt: TaskAttempt,
) -> Result<Vec<u8>, String> {
    let pdf = open(bytes)?;
    let image = rasterize(nth_page(&pdf, index)?, size, attempt);
    drop(pdf);
    encode_page(image, format)
}

/// The picture of a page in a format. Without the alpha channel, as it is drawn on white: no pixel has to be looked at for it.
fn encode_page(image: RgbaImage, format: PictureFormat) -> Result<Vec<u8>, String> {
    encode(DynamicImage::from(image).into_rgb8().into(), format, false)
}

/// The text and the links of a page, counted from 0.
pub(super) fn text(bytes: Vec<u8>, index: usize) -> Result<PageText, String> {
    let pdf = open(bytes)?;
    Ok(text::text_of(&pdf, nth_page(&pdf, index)?))
}

/// The outline.
pub(super) fn outline(bytes: Vec<u8>) -> Result<Vec<OutlineItem>, String> {
    Ok(outline::outline_of(&open(bytes)?))
}

fn open(bytes: Vec<u8>) -> Result<Pdf, String> {
    repair::open(bytes).map_err(|error| error.to_string())
}

/// A page by its place in reading order, from 0.
fn nth_page(pdf: &Pdf, index: usize) -> Result<&Page<'_>, String> {
    PageOrder::of(pdf).in_order(pdf).nth(index).ok_or_else(|| "there is no such page".to_owned())
}

/// The items of an array, without those that cannot be read: hayro's own iterators end at the first of them.
fn items<'a>(array: &Array<'a>, xref: &'a XRef) -> impl Iterator<Item = Object<'a>> {
    array.raw_iter().filter_map(move |item| resolve(item, xref))
}

fn resolve<'a>(item: MaybeRef<Object<'a>>, xref: &'a XRef) -> Option<Object<'a>> {
    match item {
        MaybeRef::Ref(reference) => xref.get::<Object<'a>>(reference.into()),
        MaybeRef::NotRef(object) => Some(object),
    }
}

/// The catalogue of a document, where all that is not on a page begins.
fn catalogue(pdf: &Pdf) -> Option<Dict<'_>> {
    pdf.xref().get::<Dict<'_>>(pdf.xref().root_id())
}

/// The shape of a page in points: the longer side is [`SHAPE_SIDE`], the shorter in proportion and at least 1. `None`
/// unless both are positive and finite.
fn page_size((width, height): (f32, f32)) -> Option<PageSize> {
    let longest = width.max(height);
    let has_area = width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0;
    let pixels = |side: f32| (side / longest * f32::from(SHAPE_SIDE)).round().max(1.0) as u16;
    has_area.then(|| PageSize { width: pixels(width), height: pixels(height) })
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
