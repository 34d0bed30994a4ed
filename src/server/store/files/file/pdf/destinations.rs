//! Where links and outlines of a PDF lead (ISO 32000-2, 12.3.2).

use std::{cell::OnceCell, collections::HashMap};

use hayro::hayro_syntax::{
    Pdf,
    object::{Array, Dict, Name, Object, ObjectIdentifier, String as PdfString},
    xref::XRef,
};

use super::{items, page_order::PageOrder, resolve, strings::decode};
use crate::model::LinkTarget;

/// The most named destinations that are read.
const MAX_NAMES: usize = 50_000;
/// The deepest node of the tree of names.
const MAX_DEPTH: usize = 32;
/// The longest address of a link, in bytes.
const MAX_ADDRESS_LENGTH: usize = 2_048;
/// The schemes of addresses that links may lead to.
const SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// The pages and named destinations of a document.
pub(super) struct Destinations<'a> {
    pdf: &'a Pdf,
    page_count: usize,
    root: Dict<'a>,
    pages: HashMap<ObjectIdentifier, u32>,
    names: OnceCell<HashMap<Vec<u8>, Object<'a>>>,
}

impl<'a> Destinations<'a> {
    /// Of a document with this catalogue.
    pub(super) fn new(pdf: &'a Pdf, root: Dict<'a>) -> Self {
        let mut pages = HashMap::new();
        let order = PageOrder::of(pdf);
        for (page, number) in order.in_order(pdf).zip(1..) {
            if let Some(id) = page.raw().obj_id() {
                // Of a page that is shown more than once, the first.
                pages.entry(id).or_insert(number);
            }
        }
        Self { pdf, page_count: order.pages.len(), root, pages, names: OnceCell::new() }
    }

    /// Where an annotation or an entry of the outline leads: by its action, or by its destination.
    pub(super) fn target(&self, of: &Dict<'a>) -> Option<LinkTarget> {
        if let Some(destination) = of.get::<Object<'a>>(b"Dest") {
            return self.page(destination).map(LinkTarget::Page);
        }
        let action = of.get::<Dict<'a>>(b"A")?;
        match &*action.get::<Name<'a>>(b"S")? {
            b"URI" => {
                address(&decode(action.get::<PdfString<'a>>(b"URI")?.as_bytes())).map(LinkTarget::Address)
            }
            b"GoTo" => self.page(action.get::<Object<'a>>(b"D")?).map(LinkTarget::Page),
            _ => None,
        }
    }

    /// The page of a destination, from 1.
    fn page(&self, destination: Object<'a>) -> Option<u32> {
        let named = match destination {
            Object::Name(name) => Some(self.named(&name)?),
            Object::String(name) => Some(self.named(name.as_bytes())?),
            Object::Array(explicit) => return self.explicit(&explicit),
            _ => None,
        };
        match named? {
            Object::Array(explicit) => self.explicit(&explicit),
            Object::Dict(destination) => self.explicit(&destination.get::<Array<'a>>(b"D")?),
            _ => None,
        }
    }

    fn explicit(&self, destination: &Array<'a>) -> Option<u32> {
        let page = destination.raw_iter().next()?;
        if let Some(page) = page.as_obj_ref() {
            return self.pages.get(&page.into()).copied();
        }
        // Some programs write the number of the page, from 0, which is for other documents.
        match destination.iter::<Object<'a>>().next()? {
            Object::Number(index) => {
                let page = u32::try_from(index.as_i64()).ok()?.checked_add(1)?;
                (page as usize <= self.page_count).then_some(page)
            }
            _ => None,
        }
    }

    fn named(&self, name: &[u8]) -> Option<Object<'a>> {
        if let Some(found) = self.root.get::<Dict<'a>>(b"Dests").and_then(|old| old.get::<Object<'a>>(name)) {
            return Some(found);
        }
        let names = self.names.get_or_init(|| {
            let tree = self.root.get::<Dict<'a>>(b"Names").and_then(|names| names.get::<Dict<'a>>(b"Dests"));
            let mut names = HashMap::new();
            if let Some(tree) = tree {
                read_names(self.pdf.xref(), &tree, &mut names, &mut 0, 0);
            }
            names
        });
        names.get(name).cloned()
    }
}

/// Reads a tree of names (ISO 32000-2, 7.9.6), within bounds: it may lead back to itself.
fn read_names<'a>(
    xref: &'a XRef,
    node: &Dict<'a>,
    names: &mut HashMap<Vec<u8>, Object<'a>>,
    seen: &mut usize,
    depth: usize,
) {
    *seen += 1;
    if *seen > MAX_NAMES || depth > MAX_DEPTH {
        return;
    }
    if let Some(pairs) = node.get::<Array<'a>>(b"Names") {
        let mut pairs = pairs.raw_iter();
        while let (Some(name), Some(destination)) = (pairs.next(), pairs.next()) {
            if let Some(Object::String(name)) = resolve(name, xref)
                && let Some(destination) = resolve(destination, xref)
                && names.len() < MAX_NAMES
            {
                names.entry(name.as_bytes().to_vec()).or_insert(destination);
            }
        }
    }
    if let Some(kids) = node.get::<Array<'a>>(b"Kids") {
        for kid in items(&kids, xref) {
            if let Object::Dict(kid) = kid {
                read_names(xref, &kid, names, seen, depth + 1);
            }
        }
    }
}

/// The address as a browser would read it, if its scheme is one of [`SCHEMES`]. One without a scheme that begins with
/// `www.` is a website.
fn address(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() > MAX_ADDRESS_LENGTH {
        return None;
    }
    let is_site = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www."));
    let parsed = if is_site { url::Url::parse(&format!("http://{text}")) } else { url::Url::parse(text) };
    let parsed = parsed.ok().filter(|parsed| SCHEMES.contains(&parsed.scheme()))?;
    Some(parsed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_has_an_allowed_scheme() {
        for (text, expected) in [
            ("https://example.com/a?b=c#d", Some("https://example.com/a?b=c#d")),
            ("HTTP://EXAMPLE.com", Some("http://example.com/")),
            ("mailto:a@example.com", Some("mailto:a@example.com")),
            ("WWW.example.com/x", Some("http://WWW.example.com/x")),
            ("https://example.com/\"><script>", Some("https://example.com/%22%3E%3Cscript%3E")),
            ("javascript:alert(1)", None),
            (" java\tscript:alert(1)", None),
            ("JaVaScRiPt:alert(1)", None),
            ("data:text/html,<script>", None),
            ("file:///etc/passwd", None),
            ("vbscript:x", None),
            ("blob:https://example.com/1", None),
            ("/relative", None),
            ("//example.com", None),
            ("http://", None),
            ("", None),
        ] {
            let expected = expected.map(|expected| expected.replace("WWW.", "www."));
            assert_eq!(address(text), expected, "{text}");
        }
    }
}
