//! Text that lies on the page: boxes and stamps.

use hayro::hayro_syntax::{
    object::{Dict, Name, String as Text},
    page::Page,
};

use super::{
    canvas::Canvas,
    encoding::decode,
    field_text::{Look, Setting, default_appearance},
    line::end,
    style::{Border, Colour, Place, colour, numbers, opacity, pairs},
    text::Face,
};

/// A box of text, perhaps with a line that leads to what it is about.
pub(super) fn free_text(annotation: &Dict<'_>, page: &Page<'_>, canvas: &mut Canvas) -> Option<()> {
    let appearance = annotation.get::<Text<'_>>("DA").or_else(|| default_appearance(page));
    let look = Look::read(appearance.as_deref().unwrap_or_default(), page);
    let place = Place::of(annotation)?.within(annotation);
    let border = Border::of(annotation);
    canvas.blend(opacity(annotation), false);
    let callout = pairs(&numbers(annotation, "CL"));
    if let [tip, next, ..] = callout[..] {
        canvas.lines(&callout, false);
        canvas.paint(None, Some((look.colour, &border)));
        if let Some(kind) = annotation.get::<Name<'_>>("LE") {
            end(kind.as_str(), tip, next, canvas, None, (look.colour, &border));
        }
    }
    canvas.rect(place.inset(border.width / 2.0));
    canvas.paint(colour(annotation, "C", None), Some((look.colour, &border)));
    let text = decode(&annotation.get::<Text<'_>>("Contents")?);
    let setting = Setting { quadding: annotation.get::<i32>("Q").unwrap_or(0), multiline: true };
    look.show(&text, place.inset(border.width + 2.0), setting, canvas);
    Some(())
}

/// A stamp: its name in a frame.
pub(super) fn stamp(annotation: &Dict<'_>, canvas: &mut Canvas) -> Option<()> {
    let colour = colour(annotation, "C", Some(Colour::Rgb([0.8, 0.0, 0.0])))?;
    let name = annotation.get::<Name<'_>>("Name");
    let name = name.as_ref().map_or("Draft", Name::as_str);
    let place = Place::of(annotation)?;
    let border = Border { width: (place.height * 0.05).clamp(1.0, 4.0), dash: Vec::new(), underlined: false };
    canvas.blend(opacity(annotation), false);
    canvas.rect(place.inset(border.width / 2.0));
    canvas.paint(None, Some((colour, &border)));
    let inside = place.inset(border.width * 2.0);
    let words = words(name);
    let size = (inside.height * 0.8).min(inside.width / Face::SansBold.width(&words, 1.0).max(0.01));
    let look = Look { face: Face::SansBold, size, colour };
    look.show(&words, inside, Setting { quadding: 1, multiline: false }, canvas);
    Some(())
}

/// `NOT APPROVED` for `NotApproved`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(character.to_uppercase());
    }
    words
}
