//! Text whose font is not in the file: shown in a font of the system, or told to the owner. `./make` installs the fonts.

use std::collections::HashSet;

use image::{GrayImage, ImageFormat};
use sightline::model::FileRemark;

use crate::support::{
    pdf::{Pdf, stream},
    storage::Storage,
};

/// A page that shows codes in a composite font without a file.
fn composite(encoding: &str, ordering: &str, name: &str, codes: &str, to_unicode: Option<&str>) -> Pdf {
    let map = to_unicode.map_or("", |_| "/ToUnicode 7 0 R");
    let font = format!(
        "<</Type/Font/Subtype/Type0/BaseFont/{name}/Encoding/{encoding}/DescendantFonts[6 0 R]{map}>>"
    );
    let below = format!(
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/{name}/DW 1000\
         /CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 0>>\
         /FontDescriptor<</Type/FontDescriptor/FontName/{name}/Flags 4>>>>"
    );
    let unicode = to_unicode.map(|characters| stream("", characters)).unwrap_or_default();
    page(&format!("<{codes}> Tj"), &[&font, &below, &unicode])
}

/// A page that shows a code in a simple font without a file.
fn simple(name: &str, character: &str) -> Pdf {
    let font = format!(
        "<</Type/Font/Subtype/TrueType/BaseFont/{name}/FirstChar 65/LastChar 65/Widths[700]\
         /Encoding<</Type/Encoding/Differences[65/{character}]>>>>"
    );
    page("<41> Tj", &[&font])
}

fn page(text: &str, objects: &[&str]) -> Pdf {
    let objects: Vec<&str> = objects.iter().copied().filter(|object| !object.is_empty()).collect();
    Pdf::with_page("/Resources<</Font<</F 5 0 R>>>>", &format!("BT /F 100 Tf 40 60 Td {text} ET"), &objects)
}

/// A map from the code 0001 to a character.
fn map_to(character: &str) -> String {
    format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def /CMapType 2 def \
         1 begincodespacerange <0000> <FFFF> endcodespacerange 1 beginbfchar <0001> <{character}> endbfchar \
         endcmap end end"
    )
}

async fn shown(storage: &Storage, pdf: Pdf) -> (Vec<FileRemark>, GrayImage) {
    let file = storage.upload_valid(pdf.bytes()).await;
    let picture = storage.page_picture(&file, 1).await;
    let picture = image::load_from_memory_with_format(&picture, ImageFormat::Png).expect("a picture");
    (file.remarks, picture.into_luma8())
}

fn ink(picture: &GrayImage) -> usize {
    picture.pixels().filter(|pixel| pixel.0[0] < 128).count()
}

#[tokio::test]
async fn text_without_its_font_is_shown_in_another() {
    let storage = Storage::new();
    let mut pictures = HashSet::new();
    let cyrillic = map_to("0416");
    let polish = map_to("0141");
    let greek = map_to("03A9");
    for (what, pdf) in [
        ("Japanese", composite("UniJIS-UCS2-H", "Japan1", "Ryumin-Light", "65E5", None)),
        ("Japanese, by the old encoding", composite("90ms-RKSJ-H", "Japan1", "MS-Gothic", "96 7B", None)),
        ("Simplified Chinese", composite("UniGB-UCS2-H", "GB1", "STSong-Light", "9F99", None)),
        ("Simplified Chinese, by the old encoding", composite("GBK-EUC-H", "GB1", "SimHei", "B9FA", None)),
        ("Traditional Chinese", composite("UniCNS-UCS2-H", "CNS1", "MingLiU", "570B", None)),
        ("Korean", composite("UniKS-UCS2-H", "Korea1", "HYGoThic-Medium", "D55C", None)),
        ("Cyrillic by its map", composite("Identity-H", "Identity", "ArialMT", "0001", Some(&cyrillic))),
        ("Latin by its map", composite("Identity-H", "Identity", "Calibri", "0001", Some(&polish))),
        ("Greek by its map", composite("Identity-H", "Identity", "SomeSerif", "0001", Some(&greek))),
        ("Cyrillic by name", simple("Arial", "afii10036")),
        ("Central European by name", simple("TimesNewRoman", "Lcaron")),
        ("Romanian by name", simple("SomeFont-Bold", "Scommaaccent")),
    ] {
        let (remarks, picture) = shown(&storage, pdf).await;
        assert_eq!(remarks, [], "{what}");
        assert!(ink(&picture) > 3_000, "{what}: {} dark pixels", ink(&picture));
        assert!(pictures.insert(picture.into_raw()), "{what}: a box instead of the character");
    }
}

#[tokio::test]
async fn pages_without_their_text_are_told() {
    let storage = Storage::new();
    // Characters for private use, which no font has.
    let (known, unknown) = (map_to("0041"), map_to("E123"));
    for (what, pdf, pages) in [
        (
            "a character of no font",
            composite("Identity-H", "Identity", "Own", "0001", Some(&unknown)),
            vec![1],
        ),
        ("a character of most", composite("Identity-H", "Identity", "Own", "0001", Some(&known)), vec![]),
        (
            "a blank of no font",
            composite("Identity-H", "Identity", "Own", "0001", Some(&map_to("00A0"))),
            vec![],
        ),
        ("a name that means nothing", simple("Own", "glyphnobodyknows"), vec![1]),
    ] {
        let remarks = storage.upload_valid(pdf.bytes()).await.remarks;
        let told =
            if pages.is_empty() { vec![] } else { vec![FileRemark::MissingText { pages, more: false }] };
        assert_eq!(remarks, told, "{what}");
    }
}

#[tokio::test]
async fn form_on_a_page_is_searched_for_text() {
    let storage = Storage::new();
    let text = "BT /F 100 Tf 40 60 Td <0001> Tj ET";
    let form = stream("/Type/XObject/Subtype/Form/BBox[0 0 200 200]/Resources<</Font<</F 5 0 R>>>>", text);
    let unknown = map_to("E123");
    let pdf = composite("Identity-H", "Identity", "Own", "0001", Some(&unknown))
        .replacing(
            3,
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</XObject<</X 8 0 R>>>>>>",
        )
        .replacing(4, &stream("", "/X Do"))
        .adding(&form);
    let remarks = storage.upload_valid(pdf.bytes()).await.remarks;
    assert_eq!(remarks, [FileRemark::MissingText { pages: vec![1], more: false }]);
}
