//! Text in annotations: the faces that have its characters, and lines.

use hayro::hayro_interpret::font::StandardFont;

use super::{super::fonts, encoding::encode};

/// A typeface of the overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Sans,
    SansBold,
    Serif,
    SerifBold,
    Mono,
    MonoBold,
    /// Check marks, circles, crosses.
    Dingbats,
    /// Scripts that the encoding of the standard fonts lacks.
    Wide,
    /// Han, kana.
    Han,
    /// Hangul.
    Hangul,
}

/// A piece of text in one face.
#[derive(Debug, PartialEq)]
pub(super) struct Run {
    pub(super) face: Face,
    pub(super) text: String,
    /// The codes of a standard font.
    pub(super) codes: Vec<u8>,
}

impl Face {
    pub(super) const ALL: [Self; 10] = [
        Self::Sans,
        Self::SansBold,
        Self::Serif,
        Self::SerifBold,
        Self::Mono,
        Self::MonoBold,
        Self::Dingbats,
        Self::Wide,
        Self::Han,
        Self::Hangul,
    ];

    /// The face nearest to a font's name.
    pub(super) fn named(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
        let is_bold = has(&["bold"]) || matches!(name.as_str(), "hebo" | "tibo" | "cobo");
        if has(&["zapf", "zadb", "dingbat"]) {
            Self::Dingbats
        } else if has(&["cour", "mono", "consol"]) || name.starts_with("co") {
            if is_bold { Self::MonoBold } else { Self::Mono }
        } else if has(&["times", "tiro", "tibo", "serif", "georgia", "garamond", "roman"]) && !has(&["sans"])
        {
            if is_bold { Self::SerifBold } else { Self::Serif }
        } else if is_bold {
            Self::SansBold
        } else {
            Self::Sans
        }
    }

    /// Its name in the overlay's resources.
    pub(super) fn resource(self) -> String {
        format!("F{self:?}")
    }

    /// The standard font that it is.
    pub(super) fn standard(self) -> Option<&'static str> {
        self.standard_font().map(|font| font.postscript_name())
    }

    fn standard_font(self) -> Option<StandardFont> {
        Some(match self {
            Self::Sans => StandardFont::Helvetica,
            Self::SansBold => StandardFont::HelveticaBold,
            Self::Serif => StandardFont::TimesRoman,
            Self::SerifBold => StandardFont::TimesBold,
            Self::Mono => StandardFont::Courier,
            Self::MonoBold => StandardFont::CourierBold,
            Self::Dingbats => StandardFont::ZapfDingBats,
            Self::Wide | Self::Han | Self::Hangul => return None,
        })
    }

    /// The character collection by which `fonts` finds a font for it.
    pub(super) fn ordering(self) -> &'static str {
        match self {
            Self::Han => "Japan1",
            Self::Hangul => "Korea1",
            _ => "Identity",
        }
    }

    /// The width of a character, in thousandths of the size.
    pub(super) fn advance(self, character: char) -> f32 {
        let measured = match self.standard_font() {
            Some(font) => fonts::standard_advance(font, character),
            None => fonts::advance(self.ordering(), character),
        };
        measured.unwrap_or(match self {
            Self::Mono | Self::MonoBold => 600.0,
            Self::Han | Self::Hangul => 1_000.0,
            _ => 556.0,
        })
    }

    /// The face for a character: this one if the encoding has it.
    fn for_character(self, character: char) -> Self {
        match character {
            _ if encode(character).is_some() => self,
            '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}' => Self::Hangul,
            '\u{2E80}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{FF00}'..='\u{FFEF}'
            | '\u{20000}'..='\u{3FFFF}' => Self::Han,
            _ => Self::Wide,
        }
    }

    /// Splits a line into runs.
    pub(super) fn runs(self, line: &str) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for character in line.chars() {
            let face = self.for_character(character);
            if runs.last().is_none_or(|run| run.face != face) {
                runs.push(Run { face, text: String::new(), codes: Vec::new() });
            }
            if let Some(run) = runs.last_mut() {
                run.text.push(character);
                run.codes.extend(encode(character));
            }
        }
        runs
    }

    /// The width of a line in this size.
    pub(super) fn width(self, line: &str, size: f32) -> f32 {
        line.chars().map(|c| self.for_character(c).advance(c)).sum::<f32>() * size / 1_000.0
    }

    /// Breaks text into lines of at most this width, at blanks where that can be.
    pub(super) fn wrap(self, text: &str, width: f32, size: f32) -> Vec<String> {
        text.split('\n').flat_map(|line| self.wrap_line(line, width, size)).collect()
    }

    fn wrap_line(self, text: &str, width: f32, size: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0.0);
        for word in text.split_inclusive(' ') {
            let needed = self.width(word.trim_end(), size);
            if used + needed > width && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0.0;
            }
            for character in word.chars() {
                let advance = self.for_character(character).advance(character) * size / 1_000.0;
                if used + advance > width && !line.is_empty() && character != ' ' {
                    lines.push(std::mem::take(&mut line));
                    used = 0.0;
                }
                line.push(character);
                used += advance;
            }
        }
        lines.push(line);
        lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_is_split_where_the_face_changes() {
        let runs = Face::Serif.runs("ab €Привет 日本한");
        let faces: Vec<_> = runs.iter().map(|run| (run.face, run.text.as_str())).collect();
        assert_eq!(
            faces,
            [
                (Face::Serif, "ab €"),
                (Face::Wide, "Привет"),
                (Face::Serif, " "),
                (Face::Han, "日本"),
                (Face::Hangul, "한")
            ]
        );
        assert_eq!(runs[0].codes, b"ab \x80");
    }

    #[test]
    fn lines_break_at_blanks_and_in_long_words() {
        // Every character of Courier is about 600 wide.
        let wrap = |text| Face::Mono.wrap(text, 36.5, 10.0);
        assert_eq!(wrap("one two three"), ["one", "two", "three"]);
        assert_eq!(wrap("a b c d"), ["a b c", "d"]);
        assert_eq!(wrap("abcdefghij"), ["abcdef", "ghij"]);
        assert_eq!(wrap("a\n\nb"), ["a", "", "b"]);
        assert_eq!(wrap(""), [""]);
    }

    #[test]
    fn face_follows_the_name_of_a_font() {
        for (name, face) in [
            ("Helv", Face::Sans),
            ("HeBo", Face::SansBold),
            ("ArialMT", Face::Sans),
            ("TiRo", Face::Serif),
            ("TimesNewRomanPS-BoldMT", Face::SerifBold),
            ("Cour", Face::Mono),
            ("Courier-Bold", Face::MonoBold),
            ("ZaDb", Face::Dingbats),
            ("", Face::Sans),
        ] {
            assert_eq!(Face::named(name), face, "{name}");
        }
    }
}
