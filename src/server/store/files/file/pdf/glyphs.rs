//! The glyphs of a page with their characters and places, as the interpreter draws them.

use hayro::{
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
        SoftMask, TransformExt,
        font::{Glyph as FontGlyph, GlyphRun},
        hayro_cmap::{BfString, WritingMode},
        interpret_page,
    },
    hayro_syntax::{
        object::{Dict, Number, String as PdfString},
        page::Page,
    },
    kurbo::{Affine, BezPath, Point, Rect, Vec2},
};

use super::{fonts, strings::decode};

/// The most glyphs of a page; a dense page has a tenth of it.
pub(super) const MAX_GLYPHS: usize = 100_000;
/// The most bytes of text of a page: a font may map one glyph to a long text.
const MAX_BYTES: usize = 1 << 20;
/// Glyph space has a thousand units to the size of the font.
const UNITS: f64 = 1_000.0;
/// Where a vertical glyph begins above its baseline, in units: the default of PDF (ISO 32000-2, 9.7.4.3).
const VERTICAL_TOP: f64 = 880.0;

/// A glyph on the page. Lengths are points, y grows downwards.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    /// Its characters; a ligature has several.
    pub(super) text: String,
    /// Where it begins on its baseline.
    pub(super) start: Point,
    /// Where the next glyph would begin.
    pub(super) end: Point,
    /// The direction of the baseline, of length 1.
    pub(super) along: Vec2,
    /// The size of the font.
    pub(super) size: f64,
    /// Whether the next glyph stands below.
    pub(super) vertical: bool,
    /// Counts the strings that were shown.
    pub(super) run: usize,
    /// The marked content that it belongs to.
    pub(super) mark: Mark,
}

/// What marked content says of a glyph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// The id by which the structure of the document names it.
    pub(super) id: Option<i32>,
    /// Whether it is no part of the text, such as a page number.
    pub(super) is_artifact: bool,
}

/// The glyphs of pages that lie on one another, in the order in which they are drawn, and whether there are more.
pub(super) fn glyphs_of<'a>(pages: impl IntoIterator<Item = &'a Page<'a>>) -> (Vec<Glyph>, bool) {
    let mut collector = Collector::default();
    for page in pages {
        let (width, height) = page.render_dimensions();
        collector.area = Rect::new(0.0, 0.0, width.into(), height.into());
        let cache = InterpreterCache::new();
        let transform = page.initial_transform(true).to_kurbo();
        let mut context = Context::new(transform, collector.area, &cache, page.xref(), fonts::settings());
        interpret_page(page, &mut context, &mut collector);
        collector.open.clear();
    }
    (collector.glyphs, collector.is_cut)
}

/// Collects glyphs and draws nothing.
#[derive(Default)]
struct Collector {
    area: Rect,
    glyphs: Vec<Glyph>,
    bytes: usize,
    is_cut: bool,
    runs: usize,
    open: Vec<OpenMark>,
}

/// Marked content that has begun.
#[derive(Default)]
struct OpenMark {
    mark: Mark,
    /// The text of all glyphs in it together (ISO 32000-2, 14.9.4); empty once it was given to the first of them.
    actual_text: Option<String>,
}

impl Collector {
    fn add(&mut self, glyph: &FontGlyph<'_>, transform: Affine, vertical: bool) {
        let text = self.actual_text().unwrap_or_else(|| text_of(glyph));
        let advance = match glyph {
            FontGlyph::Outline(outline) => outline.advance_width(),
            FontGlyph::Type3(drawn) => drawn.advance_width(),
        };
        let advance = f64::from(advance.unwrap_or(0.0));
        let (start, end) = if vertical {
            (Point::new(advance / 2.0, VERTICAL_TOP), Point::new(advance / 2.0, VERTICAL_TOP - UNITS))
        } else {
            (Point::ZERO, Point::new(advance, 0.0))
        };
        let (start, end) = (transform * start, transform * end);
        let [a, b, c, d, ..] = transform.as_coeffs();
        let along = if vertical { Vec2::new(-c, -d) } else { Vec2::new(a, b) };
        let size = Vec2::new(c, d).hypot() * UNITS;
        let is_sound = [start.x, start.y, end.x, end.y, size].iter().all(|number| number.is_finite());
        if text.is_empty() || !is_sound || along.hypot() <= 0.0 || !self.area.contains(start) {
            return;
        }
        if self.glyphs.len() >= MAX_GLYPHS || self.bytes + text.len() > MAX_BYTES {
            self.is_cut = true;
            return;
        }
        self.bytes += text.len();
        let (along, run, mark) = (along.normalize(), self.runs, self.mark());
        self.glyphs.push(Glyph { text, start, end, along, size, vertical, run, mark });
    }

