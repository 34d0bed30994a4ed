//! The text, the links and the outline of PDFs.

use sightline::model::{LinkTarget, PageText, TextLine, TextRole};

use crate::support::{
    pdf::{Pdf, stream},
    storage::Storage,
};

async fn text_of(pdf: Pdf) -> PageText {
    let storage = Storage::new();
    let file = storage.upload_valid(pdf.bytes()).await;
    storage.page_text(&file, 1).await
}

async fn shown(content: &str) -> PageText {
    text_of(Pdf::with_text(content, "", "", &[])).await
}

/// The lines of a page: their pieces with a bar between two.
fn lines(text: &PageText) -> Vec<String> {
    let line =
        |line: &TextLine| line.pieces.iter().map(|piece| piece.text.as_str()).collect::<Vec<_>>().join("|");
    text.blocks.iter().flat_map(|block| block.lines.iter().map(line)).collect()
}

#[tokio::test]
async fn text_is_read_with_its_place() {
    let text =
        shown("BT /F 10 Tf 20 150 Td (First line) Tj 0 -20 Td [(Sec) -20 (ond) -300 (line)] TJ ET").await;
    assert_eq!((text.width, text.height, text.is_cut), (300.0, 200.0, false));
    assert_eq!(lines(&text), ["First line", "Second line"]);
    let first = &text.blocks[0].lines[0];
    assert_eq!((first.size, first.angle, first.rtl, first.vertical), (10.0, 0.0, false, false));
    let piece = &first.pieces[0];
    assert_eq!((piece.x, piece.y), (20.0, 50.0), "from the top");
    assert!((piece.length - 37.78).abs() < 0.1, "{} points in Helvetica", piece.length);
}

#[tokio::test]
async fn kinds_of_text_are_read() {
    for (what, content, expected) in [
        (
            "ligatures",
            "BT /U 10 Tf 20 100 Td (a) Tj /F 10 Tf (nd ) Tj /U 10 Tf (b) Tj /F 10 Tf (y) Tj ET",
            vec!["find|fly"],
        ),
        ("cells of a table", "BT /F 10 Tf 20 100 Td (Name) Tj 100 0 Td (Price) Tj ET", vec!["Name|Price"]),
        (
            "an index",
            "BT /F 10 Tf 20 100 Td (H) Tj /F 6 Tf 7.2 -2 Td (2) Tj /F 10 Tf 3.4 2 Td (O) Tj ET",
            vec!["H2O"],
        ),
        ("invisible text of a scan", "BT 3 Tr /F 10 Tf 20 100 Td (scanned) Tj ET", vec!["scanned"]),
        ("filled and stroked", "BT 2 Tr /F 10 Tf 20 100 Td (bold) Tj ET", vec!["bold"]),
        (
            "shown twice for a bold look",
            "BT /F 10 Tf 20 100 Td (bold) Tj ET BT /F 10 Tf 20.2 100 Td (bold) Tj ET",
            vec!["bold"],
        ),
        ("spaced letters", "BT /F 10 Tf 3 Tc 20 100 Td (SPACED) Tj ET", vec!["SPACED"]),
        (
            "a replacement",
            "/Span<</ActualText(naive)>>BDC BT /F 10 Tf 20 100 Td (nai) Tj (ve) Tj ET EMC",
            vec!["naive"],
        ),
        ("no character", "BT /U 10 Tf 20 100 Td (h) Tj ET", vec![]),
        ("outside of the page", "BT /F 10 Tf 20 900 Td (gone) Tj -900 -800 Td (gone) Tj ET", vec![]),
        ("markup", "BT /F 10 Tf 20 100 Td (<b>&amp;) Tj ET", vec!["<b>&amp;"]),
    ] {
        assert_eq!(lines(&shown(content).await), expected, "{what}");
    }
}

#[tokio::test]
async fn turned_page_turns_its_text() {
    let content = "BT /F 10 Tf 20 50 Td (turned) Tj ET";
    for (rotate, size, place, angle) in [
        (0, (300.0, 200.0), (20.0, 150.0), 0.0),
        (90, (200.0, 300.0), (50.0, 20.0), 90.0),
        (180, (300.0, 200.0), (280.0, 50.0), 180.0),
        (270, (200.0, 300.0), (150.0, 280.0), -90.0),
    ] {
        let text = text_of(Pdf::with_text(content, &format!("/Rotate {rotate}"), "", &[])).await;
        assert_eq!((text.width, text.height), size, "{rotate}");
        let line = &text.blocks[0].lines[0];
        assert_eq!(((line.pieces[0].x, line.pieces[0].y), line.angle), (place, angle), "{rotate}");
        assert_eq!(line.pieces[0].text, "turned");
    }
}

