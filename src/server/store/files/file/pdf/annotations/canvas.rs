//! The page on which appearances are drawn, and the file that holds it.

use hayro::hayro_syntax::object::Rect;
use pdf_writer::{
    Content, Finish, Name, Pdf, Ref, Str,
    types::{BlendMode, CidFontType, LineCapStyle, LineJoinStyle, SystemInfo, UnicodeCmap},
};

use super::{
    style::{Border, Colour, Place},
    text::{Face, Run},
};

/// A circle's distance of control points, of its radius.
const KAPPA: f32 = 0.552_284_8;

/// What is drawn so far.
pub(super) struct Canvas {
    content: Content,
    /// The graphics states that are used: opacity and blending.
    states: Vec<(f32, bool)>,
    /// Characters that no standard encoding has, by their place the code that shows them.
    others: Vec<(char, Face, f32)>,
    drawn: bool,
}

impl Canvas {
    pub(super) fn new() -> Self {
        Self { content: Content::new(), states: Vec::new(), others: Vec::new(), drawn: false }
    }

    /// Whether there is anything on it.
    pub(super) fn is_drawn(&self) -> bool {
        self.drawn
    }

    pub(super) fn save(&mut self) {
        self.content.save_state();
    }

    pub(super) fn restore(&mut self) {
        self.content.restore_state();
    }

    pub(super) fn transform(&mut self, matrix: [f32; 6]) {
        self.content.transform(matrix);
    }

    /// What follows covers by `opacity`, or darkens what lies below.
    pub(super) fn blend(&mut self, opacity: f32, multiply: bool) {
        let state = (opacity, multiply);
        if state != (1.0, false) {
            let known = self.states.iter().position(|known| *known == state);
            let index = known.unwrap_or_else(|| {
                self.states.push(state);
                self.states.len() - 1
            });
            self.content.set_parameters(Name(format!("G{index}").as_bytes()));
        }
    }

    /// Lines from point to point; closed, they end where they began.
    pub(super) fn lines(&mut self, points: &[[f32; 2]], closed: bool) {
        for (index, [x, y]) in points.iter().enumerate() {
            match index {
                0 => self.content.move_to(*x, *y),
                _ => self.content.line_to(*x, *y),
            };
        }
        if closed && !points.is_empty() {
            self.content.close_path();
        }
    }

    pub(super) fn rect(&mut self, place: Place) {
        self.content.rect(place.x, place.y, place.width, place.height);
    }

    /// The ellipse that touches the sides of a box.
    pub(super) fn ellipse(&mut self, place: Place) {
        let (rx, ry) = (place.width / 2.0, place.height / 2.0);
        let (x, y) = (place.x + rx, place.y + ry);
        let (kx, ky) = (rx * KAPPA, ry * KAPPA);
        self.content.move_to(x + rx, y);
        self.content.cubic_to(x + rx, y + ky, x + kx, y + ry, x, y + ry);
        self.content.cubic_to(x - kx, y + ry, x - rx, y + ky, x - rx, y);
        self.content.cubic_to(x - rx, y - ky, x - kx, y - ry, x, y - ry);
        self.content.cubic_to(x + kx, y - ry, x + rx, y - ky, x + rx, y);
        self.content.close_path();
    }

    /// Keeps what follows, until the state is restored, within a box.
    pub(super) fn clip(&mut self, place: Place) {
        self.rect(place);
        self.content.clip_nonzero();
        self.content.end_path();
    }

    /// Fills and outlines the path.
    pub(super) fn paint(&mut self, fill: Option<Colour>, outline: Option<(Colour, &Border)>) {
        if let Some(colour) = fill {
            self.fill_with(colour);
        }
        let outline = outline.filter(|(_, border)| border.width > 0.0);
        if let Some((colour, border)) = outline {
            self.stroke_with(colour, border);
        }
        self.drawn |= fill.is_some() || outline.is_some();
        match (fill, outline) {
            (Some(_), Some(_)) => self.content.fill_nonzero_and_stroke(),
            (Some(_), None) => self.content.fill_nonzero(),
            (None, Some(_)) => self.content.stroke(),
            (None, None) => self.content.end_path(),
        };
    }

    fn fill_with(&mut self, colour: Colour) {
        match colour {
            Colour::Grey(grey) => self.content.set_fill_gray(grey),
            Colour::Rgb([r, g, b]) => self.content.set_fill_rgb(r, g, b),
            Colour::Cmyk([c, m, y, k]) => self.content.set_fill_cmyk(c, m, y, k),
        };
    }

