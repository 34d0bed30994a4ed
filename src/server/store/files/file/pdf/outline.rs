//! The outline of a PDF (ISO 32000-2, 12.3.3).

use hayro::hayro_syntax::{
    Pdf,
    object::{Dict, String as PdfString},
};

use super::{
    catalogue,
    destinations::Destinations,
    strings::{decode, one_line},
};
use crate::model::{LinkTarget, OutlineItem};

/// The most entries.
const MAX_ITEMS: usize = 2_000;
/// The most levels.
const MAX_DEPTH: usize = 10;
/// The most characters of a title.
const MAX_TITLE_LENGTH: usize = 200;

/// The outline; empty if the file has none.
pub(super) fn outline_of(pdf: &Pdf) -> Vec<OutlineItem> {
    let Some(root) = catalogue(pdf) else { return Vec::new() };
    let Some(outlines) = root.get::<Dict<'_>>(b"Outlines") else { return Vec::new() };
    let destinations = Destinations::new(pdf, root);
    items(&outlines, &destinations, &mut 0, 0)
}

/// The entries below one, within bounds: an outline may lead back to itself.
fn items<'a>(
    parent: &Dict<'a>,
    destinations: &Destinations<'a>,
    count: &mut usize,
    depth: usize,
) -> Vec<OutlineItem> {
    let mut found = Vec::new();
    let mut next = parent.get::<Dict<'a>>(b"First");
    while let Some(item) = next
        && *count < MAX_ITEMS
        && depth < MAX_DEPTH
    {
        *count += 1;
        let title = item.get::<PdfString<'a>>(b"Title").map(|title| one_line(&decode(title.as_bytes())));
        let title: String = title.unwrap_or_default().chars().take(MAX_TITLE_LENGTH).collect();
        let page = match destinations.target(&item) {
            Some(LinkTarget::Page(page)) => Some(page),
            _ => None,
        };
        let items = items(&item, destinations, count, depth + 1);
        if !title.is_empty() {
            found.push(OutlineItem { title, page, items });
        }
        next = item.get::<Dict<'a>>(b"Next");
    }
    found
}
