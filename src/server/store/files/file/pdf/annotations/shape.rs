//! Shapes: rectangles, ellipses, polygons, and the marks of links, carets and notes.

use hayro::hayro_syntax::object::{Array, Dict};

use super::{
    canvas::Canvas,
    style::{Border, Colour, Place, colour, opacity, points},
};

/// The side of a note's mark, in points.
const NOTE_SIDE: f32 = 18.0;

pub(super) fn square(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    shape(annotation, canvas, |canvas, place| canvas.rect(place))
}

pub(super) fn circle(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    shape(annotation, canvas, |canvas, place| canvas.ellipse(place))
}

fn shape(annotation: &Dict<'_>, canvas: &mut Canvas, path: impl Fn(&mut Canvas, Place)) -> Option<()> {
    let border = Border::of(annotation);
    canvas.blend(opacity(annotation), false);
    path(canvas, Place::of(annotation)?.within(annotation).inset(border.width / 2.0));
    paint(annotation, &border, canvas);
    Some(())
}

pub(super) fn polygon(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    canvas.blend(opacity(annotation), false);
    canvas.lines(&points(annotation, "Vertices"), true);
    paint(annotation, &Border::of(annotation), canvas);
    Some(())
}

fn paint(annotation: &Dict<'_>, border: &Border, canvas: &mut Canvas) {
    let outline = colour(annotation, "C", Some(Colour::BLACK)).map(|colour| (colour, border));
    canvas.paint(colour(annotation, "IC", None), outline);
}

/// The border of a link that has a colour. Others are left alone, as in most viewers.
pub(super) fn link(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    annotation.get::<Array<'_>>("C")?;
    let (colour, border) = (colour(annotation, "C", None)?, Border::of(annotation));
    let place = Place::of(annotation)?.inset(border.width / 2.0);
    match border.underlined {
        true => canvas.lines(&[[place.x, place.y], [place.x + place.width, place.y]], false),
        false => canvas.rect(place),
    }
    canvas.paint(None, Some((colour, &border)));
    Some(())
}

/// The mark of inserted text.
pub(super) fn caret(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    let colour = colour(annotation, "C", Some(Colour::BLACK))?;
    let Place { x, y, width, height } = Place::of(annotation)?.within(annotation);
    canvas.blend(opacity(annotation), false);
    canvas.lines(
        &[[x, y], [x + width / 2.0, y + height], [x + width, y], [x + width / 2.0, y + height * 0.4]],
        true,
    );
    canvas.paint(Some(colour), None);
    Some(())
}

/// A sheet with lines, at the upper left of the rectangle.
pub(super) fn note(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    let paper = colour(annotation, "C", Some(Colour::YELLOW));
    let place = Place::of(annotation)?;
    let border = Border { width: 1.0, dash: Vec::new(), underlined: false };
    let sheet =
        Place { x: place.x, y: place.y + place.height - NOTE_SIDE, width: NOTE_SIDE, height: NOTE_SIDE };
    canvas.blend(opacity(annotation), false);
    canvas.rect(sheet.inset(0.5));
    canvas.paint(paper, Some((Colour::BLACK, &border)));
    for part in [0.3, 0.5, 0.7] {
        let y = sheet.y + sheet.height * part;
        canvas.lines(&[[sheet.x + 4.0, y], [sheet.x + sheet.width - 4.0, y]], false);
    }
    canvas.paint(None, Some((Colour::BLACK, &border)));
    Some(())
}
