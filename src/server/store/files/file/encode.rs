//! Writes pictures in the formats of the web, in few bytes.

use std::collections::{HashMap, hash_map::Entry};

use image::{DynamicImage, RgbImage, codecs::jpeg::JpegEncoder};
use png::{BitDepth, ColorType, Compression, Encoder as PngEncoder, Filter};
use webp::{Encoder as WebPEncoder, PixelLayout, WebPEncodingError};

use crate::model::PictureFormat;

/// The quality of JPEG, of 100: hard to tell from the original, at a third of its size.
const JPEG_QUALITY: u8 = 85;
/// The quality of WebP with loss, of 100: as good to the eye as JPEG in [`JPEG_QUALITY`].
const WEBP_QUALITY: f32 = 82.0;
/// From how many bytes a pixel, without loss, a picture counts as a photograph. Pages of text need a twentieth.
const PHOTOGRAPH: f64 = 0.8;
/// The most colours of a palette.
const PALETTE: usize = 256;

/// How hard libwebp tries without loss, of 100.
const WEBP_EFFORT: f32 = 75.0;

/// The picture in a format, with eight bits a channel. With `is_photograph` WebP has a loss from the start.
pub(super) fn encode(
    image: DynamicImage,
    format: PictureFormat,
    is_photograph: bool,
) -> Result<Vec<u8>, String> {
    match format {
        PictureFormat::WebP => webp(image, is_photograph),
        PictureFormat::Png => png(image),
        PictureFormat::Jpeg => jpeg(&image),
    }
}

fn jpeg(image: &DynamicImage) -> Result<Vec<u8>, String> {
    let mut written = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut written, JPEG_QUALITY);
    image.write_with_encoder(encoder).map_err(|error| error.to_string())?;
    Ok(written)
}

/// Without loss, unless that shows the picture to be a photograph.
fn webp(image: DynamicImage, is_photograph: bool) -> Result<Vec<u8>, String> {
    let (width, height) = (image.width(), image.height());
    // One copy of the pixels: libwebp makes several more.
    let (pixels, layout) = if is_opaque(&image) {
        (image.into_rgb8().into_raw(), PixelLayout::Rgb)
    } else {
        (image.into_rgba8().into_raw(), PixelLayout::Rgba)
    };
    let encoder = WebPEncoder::new(&pixels, layout, width, height);
    let most = PHOTOGRAPH * f64::from(width) * f64::from(height);
    if !is_photograph {
        match encoder.encode_simple(true, WEBP_EFFORT) {
            Ok(exact) if exact.len() as f64 <= most => return Ok(exact.to_vec()),
            // A large photograph takes more memory than there is. With loss it takes less.
            Ok(_) | Err(WebPEncodingError::VP8_ENC_ERROR_OUT_OF_MEMORY) => {}
            Err(error) => return Err(format!("{error:?}")),
        }
    }
    let written = encoder.encode_simple(false, WEBP_QUALITY);
    written.map(|written| written.to_vec()).map_err(|error| format!("{error:?}"))
}

/// In grey, with a palette, or in colours, whichever is enough.
fn png(image: DynamicImage) -> Result<Vec<u8>, String> {
    let size = (image.width(), image.height());
    if !is_opaque(&image) {
        return write_png(&image.into_rgba8(), size, ColorType::Rgba, None);
    }
    let colours = image.into_rgb8();
    if colours.chunks_exact(3).all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]) {
        let grey: Vec<u8> = colours.iter().copied().step_by(3).collect();
        return write_png(&grey, size, ColorType::Grayscale, None);
    }
    match indexed(&colours) {
        Some((indices, palette)) => write_png(&indices, size, ColorType::Indexed, Some(palette)),
        None => write_png(&colours, size, ColorType::Rgb, None),
    }
}

fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| pixel.0[3] == 255),
        image => !image.color().has_alpha(),
    }
}

