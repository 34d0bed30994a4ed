//! Glyphs put together to lines: which stand on one baseline, where there is a space, and the order of reading.

use hayro::kurbo::{Point, Vec2};

use super::{bidi, glyphs::Glyph};
use crate::model::{TextLine, TextPiece};

/// How far from the baseline a glyph of the same line may stand, as an index does, in sizes of the font.
const RISE: f64 = 0.5;
/// A gap from which there is a space, in sizes of the font; a space is a quarter of it in most fonts.
const SPACE: f64 = 0.16;
/// A gap from which another piece begins, in sizes of the font.
const PIECE: f64 = 1.2;
/// How far a glyph of the same line may stand behind the end of the last, in sizes of the font.
const OVERLAP: f64 = 0.6;
/// Letters at least as far apart in all of a string are spaced, and no words, in sizes of the font.
const SPACED: f64 = 0.08;

/// How many glyphs are looked at to see how a line or a string is written.
const LETTERS: usize = 32;

/// The glyphs of one line, in the order of the file.
pub(super) struct Line(pub(super) Vec<Glyph>);

/// Divides glyphs into lines. A line ends where `is_same` says that two glyphs do not belong together.
pub(super) fn lines_of(glyphs: Vec<Glyph>, is_same: impl Fn(&Glyph, &Glyph) -> bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for glyph in glyphs {
        let joins = |line: &&mut Line| {
            line.0.last().is_some_and(|last| is_same(last, &glyph) && continues(line, last, &glyph))
        };
        match lines.last_mut().filter(joins) {
            Some(line) => line.0.push(glyph),
            None => lines.push(Line(vec![glyph])),
        }
    }
    lines
}

/// Whether a glyph stands on the baseline of a line, behind its last glyph.
fn continues(line: &Line, last: &Glyph, glyph: &Glyph) -> bool {
    let size = last.size.max(glyph.size);
    let from_end = glyph.start - last.end;
    let is_level = |from: Vec2| across(last.along, from).abs() <= RISE * size;
    if last.vertical != glyph.vertical || last.along.dot(glyph.along) < 0.99 {
        return false;
    }
    // From right to left, the next word may stand before the first, or its letters behind one another.
    let is_rtl = !bidi::is_ltr(&glyph.text)
        && line.0.iter().rev().take(LETTERS).any(|glyph| bidi::is_rtl(&glyph.text));
    is_level(from_end) && (is_rtl || last.along.dot(from_end) >= -OVERLAP * size)
}

/// The distance of a point from a baseline through the origin.
fn across(along: Vec2, to: Vec2) -> f64 {
    along.cross(to)
}

impl Line {
    /// The line as it is shown; `None` if it has no visible character.
    pub(super) fn shown(mut self) -> Option<TextLine> {
        let rtl = bidi::is_mostly_rtl(self.0.iter().map(|glyph| glyph.text.as_str()));
        let along = self.0.first()?.along;
        let origin = self.0.first()?.start;
        if rtl {
            let place = |glyph: &Glyph| along.dot(glyph.start - origin);
            self.0.sort_by(|one, other| place(one).total_cmp(&place(other)));
        }
        let size = self.0.iter().map(|glyph| glyph.size).fold(0.0, f64::max);
        let vertical = self.0.first()?.vertical;
        let mut pieces: Vec<TextPiece> =
            self.pieces(rtl).iter().filter_map(|piece| shown_piece(piece, along, rtl)).collect();
        if rtl {
            pieces.reverse();
        }
        // A column of glyphs is turned by itself; only the rest of its angle is told.
        let upright = if vertical { Vec2::new(along.y, -along.x) } else { along };
        let angle = upright.y.atan2(upright.x).to_degrees();
        (!pieces.is_empty()).then_some(TextLine {
            size: rounded(size),
            angle: rounded(angle),
            rtl,
            vertical,
            pieces,
        })
    }

    /// The glyphs between wide gaps, with a space where there is a narrower one. Another string begins another piece at a
    /// space: its font may be another, whose letters are wider. Not where pieces would have to be turned round.
    fn pieces(&self, rtl: bool) -> Vec<Vec<Glyph>> {
        let mut pieces: Vec<Vec<Glyph>> = Vec::new();
        let mut rest = self.0.as_slice();
        while let Some(first) = rest.first() {
            let run = rest.iter().take_while(|glyph| glyph.run == first.run).count();
            let spacing = letter_spacing(&rest[..run]);
            for (index, glyph) in rest[..run].iter().enumerate() {
                let spacing = if index == 0 { 0.0 } else { spacing };
                push(&mut pieces, glyph, spacing, rtl);
            }
            rest = &rest[run..];
        }
        pieces
    }
}

/// Adds a glyph to the last piece, or to a new one behind a wide gap.
fn push(pieces: &mut Vec<Vec<Glyph>>, glyph: &Glyph, spacing: f64, rtl: bool) {
    if let Some(piece) = pieces.last_mut()
        && let Some(last) = piece.last()
    {
        let gap = gap(last, glyph) - spacing;
        let has_space = last.text.ends_with(' ') || glyph.text.starts_with(' ');
        let is_turned = rtl || bidi::is_rtl(&last.text) || bidi::is_rtl(&glyph.text);
        let is_another_string = last.run != glyph.run && (has_space || gap > SPACE) && !is_turned;
        if gap <= PIECE && !is_another_string {
            if gap > SPACE && !has_space {
                let space = Glyph { text: " ".to_owned(), end: glyph.start, ..last.clone() };
                piece.push(space);
            }
            piece.push(glyph.clone());
            return;
        }
    }
    pieces.push(vec![glyph.clone()]);
}