    fn stroke_with(&mut self, colour: Colour, border: &Border) {
        match colour {
            Colour::Grey(grey) => self.content.set_stroke_gray(grey),
            Colour::Rgb([r, g, b]) => self.content.set_stroke_rgb(r, g, b),
            Colour::Cmyk([c, m, y, k]) => self.content.set_stroke_cmyk(c, m, y, k),
        };
        self.content.set_line_width(border.width);
        self.content.set_dash_pattern(border.dash.iter().copied(), 0.0);
    }

    /// What follows is drawn with round ends and corners.
    pub(super) fn round(&mut self) {
        self.content.set_line_cap(LineCapStyle::RoundCap);
        self.content.set_line_join(LineJoinStyle::RoundJoin);
    }

    /// Shows runs of text, from a point on the base line.
    pub(super) fn text(&mut self, runs: &[Run], [x, y]: [f32; 2], size: f32, colour: Colour) {
        self.fill_with(colour);
        self.content.begin_text();
        self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]);
        for run in runs {
            self.content.set_font(Name(run.face.resource().as_bytes()), size);
            match run.face.standard() {
                Some(_) => self.content.show(Str(&run.codes)),
                None => {
                    let codes: Vec<u8> =
                        run.text.chars().flat_map(|c| self.code(c, run.face).to_be_bytes()).collect();
                    self.content.show(Str(&codes))
                }
            };
        }
        self.content.end_text();
        self.drawn |= !runs.is_empty();
    }

    /// The code of a character outside the standard encodings.
    fn code(&mut self, character: char, face: Face) -> u16 {
        let known = self.others.iter().position(|(known, of, _)| (*known, *of) == (character, face));
        let index = known.unwrap_or_else(|| {
            self.others.push((character, face, face.advance(character)));
            self.others.len() - 1
        });
        u16::try_from(index + 1).unwrap_or(0)
    }

    /// The file, with a page that shows this part of the plane and is turned by so many degrees.
    pub(super) fn file(self, shown: Rect, rotation: i32) -> Vec<u8> {
        let (catalog, tree, page_id, content) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4));
        let mut next = Ref::new(5);
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        pdf.pages(tree).kids([page_id]).count(1);
        let states: Vec<_> = self.states.iter().map(|state| (next.bump(), state)).collect();
        let fonts: Vec<_> = Face::ALL.iter().map(|face| (next.bump(), *face)).collect();
        let mut page = pdf.page(page_id);
        let [x0, y0, x1, y1] = [shown.x0, shown.y0, shown.x1, shown.y1].map(|side| side as f32);
        page.parent(tree).media_box(pdf_writer::Rect::new(x0, y0, x1, y1)).rotate(rotation).contents(content);
        let mut resources = page.resources();
        let mut named = resources.ext_g_states();
        for (index, (id, _)) in states.iter().enumerate() {
            named.pair(Name(format!("G{index}").as_bytes()), *id);
        }
        named.finish();
        let mut named = resources.fonts();
        for (id, face) in &fonts {
            named.pair(Name(face.resource().as_bytes()), *id);
        }
        named.finish();
        resources.finish();
        page.finish();
        pdf.stream(content, &self.content.finish());
        for (id, (opacity, multiply)) in states {
            let mode = if *multiply { BlendMode::Multiply } else { BlendMode::Normal };
            pdf.ext_graphics(id).blend_mode(mode).stroking_alpha(*opacity).non_stroking_alpha(*opacity);
        }
        for (id, face) in fonts {
            match face.standard() {
                Some(name) => {
                    let mut font = pdf.type1_font(id);
                    font.base_font(Name(name.as_bytes()));
                    if face != Face::Dingbats {
                        font.encoding_predefined(Name(b"WinAnsiEncoding"));
                    }
                }
                None => write_composite(&mut pdf, id, face, &self.others, &mut next),
            }
        }
        pdf.finish()
    }
}

/// A font outside the standard ones: its codes are the places in `characters`.
fn write_composite(pdf: &mut Pdf, id: Ref, face: Face, characters: &[(char, Face, f32)], next: &mut Ref) {
    let (below, map) = (next.bump(), next.bump());
    let name = Name(b"Substitute");
    let own = (1_u16..).zip(characters).filter(|(_, (_, of, _))| *of == face);
    let info =
        SystemInfo { registry: Str(b"Adobe"), ordering: Str(face.ordering().as_bytes()), supplement: 0 };
    pdf.type0_font(id)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(below)
        .to_unicode(map);
    let mut font = pdf.cid_font(below);
    font.subtype(CidFontType::Type2).base_font(name).system_info(info);
    let mut widths = font.widths();
    for (code, (_, _, width)) in own.clone() {
        widths.same(code, code, *width);
    }
    widths.finish();
    font.finish();
    let mut unicode = UnicodeCmap::new(name, info);
    for (code, (character, ..)) in own {
        unicode.pair(code, *character);
    }
    pdf.cmap(map, &unicode.finish());
}
