//! PNG and JPEG files: one page, upright, at most as large as any page, and with nothing in it but pixels.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
    metadata::Orientation,
};

use super::{FileError, MAX_PAGE_SIDE};
use crate::model::{FileKind, PageSize};

/// The most pixels from left to right, or from top to bottom.
pub(super) const MAX_SIDE: u32 = 20_000;
/// The most pixels in all: what a picture of 16 bits a channel needs of the memory that a file may take.
pub(super) const MAX_PIXELS: u64 = 100_000_000;
/// The most memory that a decoder may take, in bytes: eight for each pixel, and some to work with.
const MAX_ALLOCATION: u64 = MAX_PIXELS * 8 + (64 << 20);
/// Of 100: hard to tell from the original, at a third of its size.
const JPEG_QUALITY: u8 = 85;

/// Checks a picture to its last pixel, and says how large it is shown.
pub(super) fn measure(bytes: &[u8], kind: FileKind) -> Result<PageSize, FileError> {
    if kind == FileKind::Jpeg && !has_end_marker(bytes) {
        return Err(FileError::PictureDamaged);
    }
    let (image, orientation) = decode(bytes, kind)?;
    Ok(page_size(upright((image.width(), image.height()), orientation)))
}

/// The picture in the size that was promised, upright.
pub(super) fn draw(bytes: &[u8], kind: FileKind, size: PageSize) -> Result<Vec<u8>, String> {
    let (mut image, orientation) = decode(bytes, kind).map_err(|error| error.to_string())?;
    // Scaled first and turned then: turning takes as much memory again as the picture has.
    let (width, height) = upright((size.width.into(), size.height.into()), orientation);
    if (image.width(), image.height()) != (width, height) {
        image = image.resize_exact(width, height, FilterType::CatmullRom);
    }
    image.apply_orientation(orientation);
    let image = eight_bits(image);
    let mut drawn = Vec::new();
    let written = match kind {
        FileKind::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(&mut drawn, JPEG_QUALITY)),
        FileKind::Pdf | FileKind::Png => image.write_with_encoder(PngEncoder::new(&mut drawn)),
    };
    written.map(|()| drawn).map_err(|error| error.to_string())
}

fn decode(bytes: &[u8], kind: FileKind) -> Result<(DynamicImage, Orientation), FileError> {
    let format = if kind == FileKind::Jpeg { ImageFormat::Jpeg } else { ImageFormat::Png };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits.clone());
    let damaged = |_: ImageError| FileError::PictureDamaged;
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(FileError::PictureTooLarge { width, height });
    }
    // The decoder has its own bound besides, which holds for what it finds later on.
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    decoder.set_limits(limits).map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    Ok((DynamicImage::from_decoder(decoder).map_err(damaged)?, orientation))
}

/// Whether a JPEG has its end mark after the beginning of its pixels; the decoder paints grey what is missing.
/// A mark before that ends a preview within the metadata.
fn has_end_marker(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    // Each segment is FF, its kind, and its length in two bytes, which counts itself.
    while let [0xFF, kind, after @ ..] = rest {
        match (*kind, after) {
            (0xDA, _) => return super::contains(after, b"\xFF\xD9"),
            // Any number of FF may stand before a segment.
            (0xFF, _) => rest = &rest[1..],
            (_, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = after.get(length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    false
}

/// Width and height once turned; the same both ways.
fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// The longer side at most as long as of any page, the other in proportion; nothing is enlarged.
fn page_size((width, height): (u32, u32)) -> PageSize {
    let scale = f64::from(MAX_PAGE_SIDE) / f64::from(width.max(height));
    let pixels = |side: u32| (f64::from(side) * scale.min(1.0)).round().max(1.0) as u16;
    PageSize { width: pixels(width), height: pixels(height) }
}

/// As browsers show it: eight bits a channel, grey where it was grey, with what was transparent.
fn eight_bits(image: DynamicImage) -> DynamicImage {
    match (image.color().has_color(), image.color().has_alpha()) {
        (true, true) => image.into_rgba8().into(),
        (true, false) => image.into_rgb8().into(),
        (false, true) => image.into_luma_alpha8().into(),
        (false, false) => image.into_luma8().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_keeps_its_shape_and_is_never_enlarged() {
        for (given, shown) in [
            ((10, 20), (10, 20)),
            ((1_800, 1), (1_800, 1)),
            ((3_600, 1_800), (1_800, 900)),
            ((3_000, 4_000), (1_350, 1_800)),
            ((20_000, 1), (1_800, 1)),
        ] {
            let size = page_size(given);
            assert_eq!((size.width, size.height), shown, "{given:?}");
        }
    }

    #[test]
    fn the_end_of_a_preview_is_not_the_end_of_a_jpeg() {
        let preview = b"\xFF\xD8\xFF\xE1\x00\x06\xFF\xD9..";
        let pixels = b"\xFF\xFF\xDA\x00\x02pixels";
        let whole = [preview.as_slice(), pixels, b"\xFF\xD9"].concat();
        assert!(has_end_marker(&whole));
        for cut in 0..whole.len() {
            assert!(!has_end_marker(&whole[..cut]), "{cut}");
        }
    }
}
