//! Decodes JPEG, also where it is damaged: what could be read is shown, as browsers do.

use image::{DynamicImage, GrayImage, RgbImage, metadata::Orientation};
use memchr::{memchr, memmem};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions},
};

use super::{MAX_SIDE, PictureData, check_size};
use crate::server::store::files::file::FileError;

/// The grey of pixels that are missing, as libjpeg shows them.
const MISSING: u8 = 128;

/// Decodes a whole JPEG, or the part of a damaged one that can be read.
pub(super) fn decode(bytes: &[u8]) -> Result<PictureData, FileError> {
    if !has_end_marker(bytes) {
        return Err(FileError::PictureDamaged);
    }
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options());
    decoder.decode_headers().map_err(|_| FileError::PictureDamaged)?;
    let (width, height) = decoder.dimensions().ok_or(FileError::PictureDamaged)?;
    let (width, height) = (width as u32, height as u32);
    check_size(width, height)?;
    let (is_grey, space) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma | ColorSpace::LumaA) => (true, ColorSpace::Luma),
        _ => (false, ColorSpace::RGB),
    };
    let is_cmyk = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    // A profile of inks says nothing about the red, green and blue that the decoder makes of them.
    let profile = decoder.icc_profile().filter(|_| !is_cmyk);
    decoder.set_options(options().jpeg_set_out_colorspace(space));
    let own = if has_scan_for_each_component(bytes) { scan_for_each(bytes, is_grey) } else { None };
    let pixels = match own {
        Some(pixels) => pixels,
        None => {
            let channels = if is_grey { 1 } else { 3 };
            let mut pixels = vec![MISSING; width as usize * height as usize * channels];
            let decoded = decoder.decode_into(&mut pixels);
            if decoded.is_err() && pixels.iter().all(|value| *value == MISSING) {
                return Err(FileError::PictureDamaged);
            }
            pixels
        }
    };
    let image = match is_grey {
        true => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        false => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
    };
    Ok(PictureData {
        image: image.ok_or(FileError::PictureDamaged)?,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        profile,
    })
}

fn options() -> DecoderOptions {
    let side = MAX_SIDE as usize;
    DecoderOptions::default().set_strict_mode(false).set_max_width(side).set_max_height(side)
}

/// Decodes a JPEG with a scan for each component by another decoder; zune-jpeg 0.5.15 shows it with stripes
/// (<https://github.com/etemesi254/zune-image/issues/277> is the first such report).
fn scan_for_each(bytes: &[u8], is_grey: bool) -> Option<Vec<u8>> {
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    let pixels = decoder.decode().ok()?;
    let expected = if is_grey { jpeg_decoder::PixelFormat::L8 } else { jpeg_decoder::PixelFormat::RGB24 };
    (decoder.info()?.pixel_format == expected).then_some(pixels)
}

/// A segment of a JPEG: the second byte of its marker, and what follows the marker.
type Segment<'a> = (u8, &'a [u8]);

/// The segments to the first start of scan, and an end marker if one comes before (ITU-T T.81, annex B). Goes on at the
/// next marker where a length is wrong, as decoders do.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = bytes.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            rest = &rest[memchr(0xFF, rest)?..];
            match *rest {
                // Any number of FF may stand before a marker; 00 makes an FF one of data; the rest have no length.
                [_, 0xFF | 0x00 | 0x01 | 0xD0..=0xD8, ..] => rest = &rest[1..],
                [_, kind @ (0xD9 | 0xDA), ref after @ ..] => {
                    rest = &[];
                    return Some((kind, after));
                }
                [_, kind, ref after @ ..] => {
                    // The length counts itself.
                    let length =
                        after.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
                    rest = after.get(length..).unwrap_or_default();
                    return Some((kind, after));
                }
                _ => return None,
            }
        }
    })
}

/// Whether an end marker follows the start of scan. A marker in a segment ends a preview in the metadata.
fn has_end_marker(bytes: &[u8]) -> bool {
    segments(bytes).any(|segment| match segment {
        (0xD9, _) => true,
        (0xDA, scan) => memmem::find(scan, b"\xFF\xD9").is_some(),
        _ => false,
    })
}

/// Whether the first scan has fewer components than the picture.
fn has_scan_for_each_component(bytes: &[u8]) -> bool {
    let mut components = 0;
    for (kind, after) in segments(bytes) {
        match kind {
            0xC0..=0xC2 => components = after.get(7).copied().unwrap_or(0),
            0xDA => return after.get(2).is_some_and(|scanned| *scanned < components),
            _ => {}
        }
    }
    false
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

    #[test]
    fn wrong_length_hides_no_later_segment() {
        // One byte too short, and one byte too long.
        for length in [b"\x00\x06", b"\x00\x08"] {
            let bytes = [b"\xFF\xD8\xFF\xED".as_slice(), length, b"abcd.\xFF\xDA\x00\x02px\xFF\xD9"].concat();
            assert!(has_end_marker(&bytes), "{length:?}");
        }
    }

    #[test]
    fn scan_of_one_component_is_recognised() {
        let file = |in_frame: u8, in_scan: u8| {
            let frame = [b"\xFF\xC0\x00\x08\x08\x00\x01\x00\x01".as_slice(), &[in_frame]].concat();
            [b"\xFF\xD8".as_slice(), &frame, b"\xFF\xDA\x00\x08", &[in_scan], b"....."].concat()
        };
        assert!(has_scan_for_each_component(&file(3, 1)));
        assert!(has_scan_for_each_component(&file(4, 2)));
        assert!(!has_scan_for_each_component(&file(3, 3)));
        assert!(!has_scan_for_each_component(&file(1, 1)));
    }
}
