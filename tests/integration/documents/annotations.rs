//! Annotations and form fields without an appearance stream: drawn as their dictionaries say.

use image::{ImageFormat, RgbImage};

use crate::support::{
    pdf::{Pdf, stream},
    storage::Storage,
};

const BLACK: [u8; 3] = [0, 0, 0];
const WHITE: [u8; 3] = [255, 255, 255];
const RED: [u8; 3] = [255, 0, 0];
const GREEN: [u8; 3] = [0, 255, 0];
const BLUE: [u8; 3] = [0, 0, 255];
const YELLOW: [u8; 3] = [255, 255, 0];

/// The catalogue with a form whose font is Helvetica.
const FORM: &str = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/DA(/Helv 0 Tf 0 g)\
    /DR<</Font<</Helv<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>>>";

/// A page of 200 by 200 points with a black bar from (60, 90) to (140, 110), and these annotations.
fn page(annotations: &str) -> Pdf {
    Pdf::with_page(&format!("/Annots[{annotations}]"), "60 90 80 20 re f", &[]).replacing(1, FORM)
}

async fn shown(storage: &Storage, pdf: Pdf) -> RgbImage {
    let file = storage.upload_valid(pdf.bytes()).await;
    let picture = storage.page_picture(&file, 1).await;
    image::load_from_memory_with_format(&picture, ImageFormat::Png).expect("a picture").into_rgb8()
}

/// The pixels within a box of points.
fn within(picture: &RgbImage, [x0, y0, x1, y1]: [u32; 4]) -> Vec<[u8; 3]> {
    // The page counts from below.
    let scaled = |points: u32| points * picture.width() / 200;
    let columns = scaled(x0)..scaled(x1);
    let rows = scaled(200 - y1)..scaled(200 - y0);
    rows.flat_map(|y| columns.clone().map(move |x| picture.get_pixel(x, y).0)).collect()
}

fn is_near(pixel: [u8; 3], colour: [u8; 3]) -> bool {
    pixel.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 50)
}

/// How many pixels within a box of points have about this colour.
fn pixels_of(picture: &RgbImage, colour: [u8; 3], area: [u32; 4]) -> usize {
    within(picture, area).into_iter().filter(|pixel| is_near(*pixel, colour)).count()
}

/// Whether all pixels within a box of points have about this colour.
fn is_filled(picture: &RgbImage, colour: [u8; 3], area: [u32; 4]) -> bool {
    within(picture, area).into_iter().all(|pixel| is_near(pixel, colour))
}

const PAGE: [u32; 4] = [0, 0, 200, 200];
const MIDDLE: [u32; 4] = [95, 145, 105, 155];

