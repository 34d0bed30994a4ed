//! PNG and JPEG: turned upright, bounded in size, without metadata; and PDF pages of odd sizes.

use std::{fs::File, io::Cursor, process::Command};

use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, ImageEncoder, ImageFormat, ImageReader, Luma,
    Rgb, RgbImage, Rgba, RgbaImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
};
use sightline::model::{
    DEFAULT_PICTURE_WIDTH, FileKind, MAX_PICTURE_PIXELS, PageSize, PictureFormat, PictureWish, picture_size,
};

use crate::support::{PROGRAM, pdf::Pdf, storage::Storage};

const RED: Rgb<u8> = Rgb([200, 0, 0]);
const BLUE: Rgb<u8> = Rgb([0, 0, 200]);

/// A PNG of noise, which does not compress.
pub fn noise(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    png(RgbImage::from_fn(width, height, |_, _| Rgb([next(), next(), next()])))
}

pub fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

/// A red picture with a blue left half, and an EXIF orientation as cameras write it.
pub fn photograph(width: u32, height: u32, orientation: Option<u8>) -> Vec<u8> {
    let halves = |x, _| if x < width / 2 { BLUE } else { RED };
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    if let Some(orientation) = orientation {
        encoder.set_exif_metadata(exif(orientation)).expect("JPEG has EXIF");
    }
    let image = RgbImage::from_fn(width, height, halves);
    encoder.write_image(&image, width, height, ExtendedColorType::Rgb8).expect("a JPEG");
    bytes
}

/// EXIF with one entry: the orientation, as a short.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif
}

fn read(picture: &[u8], format: ImageFormat) -> RgbImage {
    let reader = ImageReader::with_format(Cursor::new(picture), format);
    reader.decode().expect("a picture").into_rgb8()
}

fn is_near(pixel: &Rgb<u8>, colour: Rgb<u8>) -> bool {
    pixel.0.iter().zip(colour.0).all(|(a, b)| a.abs_diff(b) < 30)
}

#[tokio::test]
async fn photograph_is_shown_upright_without_camera_metadata() {
    let storage = Storage::new();
    // The left half ends up left, right, at the top or at the bottom.
    for (orientation, width, height, blue, red) in [
        (None, 40, 20, (5, 10), (35, 10)),
        (Some(1), 40, 20, (5, 10), (35, 10)),
        (Some(2), 40, 20, (35, 10), (5, 10)),
        (Some(3), 40, 20, (35, 10), (5, 10)),
        (Some(6), 20, 40, (10, 5), (10, 35)),
        (Some(8), 20, 40, (10, 35), (10, 5)),
    ] {
        let file = storage.upload_valid(photograph(40, 20, orientation)).await;
        assert_eq!(
            (file.kind, file.pages.as_slice()),
            (FileKind::Jpeg, [PageSize { width, height }].as_slice())
        );
        let picture = storage.page_in(&file, 1, PictureWish::default()).await;
        assert_eq!(picture.format, PictureFormat::Jpeg);
        let shown = read(&picture.bytes, ImageFormat::Jpeg);
        assert_eq!(shown.dimensions(), (width.into(), height.into()), "{orientation:?}");
        assert!(is_near(shown.get_pixel(blue.0, blue.1), BLUE), "{orientation:?}");
        assert!(is_near(shown.get_pixel(red.0, red.1), RED), "{orientation:?}");
        assert!(!picture.bytes.windows(4).any(|bytes| bytes == b"Exif"), "{orientation:?}");
    }
}

#[tokio::test]
async fn large_pictures_are_scaled_and_turned() {
    let storage = Storage::new();
    let file = storage.upload_valid(photograph(4_000, 3_000, Some(6))).await;
    assert_eq!(file.pages, [PageSize { width: 3_000, height: 4_000 }]);
    let shown = read(&storage.page_picture(&file, 1).await, ImageFormat::Jpeg);
    assert_eq!(shown.dimensions(), (1_280, 1_707));
    assert!(is_near(shown.get_pixel(600, 300), BLUE) && is_near(shown.get_pixel(600, 1_500), RED));
    let small = storage.files.thumbnail(&storage.document, &file, false).await.expect("a thumbnail");
    assert_eq!(read(&small.bytes, ImageFormat::Jpeg).dimensions(), (240, 320));
}

