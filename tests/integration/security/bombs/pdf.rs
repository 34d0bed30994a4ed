//! PDFs.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::{
    Bomb,
    Expected::{Refused, Shown},
};
use crate::support::pdf::{Pdf, stream};

/// A stream that is decoded to `count` times `byte` by Flate, in hexadecimal digits so that the file is text.
fn flate(dictionary: &str, byte: u8, count: usize, times: usize) -> String {
    let mut data = compress(byte, count);
    for _ in 1..times {
        data = squeeze(&data);
    }
    let digits: String = data.iter().map(|byte| format!("{byte:02x}")).collect();
    let filters = "/FlateDecode".repeat(times);
    stream(&format!("{dictionary}/Filter[/ASCIIHexDecode{filters}]"), &format!("{digits}>"))
}

fn compress(byte: u8, count: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![byte; 1 << 16];
    for _ in 0..count >> 16 {
        encoder.write_all(&piece).expect("memory");
    }
    encoder.finish().expect("memory")
}

fn squeeze(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

/// A page that shows object 5, and further objects from there on.
fn showing(objects: &[&str]) -> Vec<u8> {
    Pdf::with_page("/Resources<</XObject<</X 5 0 R>>>>", "200 0 0 200 0 0 cm /X Do", objects).bytes()
}

fn image(width: usize, height: usize, more: &str) -> String {
    format!(
        "/Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace/DeviceRGB/BitsPerComponent 8{more}"
    )
}

/// A page with this content, and more in its dictionary.
fn page(more: &str, content: &str, objects: &[&str]) -> Vec<u8> {
    Pdf::with_page(more, content, objects).bytes()
}

/// A file whose first page is harmless, with this in its catalogue.
fn catalogue(more: &str, objects: &[&str]) -> Vec<u8> {
    let pdf = Pdf::with_pages(1).replacing(1, &format!("<</Type/Catalog/Pages 2 0 R{more}>>"));
    objects.iter().fold(pdf, |pdf, object| pdf.adding(object)).bytes()
}

/// A file whose trailer says this, too.
fn trailer(more: &str) -> Vec<u8> {
    let text = String::from_utf8(Pdf::with_pages(1).bytes()).expect("text");
    text.replace("/Root 1 0 R", &format!("/Root 1 0 R{more}")).into_bytes()
}

/// The offset of the cross-reference table, which comes round to itself.
fn previous_is_itself(name: &str) -> Vec<u8> {
    let text = String::from_utf8(Pdf::with_pages(1).bytes()).expect("text");
    let start = text.rfind("xref\n0 ").expect("a table");
    text.replace("/Root 1 0 R", &format!("/Root 1 0 R/{name} {start}")).into_bytes()
}

pub fn bombs() -> Vec<Bomb> {
    let nested = |open: &str, close: &str, depth: usize| open.repeat(depth) + &close.repeat(depth);
    let pages_tree = |depth: usize| {
        let mut pdf = Pdf::with_pages(1).replacing(2, "<</Type/Pages/Kids[5 0 R]/Count 1>>");
        for next in 6..6 + depth {
            pdf = pdf.adding(&format!("<</Type/Pages/Kids[{next} 0 R]/Count 1/Parent {} 0 R>>", next - 2));
        }
        pdf.adding("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>").bytes()
    };
    let form = "/Type/XObject/Subtype/Form/BBox[0 0 200 200]";
    let text = |font: &str| {
        page(&format!("/Resources<</Font<</F {font}>>>>"), "BT /F 12 Tf 20 100 Td (abc) Tj ET", &[])
    };
    let type3 = "<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/FirstChar 97/LastChar 97\
                 /Widths[1]/Encoding<</Type/Encoding/Differences[97/a]>>/CharProcs<</a 5 0 R>>\
                 /Resources<</Font<</F 6 0 R>>>>>>";
    let to_unicode = "begincmap 1 begincodespacerange <00000000> <FFFFFFFF> endcodespacerange \
                      1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange endcmap";
    let to_unicode = stream("", to_unicode);
    let function = "<</FunctionType 0/Domain[0 1 0 1 0 1 0 1]/Range[0 1]/Size[60000 60000 60000 60000]\
                    /BitsPerSample 32/Length 4>>stream\n1234\nendstream";
    let shading = "/Resources<</Shading<</S<</ShadingType 1/ColorSpace/DeviceGray/Function 5 0 R>>>>>>";
    let tiles =
        "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep 0.00001/YStep 0.00001/Resources<<>>";
    let outline = |next: &str| format!("<</Title(a)/Parent 5 0 R/First 6 0 R/Next {next}>>");
    let object_stream = |dictionary: &str, data: &str| stream(&format!("/Type/ObjStm{dictionary}"), data);
    vec![
        // Nesting.
        bomb("deep arrays", page(&format!("/X{}", nested("[", "]", 400_000)), "", &[]), Refused),
        bomb("deep dictionaries", page(&format!("/X{}", nested("<</A", ">>", 200_000)), "", &[]), Refused),
        bomb("deep arrays in the content", page("", &nested("[", "]", 400_000), &[]), Shown),
        bomb("unclosed texts", page("", &"(".repeat(2 << 20), &[]), Shown),
        bomb("deep states", page("", &nested("q ", "Q ", 300_000), &[]), Shown),
        bomb("deep pages", pages_tree(20_000), Shown),
        // Loops.
        bomb(
            "pages that hold themselves",
            Pdf::with_pages(1).replacing(2, "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>").bytes(),
            Refused,
        ),
        bomb("a table before itself", previous_is_itself("Prev"), Shown),
        bomb("a hybrid table that is itself", previous_is_itself("XRefStm"), Shown),
        bomb("a table beyond the end", trailer("/Prev 99999999999"), Shown),
        bomb(
            "a length that is the stream's own",
            Pdf::with_pages(1).replacing(4, "<</Length 4 0 R>>stream\n0 0 1 rg\nendstream").bytes(),
            Shown,
        ),
        bomb("a reference to itself", Pdf::with_pages(1).replacing(4, "4 0 R").bytes(), Shown),
        bomb("a form that draws itself", Pdf::self_drawing().bytes(), Shown),
        bomb(
            "a letter that writes itself",
            {
                let letter = stream("", "1 0 d0 BT /F 1 Tf (a) Tj ET");
                page("/Resources<</Font<</F 6 0 R>>>>", "BT /F 100 Tf (a) Tj ET", &[&letter, type3])
            },
            Shown,
        ),
        bomb(
            "an outline in a circle",
            {
                catalogue(
                    "/Outlines 5 0 R",
                    &["<</Type/Outlines/First 6 0 R/Last 6 0 R>>", &outline("6 0 R")],
                )
            },
            Shown,
        ),
        bomb(
            "an annotation that is its appearance",
            {
                let appearance = stream(
                    &format!(
                        "{form}/Subtype/Form/Rect[0 0 100 100]/AP<</N 5 0 R>>/Resources<</XObject<</X 5 0 R>>>>"
                    ),
                    "/X Do",
                );
                page("/Annots[5 0 R 5 0 R]", "", &[&appearance])
            },
            Shown,
        ),
        bomb(
            "object streams that extend each other",
            {
                catalogue(
                    "",
                    &[
                        &object_stream("/N 1/First 4/Extends 6 0 R", "9 0 <<>>"),
                        &object_stream("/N 1/First 4/Extends 5 0 R", "9 0 <<>>"),
                    ],
                )
            },
            Shown,
        ),
        // Growth.
        bomb(
            "a page that unpacks to a gigabyte",
            Pdf::with_pages(1).replacing(4, &flate("", b' ', 1 << 30, 1)).bytes(),
            Refused,
        ),
        bomb(
            "a page packed three times",
            Pdf::with_pages(1).replacing(4, &flate("", b' ', 1 << 30, 3)).bytes(),
            Refused,
        ),
        bomb(
            "an object stream that unpacks to a gigabyte",
            catalogue("", &[&flate("/Type/ObjStm/N 100000000/First 0", b'1', 1 << 30, 1)]),
            Shown,
        ),
        bomb(
            "an image that unpacks to a gigabyte",
            showing(&[&flate(&image(10, 10, ""), 0, 1 << 30, 2)]),
            Refused,
        ),
        bomb(
            "an image of a billion pixels",
            showing(&[&flate(&image(40_000, 40_000, ""), 0, 1 << 24, 1)]),
            Shown,
        ),
        bomb(
            "an image of more pixels than numbers",
            showing(&[&stream(&image(4_294_967_295, 4_294_967_295, ""), "x")]),
            Refused,
        ),
        bomb(
            "run lengths of run lengths",
            {
                let runs = "81 81 ".repeat(200_000) + "80>";
                let filter = "/Filter[/ASCIIHexDecode/RunLengthDecode/RunLengthDecode/RunLengthDecode]";
                showing(&[&stream(&image(10, 10, filter), &runs)])
            },
            Refused,
        ),
        bomb(
            "a map of all characters",
            {
                page(
                    "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 5 0 R>>>>>>",
                    "BT /F 12 Tf 20 100 Td (abc) Tj ET",
                    &[&to_unicode],
                )
            },
            Shown,
        ),
        bomb("a function of more samples than numbers", page(shading, "/S sh", &[function]), Shown),
        bomb(
            "forms that draw eight forms each",
            {
                // The page that never ends, as the only one.
                let text = String::from_utf8(Pdf::endless(2).bytes()).expect("text");
                text.replacen("/Kids[3 0 R 5 0 R]/Count 2", "/Kids[5 0 R]/Count 1     ", 1).into_bytes()
            },
            Refused,
        ),
        bomb(
            "tiles without a size",
            {
                page(
                    "/Resources<</Pattern<</P 5 0 R>>>>",
                    "/Pattern cs /P scn 0 0 200 200 re f",
                    &[&stream(tiles, "0 0 1 1 re f")],
                )
            },
            Shown,
        ),
        bomb("a million strokes", page("[0.001] 0 d", &"0 0 m 200 200 l S ".repeat(60_000), &[]), Shown),
        bomb("dashes without a length", page("", "[0.000001] 0 d 0 0 m 200 200 l S", &[]), Refused),
        bomb(
            "letters of any size",
            text("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Widths[1e38]>>"),
            Refused,
        ),
        // Sizes.
        bomb("a page as large as can be said", Pdf::with_box("[0 0 1e30 1e30]").bytes(), Refused),
        bomb("a page a hair wide", Pdf::with_box("[0 0 0.0000001 842]").bytes(), Shown),
        bomb("a page of no numbers", Pdf::with_box("[NaN inf -inf null]").bytes(), Refused),
        bomb(
            "more pages than there are",
            Pdf::with_pages(1).replacing(2, "<</Type/Pages/Kids[3 0 R]/Count 2147483647>>").bytes(),
            Shown,
        ),
        bomb(
            "a page listed a million times",
            {
                let kids = "3 0 R ".repeat(700_000);
                Pdf::with_pages(1).replacing(2, &format!("<</Type/Pages/Kids[{kids}]/Count 700000>>")).bytes()
            },
            Shown,
        ),
        // Actions, which are not run.
        bomb(
            "a script and a program to start",
            catalogue("/OpenAction<</S/JavaScript/JS(app.alert(1))/Next<</S/Launch/F(/bin/sh)>>>>", &[]),
            Shown,
        ),
        bomb(
            "a stream in another file",
            Pdf::with_pages(1).replacing(4, "<</Length 0/F(/etc/passwd)>>stream\n\nendstream").bytes(),
            Shown,
        ),
        bomb(
            "an entity in its metadata",
            {
                let xml = "<!DOCTYPE a [<!ENTITY a \"&b;&b;\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&a;</a>";
                catalogue("/Metadata 5 0 R", &[&stream("/Type/Metadata/Subtype/XML", xml)])
            },
            Shown,
        ),
    ]
}

fn bomb(name: &'static str, bytes: Vec<u8>, expected: super::Expected) -> Bomb {
    Bomb { name, bytes, expected }
}
