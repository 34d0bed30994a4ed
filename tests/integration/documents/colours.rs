//! Pictures with a colour profile: shown in sRGB.

use std::io::Cursor;

use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageEncoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};
use moxcms::ColorProfile;

use crate::support::storage::Storage;

/// A colour of Display P3 and the same in sRGB, by the matrices and the curve of both (CSS Color 4, section 10).
const P3: [u8; 3] = [200, 100, 50];
const SRGB: [u8; 3] = [215, 93, 31];

fn png(image: &DynamicImage, profile: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_icc_profile(profile).expect("PNG has profiles");
    let (width, height, kind) = (image.width(), image.height(), image.color());
    encoder.write_image(image.as_bytes(), width, height, kind.into()).expect("a PNG");
    bytes
}

fn jpeg(image: &RgbImage, profile: Vec<u8>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
    encoder.set_icc_profile(profile).expect("JPEG has profiles");
    encoder.write_image(image, image.width(), image.height(), ExtendedColorType::Rgb8).expect("a JPEG");
    bytes
}

fn p3() -> Vec<u8> {
    ColorProfile::new_display_p3().encode().expect("a profile")
}

#[tokio::test]
async fn colours_are_converted_by_their_profile() {
    let storage = Storage::new();
    let colour = RgbImage::from_pixel(16, 16, Rgb(P3));
    let clear = RgbaImage::from_pixel(16, 16, Rgba([P3[0], P3[1], P3[2], 100]));
    let deep = image::ImageBuffer::from_pixel(16, 16, Rgb(P3.map(|value| u16::from(value) * 257)));
    let grey = GrayImage::from_pixel(16, 16, image::Luma([100]));
    for (what, file, shown) in [
        ("PNG", png(&colour.clone().into(), p3()), SRGB),
        ("PNG with transparency", png(&clear.into(), p3()), SRGB),
        ("PNG of 16 bits", png(&DynamicImage::ImageRgb16(deep), p3()), SRGB),
        ("JPEG", jpeg(&colour, p3()), SRGB),
        ("grey", png(&grey.into(), p3()), [100, 100, 100]),
        ("sRGB", png(&colour.clone().into(), ColorProfile::new_srgb().encode().expect("a profile")), P3),
        ("a profile that is none", png(&colour.into(), b"no profile".to_vec()), P3),
    ] {
        let file = storage.upload_valid(file).await;
        let picture = storage.page_picture(&file, 1).await;
        let picture = image::load_from_memory(&picture).expect("a picture");
        let pixel = picture.to_rgb8().get_pixel(8, 8).0;
        let is_near = pixel.iter().zip(shown).all(|(a, b)| a.abs_diff(b) <= 4);
        assert!(is_near, "{what}: {pixel:?} in place of {shown:?}");
        if what.contains("transparency") {
            assert_eq!(picture.to_rgba8().get_pixel(8, 8).0[3], 100);
        }
    }
}

#[tokio::test]
async fn grey_is_converted_by_a_grey_profile() {
    let storage = Storage::new();
    // Linear light: half of it is 188 in sRGB.
    let profile = ColorProfile::new_gray_with_gamma(1.0).encode().expect("a profile");
    let file =
        storage.upload_valid(png(&GrayImage::from_pixel(16, 16, image::Luma([128])).into(), profile)).await;
    let picture = storage.page_picture(&file, 1).await;
    let picture =
        image::ImageReader::with_format(Cursor::new(picture), ImageFormat::Png).decode().expect("a PNG");
    let grey = picture.as_luma8().expect("grey stays grey").get_pixel(8, 8).0[0];
    assert!(grey.abs_diff(188) <= 2, "{grey}");
}
