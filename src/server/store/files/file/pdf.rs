//! PDF files: checking them, rendering their pages, and reading their text and outline.

mod bidi;
mod destinations;
mod glyphs;
mod lines;
mod outline;
mod strings;
mod structure;
mod text;

use hayro::{
    PixmapSettings, RenderCache, RenderSettings,
    hayro_interpret::InterpreterSettings,
    hayro_syntax::{
        LoadPdfError, Pdf,
        object::{Array, Dict, MaybeRef, Object},
        page::Page,
        xref::XRef,
    },
    render,
    vello_cpu::{Pixmap, color::palette::css::WHITE},
};
use image::{DynamicImage, RgbaImage};

use super::{FileError, contains, encode::encode};
use crate::model::{MAX_PAGES, OutlineItem, PageSize, PageText, PictureFormat};

/// The longer side of a page's shape: 1,800 tell its proportions to a thousandth.
const SHAPE_SIDE: u16 = 1_800;

/// How many bytes before the end of a file `%%EOF` may stand, as some programs append bytes. Acrobat allows 1024 (PDF
/// Reference 1.7, appendix H, note 18).
const MAX_TRAILER_OFFSET: usize = 4_096;

/// Checks a file and returns the shapes of its pages. Renders the first page, to see that it can be shown.
pub(super) fn measure(bytes: Vec<u8>) -> Result<Vec<PageSize>, FileError> {
    let tail = &bytes[bytes.len().saturating_sub(MAX_TRAILER_OFFSET)..];
    if !contains(tail, b"%%EOF") {
        return Err(FileError::CutOff);
    }
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(_) => FileError::Encrypted,
        LoadPdfError::Invalid => FileError::Damaged,
    })?;
    let pages = pdf.pages();
    match pages.len() {
        0 => return Err(FileError::Damaged),
        count if count > MAX_PAGES as usize => return Err(FileError::TooManyPages(count)),
        _ => {}
    }
    let sizes = pages
        .iter()
        .enumerate()
        .map(|(index, page)| page_size(page.render_dimensions()).ok_or(FileError::PageSize(index + 1)))
        .collect::<Result<Vec<_>, _>>()?;
    // Only to see that it does not crash.
    render_page(&pages[0], sizes[0]);
    Ok(sizes)
}

/// The picture of a page, counted from 0.
pub(super) fn draw(
    bytes: Vec<u8>,
    index: usize,
    size: PageSize,
    format: PictureFormat,
) -> Result<Vec<u8>, String> {
    let pdf = open(bytes)?;
    let drawn = render_page(pdf.pages().get(index).ok_or("there is no such page")?, size);
    let (width, height) = (drawn.width().into(), drawn.height().into());
    // Nothing shows through: the page was painted white first.
    let pixels = drawn.data_as_u8_slice().to_vec();
    drop((drawn, pdf));
    let image = RgbaImage::from_raw(width, height, pixels).ok_or("the picture has another size")?;
    encode(DynamicImage::ImageRgba8(image), format, false)
}

/// The text and the links of a page, counted from 0.
pub(super) fn text(bytes: Vec<u8>, index: usize) -> Result<PageText, String> {
    Ok(text::text_of(&open(bytes)?, index).ok_or("there is no such page")?)
}

/// The outline.
pub(super) fn outline(bytes: Vec<u8>) -> Result<Vec<OutlineItem>, String> {
    Ok(outline::outline_of(&open(bytes)?))
}

fn open(bytes: Vec<u8>) -> Result<Pdf, String> {
    Pdf::new(bytes).map_err(|error| format!("{error:?}"))
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

fn render_page(page: &Page<'_>, size: PageSize) -> Pixmap {
    let (width, height) = page.render_dimensions();
    // hayro truncates the size; half a pixel more gives exactly `size`.
    let scale = |pixels: u16, points: f32| (f32::from(pixels) + 0.5) / points;
    let settings = PixmapSettings {
        x_scale: scale(size.width, width),
        y_scale: scale(size.height, height),
        bg_color: WHITE,
    };
    let (cache, interpreter) = (RenderCache::new(), InterpreterSettings::default());
    render(page, &cache, &interpreter, &RenderSettings::default(), &settings)
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
