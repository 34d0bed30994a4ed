//! Pages that take much memory: drawn in less, or refused.

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
    assert_eq!(picture.get_pixel(900, 900).0, [255, 0, 0]);
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
