//! Pages that take much memory: drawn in less, or refused.

use sightline::model::{MAX_PICTURE_PIXELS, PictureFormat, PictureWish, picture_size};

use crate::support::{
    pdf::{Pdf, stream},
    storage::Storage,
};

/// What vello keeps of so many fills takes more than may be.
#[tokio::test]
async fn page_of_many_fills_is_drawn_in_bands() {
    let storage = Storage::new();
    let fills = "0 0 200 200 re f\n".repeat(10_000);
    let content = format!("0 1 0 rg {fills} 1 0 0 rg 0 0 100 100 re f");
    let file = storage.upload_valid(Pdf::with_page("", &content, &[]).bytes()).await;
    let small = storage
        .upload_valid(Pdf::with_page("", "0 1 0 rg 0 0 200 200 re f 1 0 0 rg 0 0 100 100 re f", &[]).bytes());
    let small = small.await;
    assert!(storage.page_picture(&file, 1).await == storage.page_picture(&small, 1).await);
}

/// Every mask is kept at the size of the picture.
#[tokio::test]
async fn page_of_many_masks_is_drawn_in_bands() {
    let storage = Storage::new();
    let (mut states, mut content, mut objects) = (String::new(), "1 0 0 rg ".to_owned(), Vec::new());
    for index in 0..250 {
        let (state, group) = (5 + 2 * index, 6 + 2 * index);
        states += &format!("/G{index} {state} 0 R");
        content += &format!("/G{index} gs {index} 0 1 200 re f ");
        objects.push(format!("<</Type/ExtGState/SMask<</S/Luminosity/G {group} 0 R>>>>"));
        let form = "/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Group<</S/Transparency/CS/DeviceGray>>";
        objects.push(stream(form, &format!("1 g {} 0 200 200 re f", index % 3)));
    }
    let objects: Vec<&str> = objects.iter().map(String::as_str).collect();
    let pdf = Pdf::with_page(&format!("/Resources<</ExtGState<<{states}>>>>"), &content, &objects);
    let file = storage.upload_valid(pdf.bytes()).await;
    let picture = storage.page_picture(&file, 1).await;
    let picture = image::load_from_memory(&picture).expect("a picture").into_rgb8();
    assert_eq!(picture.get_pixel(640, 640).0, [255, 0, 0]);
}

/// Writing it takes the most memory: a page of text without loss, a photograph with loss.
#[tokio::test]
async fn largest_pictures_fit_the_memory() {
    let storage = Storage::new();
    let line =
        |y: usize| format!("1 0 0 1 2 {y} Tm (Sphinx of black quartz, judge my vow {y}. Pack my box) Tj ");
    let text: String = (0..66).map(|number| line(2 + 3 * number)).collect();
    let font = "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>>>>>";
    let bars: String =
        (0..200).map(|x| format!("0.{x:03} 0.{:03} 0.5 rg {x} 0 1 200 re f ", 999 - x)).collect();
    let text = format!("{bars} 0 g BT /F 3 Tf {text}ET");
    // Noise of a linear congruential generator, in hexadecimal digits.
    let (side, mut state) = (1_500, 1_u32);
    let noise: String = (0..side * side * 3)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{:02x}", state >> 24)
        })
        .collect();
    let image = stream(
        &format!(
            "/Type/XObject/Subtype/Image/Width {side}/Height {side}/ColorSpace/DeviceRGB/BitsPerComponent 8\
             /Filter/ASCIIHexDecode"
        ),
        &format!("{noise}>"),
    );
    let photograph =
        Pdf::with_page("/Resources<</XObject<</X 5 0 R>>>>", "200 0 0 200 0 0 cm /X Do", &[&image]);
    for (what, pdf) in [("text", Pdf::with_page(font, &text, &[])), ("a photograph", photograph)] {
        let file = storage.upload_valid(pdf.bytes()).await;
        for reads_webp in [true, false] {
            let picture = storage.page_in(&file, 1, PictureWish { width: u32::MAX, reads_webp }).await;
            let size = picture_size(file.pages[0], file.kind, u32::MAX);
            assert!(u32::from(size.width) * u32::from(size.height) > MAX_PICTURE_PIXELS - 10_000);
            assert_eq!(
                picture.format,
                if reads_webp { PictureFormat::WebP } else { PictureFormat::Png },
                "{what}"
            );
        }
    }
}

/// Its picture of 900 million pixels is decoded as a whole.
#[tokio::test]
async fn page_beyond_the_memory_is_refused() {
    let storage = Storage::new();
    let side = 30_000;
    // Each pair of bytes is 128 bytes of the picture.
    let pixels = "81 55 ".repeat(side * side / 8 / 128 + 1) + "80>";
    let image = stream(
        &format!(
            "/Type/XObject/Subtype/Image/Width {side}/Height {side}/ImageMask true/BitsPerComponent 1\
             /Filter[/ASCIIHexDecode/RunLengthDecode]"
        ),
        &pixels,
    );
    let pdf = Pdf::with_page("/Resources<</XObject<</X 5 0 R>>>>", "200 0 0 200 0 0 cm /X Do", &[&image]);
    let said = storage.upload_invalid(pdf.bytes()).await;
    assert!(said.contains("too much time or memory"), "{said}");
}
