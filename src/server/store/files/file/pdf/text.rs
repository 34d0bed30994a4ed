//! The text of a page and its links.

use std::collections::HashMap;

use hayro::{
    hayro_interpret::TransformExt,
    hayro_syntax::{
        Pdf,
        object::{Array, Dict, Name, Number, Object, Rect as PdfRect, String as PdfString},
        page::Page,
    },
    kurbo::Rect,
};

use super::{
    annotations, catalogue,
    destinations::Destinations,
    glyphs::{Glyph, glyphs_of},
    items,
    lines::{Line, lines_of},
    strings::decode,
    structure::{Leaf, leaves_of},
};
use crate::model::{PageLink, PageText, TextBlock, TextRole};

/// The most links of a page.
const MAX_LINKS: usize = 1_000;
/// The flag of an annotation that is not shown (ISO 32000-2, 12.5.3).
const HIDDEN: i64 = 1 << 1;

/// The text and the links of a page, as it is drawn: with the appearances that its annotations lack.
pub(super) fn text_of<'a>(pdf: &'a Pdf, page: &'a Page<'a>) -> PageText {
    let root = catalogue(pdf).unwrap_or_else(Dict::empty);
    let (width, height) = page.render_dimensions();
    let leaves = leaves_of(&root, page);
    let overlay = annotations::overlay(page);
    let (glyphs, is_cut) =
        glyphs_of(std::iter::once(page).chain(overlay.iter().flat_map(|pdf| pdf.pages().first())));
    PageText {
        width,
        height,
        lang: root.get::<PdfString<'_>>(b"Lang").and_then(|lang| language(&decode(lang.as_bytes()))),
        blocks: blocks(glyphs, &leaves),
        links: links(page, &Destinations::new(pdf, root), (width, height)),
        is_cut,
    }
}

/// A tag of a language (BCP 47), if it looks like one.
fn language(tag: &str) -> Option<String> {
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_tag = tag.len() >= 2 && tag.len() <= 35 && tag.split('-').all(is_part);
    is_tag.then(|| tag.to_owned())
}

/// Where a block stands: of a tagged page as its structure says, otherwise in the order of the file. Artifacts are last.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    is_artifact: bool,
    block: usize,
    order: usize,
}

fn blocks(glyphs: Vec<Glyph>, leaves: &HashMap<i32, Leaf>) -> Vec<TextBlock> {
    let leaf = |glyph: &Glyph| glyph.mark.id.and_then(|id| leaves.get(&id));
    let key = |glyph: &Glyph| (glyph.mark.is_artifact, leaf(glyph).map(|leaf| leaf.block));
    let lines = lines_of(glyphs, |one, other| key(one) == key(other));
    let mut last = Place::default();
    let mut placed: Vec<(Place, TextRole, Line)> = Vec::new();
    for line in lines {
        let Some(first) = line.0.first() else { continue };
        let found = leaf(first);
        let place = match found {
            _ if first.mark.is_artifact => Place { is_artifact: true, ..Place::default() },
            Some(leaf) => Place { is_artifact: false, block: leaf.block, order: leaf.order },
            // What the structure leaves out follows what was drawn before it.
            None => Place { is_artifact: false, ..last },
        };
        let role = if place.is_artifact {
            TextRole::Artifact
        } else {
            found.map_or(TextRole::Text, |leaf| leaf.role)
        };
        if !place.is_artifact {
            last = place;
        }
        placed.push((place, role, line));
    }
    placed.sort_by_key(|(place, ..)| *place);
    let mut blocks: Vec<(Place, TextBlock)> = Vec::new();
    for (place, role, line) in placed {
        let Some(line) = line.shown() else { continue };
        let is_same = |other: &Place| (other.is_artifact, other.block) == (place.is_artifact, place.block);
        match blocks.last_mut() {
            Some((other, block)) if is_same(other) && block.role == role => block.lines.push(line),
            _ => blocks.push((place, TextBlock { role, lines: vec![line] })),
        }
    }
    blocks.into_iter().map(|(_, block)| block).collect()
}

fn links<'a>(page: &Page<'a>, destinations: &Destinations<'a>, (width, height): (f32, f32)) -> Vec<PageLink> {
    let Some(annotations) = page.raw().get::<Array<'a>>(b"Annots") else { return Vec::new() };
    let transform = page.initial_transform(true).to_kurbo();
    let area = Rect::new(0.0, 0.0, width.into(), height.into());
    let link = |annotation: Object<'a>| {
        let annotation = annotation.into_dict()?;
        let flags = annotation.get::<Number>(b"F").map_or(0, |flags| flags.as_i64());
        if &*annotation.get::<Name<'a>>(b"Subtype")? != b"Link" || flags & HIDDEN != 0 {
            return None;
        }
        let PdfRect { x0, y0, x1, y1 } = annotation.get::<PdfRect>(b"Rect")?;
        let place = transform.transform_rect_bbox(Rect::new(x0, y0, x1, y1).abs()).intersect(area);
        let is_shown = place.width() > 0.0 && place.height() > 0.0;
        let target = is_shown.then(|| destinations.target(&annotation)).flatten()?;
        Some(PageLink {
            x: place.x0 as f32,
            y: place.y0 as f32,
            width: place.width() as f32,
            height: place.height() as f32,
            target,
        })
    };
    items(&annotations, page.xref()).filter_map(link).take(MAX_LINKS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn language_looks_like_a_tag() {
        for (tag, is_tag) in [
            ("en", true),
            ("de-CH-1996", true),
            ("zh-Hant", true),
            ("", false),
            ("e", false),
            ("en_US", false),
            ("en-", false),
            ("en\" onload=\"", false),
            ("unreasonablylong", false),
        ] {
            assert_eq!(language(tag).is_some(), is_tag, "{tag}");
        }
    }
}
