//! The files of `tests/files`, one for each kind of thing that a page may hold. All are made here, and are under the
//! licences of this project.

use crate::pdf::{Pdf, stream};

/// Names and contents.
pub fn all() -> Vec<(String, Vec<u8>)> {
    let drawn = PAINTING
        .iter()
        .map(|(name, page, content, more)| (*name, Pdf::with_page(page, content, more).bytes()));
    let marked = ANNOTATIONS.iter().map(|(name, annotation)| (*name, annotated(annotation)));
    let fields = FIELDS.iter().map(|(name, field)| (*name, annotated(&format!("/Subtype/Widget{field}"))));
    let text =
        TEXT.iter().map(|(name, encoding, ordering, codes)| (*name, east_asian(encoding, ordering, codes)));
    let files = drawn.chain(marked).chain(fields).chain(text).chain(images()).chain(repaired());
    files.map(|(name, bytes)| (format!("{name}.pdf"), bytes)).collect()
}

/// A page's dictionary, its content, and objects from number 5 on.
type Painting = (&'static str, &'static str, &'static str, &'static [&'static str]);

const PAINTING: [Painting; 25] = [
    ("fill", "", "1 0 0 rg 20 20 80 80 re f 0 0 1 rg 100 100 m 180 100 l 140 180 l h f", &[]),
    ("fill-even-odd", "", "0 0.5 0 rg 20 20 160 160 re 60 60 80 80 re f*", &[]),
    ("stroke", "", "8 w 20 20 m 180 180 l S 1 J 1 j 20 180 m 100 60 l 180 180 l S", &[]),
    ("stroke-dashed", "", "6 w [20 10] 5 d 20 100 m 180 100 l S [] 0 d 20 60 m 180 60 l S", &[]),
    ("curve", "", "0 0 1 RG 5 w 20 20 m 60 200 140 -50 180 180 c S", &[]),
    ("clip", "", "100 100 m 180 20 l 20 20 l h W n 1 0 0 rg 0 0 200 60 re f", &[]),
    (
        "colours-of-ink",
        "",
        "1 0 0 0 k 20 110 70 70 re f 0 1 0 0 k 110 110 70 70 re f 0 0 1 0 k 20 20 70 70 re f 0 0 0 1 k 110 20 70 70 re f",
        &[],
    ),
    ("colours-grey", "", "0.2 g 20 20 50 160 re f 0.5 g 75 20 50 160 re f 0.8 g 130 20 50 160 re f", &[]),
    (
        "gradient-axial",
        "/Resources<</Shading<</S 5 0 R>>>>",
        "20 20 160 160 re W n /S sh",
        &[
            "<</ShadingType 2/ColorSpace/DeviceRGB/Coords[20 0 180 0]/Extend[true true]/Function<</FunctionType 2/Domain[0 1]/C0[1 0 0]/C1[0 0 1]/N 1>>>>",
        ],
    ),
    (
        "gradient-radial",
        "/Resources<</Shading<</S 5 0 R>>>>",
        "20 20 160 160 re W n /S sh",
        &[
            "<</ShadingType 3/ColorSpace/DeviceRGB/Coords[100 100 0 100 100 80]/Extend[true true]/Function<</FunctionType 2/Domain[0 1]/C0[1 1 0]/C1[0 0.5 0]/N 1>>>>",
        ],
    ),
    (
        "pattern-tiling",
        "/Resources<</Pattern<</P 5 0 R>>>>",
        "/Pattern cs /P scn 20 20 160 160 re f",
        &[
            "<</PatternType 1/PaintType 1/TilingType 1/BBox[0 0 40 40]/XStep 40/YStep 40/Resources<<>>/Length 36>>stream\n1 0 0 rg 5 5 20 20 re f 0 0 1 RG    \nendstream",
        ],
    ),
    (
        "transparency",
        "/Resources<</ExtGState<</H<</ca 0.5>>>>>>",
        "1 0 0 rg 20 20 110 110 re f /H gs 0 0 1 rg 70 70 110 110 re f",
        &[],
    ),
    (
        "blend-multiply",
        "/Resources<</ExtGState<</H<</BM/Multiply>>>>>>",
        "1 1 0 rg 20 20 110 110 re f /H gs 0 1 1 rg 70 70 110 110 re f",
        &[],
    ),
    (
        "blend-screen",
        "/Resources<</ExtGState<</H<</BM/Screen>>>>>>",
        "0.5 0 0 rg 20 20 110 110 re f /H gs 0 0.5 0.5 rg 70 70 110 110 re f",
        &[],
    ),
    (
        "soft-mask",
        "/Resources<</ExtGState<</M<</SMask<</S/Luminosity/G 5 0 R>>>>>>>>",
        "/M gs 1 0 0 rg 0 0 200 200 re f",
        &[
            "<</Type/XObject/Subtype/Form/BBox[0 0 200 200]/Group<</S/Transparency/CS/DeviceGray>>/Length 52>>stream\n1 g 20 20 80 160 re f 0.5 g 100 20 80 160 re f      \nendstream",
        ],
    ),
    (
        "form-turned",
        "/Resources<</XObject<</X 5 0 R>>>>",
        "/X Do",
        &[
            "<</Type/XObject/Subtype/Form/BBox[0 0 50 50]/Matrix[1 1 -1 1 100 50]/Length 33>>stream\n1 0 0 rg 0 0 50 50 re f          \nendstream",
        ],
    ),
    ("turned-90", "/Rotate 90", "1 0 0 rg 0 0 60 30 re f 0 0 1 rg 140 170 60 30 re f", &[]),
    ("turned-180", "/Rotate 180", "1 0 0 rg 0 0 60 30 re f 0 0 1 rg 140 170 60 30 re f", &[]),
    ("turned-270", "/Rotate 270", "1 0 0 rg 0 0 60 30 re f 0 0 1 rg 140 170 60 30 re f", &[]),
    ("cropped", "/CropBox[50 80 180 150]", "1 0 0 rg 0 0 100 100 re f 0 0 1 rg 100 100 100 100 re f", &[]),
    (
        "text-helvetica",
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>",
        "BT /F 20 Tf 24 TL 15 160 Td (The quick brown) Tj T* (fox jumps over) Tj T* (the lazy dog.) Tj ET",
        &[],
    ),
    (
        "text-times",
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>>>>>",
        "BT /F 20 Tf 24 TL 15 160 Td (The quick brown) Tj T* (fox jumps over) Tj T* (the lazy dog.) Tj ET",
        &[],
    ),
    (
        "text-courier",
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Courier>>>>>>",
        "BT /F 16 Tf 24 TL 15 160 Td (The quick brown) Tj T* (fox jumps over) Tj T* (the lazy dog.) Tj ET",
        &[],
    ),
    (
        "text-spaced",
        "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold>>>>>>",
        "BT /F 20 Tf 5 Tc 20 Tw 15 150 Td (Spaced) Tj 0 Tc 0 Tw 150 Tz 0 -40 Td (Wide) Tj 100 Tz 1 Tr 0 -40 Td (Outline) Tj 0 Tr 8 Ts (up) Tj ET",
        &[],
    ),
    (
        "text-type3",
        "/Resources<</Font<</F 5 0 R>>>>",
        "BT /F 40 Tf 20 80 Td (aba) Tj ET",
        &[
            "<</Type/Font/Subtype/Type3/FontBBox[0 0 1000 1000]/FontMatrix[0.001 0 0 0.001 0 0]/FirstChar 97/LastChar 98/Widths[1100 1100]/Encoding<</Differences[97/square/half]>>/CharProcs<</square 6 0 R/half 7 0 R>>/Resources<<>>>>",
            "<</Length 44>>stream\n1100 0 0 0 1000 1000 d1 0 0 1000 1000 re f   \nendstream",
            "<</Length 44>>stream\n1100 0 0 0 1000 1000 d1 0 0 1000 500 re f    \nendstream",
        ],
    ),
];

const ANNOTATIONS: [(&str, &str); 12] = [
    (
        "annotation-highlight",
        "/Subtype/Highlight/Rect[20 80 180 120]/C[1 1 0]/QuadPoints[20 120 180 120 20 80 180 80]",
    ),
    (
        "annotation-underline",
        "/Subtype/Underline/Rect[20 80 180 120]/C[1 0 0]/QuadPoints[20 120 180 120 20 80 180 80]",
    ),
    (
        "annotation-strike-out",
        "/Subtype/StrikeOut/Rect[20 80 180 120]/C[1 0 0]/QuadPoints[20 120 180 120 20 80 180 80]",
    ),
    (
        "annotation-ink",
        "/Subtype/Ink/Rect[0 0 200 200]/C[1 0 0]/BS<</W 4>>/InkList[[10 150 100 180 190 160][10 20 190 30]]",
    ),
    ("annotation-line", "/Subtype/Line/Rect[0 130 200 180]/C[1 0 0]/BS<</W 6>>/L[10 140 190 170]"),
    (
        "annotation-polygon",
        "/Subtype/Polygon/Rect[0 130 200 200]/C[1 0 0]/IC[0 1 1]/BS<</W 4>>/Vertices[10 140 190 140 100 190]",
    ),
    (
        "annotation-polyline",
        "/Subtype/PolyLine/Rect[0 130 200 200]/C[1 0 0]/BS<</W 4>>/Vertices[10 140 100 190 190 140]",
    ),
    ("annotation-square", "/Subtype/Square/Rect[20 130 180 180]/C[1 0 0]/IC[0 1 1]/BS<</W 6>>"),
    ("annotation-circle", "/Subtype/Circle/Rect[20 130 180 180]/C[1 0 0]/IC[0 1 1]/BS<</W 6>>"),
    (
        "annotation-free-text",
        "/Subtype/FreeText/Rect[20 130 180 190]/DA(0 0 0 rg /Helv 20 Tf)/C[1 1 0.6]/BS<</W 0>>/Contents(Some words)",
    ),
    ("annotation-link", "/Subtype/Link/Rect[21 131 181 181]/C[1 0 0]/Border[0 0 1]"),
    ("annotation-hidden", "/Subtype/Square/Rect[20 130 180 180]/C[1 0 0]/IC[0 1 1]/F 2"),
];

const FIELDS: [(&str, &str); 5] = [
    (
        "field-text",
        "/FT/Tx/T(a)/Rect[20 130 180 160]/V(Filled in)/DA(0 0 1 rg /Helv 20 Tf)/MK<</BC[1 0 0]>>/BS<</W 1>>",
    ),
    ("field-text-centred", "/FT/Tx/T(a)/Q 1/Rect[20 130 180 160]/V(Middle)/DA(0 0 1 rg /Helv 20 Tf)"),
    (
        "field-choice",
        "/FT/Ch/Ff 131072/T(a)/Rect[20 130 180 160]/V(Chosen)/Opt[(Chosen)(Other)]/DA(0 0 1 rg /Helv 20 Tf)",
    ),
    ("field-frame", "/FT/Tx/T(a)/Rect[20 130 180 160]/MK<</BC[1 0 0]/BG[0.8 1 0.8]>>/BS<</W 3>>"),
    ("field-off", "/FT/Btn/T(a)/Rect[90 140 110 160]/V/Off/AS/Off"),
];

fn annotated(annotation: &str) -> Vec<u8> {
    const FORM: &str = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]/DA(/Helv 0 Tf 0 g)\
        /DR<</Font<</Helv<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>>>>>";
    let annotation = format!("<</Type/Annot{annotation}>>");
    Pdf::with_page("/Annots[5 0 R]", "60 90 80 20 re f", &[&annotation]).replacing(1, FORM).bytes()
}

/// Encoding, collection and codes of text without its font.
const TEXT: [(&str, &str, &str, &str); 4] = [
    ("font-japanese", "UniJIS-UCS2-H", "Japan1", "65E5672C8A9E3042"),
    ("font-chinese", "UniGB-UCS2-H", "GB1", "4E2D65875B577B26"),
    ("font-chinese-traditional", "UniCNS-UCS2-H", "CNS1", "4E2D65875B577B26"),
    ("font-korean", "UniKS-UCS2-H", "Korea1", "D55CAD6DC5B4"),
];

fn east_asian(encoding: &str, ordering: &str, codes: &str) -> Vec<u8> {
    let font =
        format!("<</Type/Font/Subtype/Type0/BaseFont/Unknown/Encoding/{encoding}/DescendantFonts[6 0 R]>>");
    let below = format!(
        "<</Type/Font/Subtype/CIDFontType2/BaseFont/Unknown/DW 1000\
         /CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 0>>\
         /FontDescriptor<</Type/FontDescriptor/FontName/Unknown/Flags 4/FontBBox[0 -200 1000 800]/ItalicAngle 0\
         /Ascent 800/Descent -200/StemV 80/CapHeight 700>>>>"
    );
    let content = format!("BT /F 40 Tf 20 80 Td <{codes}> Tj ET");
    Pdf::with_page("/Resources<</Font<</F 5 0 R>>>>", &content, &[&font, &below]).bytes()
}

/// Pictures of four by four pixels on a page.
fn images() -> Vec<(&'static str, Vec<u8>)> {
    let colours = "FF0000 00FF00 0000FF FFFF00 ".repeat(4);
    let greys = "00 55 AA FF ".repeat(4);
    let inks = "FF000000 00FF0000 0000FF00 000000FF ".repeat(4);
    [
        ("image-colours", "/ColorSpace/DeviceRGB/BitsPerComponent 8", colours.as_str()),
        ("image-greys", "/ColorSpace/DeviceGray/BitsPerComponent 8", &greys),
        ("image-inks", "/ColorSpace/DeviceCMYK/BitsPerComponent 8", &inks),
        (
            "image-indexed",
            "/ColorSpace[/Indexed/DeviceRGB 3<FF000000FF000000FFFFFF00>]/BitsPerComponent 2",
            "1B1B1B1B",
        ),
        ("image-mask", "/ImageMask true/BitsPerComponent 1", "A0 50 A0 50"),
        ("image-inverted", "/ColorSpace/DeviceGray/BitsPerComponent 8/Decode[1 0]", &greys),
    ]
    .map(|(name, dictionary, pixels)| {
        let image = stream(
            &format!("/Type/XObject/Subtype/Image/Width 4/Height 4/Filter/ASCIIHexDecode{dictionary}"),
            &format!("{pixels}>"),
        );
        let content = "0 0.5 0 rg 160 0 0 160 20 20 cm /X Do";
        (name, Pdf::with_page("/Resources<</XObject<</X 5 0 R>>>>", content, &[&image]).bytes())
    })
    .into()
}

/// Files that break a rule.
fn repaired() -> Vec<(&'static str, Vec<u8>)> {
    let good = Pdf::with_page("", "1 0 0 rg 20 20 160 160 re f", &[]).bytes();
    let cut = |what: &str| {
        let at = good.windows(what.len()).rposition(|window| window == what.as_bytes());
        good[..at.unwrap_or(good.len())].to_vec()
    };
    let blanks = String::from_utf8_lossy(&good).replace(">>stream\n", ">>stream \n").into_bytes();
    vec![
        ("repair-no-end", cut("%%EOF")),
        ("repair-blank-after-stream", blanks),
        ("repair-junk-before", [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &good].concat()),
        (
            "repair-page-twice",
            Pdf::with_pages(2).replacing(2, "<</Type/Pages/Kids[3 0 R 5 0 R 3 0 R]/Count 3>>").bytes(),
        ),
    ]
}
