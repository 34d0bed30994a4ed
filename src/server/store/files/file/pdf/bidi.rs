//! Text as it is seen, put into the order in which it is read. PDF shows the letters of Hebrew and Arabic where they are
//! seen; browsers expect them in the order of reading, and turn them themselves.

use icu_properties::{CodePointMapData, props::BidiClass};

fn class(character: char) -> BidiClass {
    CodePointMapData::<BidiClass>::new().get(character)
}

fn is_strong_rtl(character: char) -> bool {
    [BidiClass::RightToLeft, BidiClass::ArabicLetter].contains(&class(character))
}

/// Whether a text has a letter that is written from right to left.
pub(super) fn is_rtl(text: &str) -> bool {
    // Below Hebrew there is none.
    text.chars().any(|character| character >= '\u{590}' && is_strong_rtl(character))
}

/// Whether a text has a letter that is written from left to right.
pub(super) fn is_ltr(text: &str) -> bool {
    text.chars().any(|character| class(character) == BidiClass::LeftToRight)
}

/// Whether more letters are written from right to left than from left to right.
pub(super) fn is_mostly_rtl<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let (mut rtl, mut ltr) = (0, 0);
    for text in texts {
        if is_rtl(text) {
            rtl += 1;
        } else if is_ltr(text) {
            ltr += 1;
        }
    }
    rtl > ltr
}

/// The text of glyphs that are given as they are seen, from left to right, in the order of reading.
///
/// The inverse of the Unicode Bidirectional Algorithm for one level of embedding: runs of the other direction are
/// turned, and the whole when it is read from right to left. A glyph of several characters has them in the order of
/// reading.
pub(super) fn logical<'a>(glyphs: impl Iterator<Item = &'a str>, rtl: bool) -> String {
    let mut glyphs: Vec<&str> = glyphs.collect();
    if !rtl && !glyphs.iter().any(|text| is_rtl(text)) {
        return glyphs.concat();
    }
    if rtl {
        glyphs.reverse();
    }
    // The runs that are now the wrong way round: from left to right in the one case, from right to left in the other.
    let is_turned = |text: &str| {
        let ltr = |class| {
            [BidiClass::LeftToRight, BidiClass::EuropeanNumber, BidiClass::ArabicNumber].contains(&class)
        };
        if rtl { text.chars().any(|character| ltr(class(character))) } else { is_rtl(text) }
    };
    let is_other = |text: &str| if rtl { is_rtl(text) } else { is_ltr(text) };
    let mut from = 0;
    while let Some(start) = glyphs[from..].iter().position(|text| is_turned(text)).map(|at| from + at) {
        let stop =
            glyphs[start..].iter().position(|text| is_other(text)).map_or(glyphs.len(), |at| start + at);
        // Neutral glyphs at the end of a run, such as a space, do not belong to it.
        let end =
            glyphs[start..stop].iter().rposition(|text| is_turned(text)).map_or(stop, |at| start + at + 1);
        glyphs[start..end].reverse();
        from = end;
    }
    glyphs.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seen: &str, rtl: bool) -> String {
        let glyphs: Vec<String> = seen.chars().map(|character| character.to_string()).collect();
        logical(glyphs.iter().map(String::as_str), rtl)
    }

    #[test]
    fn seen_text_is_put_in_order() {
        for (seen, rtl, expected) in [
            ("plain text", false, "plain text"),
            ("\u{5D2}\u{5D1}\u{5D0}", true, "\u{5D0}\u{5D1}\u{5D2}"),
            // A number and a Latin word in Hebrew.
            ("2026 \u{5D1}\u{5D0}", true, "\u{5D0}\u{5D1} 2026"),
            ("\u{5D2} a PDF \u{5D1}\u{5D0}", true, "\u{5D0}\u{5D1} a PDF \u{5D2}"),
            // Two Hebrew words in English.
            ("say \u{5D3}\u{5D2} \u{5D1}\u{5D0} twice", false, "say \u{5D0}\u{5D1} \u{5D2}\u{5D3} twice"),
        ] {
            assert_eq!(read(seen, rtl), expected, "{seen}");
        }
    }

    #[test]
    fn ligature_keeps_its_order() {
        assert_eq!(logical(["\u{644}\u{627}", "\u{628}"].into_iter(), true), "\u{628}\u{644}\u{627}");
    }
}
