//! Marks on text: highlighted, underlined, struck out.

use hayro::hayro_syntax::object::Dict;

use super::{
    canvas::Canvas,
    style::{Border, Colour, Place, colour, numbers, opacity},
};

/// The width of lines under and through text, of its height.
const LINE_WIDTH: f32 = 0.06;

/// The corners of a piece of marked text.
struct Quad {
    top_left: [f32; 2],
    top_right: [f32; 2],
    bottom_left: [f32; 2],
    bottom_right: [f32; 2],
}

impl Quad {
    /// The pieces under `QuadPoints`, in the order in which programs write them (upper left, upper right, lower left,
    /// lower right; ISO 32000-1 has another, which nothing follows); the rectangle if there are none.
    fn all(annotation: &Dict<'_>) -> Option<Vec<Self>> {
        let corners = numbers(annotation, "QuadPoints");
        let quads: Vec<_> = corners
            .chunks_exact(8)
            .map(|c| Self {
                top_left: [c[0], c[1]],
                top_right: [c[2], c[3]],
                bottom_left: [c[4], c[5]],
                bottom_right: [c[6], c[7]],
            })
            .collect();
        if !quads.is_empty() {
            return Some(quads);
        }
        let Place { x, y, width, height } = Place::of(annotation)?;
        Some(vec![Self {
            top_left: [x, y + height],
            top_right: [x + width, y + height],
            bottom_left: [x, y],
            bottom_right: [x + width, y],
        }])
    }

    fn height(&self) -> f32 {
        distance(self.top_left, self.bottom_left)
    }

    /// The line from left to right at a part of the height, from the bottom.
    fn line_at(&self, part: f32) -> [[f32; 2]; 2] {
        [between(self.bottom_left, self.top_left, part), between(self.bottom_right, self.top_right, part)]
    }
}

fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn between(from: [f32; 2], to: [f32; 2], part: f32) -> [f32; 2] {
    [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part]
}

/// Colour that darkens the text instead of covering it.
pub(super) fn highlight(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    let colour = colour(annotation, "C", Some(Colour::YELLOW))?;
    canvas.blend(opacity(annotation), true);
    for quad in Quad::all(annotation)? {
        canvas.lines(&[quad.top_left, quad.top_right, quad.bottom_right, quad.bottom_left], true);
    }
    canvas.paint(Some(colour), None);
    Some(())
}

pub(super) fn underline(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    lines(annotation, canvas, |quad| quad.line_at(LINE_WIDTH).to_vec())
}

pub(super) fn strike_out(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    lines(annotation, canvas, |quad| quad.line_at(0.5).to_vec())
}

pub(super) fn squiggly(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    lines(annotation, canvas, |quad| {
        let (low, high) = (quad.line_at(LINE_WIDTH), quad.line_at(3.0 * LINE_WIDTH));
        let step = (quad.height() * 2.0 * LINE_WIDTH).max(0.5);
        let steps = (distance(low[0], low[1]) / step).ceil().clamp(1.0, 2_000.0) as u16;
        (0..=steps)
            .map(|index| {
                let [from, to] = if index % 2 == 0 { low } else { high };
                between(from, to, f32::from(index) / f32::from(steps))
            })
            .collect()
    })
}

/// A line in each piece of text.
fn lines(annotation: &Dict<'_>, canvas: &mut Canvas, line: impl Fn(&Quad) -> Vec<[f32; 2]>) -> Option<()> {
    let colour = colour(annotation, "C", Some(Colour::BLACK))?;
    canvas.blend(opacity(annotation), false);
    for quad in Quad::all(annotation)? {
        let width = (quad.height() * LINE_WIDTH).clamp(0.5, 4.0);
        canvas.lines(&line(&quad), false);
        canvas.paint(None, Some((colour, &Border { width, dash: Vec::new(), underlined: false })));
    }
    Some(())
}