/// The kinds, each with a colour that its appearance has, within a box.
const KINDS: [(&str, &str, [u8; 3], [u32; 4]); 36] = [
    (
        "highlight",
        "/Subtype/Highlight/Rect[20 80 180 120]/C[1 1 0]/QuadPoints[20 120 180 120 20 80 180 80]",
        YELLOW,
        [25, 85, 55, 115],
    ),
    ("highlight in green", "/Subtype/Highlight/Rect[20 80 180 120]/C[0 1 0]", GREEN, [25, 85, 55, 115]),
    ("highlight without colour", "/Subtype/Highlight/Rect[20 80 180 120]", YELLOW, [25, 85, 55, 115]),
    ("highlight in inks", "/Subtype/Highlight/Rect[20 80 180 120]/C[0 0 1 0]", YELLOW, [25, 85, 55, 115]),
    (
        "underline",
        "/Subtype/Underline/Rect[20 140 180 160]/C[1 0 0]/QuadPoints[20 160 180 160 20 140 180 140]",
        RED,
        [20, 140, 180, 143],
    ),
    (
        "strike-out",
        "/Subtype/StrikeOut/Rect[20 140 180 160]/C[1 0 0]/QuadPoints[20 160 180 160 20 140 180 140]",
        RED,
        [20, 146, 180, 152],
    ),
    (
        "squiggly",
        "/Subtype/Squiggly/Rect[20 140 180 160]/C[1 0 0]/QuadPoints[20 160 180 160 20 140 180 140]",
        RED,
        [20, 140, 180, 145],
    ),
    (
        "ink",
        "/Subtype/Ink/Rect[0 0 200 200]/C[1 0 0]/BS<</W 4>>/InkList[[10 150 100 150 190 160]]",
        RED,
        MIDDLE,
    ),
    ("dot of ink", "/Subtype/Ink/Rect[0 0 200 200]/C[1 0 0]/BS<</W 9>>/InkList[[100 150]]", RED, MIDDLE),
    ("line", "/Subtype/Line/Rect[0 140 200 160]/C[1 0 0]/BS<</W 4>>/L[10 150 190 150]", RED, MIDDLE),
    (
        "dashed line",
        "/Subtype/Line/Rect[0 140 200 160]/C[1 0 0]/BS<</W 4/S/D/D[5 5]>>/L[10 150 190 150]",
        RED,
        [10, 145, 190, 155],
    ),
    (
        "arrow",
        "/Subtype/Line/Rect[0 140 200 160]/C[1 0 0]/IC[0 0 1]/BS<</W 2>>/LE[/None/ClosedArrow]/L[10 150 190 150]",
        BLUE,
        [170, 145, 192, 155],
    ),
    (
        "line with a border of old",
        "/Subtype/Line/Rect[0 140 200 160]/C[1 0 0]/Border[0 0 6]/L[10 150 190 150]",
        RED,
        MIDDLE,
    ),
    (
        "polyline",
        "/Subtype/PolyLine/Rect[0 140 200 180]/C[1 0 0]/BS<</W 4>>/Vertices[10 150 100 150 190 170]",
        RED,
        [90, 145, 105, 155],
    ),
    (
        "polygon",
        "/Subtype/Polygon/Rect[0 140 200 190]/C[1 0 0]/IC[0 0 1]/Vertices[10 140 190 140 100 190]",
        BLUE,
        MIDDLE,
    ),
    ("square", "/Subtype/Square/Rect[20 130 180 180]/C[1 0 0]/IC[0 0 1]/BS<</W 4>>", BLUE, MIDDLE),
    (
        "outline of a square",
        "/Subtype/Square/Rect[20 130 180 180]/C[1 0 0]/BS<</W 4>>",
        RED,
        [20, 130, 180, 135],
    ),
    (
        "square within its rectangle",
        "/Subtype/Square/Rect[20 130 180 180]/RD[10 10 10 10]/IC[0 0 1]",
        BLUE,
        MIDDLE,
    ),
    ("circle", "/Subtype/Circle/Rect[20 130 180 180]/C[1 0 0]/IC[0 0 1]/BS<</W 4>>", BLUE, MIDDLE),
    (
        "free text",
        "/Subtype/FreeText/Rect[10 130 190 190]/DA(1 0 0 rg /Helv 30 Tf)/Contents(Hello)",
        RED,
        [10, 130, 190, 190],
    ),
    (
        "background of free text",
        "/Subtype/FreeText/Rect[10 130 190 190]/DA(0 g /Helv 20 Tf)/C[0 1 0]/Contents(Hello)",
        GREEN,
        [15, 135, 185, 160],
    ),
    (
        "callout",
        "/Subtype/FreeText/Rect[10 150 190 190]/DA(1 0 0 rg /Helv 9 Tf)/CL[20 20 100 60 100 150]/BS<</W 3>>/Contents(x)",
        RED,
        [20, 15, 110, 80],
    ),
    ("stamp", "/Subtype/Stamp/Rect[20 130 180 180]/Name/NotApproved", [204, 0, 0], [20, 130, 180, 180]),
    ("caret", "/Subtype/Caret/Rect[90 130 110 180]/C[0 0 1]", BLUE, [90, 130, 110, 180]),
    ("note", "/Subtype/Text/Rect[90 140 110 160]/C[0 1 0]/Contents(A note)", GREEN, [90, 140, 110, 160]),
    (
        "link with a colour",
        "/Subtype/Link/Rect[20 130 180 180]/C[1 0 0]/Border[0 0 3]",
        RED,
        [20, 130, 180, 134],
    ),
    (
        "text field",
        "/Subtype/Widget/FT/Tx/Rect[10 130 190 160]/V(Filled in)/DA(1 0 0 rg /Helv 20 Tf)",
        RED,
        [10, 130, 190, 160],
    ),
    (
        "text of its form's look",
        "/Subtype/Widget/FT/Tx/Rect[10 130 190 160]/V(Filled in)",
        BLACK,
        [10, 130, 190, 160],
    ),
    (
        "text of many lines",
        "/Subtype/Widget/FT/Tx/Ff 4096/Rect[10 130 190 190]/V(one two three four five six seven eight)/DA(1 0 0 rg /Helv 20 Tf)",
        RED,
        [10, 140, 190, 165],
    ),
    (
        "text in cells",
        "/Subtype/Widget/FT/Tx/Ff 16777216/MaxLen 4/Rect[10 130 190 160]/V(1234)/DA(1 0 0 rg /Helv 20 Tf)",
        RED,
        [145, 130, 190, 160],
    ),
    (
        "frame of a field",
        "/Subtype/Widget/FT/Tx/Rect[10 130 190 160]/MK<</BC[1 0 0]/BG[0 1 0]>>/BS<</W 2>>",
        GREEN,
        MIDDLE,
    ),
    (
        "choice",
        "/Subtype/Widget/FT/Ch/Ff 131072/Rect[10 130 190 160]/V(a)/Opt[[(a)(Shown)]]/DA(1 0 0 rg /Helv 20 Tf)",
        RED,
        [20, 130, 80, 160],
    ),
    (
        "list",
        "/Subtype/Widget/FT/Ch/Rect[10 130 190 190]/V(b)/Opt[(a)(b)(c)]/DA(1 0 0 rg /Helv 12 Tf)",
        [153, 194, 217],
        [10, 150, 190, 180],
    ),
    (
        "box that is on",
        "/Subtype/Widget/FT/Btn/Rect[90 140 110 160]/V/Yes/AS/Yes/DA(1 0 0 rg /ZaDb 0 Tf)",
        RED,
        [90, 140, 110, 160],
    ),
    (
        "radio button that is on",
        "/Subtype/Widget/FT/Btn/Ff 32768/Rect[90 140 110 160]/AS/One/DA(1 0 0 rg /ZaDb 0 Tf)",
        RED,
        MIDDLE,
    ),
    (
        "button",
        "/Subtype/Widget/FT/Btn/Ff 65536/Rect[10 130 190 160]/MK<</CA(Press)/BG[0 1 0]>>",
        GREEN,
        [12, 132, 30, 158],
    ),
];

