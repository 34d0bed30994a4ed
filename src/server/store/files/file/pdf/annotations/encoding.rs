//! Encodings of text: of strings in a document, and of the standard fonts.

use super::super::strings;

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

/// A text string of a document. Line ends are `\n`.
pub(super) fn decode(bytes: &[u8]) -> String {
    let text = strings::decode(bytes).replace("\r\n", "\n").replace('\r', "\n");
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(MAX_CHARACTERS).collect()
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