#[tokio::test]
async fn right_to_left_text_is_in_reading_order() {
    // What is seen from left to right: dalet gimel bet alef.
    for (what, content, expected, rtl) in [
        ("one string", "BT /U 10 Tf 20 100 Td (fedc) Tj ET", "\u{5D0}\u{5D1}\u{5D2}\u{5D3}", true),
        (
            "letters from the right",
            "BT /U 10 Tf 60 100 Td (c) Tj -5.56 0 Td (d) Tj -5.56 0 Td (e) Tj ET",
            "\u{5D0}\u{5D1}\u{5D2}",
            true,
        ),
        ("an Arabic ligature", "BT /U 10 Tf 20 100 Td (g) Tj ET", "\u{644}\u{627}", true),
        (
            "in English",
            "BT /F 10 Tf 20 100 Td (see ) Tj /U 10 Tf (dc) Tj /F 10 Tf ( twice) Tj ET",
            "see \u{5D0}\u{5D1} twice",
            false,
        ),
    ] {
        let text = shown(content).await;
        assert_eq!(lines(&text), [expected], "{what}");
        assert_eq!(text.blocks[0].lines[0].rtl, rtl, "{what}");
    }
    let text = shown("BT /U 10 Tf 20 100 Td (fedc) Tj ET").await;
    assert!(text.blocks[0].lines[0].pieces[0].x > 35.0, "it begins on the right: {text:?}");
}

#[tokio::test]
async fn tagged_text_is_read_as_its_structure_says() {
    // Drawn last to first; the page number is no text.
    let content = "/P<</MCID 2>>BDC BT /F 10 Tf 20 60 Td (Second paragraph) Tj ET EMC \
                   /Artifact BMC BT /F 8 Tf 150 10 Td (7) Tj ET EMC \
                   /P<</MCID 1>>BDC BT /F 10 Tf 20 100 Td (First paragraph) Tj ET EMC \
                   /Head<</MCID 0>>BDC BT /F 20 Tf 20 150 Td (Heading) Tj ET EMC";
    let more = [
        "<</Type/StructTreeRoot/K 9 0 R/RoleMap<</Head/H2>>>>",
        "<</Type/StructElem/S/Document/P 8 0 R/Pg 3 0 R/K[10 0 R 11 0 R 12 0 R 9 0 R]>>",
        "<</Type/StructElem/S/Head/P 9 0 R/K 0>>",
        "<</Type/StructElem/S/P/P 9 0 R/K[<</Type/StructElem/S/Span/K 1>>]>>",
        "<</Type/StructElem/S/P/P 9 0 R/K<</Type/MCR/Pg 3 0 R/MCID 2>>>>",
    ];
    let catalogue = "/StructTreeRoot 8 0 R/MarkInfo<</Marked true>>/Lang(de-CH)";
    let text = text_of(Pdf::with_text(content, "/StructParents 0", catalogue, &more)).await;
    assert_eq!(lines(&text), ["Heading", "First paragraph", "Second paragraph", "7"]);
    let roles: Vec<TextRole> = text.blocks.iter().map(|block| block.role).collect();
    assert_eq!(roles, [TextRole::Heading(2), TextRole::Text, TextRole::Text, TextRole::Artifact]);
    assert_eq!(text.lang.as_deref(), Some("de-CH"));
}

fn link(action: &str) -> String {
    format!("<</Type/Annot/Subtype/Link/Rect[20 100 80 120]{action}>>")
}