#[tokio::test]
async fn kinds_without_appearance_are_drawn() {
    let storage = Storage::new();
    let plain = shown(&storage, page("")).await;
    for (what, annotation, colour, within) in KINDS {
        let pdf = page(&format!("<</Type/Annot{annotation}>>"));
        let picture = shown(&storage, pdf).await;
        let (drawn, before) = (pixels_of(&picture, colour, within), pixels_of(&plain, colour, within));
        assert!(drawn > before + 60, "{what}: {drawn} pixels of its colour, {before} without it");
    }
}

#[tokio::test]
async fn hidden_annotation_is_not_drawn() {
    let storage = Storage::new();
    let plain = shown(&storage, page("")).await;
    // Hidden, and NoView; with Print, which is about paper.
    for flags in [2, 32, 4 + 32] {
        let all: String =
            KINDS.iter().map(|(_, kind, ..)| format!("<</Type/Annot{kind}/F {flags}>>")).collect();
        assert!(shown(&storage, page(&all)).await == plain, "with flags {flags}");
    }
}

#[tokio::test]
async fn what_says_nothing_draws_nothing() {
    let storage = Storage::new();
    let plain = shown(&storage, page("")).await;
    for (what, annotation) in [
        ("a transparent highlight", "/Subtype/Highlight/Rect[20 80 180 120]/C[]"),
        ("a window", "/Subtype/Popup/Rect[20 80 180 120]"),
        ("a link without a colour", "/Subtype/Link/Rect[20 80 180 120]"),
        ("a link without a border", "/Subtype/Link/Rect[20 80 180 120]/C[1 0 0]/Border[0 0 0]"),
        ("a box that is off", "/Subtype/Widget/FT/Btn/Rect[20 80 180 120]/V/Off/AS/Off"),
        ("an empty field", "/Subtype/Widget/FT/Tx/Rect[20 80 180 120]"),
        ("a signature", "/Subtype/Widget/FT/Sig/Rect[20 80 180 120]"),
        ("ink without strokes", "/Subtype/Ink/Rect[20 80 180 120]/InkList[]"),
        ("an unknown kind", "/Subtype/Unknown/Rect[20 80 180 120]"),
        ("no rectangle", "/Subtype/Square"),
        ("numbers that are none", "/Subtype/Square/Rect[(a)(b)(c)(d)]"),
    ] {
        let pdf = page(&format!("<</Type/Annot{annotation}>>"));
        assert!(shown(&storage, pdf).await == plain, "{what}");
    }
}

