//! Pages whose text cannot be shown, because the file does not hold its font and the system has none for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use hayro::{
    hayro_interpret::{
        BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
        InterpreterWarning, SoftMask, TransformExt,
        font::{Glyph, GlyphId, GlyphRun, OutlineGlyph},
        hayro_cmap::BfString,
        interpret_page,
    },
    hayro_syntax::{
        object::{Array, Dict, Name, Object},
        page::Page,
    },
    kurbo::{BezPath, Rect},
};

use super::fonts;

/// How long the pages are read. What is left then is taken to be shown.
const READING_TIME: Duration = Duration::from_secs(4);
/// How deep forms within a page are searched for fonts.
const MAX_FORM_DEPTH: usize = 3;

/// The numbers of the pages, from 1, on which text is missing.
pub(super) fn pages_missing_text<'a>(pages: impl Iterator<Item = &'a Page<'a>>) -> Vec<u32> {
    let start = Instant::now();
    let cache = InterpreterCache::new();
    let mut missing = Vec::new();
    for (number, page) in (1..).zip(pages) {
        if start.elapsed() > READING_TIME {
            break;
        }
        if lacks_font(page) && misses_text(page, &cache) {
            missing.push(number);
        }
    }
    missing
}

/// Whether a page names a font that is not in the file and is not sure to have all its characters.
fn lacks_font(page: &Page<'_>) -> bool {
    let resources = page.resources();
    any_lacking(&resources.fonts) || forms_lack_font(&resources.x_objects, 1)
}

fn forms_lack_font(forms: &Dict<'_>, depth: usize) -> bool {
    depth <= MAX_FORM_DEPTH
        && values(forms).any(|form| {
            let Object::Stream(form) = form else { return false };
            let Some(resources) = form.dict().get::<Dict<'_>>("Resources") else { return false };
            resources.get::<Dict<'_>>("Font").is_some_and(|fonts| any_lacking(&fonts))
                || resources
                    .get::<Dict<'_>>("XObject")
                    .is_some_and(|forms| forms_lack_font(&forms, depth + 1))
        })
}

fn values<'a>(dict: &Dict<'a>) -> impl Iterator<Item = Object<'a>> {
    dict.keys().filter_map(|key| dict.get::<Object<'_>>(key)).collect::<Vec<_>>().into_iter()
}

fn any_lacking(fonts: &Dict<'_>) -> bool {
    values(fonts).filter_map(Object::into_dict).any(|font| {
        let kind = font.get::<Name<'_>>("Subtype");
        match kind.as_ref().map(Name::as_str) {
            Some("Type0") => {
                let below = font.get::<Array<'_>>("DescendantFonts");
                let below = below.and_then(|below| below.iter::<Dict<'_>>().next());
                below.is_none_or(|font| !has_file(&font))
            }
            Some("Type3") => false,
            // The encodings by name are Latin; every font has their characters.
            _ => {
                !has_file(&font)
                    && font.get::<Dict<'_>>("Encoding").is_some_and(|own| own.contains_key("Differences"))
            }
        }
    })
}

fn has_file(font: &Dict<'_>) -> bool {
    let descriptor = font.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
    ["FontFile", "FontFile2", "FontFile3"].iter().any(|key| descriptor.contains_key(key))
}

/// Reads a page's text without drawing it.
fn misses_text<'a>(page: &'a Page<'a>, cache: &InterpreterCache<'a>) -> bool {
    let unreadable = Arc::new(AtomicBool::new(false));
    let mut settings = fonts::settings();
    let noted = unreadable.clone();
    settings.warning_sink = Arc::new(move |warning| {
        if matches!(warning, InterpreterWarning::UnsupportedFont) {
            noted.store(true, Ordering::Relaxed);
        }
    });
    let (width, height) = page.render_dimensions();
    let shown = Rect::new(0.0, 0.0, width.into(), height.into());
    let transform = page.initial_transform(true).to_kurbo();
    let mut context = Context::new(transform, shown, cache, page.xref(), settings);
    let mut reader = GlyphReader { missing: false };
    interpret_page(page, &mut context, &mut reader);
    reader.missing || unreadable.load(Ordering::Relaxed)
}

/// Notes whether a glyph is missing that stands for a visible character.
struct GlyphReader {
    missing: bool,
}

impl<'a> Device<'a> for GlyphReader {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {
        self.missing |= run.glyphs().iter().any(|glyph| match &**glyph {
            Glyph::Outline(outline) => {
                let text = outline.as_unicode();
                is_visible(text.as_ref()) && (outline.glyph_id() == GlyphId::NOTDEF || lacks(outline, text))
            }
            Glyph::Type3(_) => false,
        });
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Whether the font that stands in for a glyph's own lacks its character.
fn lacks(glyph: &OutlineGlyph, text: Option<BfString>) -> bool {
    let Some(BfString::Char(character)) = text else { return false };
    glyph.font_data().is_some_and(|font| fonts::stands_in_without(&font.data, character))
}

fn is_visible(text: Option<&BfString>) -> bool {
    let shows = |c: char| !c.is_whitespace() && !c.is_control();
    match text {
        Some(BfString::Char(c)) => shows(*c),
        Some(BfString::String(text)) => text.chars().any(shows),
        None => true,
    }
}