/// The picture as indices of a palette, if it has few colours.
fn indexed(image: &RgbImage) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut known: HashMap<[u8; 3], u8> = HashMap::new();
    let mut palette = Vec::new();
    let mut indices = Vec::with_capacity(image.len() / 3);
    let mut before = None;
    for pixel in image.pixels() {
        // Most have the colour of the one before, and need no search.
        if let Some((colour, index)) = before
            && colour == pixel.0
        {
            indices.push(index);
            continue;
        }
        let next = known.len();
        let index = match known.entry(pixel.0) {
            Entry::Occupied(found) => *found.get(),
            Entry::Vacant(_) if next >= PALETTE => return None,
            Entry::Vacant(free) => {
                palette.extend(pixel.0);
                *free.insert(next as u8)
            }
        };
        before = Some((pixel.0, index));
        indices.push(index);
    }
    Some((indices, palette))
}

fn write_png(
    pixels: &[u8],
    (width, height): (u32, u32),
    colours: ColorType,
    palette: Option<Vec<u8>>,
) -> Result<Vec<u8>, String> {
    let mut written = Vec::new();
    let mut encoder = PngEncoder::new(&mut written, width, height);
    encoder.set_color(colours);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    // Filters help photographs, and spoil the repetition of letters.
    let is_plain = matches!(colours, ColorType::Grayscale | ColorType::Indexed);
    encoder.set_filter(if is_plain { Filter::NoFilter } else { Filter::Adaptive });
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(pixels).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use image::{GrayAlphaImage, GrayImage, LumaA, Rgb, Rgba, RgbaImage};

    use super::*;

    /// Noise that no encoder makes smaller.
    fn noise(width: u32, height: u32) -> RgbImage {
        let mut state = 1_u32;
        RgbImage::from_fn(width, height, |_, _| {
            Rgb([0; 3].map(|_: u8| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            }))
        })
    }

    #[test]
    fn png_has_the_same_pixels_in_few_bytes() {
        let grey = GrayImage::from_fn(300, 200, |x, y| image::Luma([(x * y % 251) as u8]));
        let few = RgbImage::from_fn(300, 200, |x, y| Rgb([(x % 16) as u8, (y % 16) as u8, 7]));
        let clear = RgbaImage::from_fn(300, 200, |x, y| Rgba([x as u8, y as u8, 9, (x + y) as u8]));
        let clear_grey = GrayAlphaImage::from_pixel(30, 20, LumaA([9, 100]));
        let images: [(DynamicImage, u8); 5] = [
            (grey.into(), 0),
            (few.into(), 3),
            (noise(300, 200).into(), 2),
            (clear.into(), 6),
            (clear_grey.into(), 6),
        ];
        for (image, colour_type) in images {
            let written = encode(image.clone(), PictureFormat::Png, false).expect("a PNG");
            // The byte of the colour type in the header (PNG, 11.2.1).
            assert_eq!(written[25], colour_type);
            let read = image::load_from_memory(&written).expect("a PNG");
            assert_eq!(read.to_rgba8(), image.to_rgba8(), "{colour_type}");
        }
    }

    #[test]
    fn webp_loses_nothing_but_in_photographs() {
        let text =
            RgbImage::from_fn(300, 200, |x, y| Rgb([if (x / 3 + y / 7) % 5 == 0 { 0 } else { 255 }; 3]));
        let clear = RgbaImage::from_fn(300, 200, |x, _| Rgba([9, 8, 7, if x < 9 { 100 } else { 255 }]));
        let written = |image: &DynamicImage, photograph| {
            let written = encode(image.clone(), PictureFormat::WebP, photograph).expect("a WebP");
            let read = webp::Decoder::new(&written).decode().expect("a WebP");
            (written.len(), read.is_alpha(), read.to_vec())
        };
        let image = DynamicImage::from(text.clone());
        let (exact, _, pixels) = written(&image, false);
        assert_eq!(pixels, text.into_raw());
        let (_, is_alpha, pixels) = written(&clear.clone().into(), false);
        assert!(is_alpha);
        assert_eq!(pixels, clear.into_raw());
        let photograph = DynamicImage::from(noise(300, 200));
        let (lossy, _, pixels) = written(&photograph, false);
        assert_ne!(pixels, photograph.to_rgb8().into_raw());
        assert!(lossy < 300 * 200 * 3 / 2, "{lossy}");
        assert_ne!(written(&image, true).0, exact, "a JPEG is a photograph from the start");
    }
}