#[tokio::test]
async fn highlight_darkens_and_does_not_cover() {
    let storage = Storage::new();
    let highlight =
        |more: &str| page(&format!("<</Type/Annot/Subtype/Highlight/Rect[20 80 180 120]/C[1 1 0]{more}>>"));
    let picture = shown(&storage, highlight("")).await;
    assert!(is_filled(&picture, BLACK, [65, 95, 135, 105]), "the bar stays black");
    let half = shown(&storage, highlight("/CA 0.5")).await;
    assert!(is_filled(&half, [255, 255, 128], [25, 85, 55, 115]), "half of its colour");
}

#[tokio::test]
async fn given_appearance_is_drawn_instead() {
    let storage = Storage::new();
    let given = stream("/Type/XObject/Subtype/Form/BBox[0 0 160 40]", "0 0 1 rg 0 0 160 40 re f");
    for (what, appearance) in [
        ("a stream", "/AP<</N 5 0 R>>"),
        ("a state", "/AP<</N<</On 5 0 R>>>>/AS/On"),
        ("the state off", "/AP<</N<</Off 5 0 R>>>>"),
    ] {
        let annotation = format!("<</Type/Annot/Subtype/Square/Rect[20 140 180 180]/IC[1 0 0]{appearance}>>");
        let picture = shown(&storage, page(&annotation).adding(&given)).await;
        assert!(is_filled(&picture, BLUE, [25, 145, 175, 175]), "{what}");
        assert_eq!(pixels_of(&picture, RED, PAGE), 0, "{what}");
    }
    let off = "<</Type/Annot/Subtype/Widget/FT/Btn/Rect[20 140 180 180]/MK<</BG[1 0 0]>>/AP<</N<</On 5 0 R>>>>/AS/Off>>";
    let picture = shown(&storage, page(off).adding(&given)).await;
    assert!(is_filled(&picture, WHITE, [0, 111, 200, 200]), "off has no appearance");
}

#[tokio::test]
async fn annotations_turn_with_their_page() {
    let storage = Storage::new();
    let square = "<</Type/Annot/Subtype/Square/Rect[0 180 20 200]/C[1 0 0]/IC[1 0 0]>>";
    // At the upper left; turned clockwise, it goes around.
    for (turned, corner) in
        [(0, [2, 182, 18, 198]), (90, [182, 182, 198, 198]), (180, [182, 2, 198, 18]), (270, [2, 2, 18, 18])]
    {
        let pdf = Pdf::with_page(&format!("/Annots[{square}]/Rotate {turned}"), "", &[]);
        let picture = shown(&storage, pdf).await;
        assert!(is_filled(&picture, RED, corner), "turned by {turned}");
    }
}

#[tokio::test]
async fn field_inherits_from_its_parent() {
    let storage = Storage::new();
    let widget = "<</Type/Annot/Subtype/Widget/Parent 5 0 R/Rect[10 130 190 160]>>";
    let parent = "<</FT/Tx/V(From above)/DA(1 0 0 rg /Helv 20 Tf)>>";
    let picture = shown(&storage, page(widget).adding(parent)).await;
    assert!(pixels_of(&picture, RED, [10, 130, 190, 160]) > 1_000);
}

#[tokio::test]
async fn text_in_any_script_is_filled_in() {
    let storage = Storage::new();
    for (what, hex) in [
        ("Cyrillic", "FEFF041F04400438"),
        ("Japanese", "FEFF65E5672C"),
        ("Korean", "FEFFD55CAD6D"),
        ("Polish", "FEFF014100F3"),
        ("UTF-8", "EFBBBFD09FD180"),
    ] {
        let field = format!(
            "<</Type/Annot/Subtype/Widget/FT/Tx/Rect[10 130 190 160]/V<{hex}>/DA(1 0 0 rg /Helv 24 Tf)>>"
        );
        let picture = shown(&storage, page(&field)).await;
        assert!(pixels_of(&picture, RED, [10, 130, 190, 160]) > 1_500, "{what}");
    }
}
