//! Pictures in several widths and formats, within the bound on their pixels.

use image::{DynamicImage, GrayImage, Luma};
use sightline::model::{FileKind, MAX_PICTURE_PIXELS, PictureFormat, PictureWish};

use super::pictures::{noise, png};
use crate::support::{pdf::Pdf, storage::Storage, test_app::TestApp};

/// Width, height and format of a picture, as its bytes say.
fn shape(bytes: &[u8]) -> (u32, u32, PictureFormat) {
    if let Some(read) = webp::Decoder::new(bytes).decode() {
        return (read.width(), read.height(), PictureFormat::WebP);
    }
    let format = if bytes.starts_with(b"\x89PNG") { PictureFormat::Png } else { PictureFormat::Jpeg };
    let read: DynamicImage = image::load_from_memory(bytes).expect("a PNG or JPEG");
    (read.width(), read.height(), format)
}

#[tokio::test]
async fn width_is_rounded_up_to_a_step() {
    let storage = Storage::new();
    let pdf = storage.upload_valid(Pdf::with_pages(2).bytes()).await;
    for (width, expected) in [
        (1, (320, 453)),
        (600, (640, 906)),
        (900, (960, 1_358)),
        (1_920, (1_920, 2_717)),
        (u32::MAX, (3_255, 4_607)),
    ] {
        for reads_webp in [true, false] {
            let picture = storage.page_in(&pdf, 2, PictureWish { width, reads_webp }).await;
            let (shown_width, shown_height, format) = shape(&picture.bytes);
            assert_eq!((shown_width, shown_height), expected, "{width}");
            assert_eq!(format, if reads_webp { PictureFormat::WebP } else { PictureFormat::Png });
            assert_eq!(picture.format, format);
        }
    }
    let second = format!("pages/document/{}-2-", pdf.version);
    let cached = || storage.all_files().iter().filter(|file| file.starts_with(&second)).count();
    assert_eq!(cached(), 10, "five widths in two formats");
    storage.page_in(&pdf, 2, PictureWish { width: 901, reads_webp: true }).await;
    assert_eq!(cached(), 10, "another width of the same step is the same picture");
}

#[tokio::test]
async fn bound_is_on_area_not_on_sides() {
    let storage = Storage::new();
    let tall = Pdf::with_box("[0 0 600 12000]").bytes();
    let screenshot = png(GrayImage::from_fn(1_080, 9_000, |x, y| Luma([(x * y % 7) as u8 * 30])));
    for (what, file, least) in [("a tall page", tall, 866), ("a screenshot", screenshot, 1_080)] {
        let file = storage.upload_valid(file).await;
        for reads_webp in [true, false] {
            let picture = storage.page_in(&file, 1, PictureWish { width: u32::MAX, reads_webp }).await;
            let (width, height, _) = shape(&picture.bytes);
            assert!(width >= least && width * height <= MAX_PICTURE_PIXELS, "{what}: {width} x {height}");
        }
    }
}

#[tokio::test]
async fn image_is_shown_pixel_for_pixel() {
    let storage = Storage::new();
    let given = GrayImage::from_fn(1_081, 701, |x, y| Luma([(x ^ y) as u8]));
    let file = storage.upload_valid(png(given.clone())).await;
    let picture = storage.page_in(&file, 1, PictureWish { width: 1_281, reads_webp: true }).await;
    let read = webp::Decoder::new(&picture.bytes).decode().expect("a WebP");
    let grey: Vec<u8> = read.chunks(3).map(|pixel| pixel[0]).collect();
    assert!(grey == given.into_raw());
}

/// Half of what they were as PNG with four channels, which page pictures were until version 0.2.
#[tokio::test]
async fn text_takes_half_the_bytes_at_most() {
    let storage = Storage::new();
    let line = |y: usize| format!("1 0 0 1 20 {y} Tm (Sphinx of black quartz, judge my vow {y}) Tj ");
    let text: String = (0..18).map(|line_number| line(10 + 10 * line_number)).collect();
    let black = format!("BT /F 9 Tf {text}ET");
    for (what, content) in [("black", black.clone()), ("coloured", format!("0.1 0.3 0.6 rg {black}"))] {
        let file = storage.upload_valid(Pdf::with_text(&content, "", "", &[]).bytes()).await;
        let wish = PictureWish { width: 1_280, reads_webp: false };
        let fallback = storage.page_in(&file, 1, wish).await.bytes;
        let webp = storage.page_in(&file, 1, PictureWish { reads_webp: true, ..wish }).await.bytes;
        let pixels: DynamicImage = image::load_from_memory(&fallback).expect("a PNG").to_rgba8().into();
        let mut before = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut before, image::ImageFormat::Png).expect("a PNG");
        let before = before.into_inner().len();
        assert!(2 * webp.len() <= before, "{what}: {} of {before}", webp.len());
        assert!(fallback.len() < before, "{what}: {} of {before}", fallback.len());
    }
}

#[tokio::test]
async fn photograph_in_a_png_is_small_in_webp() {
    let storage = Storage::new();
    let given = noise(400, 400, 1);
    let file = storage.upload_valid(given.clone()).await;
    assert_eq!(file.kind, FileKind::Png);
    let picture = storage.page_in(&file, 1, PictureWish { width: 640, reads_webp: true }).await;
    assert!(picture.bytes.len() < given.len(), "{} of {}", picture.bytes.len(), given.len());
}

#[tokio::test]
async fn accept_and_width_choose_the_picture() {
    let app = TestApp::new().await;
    let page = format!("/v/{}/pages/1", app.link);
    for (accept, query, media_type, width) in [
        ("", "", "image/png", 1_280),
        ("*/*", "?width=640", "image/png", 640),
        ("image/avif,image/webp,*/*;q=0.8", "?width=641", "image/webp", 960),
        ("image/webp;q=0,*/*", "?width=99999999", "image/png", 3_255),
    ] {
        let request = axum::http::Request::get(format!("{page}{query}")).header("accept", accept);
        let reply = app.request(request.body(axum::body::Body::empty()).expect("a request")).await.ok();
        assert_eq!(reply.header("content-type"), media_type, "{accept}");
        assert_eq!(reply.header("vary"), "Accept");
        assert_eq!(shape(&reply.body).0, width, "{accept} {query}");
    }
    for width in ["0", "-1", "wide", "1.5", "99999999999"] {
        let said = app.get(&format!("{page}?width={width}")).await.refused(400, "invalid_field");
        assert!(said.contains("width"), "{said}");
    }
}