#[tokio::test]
async fn png_keeps_transparency_and_loses_metadata() {
    let storage = Storage::new();
    let image = RgbaImage::from_pixel(30, 20, Rgba([9, 8, 7, 100]));
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    encoder.set_exif_metadata(exif(6)).expect("PNG has EXIF");
    encoder.write_image(&image, 30, 20, ExtendedColorType::Rgba8).expect("a PNG");
    let file = storage.upload_valid(bytes).await;
    assert_eq!((file.kind, file.pages[0]), (FileKind::Png, PageSize { width: 20, height: 30 }));
    let picture = storage.page_in(&file, 1, PictureWish::default()).await;
    assert_eq!(picture.format, PictureFormat::Png);
    assert!(!picture.bytes.windows(4).any(|bytes| bytes == b"eXIf"));
    let shown = image::load_from_memory_with_format(&picture.bytes, ImageFormat::Png).expect("a PNG");
    assert_eq!(shown.as_rgba8().map(|shown| *shown.get_pixel(10, 10)), Some(Rgba([9, 8, 7, 100])));
    let small = storage.files.thumbnail(&storage.document, &file, false).await.expect("a thumbnail");
    assert_eq!(read(&small.bytes, ImageFormat::Png).dimensions(), (20, 30), "never enlarged");
}

#[tokio::test]
async fn damaged_or_oversized_pictures_are_refused() {
    let storage = Storage::new();
    let (png_file, jpeg) = (noise(200, 200, 1), photograph(200, 200, Some(1)));
    let mut scratched = png_file.clone();
    scratched[5_000] ^= 0xFF;
    for (what, file, message) in [
        ("half a PNG", png_file[..png_file.len() / 2].to_vec(), "damaged or cut off"),
        ("half a JPEG", jpeg[..jpeg.len() / 2].to_vec(), "damaged or cut off"),
        ("a JPEG without its last bytes", jpeg[..jpeg.len() - 2].to_vec(), "damaged or cut off"),
        ("a flipped byte", scratched, "damaged or cut off"),
        ("too wide", png(GrayImage::new(20_001, 1)), "20001 x 1 pixels; 20000 a side"),
        ("too high", png(GrayImage::new(1, 20_001)), "1 x 20001 pixels; 20000 a side"),
        ("too many pixels", png(GrayImage::new(10_001, 10_000)), "100 million in all"),
    ] {
        let said = storage.upload_invalid(file).await;
        assert!(said.contains(message), "{what}: {said}");
        assert!(storage.all_files().is_empty(), "{what}: {:?}", storage.all_files());
    }
}

#[test]
fn photographs_fit_the_memory_of_a_page() {
    let (width, height) = (8_000, 6_000);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("picture");
    for (what, file) in [
        ("a PNG", png(RgbImage::new(width, height))),
        ("a PNG with alpha", png(RgbaImage::new(width, height))),
        ("a PNG of 16 bits", png(ImageBuffer::<Luma<u16>, _>::new(width, height))),
        ("a JPEG", photograph(width, height, Some(6))),
    ] {
        std::fs::write(&path, file).expect("a file");
        let mut program = Command::new(PROGRAM);
        program.args(["file", "--seconds", "60", "--memory-mb", "512", "inspect"]);
        let output = program.stdin(File::open(&path).expect("a file")).output().expect("the program runs");
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.starts_with(br#"{"Ok""#), "{what} is accepted");
    }
}

#[tokio::test]
async fn hundred_megapixels_are_accepted() {
    let storage = Storage::new();
    let file = storage.upload_valid(png(GrayImage::new(20_000, 5_000))).await;
    let shown = read(&storage.page_picture(&file, 1).await, ImageFormat::Png);
    assert_eq!(shown.dimensions(), (1_280, 320));
}

/// Whatever size a page claims, the pixels of its picture are bounded, or the file is refused.
#[tokio::test]
async fn odd_page_boxes_give_bounded_pictures() {
    let storage = Storage::new();
    for media_box in [
        "[0 0 5000000 7000000]",
        "[0 0 5000000 1]",
        "[0 0 1 5000000]",
        "[612 792 0 0]",
        "[-300 -400 0 0]",
        "[0 0 0.001 0.001]",
        "[0 0 0 0]",
        "[0 0 595 0]",
        "[0 0 1e39 99999999999999999999999999999999999999999999999]",
        "[0 0 595]",
        "null",
    ] {
        match storage.upload(Pdf::with_box(media_box).bytes()).await {
            Ok(file) => {
                let shown = read(&storage.page_picture(&file, 1).await, ImageFormat::Png).dimensions();
                let size = picture_size(file.pages[0], FileKind::Pdf, DEFAULT_PICTURE_WIDTH.into());
                assert_eq!(shown, (size.width.into(), size.height.into()), "{media_box}");
                assert!(shown.0.min(shown.1) > 0, "{media_box}: {shown:?}");
                assert!(shown.0 * shown.1 <= MAX_PICTURE_PIXELS, "{media_box}: {shown:?}");
            }
            Err(error) => {
                let said = error.to_string();
                assert!(said.contains("no sensible size") || said.contains("damaged"), "{media_box}: {said}");
            }
        }
    }
}
