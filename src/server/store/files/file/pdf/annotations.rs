//! Annotations and form fields without an appearance stream. ISO 32000-1, 12.5.5 lets a viewer make the appearance then;
//! hayro draws none. Here they are drawn onto a page of the same size, in a file of its own, which hayro lays over the
//! page: nothing of the original has to be rewritten, encrypted or not.

mod canvas;
mod encoding;
mod field;
mod field_text;
mod free_text;
mod line;
mod markup;
mod shape;
mod style;
mod text;

use hayro::hayro_syntax::{
    Pdf,
    object::{Array, Dict, Name, Object, Stream},
    page::{Page, Rotation},
};

use self::canvas::Canvas;

/// How many annotations of a page are drawn.
const MAX_ANNOTATIONS: usize = 5_000;
/// Flags of an annotation that keep it from the screen: Hidden and NoView (ISO 32000-1, table 165).
const NOT_SHOWN: u32 = 1 << 1 | 1 << 5;

/// A file of one page with the missing appearances of the page's annotations; `None` if it has none.
pub(super) fn overlay(page: &Page<'_>) -> Option<Pdf> {
    let annotations = page.raw().get::<Array<'_>>("Annots")?;
    let mut canvas = Canvas::new();
    for annotation in annotations.iter::<Dict<'_>>().take(MAX_ANNOTATIONS) {
        let flags = annotation.get::<i64>("F").unwrap_or(0) as u32;
        if flags & NOT_SHOWN == 0 && !has_appearance(&annotation) {
            canvas.save();
            draw(&annotation, page, &mut canvas);
            canvas.restore();
        }
    }
    let degrees = match page.rotation() {
        Rotation::None => 0,
        Rotation::Horizontal => 90,
        Rotation::Flipped => 180,
        Rotation::FlippedHorizontal => 270,
    };
    canvas.is_drawn().then(|| Pdf::new(canvas.file(page.intersected_crop_box(), degrees)).ok())?
}

/// Whether hayro draws the annotation, or its state has no appearance on purpose.
fn has_appearance(annotation: &Dict<'_>) -> bool {
    let normal = annotation.get::<Dict<'_>>("AP").and_then(|all| all.get::<Object<'_>>("N"));
    match normal {
        Some(Object::Stream(_)) => true,
        Some(Object::Dict(states)) => {
            let state = annotation.get::<Name<'_>>("AS");
            let is_off = state.as_ref().is_some_and(|state| state.as_str() == "Off");
            let has = |state: &[u8]| states.get::<Stream<'_>>(state).is_some();
            is_off || has(b"Off") || state.is_some_and(|state| has(&state))
        }
        _ => false,
    }
}

fn draw(annotation: &Dict<'_>, page: &Page<'_>, canvas: &mut Canvas) -> Option<()> {
    let kind = annotation.get::<Name<'_>>("Subtype")?;
    match kind.as_str() {
        "Highlight" => markup::highlight(annotation, canvas),
        "Underline" => markup::underline(annotation, canvas),
        "StrikeOut" => markup::strike_out(annotation, canvas),
        "Squiggly" => markup::squiggly(annotation, canvas),
        "Ink" => line::ink(annotation, canvas),
        "Line" => line::line(annotation, canvas),
        "PolyLine" => line::poly_line(annotation, canvas),
        "Polygon" => shape::polygon(annotation, canvas),
        "Square" => shape::square(annotation, canvas),
        "Circle" => shape::circle(annotation, canvas),
        "Link" => shape::link(annotation, canvas),
        "Caret" => shape::caret(annotation, canvas),
        "Text" => shape::note(annotation, canvas),
        "Stamp" => free_text::stamp(annotation, canvas),
        "FreeText" => free_text::free_text(annotation, page, canvas),
        "Widget" => field::widget(annotation, page, canvas),
        _ => None,
    }
}
