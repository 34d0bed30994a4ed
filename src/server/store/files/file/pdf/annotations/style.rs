//! Colours, borders and places of annotations, as their dictionaries give them.

use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect};

/// How many numbers of one list are read.
const MAX_NUMBERS: usize = 100_000;

/// A colour in the space that its number of components names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Colour {
    Grey(f32),
    Rgb([f32; 3]),
    Cmyk([f32; 4]),
}

impl Colour {
    pub(super) const BLACK: Self = Self::Grey(0.0);
    pub(super) const YELLOW: Self = Self::Rgb([1.0, 1.0, 0.0]);

    /// The colour of one, three or four components; `None` for others, which mean transparent.
    pub(super) fn of(components: &[f32]) -> Option<Self> {
        match *components {
            [grey] => Some(Self::Grey(grey)),
            [r, g, b] => Some(Self::Rgb([r, g, b])),
            [c, m, y, k] => Some(Self::Cmyk([c, m, y, k])),
            _ => None,
        }
    }
}

/// The colour under a key: `default` where there is none, `None` where it is transparent.
pub(super) fn colour(dict: &Dict<'_>, key: &str, default: Option<Colour>) -> Option<Colour> {
    match dict.get::<Array<'_>>(key) {
        Some(components) => Colour::of(&components.iter::<f32>().take(5).collect::<Vec<_>>()),
        None => default,
    }
}

/// How much an annotation covers, from 0 to 1.
pub(super) fn opacity(annotation: &Dict<'_>) -> f32 {
    annotation.get::<f32>("CA").filter(|opacity| opacity.is_finite()).unwrap_or(1.0).clamp(0.0, 1.0)
}

/// The numbers under a key.
pub(super) fn numbers(dict: &Dict<'_>, key: &str) -> Vec<f32> {
    dict.get::<Array<'_>>(key).map(|array| finite(&array)).unwrap_or_default()
}

pub(super) fn finite(array: &Array<'_>) -> Vec<f32> {
    array.iter::<f32>().take(MAX_NUMBERS).filter(|number| number.is_finite()).collect()
}

/// The points under a key.
pub(super) fn points(dict: &Dict<'_>, key: &str) -> Vec<[f32; 2]> {
    pairs(&numbers(dict, key))
}

pub(super) fn pairs(numbers: &[f32]) -> Vec<[f32; 2]> {
    numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// An upright box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
}

impl Place {
    /// The rectangle of an annotation.
    pub(super) fn of(annotation: &Dict<'_>) -> Option<Self> {
        let rect = annotation.get::<Rect>("Rect")?;
        let place = Self {
            x: rect.x0.min(rect.x1) as f32,
            y: rect.y0.min(rect.y1) as f32,
            width: (rect.x1 - rect.x0).abs() as f32,
            height: (rect.y1 - rect.y0).abs() as f32,
        };
        [place.x, place.y, place.width, place.height].iter().all(|side| side.is_finite()).then_some(place)
    }

    /// The box without a margin on each side; never smaller than nothing.
    pub(super) fn inset(self, margin: f32) -> Self {
        self.without([margin; 4])
    }

    /// The box without margins at the left, the bottom, the right and the top.
    pub(super) fn without(self, [left, bottom, right, top]: [f32; 4]) -> Self {
        Self {
            x: self.x + left,
            y: self.y + bottom,
            width: (self.width - left - right).max(0.0),
            height: (self.height - bottom - top).max(0.0),
        }
    }

    /// The box without the differences that the annotation names under `RD`.
    pub(super) fn within(self, annotation: &Dict<'_>) -> Self {
        match numbers(annotation, "RD")[..] {
            [left, bottom, right, top] => self.without([left, bottom, right, top]),
            _ => self,
        }
    }
}

/// The outline of an annotation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Border {
    /// In points; 0: none.
    pub(super) width: f32,
    /// Lengths of dashes and gaps; empty: solid.
    pub(super) dash: Vec<f32>,
    /// Whether only the lower side is drawn.
    pub(super) underlined: bool,
}

impl Border {
    /// The border that `BS` or the older `Border` gives; a solid line of one point where there is neither.
    pub(super) fn of(annotation: &Dict<'_>) -> Self {
        let mut border = Self { width: 1.0, dash: Vec::new(), underlined: false };
        if let Some(style) = annotation.get::<Dict<'_>>("BS") {
            border.width = style.get::<f32>("W").unwrap_or(1.0);
            match style.get::<Name<'_>>("S").as_ref().map(Name::as_str) {
                Some("D") => {
                    border.dash = style.get::<Array<'_>>("D").map_or(vec![3.0], |dash| finite(&dash))
                }
                Some("U") => border.underlined = true,
                _ => {}
            }
        } else if let Some(old) = annotation.get::<Array<'_>>("Border") {
            border.width = old.iter::<f32>().nth(2).unwrap_or(1.0);
            border.dash = old
                .iter::<Object<'_>>()
                .nth(3)
                .and_then(Object::into_array)
                .map(|dash| finite(&dash))
                .unwrap_or_default();
        }
        border.width = if border.width.is_finite() { border.width.clamp(0.0, 1_000.0) } else { 1.0 };
        // ISO 32000-1, 8.4.3.6: not negative, and not all of them zero.
        border.dash.truncate(10);
        if border.dash.iter().any(|length| *length < 0.0) || border.dash.iter().sum::<f32>() <= 0.0 {
            border.dash.clear();
        }
        border
    }
}
