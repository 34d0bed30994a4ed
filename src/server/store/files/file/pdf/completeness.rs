//! Whether a PDF without its end still holds all that its pages show.

use std::collections::HashSet;

use hayro::hayro_syntax::{
    Pdf,
    object::{Array, Dict, MaybeRef, Number, Object},
};

/// How many objects are looked at.
const MAX_OBJECTS: usize = 100_000;
/// Keys that lead from a page to what is not drawn on it, or back to the tree.
const NOT_DRAWN: [&str; 7] = ["Parent", "Annots", "B", "PieceInfo", "StructParents", "Thumb", "Metadata"];

/// Whether an object is missing that a page draws: its content, a font, a picture.
pub(super) fn lacks_content(pdf: &Pdf) -> bool {
    let mut seen = HashSet::new();
    let mut open: Vec<Object<'_>> = Vec::new();
    for page in pdf.pages().iter() {
        for (key, value) in page.raw().entries() {
            if NOT_DRAWN.contains(&key.as_str()) {
                continue;
            }
            if !follow(pdf, value, &mut seen, &mut open) {
                return true;
            }
        }
        while let Some(object) = open.pop() {
            let whole = match object {
                Object::Dict(dict) => {
                    // A stream without its end is read as a dictionary.
                    !dict.contains_key("Length")
                        && entries(&dict).all(|value| follow(pdf, value, &mut seen, &mut open))
                }
                Object::Stream(stream) => {
                    entries(stream.dict()).all(|value| follow(pdf, value, &mut seen, &mut open))
                }
                Object::Array(array) => {
                    is_numbers(&array)
                        || array.raw_iter().all(|value| follow(pdf, value, &mut seen, &mut open))
                }
                _ => true,
            };
            if !whole {
                return true;
            }
            if seen.len() > MAX_OBJECTS {
                return false;
            }
        }
    }
    false
}

fn entries<'a>(dict: &Dict<'a>) -> impl Iterator<Item = MaybeRef<Object<'a>>> {
    dict.entries()
        .filter(|(key, _)| !NOT_DRAWN.contains(&key.as_str()))
        .map(|(_, value)| value)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Whether an array has a number first: a list of numbers leads nowhere.
fn is_numbers(array: &Array<'_>) -> bool {
    matches!(array.raw_iter().next(), Some(MaybeRef::NotRef(Object::Number(Number { .. }))))
}

/// Puts what `value` leads to among the `open` objects, once. False if it leads to an object that is not there.
fn follow<'a>(
    pdf: &'a Pdf,
    value: MaybeRef<Object<'a>>,
    seen: &mut HashSet<(u32, i32)>,
    open: &mut Vec<Object<'a>>,
) -> bool {
    match value {
        MaybeRef::NotRef(object) => open.push(object),
        MaybeRef::Ref(reference) => {
            if seen.insert((reference.obj_number, reference.gen_number)) {
                match pdf.xref().get::<Object<'_>>(reference.into()) {
                    Some(object) => open.push(object),
                    None => return false,
                }
            }
        }
    }
    true
}
