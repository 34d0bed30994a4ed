//! PNG and JPEG files: rendered as one upright page, never enlarged, without metadata.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType,
    metadata::Orientation,
};

use super::{FileError, encode::encode};
use crate::model::{FileKind, PageSize, PictureFormat};

/// The most pixels from left to right, or from top to bottom.
pub(super) const MAX_SIDE: u32 = 20_000;
/// The most pixels in all: at 16 bits a channel, decoding them fits into the memory of a task.
pub(super) const MAX_PIXELS: u64 = 100_000_000;
/// The most memory that a decoder may take, in bytes: eight for each pixel, and 64 MiB to work with.
const MAX_ALLOCATION: u64 = MAX_PIXELS * 8 + (64 << 20);

/// Checks a picture to its last pixel and returns its size as it is shown: upright.
pub(super) fn measure(bytes: &[u8], kind: FileKind) -> Result<PageSize, FileError> {
    if kind == FileKind::Jpeg && !has_end_marker(bytes) {
        return Err(FileError::PictureDamaged);
    }
    let (image, orientation) = decode(bytes, kind)?;
    let (width, height) = upright((image.width(), image.height()), orientation);
    // A side has MAX_SIDE pixels at most, which fit.
    let pixels = |side: u32| u16::try_from(side).map_err(|_| FileError::PictureTooLarge { width, height });
    Ok(PageSize { width: pixels(width)?, height: pixels(height)? })
}

/// Renders the picture in this size and format, upright.
pub(super) fn draw(
    bytes: &[u8],
    kind: FileKind,
    size: PageSize,
    format: PictureFormat,
) -> Result<Vec<u8>, String> {
    let (mut image, orientation) = decode(bytes, kind).map_err(|error| error.to_string())?;
    // Scaled before it is turned: turning takes the picture's memory twice.
    let (width, height) = upright((size.width.into(), size.height.into()), orientation);
    if (image.width(), image.height()) != (width, height) {
        image = image.resize_exact(width, height, FilterType::CatmullRom);
    }
    image.apply_orientation(orientation);
    encode(eight_bits(image), format, kind == FileKind::Jpeg)
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
    // The decoder also enforces the bound, on sizes that it finds later in the file.
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    decoder.set_limits(limits).map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    Ok((DynamicImage::from_decoder(decoder).map_err(damaged)?, orientation))
}

/// Whether an end marker follows the start of scan of a JPEG (ITU-T T.81, annex B); the decoder fills missing pixels
/// with grey. A marker before that ends a preview in the metadata.
fn has_end_marker(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    // A segment is FF, its kind, and its length in two bytes, which counts itself.
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

/// Width and height with the orientation applied, or undone.
fn upright((width, height): (u32, u32), orientation: Orientation) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// The picture in eight bits a channel, as browsers show it; grey stays grey, transparency stays.
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
    fn end_of_a_preview_does_not_end_a_jpeg() {
        let preview = b"\xFF\xD8\xFF\xE1\x00\x06\xFF\xD9..";
        let pixels = b"\xFF\xFF\xDA\x00\x02pixels";
        let whole = [preview.as_slice(), pixels, b"\xFF\xD9"].concat();
        assert!(has_end_marker(&whole));
        for cut in 0..whole.len() {
            assert!(!has_end_marker(&whole[..cut]), "{cut}");
        }
    }
}
