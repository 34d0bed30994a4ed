//! Form fields: text, choices, boxes and buttons (ISO 32000-1, 12.7).

use hayro::hayro_syntax::{
    object::{Array, Dict, Name, Object, String as Text},
    page::Page,
};

use super::{
    canvas::Canvas,
    encoding::decode,
    field_text::{LINE_HEIGHT, Look, Setting, default_appearance},
    style::{Border, Colour, Place, colour},
    text::Face,
};

/// How many parents of a field are asked for what it lacks.
const MAX_PARENTS: usize = 16;
/// How many options of a list are read.
const MAX_OPTIONS: usize = 10_000;

/// Flags of fields (ISO 32000-1, tables 226, 228 and 230).
const MULTILINE: u32 = 1 << 12;
const PASSWORD: u32 = 1 << 13;
const COMB: u32 = 1 << 24;
const RADIO: u32 = 1 << 15;
const PUSH_BUTTON: u32 = 1 << 16;
const COMBO: u32 = 1 << 17;

/// The background of a chosen row of a list, and its text.
const CHOSEN: Colour = Colour::Rgb([0.6, 0.76, 0.85]);

/// A field of a form: its frame, and what is filled in.
pub(super) fn widget(annotation: &Dict<'_>, page: &Page<'_>, canvas: &mut Canvas) -> Option<()> {
    let place = Place::of(annotation)?;
    let kind = inherited::<Name<'_>>(annotation, |dict| dict.get("FT"))?;
    let flags = inherited::<i64>(annotation, |dict| dict.get("Ff")).unwrap_or(0) as u32;
    let style = annotation.get::<Dict<'_>>("MK").unwrap_or_default();
    let place = turn(&style, place, canvas);
    let mut border = Border::of(annotation);
    let line = colour(&style, "BC", None);
    let is_round = kind.as_str() == "Btn" && flags & RADIO != 0;
    let outer = place.inset(border.width / 2.0);
    match (is_round, border.underlined) {
        (true, _) => canvas.ellipse(outer),
        (false, false) => canvas.rect(outer),
        (false, true) => canvas.lines(&[[outer.x, outer.y], [outer.x + outer.width, outer.y]], false),
    }
    canvas.paint(colour(&style, "BG", None), line.map(|line| (line, &border)));
    if line.is_none() {
        border.width = border.width.min(1.0);
    }
    let inside = place.inset(border.width * 2.0);
    let appearance =
        inherited::<Text<'_>>(annotation, |dict| dict.get("DA")).or_else(|| default_appearance(page));
    let look = Look::read(appearance.as_deref().unwrap_or_default(), page);
    let quadding = inherited::<i32>(annotation, |dict| dict.get("Q")).unwrap_or(0);
    match kind.as_str() {
        "Tx" => text_field(annotation, flags, &look, quadding, inside, canvas),
        "Ch" if flags & COMBO != 0 => {
            let value = shown_values(annotation).into_iter().next()?;
            look.show(&value, inside, Setting { quadding, multiline: false }, canvas);
            Some(())
        }
        "Ch" => list(annotation, &look, inside, canvas),
        "Btn" if flags & PUSH_BUTTON != 0 => {
            let caption = decode(&style.get::<Text<'_>>("CA")?);
            look.show(&caption, inside, Setting { quadding: 1, multiline: false }, canvas);
            Some(())
        }
        "Btn" => mark(annotation, &style, is_round, &look, inside, canvas),
        _ => None,
    }
}

/// What a field says itself, or a parent says for it.
fn inherited<'a, T>(annotation: &Dict<'a>, get: impl Fn(&Dict<'a>) -> Option<T>) -> Option<T> {
    let mut dict = annotation.clone();
    for _ in 0..MAX_PARENTS {
        if let Some(value) = get(&dict) {
            return Some(value);
        }
        dict = dict.get::<Dict<'_>>("Parent")?;
    }
    None
}

/// Turns the field as it says, and returns its place on the turned page.
fn turn(style: &Dict<'_>, place: Place, canvas: &mut Canvas) -> Place {
    let Place { x, y, width, height } = place;
    let (matrix, width, height) = match style.get::<i32>("R").unwrap_or(0).rem_euclid(360) {
        90 => ([0.0, 1.0, -1.0, 0.0, x + width, y], height, width),
        180 => ([-1.0, 0.0, 0.0, -1.0, x + width, y + height], width, height),
        270 => ([0.0, -1.0, 1.0, 0.0, x, y + height], height, width),
        _ => return place,
    };
    canvas.transform(matrix);
    Place { x: 0.0, y: 0.0, width, height }
}

fn text_field(
    annotation: &Dict<'_>,
    flags: u32,
    look: &Look,
    quadding: i32,
    place: Place,
    canvas: &mut Canvas,
) -> Option<()> {
    let mut value = inherited(annotation, |dict| text_of(dict.get::<Object<'_>>("V")?))?;
    if flags & PASSWORD != 0 {
        value = "*".repeat(value.chars().count());
    }
    let places =
        inherited::<u16>(annotation, |dict| dict.get("MaxLen")).filter(|places| (1..=1_000).contains(places));
    if let Some(places) = places.filter(|_| flags & COMB != 0 && flags & (MULTILINE | PASSWORD) == 0) {
        let width = place.width / f32::from(places);
        let size = look.size_in("M", place);
        for (index, character) in (0..places).zip(value.chars()) {
            let character = character.to_string();
            let middle = place.x + (f32::from(index) + 0.5) * width;
            let at = [
                middle - look.face.width(&character, size) / 2.0,
                place.y + (place.height - 0.5 * size) / 2.0,
            ];
            look.show_at(&character, size, at, canvas);
        }
        return Some(());
    }
    look.show(&value, place, Setting { quadding, multiline: flags & MULTILINE != 0 }, canvas);
    Some(())
}

fn text_of(value: Object<'_>) -> Option<String> {
    match value {
        Object::String(text) => Some(decode(&text)),
        Object::Stream(stream) => Some(decode(&stream.decoded_data().ok()?)),
        Object::Name(name) => Some(name.as_str().to_owned()),
        _ => None,
    }
}

/// The options of a choice: what is kept, and what is shown.
fn options(annotation: &Dict<'_>) -> Vec<(String, String)> {
    let options = inherited::<Array<'_>>(annotation, |dict| dict.get("Opt"));
    let option = |object: Object<'_>| match object {
        Object::String(text) => Some((decode(&text), decode(&text))),
        Object::Array(pair) => {
            let mut pair = pair.iter::<Text<'_>>();
            Some((decode(&pair.next()?), decode(&pair.next()?)))
        }
        _ => None,
    };
    options
        .map(|all| all.iter::<Object<'_>>().take(MAX_OPTIONS).filter_map(option).collect())
        .unwrap_or_default()
}

/// The values that are chosen.
fn values(annotation: &Dict<'_>) -> Vec<String> {
    match inherited::<Object<'_>>(annotation, |dict| dict.get("V")) {
        Some(Object::Array(all)) => all.iter::<Object<'_>>().take(MAX_OPTIONS).filter_map(text_of).collect(),
        Some(value) => text_of(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// The same as they are shown.
fn shown_values(annotation: &Dict<'_>) -> Vec<String> {
    let options = options(annotation);
    let shown = |value: String| {
        let known = options.iter().find(|(kept, _)| *kept == value);
        known.map_or(value.clone(), |(_, shown)| shown.clone())
    };
    values(annotation).into_iter().map(shown).collect()
}

/// A list of options, from the one that is on top, with those that are chosen.
fn list(annotation: &Dict<'_>, look: &Look, place: Place, canvas: &mut Canvas) -> Option<()> {
    let options = options(annotation);
    let chosen = values(annotation);
    let indices = inherited::<Array<'_>>(annotation, |dict| dict.get("I"));
    let indices: Vec<usize> =
        indices.map(|all| all.iter::<i32>().filter_map(|i| i.try_into().ok()).collect()).unwrap_or_default();
    let top =
        inherited::<i32>(annotation, |dict| dict.get("TI")).and_then(|top| top.try_into().ok()).unwrap_or(0);
    let size = if look.size > 0.0 { look.size } else { look.size_in("", Place { width: 1.0, ..place }) };
    let height = size * LINE_HEIGHT;
    canvas.clip(place);
    let mut y = place.y + place.height;
    for (index, (kept, shown)) in options.iter().enumerate().skip(top) {
        if y <= place.y || height <= 0.0 {
            break;
        }
        y -= height;
        // Where both are there, the values say more than the indices.
        let is_chosen = if chosen.is_empty() { indices.contains(&index) } else { chosen.contains(kept) };
        if is_chosen {
            canvas.rect(Place { y, height, ..place });
            canvas.paint(Some(CHOSEN), None);
        }
        look.show_at(shown, size, [place.x, y + size * 0.3], canvas);
    }
    Some(())
}

/// The mark of a box or radio button that is on.
fn mark(
    annotation: &Dict<'_>,
    style: &Dict<'_>,
    is_round: bool,
    look: &Look,
    place: Place,
    canvas: &mut Canvas,
) -> Option<()> {
    let state = annotation.get::<Name<'_>>("AS").or_else(|| inherited(annotation, |dict| dict.get("V")))?;
    if state.as_str() == "Off" {
        return None;
    }
    let given = style.get::<Text<'_>>("CA").and_then(|caption| decode(&caption).chars().next());
    let sign = given.unwrap_or(if is_round { 'l' } else { '4' }).to_string();
    let side = place.width.min(place.height);
    let size = if look.size > 0.0 { look.size.min(side * 1.2) } else { side };
    let width = Face::Dingbats.width(&sign, size);
    let at = [place.x + (place.width - width) / 2.0, place.y + (place.height - size * 0.7) / 2.0];
    Look { face: Face::Dingbats, size, colour: look.colour }.show_at(&sign, size, at, canvas);
    Some(())
}
