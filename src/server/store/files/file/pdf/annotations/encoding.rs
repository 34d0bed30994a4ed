//! Encodings of text: of strings in a document, and of the standard fonts.

/// How many characters of one text are read.
const MAX_CHARACTERS: usize = 20_000;

/// The code of a character in `WinAnsiEncoding`.
pub(super) fn encode(character: char) -> Option<u8> {
    match character {
        ' '..='~' | '\u{A0}'..='\u{FF}' => u8::try_from(u32::from(character)).ok(),
        _ => WINDOWS.iter().position(|known| *known == Some(character)).map(|index| 0x80 + index as u8),
    }
}

/// The codes 80 to 9F of `WinAnsiEncoding` (ISO 32000-1, annex D.2).
const WINDOWS: [Option<char>; 32] = [
    Some('€'),
    None,
    Some('‚'),
    Some('ƒ'),
    Some('„'),
    Some('…'),
    Some('†'),
    Some('‡'),
    Some('ˆ'),
    Some('‰'),
    Some('Š'),
    Some('‹'),
    Some('Œ'),
    None,
    Some('Ž'),
    None,
    None,
    Some('‘'),
    Some('’'),
    Some('“'),
    Some('”'),
    Some('•'),
    Some('–'),
    Some('—'),
    Some('˜'),
    Some('™'),
    Some('š'),
    Some('›'),
    Some('œ'),
    None,
    Some('ž'),
    Some('Ÿ'),
];

/// The codes 18 to 1F and 80 to 9E of `PDFDocEncoding` (ISO 32000-1, annex D.2).
const DOCUMENT_LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
const DOCUMENT_HIGH: [char; 31] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ',
    'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž',
];

/// A text string: UTF-16 or UTF-8 with a byte order mark, else `PDFDocEncoding` (ISO 32000-2, 7.9.2.2). Line ends are
/// `\n`.
pub(super) fn decode(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    let text = match bytes {
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|byte| document_character(*byte)).collect(),
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(MAX_CHARACTERS).collect()
}

fn document_character(byte: u8) -> char {
    match byte {
        0x18..=0x1F => DOCUMENT_LOW[usize::from(byte - 0x18)],
        0x80..=0x9E => DOCUMENT_HIGH[usize::from(byte - 0x80)],
        0xA0 => '€',
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_strings_are_read_in_each_encoding() {
        for (bytes, text) in [
            (b"Na\xefve \x80\xa0\rb".as_slice(), "Naïve •€\nb"),
            (b"\xFE\xFF\x04\x1F\x00\r\x00\n\xD8\x3D\xDE\x00", "П\n😀"),
            (b"\xFF\xFE\x1F\x04", "П"),
            (b"\xEF\xBB\xBF\xD0\x9F", "П"),
            (b"", ""),
            (b"\xFE\xFF\x04", ""),
        ] {
            assert_eq!(decode(bytes), text, "{bytes:?}");
        }
    }
}
