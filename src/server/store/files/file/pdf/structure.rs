//! The structure of a tagged PDF: in which order its text is read, and which of it is a heading (ISO 32000-2, 14.7).

use std::collections::HashMap;

use hayro::hayro_syntax::{
    object::{Dict, Name, Object, ObjectIdentifier},
    page::Page,
    xref::XRef,
};

use super::items;
use crate::model::TextRole;

/// The most elements that are looked at; a book has fewer.
const MAX_ELEMENTS: usize = 100_000;
/// The deepest element that is looked at.
const MAX_DEPTH: usize = 64;

/// The place of marked content in the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Counts in reading order: the paragraph or heading that it belongs to.
    pub(super) block: usize,
    /// Counts in reading order, within the page.
    pub(super) order: usize,
    /// What the block is.
    pub(super) role: TextRole,
}

/// The structure of one page: its marked content by its id. Empty unless the file is tagged.
pub(super) fn leaves_of<'a>(root: &Dict<'a>, page: &Page<'a>) -> HashMap<i32, Leaf> {
    let (Some(tree), Some(id)) = (root.get::<Dict<'_>>(b"StructTreeRoot"), page.raw().obj_id()) else {
        return HashMap::new();
    };
    let xref = page.xref();
    let roles = tree.get::<Dict<'_>>(b"RoleMap").unwrap_or_else(Dict::empty);
    let mut walk = Walk { xref, page: id, roles, leaves: HashMap::new(), seen: 0 };
    let top = Place { page: None, block: 0, role: TextRole::Text, sections: 0 };
    walk.kids(&tree, top, 0);
    walk.leaves
}

struct Walk<'a> {
    xref: &'a XRef,
    page: ObjectIdentifier,
    roles: Dict<'a>,
    leaves: HashMap<i32, Leaf>,
    seen: usize,
}

/// What an element hands down to those in it.
#[derive(Clone, Copy)]
struct Place {
    page: Option<ObjectIdentifier>,
    block: usize,
    role: TextRole,
    sections: u8,
}

impl<'a> Walk<'a> {
    fn kids(&mut self, element: &Dict<'a>, place: Place, depth: usize) {
        match element.get::<Object<'a>>(b"K") {
            Some(Object::Array(kids)) => {
                for kid in items(&kids, self.xref) {
                    self.kid(kid, place, depth);
                }
            }
            Some(kid) => self.kid(kid, place, depth),
            None => {}
        }
    }

    fn kid(&mut self, kid: Object<'a>, place: Place, depth: usize) {
        self.seen += 1;
        if self.seen > MAX_ELEMENTS || depth > MAX_DEPTH {
            return;
        }
        match kid {
            Object::Number(id) => self.leaf(id.as_i64(), place),
            Object::Dict(kid) => {
                let page = kid.get_ref(b"Pg").map(ObjectIdentifier::from).or(place.page);
                let place = Place { page, ..place };
                match kid.get::<Name<'a>>(b"S") {
                    Some(name) => self.element(&kid, &name, place, depth),
                    // A reference to marked content; one to an annotation has no such id.
                    None => {
                        if let Some(Object::Number(id)) = kid.get::<Object<'a>>(b"MCID") {
                            self.leaf(id.as_i64(), place);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn element(&mut self, element: &Dict<'a>, name: &Name<'a>, place: Place, depth: usize) {
        let mut place = place;
        match self.standard(name).as_slice() {
            b"Sect" | b"Art" => place.sections = place.sections.saturating_add(1),
            // Parts of a line of text, and the cells of a table's row.
            b"Span" | b"Quote" | b"Reference" | b"Link" | b"Em" | b"Strong" | b"Sub" | b"Lbl" | b"Annot"
            | b"NonStruct" | b"Private" | b"TD" | b"TH" | b"Code" | b"BibEntry" | b"Ruby" | b"Warichu" => {}
            name => {
                place.block = self.seen;
                place.role = match name {
                    b"Title" => TextRole::Heading(1),
                    b"H" => TextRole::Heading(place.sections.clamp(1, 6)),
                    [b'H', level @ b'1'..=b'6'] => TextRole::Heading(level - b'0'),
                    b"Artifact" => TextRole::Artifact,
                    _ => TextRole::Text,
                };
            }
        }
        self.kids(element, place, depth + 1);
    }

    /// The standard role that an element's own name stands for.
    fn standard(&self, name: &Name<'a>) -> Vec<u8> {
        let mut name = name.clone();
        for _ in 0..8 {
            match self.roles.get::<Name<'a>>(&*name) {
                Some(mapped) => name = mapped,
                None => break,
            }
        }
        name.to_vec()
    }

    fn leaf(&mut self, id: i64, place: Place) {
        if place.page == Some(self.page)
            && let Ok(id) = i32::try_from(id)
        {
            let leaf = Leaf { block: place.block, order: self.leaves.len(), role: place.role };
            self.leaves.entry(id).or_insert(leaf);
        }
    }
}
