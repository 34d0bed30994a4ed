//! PDFs of text and of a photograph, generated so that every run renders the same.

use std::fmt::Write;

use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

use super::Outcome;

const LINES: usize = 58;
const WORDS: [&str; 24] = [
    "the", "owner", "of", "a", "shared", "document", "sees", "who", "is", "reading", "it", "page", "by",
    "page", "while", "visitors", "turn", "leaves", "and", "numbers", "follow", "within", "one", "second",
];

/// A4 pages, each with a heading and 58 lines of 9.5-point text, about 5,000 characters.
pub fn of_dense_text(pages: u32) -> Vec<u8> {
    let kids = (0..pages).fold(String::new(), |kids, page| kids + &format!("{} 0 R ", 5 + 2 * page));
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>".to_owned(),
    ];
    for page in 0..pages {
        let text = text_of(page);
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
             /Resources << /Font << /T 3 0 R /H 4 0 R >> >> >>",
            6 + 2 * page
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{text}endstream", text.len()));
    }
    write_file(&objects)
}

/// A harmless page, and others that draw a form, which draws another one eight times, and so on.
pub fn that_never_ends(pages: u32) -> Vec<u8> {
    const DEPTH: u32 = 24;
    let first = 3 + 2 * pages;
    let kids = (0..pages).fold(String::new(), |kids, page| kids + &format!("{} 0 R ", 3 + 2 * page));
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"),
    ];
    for page in 0..pages {
        let content = if page == 0 { "0 0 10 10 re f" } else { "/X Do" };
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
             /Resources << /XObject << /X {first} 0 R >> >> >>",
            4 + 2 * page
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    for depth in 0..=DEPTH {
        let content = if depth == DEPTH { "0 0 10 10 re f".to_owned() } else { "/X Do ".repeat(8) };
        objects.push(format!(
            "<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length {} \
             /Resources << /XObject << /X {} 0 R >> >> >>\nstream\n{content}\nendstream",
            content.len(),
            first + depth + 1
        ));
    }
    write_file(&objects)
}

/// One page with a coloured ground, headings and text in several colours.
pub fn of_coloured_text() -> Vec<u8> {
    let mut text = "0.93 0.95 0.99 rg 0 0 595 842 re f 0.16 0.22 0.55 rg 0 760 595 82 re f ".to_owned();
    for (index, colour) in ["0.1 0.1 0.2", "0.7 0.1 0.1", "0 0.4 0.3", "0.3 0.2 0.6"].iter().enumerate() {
        let lines = text_of(index as u32).replace("60 780 Td", &format!("60 {} Td", 720 - 180 * index));
        let lines: String = lines.split_inclusive("T*\n").take(12).collect();
        // Writing to a String does not fail.
        let _ = writeln!(text, "{colour} rg {lines} ET");
    }
    page_of(&text, "", &[])
}

/// One page filled by a photograph: soft shapes with the grain of a camera.
pub fn of_photograph() -> Outcome<Vec<u8>> {
    let mut state = 7_u32;
    let image = RgbImage::from_fn(1_190, 1_684, |x, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 28) as f32;
        let (x, y) = (x as f32 / 190.0, y as f32 / 240.0);
        let level = |phase: f32| 120.0 + 70.0 * (x + phase).sin() * (y - phase).cos() + grain;
        Rgb([level(0.0), level(0.9), level(2.1)].map(|level| level as u8))
    });
    let mut jpeg = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 90))?;
    // In hexadecimal, so that the file stays text.
    let digits: String = jpeg.iter().map(|byte| format!("{byte:02x}")).collect();
    let picture = format!(
        "<< /Type /XObject /Subtype /Image /Width 1190 /Height 1684 /ColorSpace /DeviceRGB /BitsPerComponent 8 \
         /Filter [/ASCIIHexDecode /DCTDecode] /Length {} >>\nstream\n{digits}>\nendstream",
        digits.len() + 1
    );
    Ok(page_of("q 595 0 0 842 0 0 cm /P Do Q", "/XObject << /P 7 0 R >>", &[picture]))
}

/// A document of one A4 page.
fn page_of(content: &str, resources: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [5 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>".to_owned(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 6 0 R \
             /Resources << /Font << /T 3 0 R /H 4 0 R >> {resources} >> >>"
        ),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
    ];
    objects.extend_from_slice(more);
    write_file(&objects)
}

fn text_of(page: u32) -> String {
    let mut text = format!("BT /H 16 Tf 60 780 Td (Chapter {}) Tj /T 9.5 Tf 12 TL T*\n", page + 1);
    let mut word = page as usize * 7;
    for _ in 0..LINES {
        let mut line = String::new();
        while line.len() < 88 {
            // Varying steps spread the words over the line.
            word += 5 + line.len() % 3;
            line.push_str(WORDS[word % WORDS.len()]);
            line.push(' ');
        }
        text += &format!("({}) Tj T*\n", line.trim_end());
    }
    text + "ET\n"
}

fn write_file(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.7\n");
    let mut places = format!("0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = writeln!(places, "{:010} 00000 n ", file.len());
        file += &format!("{} 0 obj\n{object}\nendobj\n", index + 1);
    }
    let (start, size) = (file.len(), objects.len() + 1);
    file += &format!("xref\n{places}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    file.into_bytes()
}
