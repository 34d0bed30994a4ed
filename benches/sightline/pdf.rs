//! A PDF full of text, generated so that every run renders the same.

use std::fmt::Write;

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