#[tokio::test]
async fn links_lead_only_where_they_may() {
    for (action, expected) in [
        (
            "/A<</S/URI/URI(https://example.com/a)>>",
            Some(LinkTarget::Address("https://example.com/a".to_owned())),
        ),
        (
            "/A<</S/URI/URI(mailto:a@example.com)>>",
            Some(LinkTarget::Address("mailto:a@example.com".to_owned())),
        ),
        ("/A<</S/URI/URI(javascript:alert\\(1\\))>>", None),
        ("/A<</S/URI/URI(file:///etc/passwd)>>", None),
        ("/A<</S/JavaScript/JS(app.alert\\(1\\))>>", None),
        ("/A<</S/Launch/F(calc.exe)>>", None),
        ("/A<</S/GoToR/F(other.pdf)/D[0/Fit]>>", None),
        ("/A<</S/GoTo/D[3 0 R/Fit]>>", Some(LinkTarget::Page(1))),
        ("/Dest[3 0 R/XYZ 0 0 0]", Some(LinkTarget::Page(1))),
        ("/Dest[0/Fit]", Some(LinkTarget::Page(1))),
        ("/Dest[7/Fit]", None),
        ("/Dest/old", Some(LinkTarget::Page(1))),
        ("/Dest(new)", Some(LinkTarget::Page(1))),
        ("/Dest(unknown)", None),
        ("/F 2/Dest[3 0 R/Fit]", None),
    ] {
        let annotation = link(action);
        let catalogue = "/Dests<</old[3 0 R/Fit]>>/Names<</Dests 9 0 R>>";
        let more = [annotation.as_str(), "<</Kids[9 0 R<</Names[(new)<</D[3 0 R/Fit]>>]>>]>>"];
        let text = text_of(Pdf::with_text("", "/Annots[99 0 R 8 0 R]", catalogue, &more)).await;
        let found = text.links.first().map(|link| link.target.clone());
        assert_eq!(found, expected, "{action}");
        if let Some(link) = text.links.first() {
            assert_eq!((link.x, link.y, link.width, link.height), (20.0, 80.0, 60.0, 20.0), "{action}");
        }
    }
}

#[tokio::test]
async fn outline_is_a_tree_of_titles() {
    let more = [
        "<</Type/Outlines/First 9 0 R>>",
        "<</Title(Part one)/Dest[3 0 R/Fit]/First 10 0 R/Next 11 0 R>>",
        "<</Title<FEFF00C400620063>/A<</S/GoTo/D[3 0 R/Fit]>>>>",
        // Leads back to the first.
        "<</Title(Part two)/A<</S/URI/URI(https://example.com)>>/Next 9 0 R>>",
    ];
    let storage = Storage::new();
    let pdf = Pdf::with_text("", "", "/Outlines 8 0 R", &more).bytes();
    let file = storage.upload_valid(pdf).await;
    let outline = storage.files.outline(&storage.document, &file).await.expect("an outline");
    let titles: Vec<(&str, Option<u32>)> =
        outline.iter().take(2).map(|item| (item.title.as_str(), item.page)).collect();
    assert_eq!(titles, [("Part one", Some(1)), ("Part two", None)]);
    assert_eq!(outline[0].items[0].title, "\u{C4}bc");
    assert!(outline.len() < 2_001, "an endless outline is bounded");
    let none = storage.upload_valid(Pdf::with_pages(1).bytes()).await;
    assert_eq!(storage.files.outline(&storage.document, &none).await, Ok(Vec::new()));
}

/// Text, links and the outline mean the pages as they are shown: here the first page again as the third.
#[tokio::test]
async fn page_listed_again_is_counted_in_links() {
    let page = |content: u32, annotation: &str| {
        format!(
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents {content} 0 R/Annots[{annotation}]\
             /Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
        )
    };
    let text = |text: &str| stream("", &format!("BT /F 10 Tf 20 100 Td ({text}) Tj ET"));
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/Outlines 9 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R 4 0 R 3 0 R 5 0 R]/Count 4>>".to_owned(),
        page(6, &link("/Dest[5 0 R/Fit]")),
        page(7, &link("/Dest[3 0 R/Fit]")),
        page(8, &link("/Dest[3/Fit]")),
        text("one"),
        text("two"),
        text("four"),
        "<</Type/Outlines/First 10 0 R>>".to_owned(),
        "<</Title(Last)/Dest[5 0 R/Fit]>>".to_owned(),
    ];
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::of_objects(objects).bytes()).await;
    assert_eq!(file.pages.len(), 4);
    for (number, shown, leads_to) in [(1, "one", 4), (2, "two", 1), (3, "one", 4), (4, "four", 4)] {
        let text = storage.page_text(&file, number).await;
        assert_eq!(lines(&text), [shown], "{number}");
        assert_eq!(text.links[0].target, LinkTarget::Page(leads_to), "{number}");
    }
    let outline = storage.files.outline(&storage.document, &file).await.expect("an outline");
    assert_eq!(outline[0].page, Some(4));
}

