//! How text in a field or box looks, and where its lines stand.

use hayro::hayro_syntax::{
    object::{Dict, Name, String as Text},
    page::Page,
};

use super::{
    canvas::Canvas,
    style::{Colour, Place},
    text::Face,
};

/// The size of text that may choose it, in points.
const USUAL_SIZE: f32 = 12.0;
/// The smallest size of such text.
const LEAST_SIZE: f32 = 4.0;
/// The height of a line, of the size.
pub(super) const LINE_HEIGHT: f32 = 1.15;
/// How far text goes below and above its base line, of the size.
const DESCENT: f32 = 0.22;
const ASCENT: f32 = 0.72;

/// Font, size and colour, as a default appearance gives them: `/Helv 12 Tf 0 g`.
pub(super) struct Look {
    pub(super) face: Face,
    /// In points; 0: as it fits.
    pub(super) size: f32,
    pub(super) colour: Colour,
}

/// How text stands in its box.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    /// 0: at the left, 1: in the middle, 2: at the right.
    pub(super) quadding: i32,
    /// Whether it may have several lines, from the top; else it is one line in the middle.
    pub(super) multiline: bool,
}

impl Look {
    /// Reads a default appearance. Fonts are named as the form's resources name them.
    pub(super) fn read(appearance: &[u8], page: &Page<'_>) -> Self {
        let text = String::from_utf8_lossy(appearance);
        let mut look = Self { face: Face::Sans, size: 0.0, colour: Colour::BLACK };
        let (mut numbers, mut font) = (Vec::new(), "");
        // `/` may follow a word without a blank.
        let spaced = text.replace('/', " /");
        for word in spaced.split_ascii_whitespace() {
            match (word, word.strip_prefix('/'), word.parse::<f32>()) {
                (_, Some(name), _) => font = name,
                (_, _, Ok(number)) if number.is_finite() => numbers.push(number),
                ("Tf", ..) => {
                    look.face = face(font, page);
                    look.size = numbers.last().copied().unwrap_or(0.0).clamp(0.0, 1_000.0);
                    numbers.clear();
                }
                ("g" | "rg" | "k", ..) => {
                    look.colour = Colour::of(&numbers).unwrap_or(look.colour);
                    numbers.clear();
                }
                _ => numbers.clear(),
            }
        }
        look
    }

    /// The size in which one line fits into a box.
    pub(super) fn size_in(&self, line: &str, place: Place) -> f32 {
        if self.size > 0.0 {
            return self.size;
        }
        let by_height = place.height / LINE_HEIGHT;
        let by_width = place.width / self.face.width(line, 1.0).max(0.01);
        by_height.min(by_width).clamp(LEAST_SIZE, USUAL_SIZE)
    }

    /// Shows text in a box.
    pub(super) fn show(&self, text: &str, place: Place, setting: Setting, canvas: &mut Canvas) {
        canvas.clip(place);
        if !setting.multiline {
            let line = text.replace('\n', " ");
            let size = self.size_in(&line, place);
            let y = place.y + (place.height - (ASCENT - DESCENT) * size) / 2.0;
            self.show_line(&line, size, y, place, setting, canvas);
            return;
        }
        let mut size = if self.size > 0.0 { self.size } else { USUAL_SIZE };
        let mut lines = self.face.wrap(text, place.width, size);
        while self.size == 0.0 && size > LEAST_SIZE && lines.len() as f32 * size * LINE_HEIGHT > place.height
        {
            size -= 1.0;
            lines = self.face.wrap(text, place.width, size);
        }
        for (index, line) in (0_u16..).zip(&lines) {
            let y = place.y + place.height - size * (f32::from(index) * LINE_HEIGHT + 0.85);
            if y + size < place.y {
                break;
            }
            self.show_line(line, size, y, place, setting, canvas);
        }
    }

    fn show_line(&self, line: &str, size: f32, y: f32, place: Place, setting: Setting, canvas: &mut Canvas) {
        let room = place.width - self.face.width(line, size);
        let x = place.x
            + match setting.quadding {
                1 => room / 2.0,
                2 => room,
                _ => 0.0,
            };
        self.show_at(line, size, [x, y], canvas);
    }

    pub(super) fn show_at(&self, line: &str, size: f32, at: [f32; 2], canvas: &mut Canvas) {
        canvas.text(&self.face.runs(line), at, size, self.colour);
    }
}

/// The face of a font that the form's resources name.
fn face(name: &str, page: &Page<'_>) -> Face {
    let font = form(page)
        .and_then(|form| form.get::<Dict<'_>>("DR"))
        .and_then(|resources| resources.get::<Dict<'_>>("Font"))
        .and_then(|fonts| fonts.get::<Dict<'_>>(name));
    match font.and_then(|font| font.get::<Name<'_>>("BaseFont")) {
        Some(base) => Face::named(base.as_str()),
        None => Face::named(name),
    }
}

/// The document's form.
pub(super) fn form<'a>(page: &Page<'a>) -> Option<Dict<'a>> {
    let xref = page.xref();
    xref.get::<Dict<'_>>(xref.root_id())?.get::<Dict<'_>>("AcroForm")
}

/// The default appearance of the form.
pub(super) fn default_appearance<'a>(page: &Page<'a>) -> Option<Text<'a>> {
    form(page)?.get::<Text<'_>>("DA")
}
