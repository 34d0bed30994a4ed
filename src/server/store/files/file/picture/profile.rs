//! Colours as they were meant: converted to sRGB by the picture's ICC profile.

use image::DynamicImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The picture of eight bits a channel in sRGB. A profile that cannot be read, or is for another kind of colour, changes
/// nothing: browsers show such pictures as they are.
pub(super) fn to_srgb(image: DynamicImage, profile: &[u8]) -> DynamicImage {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return image };
    match (profile.color_space, image) {
        (DataColorSpace::Gray, DynamicImage::ImageLuma8(mut grey)) => {
            convert_greys(&mut grey, 1, &profile);
            grey.into()
        }
        (DataColorSpace::Gray, DynamicImage::ImageLumaA8(mut grey)) => {
            convert_greys(&mut grey, 2, &profile);
            grey.into()
        }
        (DataColorSpace::Rgb, DynamicImage::ImageRgba8(mut colours)) => {
            convert(&mut colours, Layout::Rgba, &profile);
            colours.into()
        }
        (DataColorSpace::Rgb, DynamicImage::ImageLumaA8(grey)) => {
            let mut colours = DynamicImage::from(grey).into_rgba8();
            convert(&mut colours, Layout::Rgba, &profile);
            colours.into()
        }
        (DataColorSpace::Rgb, image) => {
            let mut colours = image.into_rgb8();
            convert(&mut colours, Layout::Rgb, &profile);
            colours.into()
        }
        (_, image) => image,
    }
}

/// How many pixels are converted at once, which bounds the copy.
const PIXELS_AT_ONCE: usize = 64 * 1024;

fn convert(pixels: &mut [u8], layout: Layout, profile: &ColorProfile) {
    let srgb = ColorProfile::new_srgb();
    let Ok(transform) = profile.create_transform_8bit(layout, &srgb, layout, TransformOptions::default())
    else {
        return;
    };
    for pixels in pixels.chunks_mut(PIXELS_AT_ONCE * layout.channels()) {
        let given = pixels.to_vec();
        if transform.transform(&given, pixels).is_err() {
            return;
        }
    }
}

/// Converts grey values, of which each pixel has one, followed by its transparency if it has two channels.
fn convert_greys(pixels: &mut [u8], channels: usize, profile: &ColorProfile) {
    let (srgb, greys) = (ColorProfile::new_srgb(), std::array::from_fn::<u8, 256, _>(|grey| grey as u8));
    let made = profile.create_transform_8bit(Layout::Gray, &srgb, Layout::Rgb, TransformOptions::default());
    let mut colours = [0; 256 * 3];
    if made.is_ok_and(|transform| transform.transform(&greys, &mut colours).is_ok()) {
        for pixel in pixels.chunks_exact_mut(channels) {
            // A grey profile gives greys, so one channel is enough.
            pixel[0] = colours[usize::from(pixel[0]) * 3 + 1];
        }
    }
}