/// What is drawn can be read, also where the file was mended first.
#[tokio::test]
async fn mended_file_has_its_text() {
    let content = "BT /F 10 Tf 20 100 Td (legible) Tj ET";
    let plain = Pdf::with_text(content, "", "", &[]).bytes();
    let blank = format!("<</Length {}>>stream \n{content}\nendstream", content.len());
    let cut = plain.windows(5).rposition(|window| window == b"%%EOF").expect("an end");
    for (what, file) in [
        ("no end marker", plain[..cut].to_vec()),
        ("bytes before it", [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &plain].concat()),
        ("a blank after `stream`", Pdf::with_text("", "", "", &[]).replacing(4, &blank).bytes()),
        (
            "encrypted attachments",
            Pdf::with_text(content, "", "", &[]).with_encrypted_attachments(true).bytes(),
        ),
    ] {
        let storage = Storage::new();
        let file = storage.upload_valid(file).await;
        assert_eq!(lines(&storage.page_text(&file, 1).await), ["legible"], "{what}");
        assert_eq!(storage.files.outline(&storage.document, &file).await, Ok(Vec::new()), "{what}");
    }
}

/// The appearances that annotations lack are drawn, so their text is read too, behind that of the page.
#[tokio::test]
async fn text_of_annotations_is_read() {
    let form = "/AcroForm<</Fields[]/DA(/Helv 0 Tf 0 g)/DR<</Font<</Helv 5 0 R>>>>>>";
    let content = "/P<</MCID 0>>BDC BT /F 10 Tf 20 150 Td (Name:) Tj ET";
    for (what, annotation, expected) in [
        ("a field", "/Subtype/Widget/FT/Tx/T(f)/V(Ada L.)", vec!["Name:", "Ada L."]),
        (
            "a field in Greek",
            "/Subtype/Widget/FT/Tx/T(f)/V<FEFF039103B403B1>",
            vec!["Name:", "\u{391}\u{3B4}\u{3B1}"],
        ),
        ("free text", "/Subtype/FreeText/DA(/Helv 9 Tf 0 g)/Contents(Agreed)", vec!["Name:", "Agreed"]),
        ("a highlight", "/Subtype/Highlight/Contents(aside)", vec!["Name:"]),
        ("a hidden field", "/F 2/Subtype/Widget/FT/Tx/T(f)/V(secret)", vec!["Name:"]),
    ] {
        let annotation = format!("<</Type/Annot/Rect[20 50 200 80]{annotation}>>");
        let text = text_of(Pdf::with_text(content, "/Annots[8 0 R]", form, &[&annotation])).await;
        assert_eq!(lines(&text), expected, "{what}");
        if let [_, line] = &*text.blocks.iter().flat_map(|block| &block.lines).collect::<Vec<_>>() {
            let piece = &line.pieces[0];
            assert!(
                (20.0..40.0).contains(&piece.x) && (120.0..150.0).contains(&piece.y),
                "{what}: {piece:?}"
            );
        }
    }
}

#[tokio::test]
async fn hostile_text_is_bounded() {
    let many = format!(
        "BT /F 1 Tf 20 100 Td {} ET",
        "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ".repeat(20_000)
    );
    let storage = Storage::new();
    let file = storage.upload_valid(Pdf::with_text(&many, "", "", &[]).bytes()).await;
    let text = storage.page_text(&file, 1).await;
    assert!(text.blocks.iter().flat_map(|block| &block.lines).count() >= 1);
    let nested = "/P<</MCID 1>>BDC ".repeat(100_000);
    let file = storage
        .upload_valid(
            Pdf::with_text(&format!("{nested}BT /F 9 Tf 20 100 Td (deep) Tj ET"), "", "", &[]).bytes(),
        )
        .await;
    assert_eq!(lines(&storage.page_text(&file, 1).await), ["deep"]);
    // More glyphs than are read, at two places, each a string of its own.
    let piled =
        format!("BT /F 9 Tf {} ET", "1 0 0 1 20 100 Tm (a) Tj 1 0 0 1 90 50 Tm (b) Tj ".repeat(60_000));
    let file = storage.upload_valid(Pdf::with_text(&piled, "", "", &[]).bytes()).await;
    let text = storage.page_text(&file, 1).await;
    assert!(text.is_cut);
    assert!(lines(&text).len() <= 100_000);
}

#[tokio::test]
async fn image_has_no_text() {
    let storage = Storage::new();
    let file = storage.upload_valid(super::pictures::noise(20, 20, 1)).await;
    assert_eq!(storage.page_text(&file, 1).await, PageText::default());
}