    /// The text that stands for the glyph, if marked content gives one: for all but its first glyph it is empty.
    fn actual_text(&mut self) -> Option<String> {
        self.open.iter_mut().find_map(|open| open.actual_text.as_mut().map(std::mem::take))
    }

    fn mark(&self) -> Mark {
        self.open.last().map(|open| open.mark).unwrap_or_default()
    }

    /// Whether the same glyphs were just shown at the same places, as programs do for a bold look.
    fn repeats_last_run(&self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>) -> bool {
        let (Some(first), Some(shown)) = (run.glyphs().first(), self.glyphs.last()) else { return false };
        let last_run = self.glyphs.iter().rev().take_while(|glyph| glyph.run == shown.run);
        let Some(before) = last_run.last() else { return false };
        let start = (props.transform * first.transform()) * Point::ZERO;
        !before.vertical
            && (start - before.start).hypot() < before.size * 0.1
            && text_of(first) == before.text
            && run.glyphs().len() > 1
    }
}

impl<'a> Device<'a> for Collector {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        if self.is_cut || self.repeats_last_run(run, &props) {
            return;
        }
        self.runs += 1;
        let vertical = run.writing_mode() == WritingMode::Vertical;
        for glyph in run.glyphs() {
            self.add(glyph, props.transform * glyph.transform(), vertical);
        }
    }

    fn begin_marked_content(&mut self, tag: &[u8], properties: Option<&Dict<'_>>) {
        let outer = self.mark();
        let id = properties.and_then(|properties| properties.get::<Number>(b"MCID"));
        let id = id.and_then(|id| i32::try_from(id.as_i64()).ok());
        let text = properties.and_then(|properties| properties.get::<PdfString<'_>>(b"ActualText"));
        self.open.push(OpenMark {
            mark: Mark { id: id.or(outer.id), is_artifact: tag == b"Artifact" || outer.is_artifact },
            actual_text: text.map(|text| readable(&decode(text.as_bytes()))),
        });
    }

    fn end_marked_content(&mut self) {
        self.open.pop();
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

fn text_of(glyph: &FontGlyph<'_>) -> String {
    match glyph.as_unicode() {
        Some(BfString::Char(character)) => readable(&character.to_string()),
        Some(BfString::String(text)) => readable(&text),
        None => String::new(),
    }
}

/// The text with ligatures and letters in a form for their place written as plain letters, and without characters
/// that stand for none.
fn readable(text: &str) -> String {
    let normalizer = icu_normalizer::ComposingNormalizerBorrowed::new_nfkc();
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{AD}' => plain.push('-'),
            '\u{FB00}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => {
                plain.push_str(&normalizer.normalize(character.encode_utf8(&mut [0; 4])));
            }
            '\t' | '\n' | '\r' | '\u{A0}' => plain.push(' '),
            '\u{FFFD}' | '\u{FFFE}' | '\u{FFFF}' | '\u{FEFF}' | '\u{E000}'..='\u{F8FF}' => {}
            character if character.is_control() => {}
            character => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presentation_forms_become_plain_letters() {
        for (given, plain) in [
            ("\u{FB01}", "fi"),
            ("\u{FB04}", "ffl"),
            // Arabic lam with alef, initial beh.
            ("\u{FEFB}", "\u{644}\u{627}"),
            ("\u{FE91}", "\u{628}"),
            // Hebrew shin with a dot: kept apart, as Unicode composes it nowhere.
            ("\u{FB2A}", "\u{5E9}\u{5C1}"),
            ("a\u{0}\u{E123}\u{FFFD}b", "ab"),
            ("\u{AD}\u{A0}", "- "),
            ("\u{BD}", "\u{BD}"),
        ] {
            assert_eq!(readable(given), plain, "{given:?}");
        }
    }
}
