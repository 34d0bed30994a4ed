//! PNG and JPEG files: rendered as one upright page, never enlarged, without metadata.

mod jpeg;
mod profile;

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, imageops::FilterType,
    metadata::Orientation,
};

use super::{Checked, FileError, encode::encode, first_picture};
use crate::model::{FileKind, PageSize, PictureFormat};

/// The most pixels from left to right, or from top to bottom.
pub(super) const MAX_SIDE: u32 = 20_000;
/// The most pixels in all: at 16 bits a channel, decoding them fits into the memory of a task.
pub(super) const MAX_PIXELS: u64 = 100_000_000;
/// The most memory that a decoder may take, in bytes: eight for each pixel, and 64 MiB to work with.
const MAX_ALLOCATION: u64 = MAX_PIXELS * 8 + (64 << 20);

/// Checks a picture to its last pixel. Its page has its size as it is shown: upright.
pub(super) fn measure(bytes: &[u8], kind: FileKind) -> Result<Checked, FileError> {
    let (image, orientation) = decode(bytes, kind)?;
    let (width, height) = upright((image.width(), image.height()), orientation);
    // A side has MAX_SIDE pixels at most, which fit.
    let pixels = |side: u32| u16::try_from(side).map_err(|_| FileError::PictureTooLarge { width, height });
    let page = PageSize { width: pixels(width)?, height: pixels(height)? };
    let (size, format) = first_picture(page, kind);
    let first_page = render(image, orientation, kind, size, format).map_err(|_| FileError::PictureDamaged)?;
    Ok(Checked { pages: vec![page], remarks: Vec::new(), first_page })
}

/// Renders the picture in this size and format, upright.
pub(super) fn draw(
    bytes: &[u8],
    kind: FileKind,
    size: PageSize,
    format: PictureFormat,
) -> Result<Vec<u8>, String> {
    let (image, orientation) = decode(bytes, kind).map_err(|error| error.to_string())?;
    render(image, orientation, kind, size, format)
}

fn render(
    mut image: DynamicImage,
    orientation: Orientation,
    kind: FileKind,
    size: PageSize,
    format: PictureFormat,
) -> Result<Vec<u8>, String> {
    // Scaled before it is turned: turning takes the picture's memory twice.
    let (width, height) = upright((size.width.into(), size.height.into()), orientation);
    if (image.width(), image.height()) != (width, height) {
        image = image.resize_exact(width, height, FilterType::CatmullRom);
    }
    image.apply_orientation(orientation);
    encode(image, format, kind == FileKind::Jpeg)
}

/// A decoded picture.
struct PictureData {
    image: DynamicImage,
    /// How it has to be turned.
    orientation: Orientation,
    /// Its ICC profile.
    profile: Option<Vec<u8>>,
}

/// The picture in eight bits a channel, in sRGB, and how it has to be turned.
fn decode(bytes: &[u8], kind: FileKind) -> Result<(DynamicImage, Orientation), FileError> {
    let PictureData { image, orientation, profile } = match kind {
        FileKind::Jpeg => jpeg::decode(bytes)?,
        FileKind::Pdf | FileKind::Png => decode_png(bytes)?,
    };
    let image = eight_bits(image);
    let image = match profile {
        Some(profile) => profile::to_srgb(image, &profile),
        None => image,
    };
    Ok((image, orientation))
}

fn decode_png(bytes: &[u8]) -> Result<PictureData, FileError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits.clone());
    let damaged = |_: ImageError| FileError::PictureDamaged;
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height)?;
    // The decoder also enforces the bound, on sizes that it finds later in the file.
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    decoder.set_limits(limits).map_err(damaged)?;
    let orientation = decoder.orientation().map_err(damaged)?;
    let profile = decoder.icc_profile().unwrap_or_default();
    Ok(PictureData { image: DynamicImage::from_decoder(decoder).map_err(damaged)?, orientation, profile })
}

fn check_size(width: u32, height: u32) -> Result<(), FileError> {
    let is_large = width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS;
    if is_large { Err(FileError::PictureTooLarge { width, height }) } else { Ok(()) }
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