/// How far apart the letters of a string are throughout, in sizes of the font: 0 in most strings.
fn letter_spacing(run: &[Glyph]) -> f64 {
    let smallest =
        run.windows(2).take(LETTERS).map(|pair| gap(&pair[0], &pair[1])).fold(f64::INFINITY, f64::min);
    if run.len() >= 4 && smallest >= SPACED { smallest } else { 0.0 }
}

/// The gap between two glyphs of a line, in sizes of the font.
fn gap(last: &Glyph, next: &Glyph) -> f64 {
    last.along.dot(next.start - last.end) / last.size.max(next.size)
}

fn shown_piece(glyphs: &[Glyph], along: Vec2, rtl: bool) -> Option<TextPiece> {
    let is_blank = |glyph: &&Glyph| glyph.text.trim().is_empty();
    let start = glyphs.iter().take_while(is_blank).count();
    let end = glyphs.len() - glyphs.iter().rev().take_while(is_blank).count();
    let glyphs = glyphs.get(start..end)?;
    let (first, last) = (glyphs.first()?, glyphs.last()?);
    let text = bidi::logical(glyphs.iter().map(|glyph| glyph.text.as_str()), rtl);
    let length = along.dot(last.end - first.start);
    let from: Point = if rtl { last.end } else { first.start };
    Some(TextPiece { x: rounded(from.x), y: rounded(from.y), length: rounded(length.max(0.0)), text })
}

/// A length that is exact enough for the screen and short in the answer.
fn rounded(length: f64) -> f32 {
    ((length * 100.0).round() / 100.0) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Glyphs half as wide as they are high, from `x` on.
    fn run(text: &str, x: f64, y: f64, run: usize) -> Vec<Glyph> {
        let glyph = |(index, character): (usize, char)| {
            let x = x + index as f64 * 5.0;
            Glyph {
                text: character.to_string(),
                start: Point::new(x, y),
                end: Point::new(x + 5.0, y),
                along: Vec2::new(1.0, 0.0),
                size: 10.0,
                vertical: false,
                run,
                mark: Default::default(),
            }
        };
        text.chars().enumerate().map(glyph).collect()
    }

    fn read(glyphs: Vec<Glyph>) -> Vec<String> {
        let lines = lines_of(glyphs, |_, _| true).into_iter().filter_map(Line::shown);
        let text = |line: TextLine| {
            let pieces: Vec<String> = line.pieces.into_iter().map(|piece| piece.text).collect();
            pieces.join("|")
        };
        lines.map(text).collect()
    }

    #[test]
    fn gaps_become_spaces_and_pieces() {
        for (second, expected) in [
            // Behind "one", which ends at 15: kerned, narrow, a space, a table's next cell.
            ((14.5, 0.0), vec!["onetwo"]),
            ((16.0, 0.0), vec!["onetwo"]),
            ((18.0, 0.0), vec!["one|two"]),
            ((30.0, 0.0), vec!["one|two"]),
            // An index; another line; backwards on the same line.
            ((15.5, -4.0), vec!["onetwo"]),
            ((0.0, 12.0), vec!["one", "two"]),
            ((0.0, 0.0), vec!["one", "two"]),
        ] {
            let glyphs = [run("one", 0.0, 0.0, 1), run("two", second.0, second.1, 2)].concat();
            assert_eq!(read(glyphs), expected, "{second:?}");
        }
    }

    #[test]
    fn spaced_letters_stay_one_word() {
        let mut glyphs = run("spaced", 0.0, 0.0, 1);
        for (index, glyph) in glyphs.iter_mut().enumerate() {
            glyph.start.x += index as f64 * 2.5;
            glyph.end.x += index as f64 * 2.5;
        }
        assert_eq!(read(glyphs), ["spaced"]);
    }

    #[test]
    fn hebrew_is_read_from_the_right() {
        // Shown from left to right as it is seen: the last letter first.
        let seen = "\u{5DD}\u{5DC}\u{5D5}\u{5E2} \u{5DD}\u{5D5}\u{5DC}\u{5E9}";
        let lines: Vec<TextLine> =
            lines_of(run(seen, 0.0, 0.0, 1), |_, _| true).into_iter().filter_map(Line::shown).collect();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].rtl);
        assert_eq!(lines[0].pieces[0].text, "\u{5E9}\u{5DC}\u{5D5}\u{5DD} \u{5E2}\u{5D5}\u{5DC}\u{5DD}");
        assert_eq!(lines[0].pieces[0].x, 45.0, "it begins on the right");
        // Word by word from the right.
        let words = [
            run("\u{5DD}\u{5D5}\u{5DC}\u{5E9}", 25.0, 0.0, 1),
            run("\u{5DD}\u{5DC}\u{5D5}\u{5E2}", 0.0, 0.0, 2),
        ];
        assert_eq!(read(words.concat()), ["\u{5E9}\u{5DC}\u{5D5}\u{5DD} \u{5E2}\u{5D5}\u{5DC}\u{5DD}"]);
    }
}
