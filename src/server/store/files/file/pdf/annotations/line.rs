//! Ink, lines and their ends.

use hayro::hayro_syntax::object::{Array, Dict, Name};

use super::{
    canvas::Canvas,
    style::{Border, Colour, Place, colour, finite, numbers, opacity, pairs, points},
};

/// The size of line ends, in widths of the line.
const END_SIZE: f32 = 9.0;

/// What is drawn by hand.
pub(super) fn ink(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    let colour = colour(annotation, "C", Some(Colour::BLACK))?;
    let strokes = annotation.get::<Array<'_>>("InkList")?;
    canvas.blend(opacity(annotation), false);
    canvas.round();
    for stroke in strokes.iter::<Array<'_>>() {
        let mut points = pairs(&finite(&stroke));
        if let [point] = points[..] {
            // A dot; the round ends make it visible.
            points.push(point);
        }
        canvas.lines(&points, false);
    }
    canvas.paint(None, Some((colour, &Border::of(annotation))));
    Some(())
}

pub(super) fn line(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    let points = pairs(&numbers(annotation, "L"));
    (points.len() == 2).then(|| open_line(annotation, &points, canvas))?
}

pub(super) fn poly_line(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    open_line(annotation, &points(annotation, "Vertices"), canvas)
}

fn open_line(annotation: &Dict<'_>, points: &[[f32; 2]], canvas: &mut Canvas) -> Option<()> {
    let colour = colour(annotation, "C", Some(Colour::BLACK))?;
    canvas.blend(opacity(annotation), false);
    let border = Border::of(annotation);
    canvas.lines(points, false);
    canvas.paint(None, Some((colour, &border)));
    let fill = self::colour(annotation, "IC", None);
    let ends = annotation.get::<Array<'_>>("LE");
    let mut ends = ends.iter().flat_map(|ends| ends.iter::<Name<'_>>());
    let solid = Border { dash: Vec::new(), ..border };
    if let ([first, second, ..], [.., last_but_one, last]) = (points, points) {
        for (at, from) in [(first, second), (last, last_but_one)] {
            if let Some(kind) = ends.next() {
                end(kind.as_str(), *at, *from, canvas, fill, (colour, &solid));
            }
        }
    }
    Some(())
}

/// The end of a line at a point, coming from another (ISO 32000-1, table 176).
pub(super) fn end(
    kind: &str,
    at: [f32; 2],
    from: [f32; 2],
    canvas: &mut Canvas,
    fill: Option<Colour>,
    outline: (Colour, &Border),
) {
    let size = (outline.1.width * END_SIZE).max(2.0);
    let length = (at[0] - from[0]).hypot(at[1] - from[1]).max(f32::MIN_POSITIVE);
    let (dx, dy) = ((at[0] - from[0]) / length, (at[1] - from[1]) / length);
    // A point so far back along the line, and so far to its side.
    let beside = |back: f32, side: f32| [at[0] - dx * back - dy * side, at[1] - dy * back + dx * side];
    let (closed, half) = (kind.contains("Closed"), size / 2.0);
    let around = Place { x: at[0] - half, y: at[1] - half, width: size, height: size };
    match kind {
        "OpenArrow" | "ClosedArrow" => {
            canvas.lines(&[beside(size * 0.87, half), at, beside(size * 0.87, -half)], closed);
        }
        "ROpenArrow" | "RClosedArrow" => {
            canvas.lines(&[beside(-size * 0.87, half), at, beside(-size * 0.87, -half)], closed);
        }
        "Butt" => canvas.lines(&[beside(0.0, half), beside(0.0, -half)], false),
        "Slash" => canvas.lines(&[beside(-half * 0.5, half), beside(half * 0.5, -half)], false),
        "Diamond" => {
            canvas
                .lines(&[beside(half, 0.0), beside(0.0, half), beside(-half, 0.0), beside(0.0, -half)], true);
        }
        "Circle" => canvas.ellipse(around),
        "Square" => canvas.rect(around),
        _ => return,
    }
    let has_inside = closed || matches!(kind, "Diamond" | "Circle" | "Square");
    canvas.paint(fill.filter(|_| has_inside), Some(outline));
}
