//! Text strings of a PDF (ISO 32000-2, 7.9.2.2).

/// PDFDocEncoding where it differs from Latin-1: 0x18 to 0x1F (annex D.3).
const LOW: [char; 8] =
    ['\u{2D8}', '\u{2C7}', '\u{2C6}', '\u{2D9}', '\u{2DD}', '\u{2DB}', '\u{2DA}', '\u{2DC}'];
/// The same, 0x80 to 0x9E and 0xA0.
const HIGH: [char; 31] = [
    '\u{2022}', '\u{2020}', '\u{2021}', '\u{2026}', '\u{2014}', '\u{2013}', '\u{192}', '\u{2044}',
    '\u{2039}', '\u{203A}', '\u{2212}', '\u{2030}', '\u{201E}', '\u{201C}', '\u{201D}', '\u{2018}',
    '\u{2019}', '\u{201A}', '\u{2122}', '\u{FB01}', '\u{FB02}', '\u{141}', '\u{152}', '\u{160}', '\u{178}',
    '\u{17D}', '\u{131}', '\u{142}', '\u{153}', '\u{161}', '\u{17E}',
];

/// The text of a string: UTF-16 or UTF-8 with a byte order mark, otherwise PDFDocEncoding.
pub(super) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => bytes.iter().map(|byte| character(*byte)).collect(),
    }
}

/// The text on one line, without control characters and the marks of languages that some programs put in.
pub(super) fn one_line(text: &str) -> String {
    // U+001B, a language code, U+001B (ISO 32000-2, 7.9.2.2.2).
    let without_languages: String = text.split('\u{1B}').step_by(2).collect();
    let spaced = |character: char| if character.is_control() { ' ' } else { character };
    let text: String = without_languages.chars().map(spaced).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    char::decode_utf16(pairs.iter().copied().map(unit)).map(|read| read.unwrap_or('\u{FFFD}')).collect()
}

fn character(byte: u8) -> char {
    match byte {
        0x18..=0x1F => LOW[usize::from(byte - 0x18)],
        0x80..=0x9E => HIGH[usize::from(byte - 0x80)],
        0xA0 => '\u{20AC}',
        byte => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_is_read_in_its_encoding() {
        for (bytes, text) in [
            (b"plain".as_slice(), "plain"),
            (b"caf\xE9 \x84 \xA0", "caf\u{E9} \u{2014} \u{20AC}"),
            (b"\xFE\xFF\x00A\xD8\x3D\xDE\x00", "A\u{1F600}"),
            (b"\xFF\xFEA\x00", "A"),
            (b"\xEF\xBB\xBF\xC3\xA9", "\u{E9}"),
            (b"\xFE\xFF\xD8\x00", "\u{FFFD}"),
        ] {
            assert_eq!(decode(bytes), text, "{bytes:?}");
        }
    }

    #[test]
    fn title_is_one_line() {
        assert_eq!(one_line(" a\r\nb\t c "), "a b c");
        assert_eq!(one_line("\u{1B}en\u{1B}Part one"), "Part one");
    }
}
