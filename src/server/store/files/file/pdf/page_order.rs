//! The order of a PDF's pages. hayro reads an object that the page tree names twice only once; other viewers show the
//! page again.

use std::collections::HashMap;

use hayro::hayro_syntax::{
    Pdf,
    object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier},
    page::Page,
};

use super::catalogue;
use crate::model::MAX_PAGES;

/// How many nodes of a page tree are read: a tree of one page in each node has two for a page.
const MAX_NODES: usize = 4 * MAX_PAGES as usize;
/// How deep a page tree may be.
const MAX_DEPTH: usize = 64;

/// The pages as the page tree lists them.
pub(super) struct PageOrder {
    /// For each page in reading order, its index in [`Pdf::pages`].
    pub(super) pages: Vec<usize>,
    /// The number of pages that the file states.
    pub(super) stated: Option<u32>,
}

/// One node or page of the tree.
enum Step<'a> {
    Node(Dict<'a>, Vec<ObjectIdentifier>),
    Page(Option<ObjectIdentifier>),
}

impl PageOrder {
    /// Reads the order. Where the tree cannot be followed, it is the order in which hayro found the pages.
    pub(super) fn of(pdf: &Pdf) -> Self {
        let found = pdf.pages().len();
        let tree = catalogue(pdf).and_then(|root| root.get::<Dict<'_>>("Pages"));
        let stated =
            tree.as_ref().and_then(|tree| tree.get::<i32>("Count")).and_then(|count| count.try_into().ok());
        let listed = tree.and_then(|tree| listed(pdf, tree));
        let pages = match listed {
            Some(listed) if listed.len() > found => in_order(pdf, &listed),
            _ => (0..found).collect(),
        };
        Self { pages, stated }
    }

    /// The pages in reading order.
    pub(super) fn in_order<'a>(&self, pdf: &'a Pdf) -> impl Iterator<Item = &'a Page<'a>> {
        self.pages.iter().filter_map(|index| pdf.pages().get(*index))
    }
}

/// The pages that the tree lists, repeated ones included; `None` if it has too many nodes.
fn listed(pdf: &Pdf, tree: Dict<'_>) -> Option<Vec<Option<ObjectIdentifier>>> {
    let path = tree.obj_id().into_iter().collect();
    let mut steps = vec![Step::Node(tree, path)];
    let mut listed = Vec::new();
    for _ in 0..MAX_NODES {
        match steps.pop() {
            None => return Some(listed),
            Some(Step::Page(id)) => listed.push(id),
            Some(Step::Node(node, path)) => {
                let kids = node.get::<Array<'_>>("Kids")?;
                let first = steps.len();
                steps.extend(kids.raw_iter().take(MAX_NODES).filter_map(|kid| step(pdf, kid, &path)));
                steps[first..].reverse();
            }
        }
    }
    None
}

/// A kid of the node at the end of `path`; `None` for what is neither, and for a node that contains itself.
fn step<'a>(pdf: &'a Pdf, kid: MaybeRef<Object<'a>>, path: &[ObjectIdentifier]) -> Option<Step<'a>> {
    let (id, dict) = match kid {
        MaybeRef::Ref(reference) => {
            let id = ObjectIdentifier::from(reference);
            (Some(id), pdf.xref().get::<Dict<'_>>(id)?)
        }
        MaybeRef::NotRef(object) => (None, object.into_dict()?),
    };
    if dict.get::<Name<'_>>("Type").is_none_or(|kind| kind.as_str() != "Pages") {
        return Some(Step::Page(id));
    }
    let is_new = id.is_none_or(|id| !path.contains(&id));
    let below = path.iter().copied().chain(id).collect();
    (is_new && path.len() < MAX_DEPTH).then_some(Step::Node(dict, below))
}

/// The index of each listed page that hayro has read.
fn in_order(pdf: &Pdf, listed: &[Option<ObjectIdentifier>]) -> Vec<usize> {
    let indices: HashMap<_, _> = pdf
        .pages()
        .iter()
        .enumerate()
        .filter_map(|(index, page)| Some((page.raw().obj_id()?, index)))
        .collect();
    listed.iter().filter_map(|id| indices.get(id.as_ref()?).copied()).collect()
}
