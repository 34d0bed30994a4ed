//! Bringing a part of the page up to date without loading the page anew.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Node, XmlHttpRequest, XmlHttpRequestResponseType};

use super::web::{Guard, document, listen};

/// Reads this page from the server again and makes the element of id `part` what it is there, then calls back with
/// whether that succeeded, unless the guard is dropped before. `None` if the browser refuses.
///
/// Nodes that are the same stay as they are, and elements of one name and id stay in the page: focus, scrolling and what
/// is typed or opened outlive the change. It uses [`XMLHttpRequest`](https://xhr.spec.whatwg.org/), which parses HTML and
/// runs no script of it.
pub fn refresh_part(part: &'static str, on_done: impl Fn(bool) + 'static) -> Option<Guard> {
    let request = XmlHttpRequest::new().ok()?;
    // An empty address is that of the page.
    request.open("GET", "").ok()?;
    request.set_response_type(XmlHttpRequestResponseType::Document);
    let answer = request.clone();
    let refreshed = move || {
        let page = answer.response_xml().ok()??;
        let (old, new) = (document().get_element_by_id(part)?, page.get_element_by_id(part)?);
        update(&old, &new).ok()
    };
    let guard = listen(&request, "loadend", Box::new(move |_| on_done(refreshed().is_some())));
    request.send().ok()?;
    Some(guard)
}

/// Makes a node what another of the same name is.
fn update(old: &Node, new: &Node) -> Result<(), JsValue> {
    if old.is_equal_node(Some(new)) {
        return Ok(());
    }
    let (Some(element), Some(wanted)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        old.set_node_value(new.node_value().as_deref());
        return Ok(());
    };
    for name in wanted.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        let value = wanted.get_attribute(&name);
        if value != element.get_attribute(&name) {
            element.set_attribute(&name, &value.unwrap_or_default())?;
        }
    }
    for name in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        // What the owner opened stays open.
        if name != "open" && !wanted.has_attribute(&name) {
            element.remove_attribute(&name)?;
        }
    }
    update_children(old, new)
}

/// Keeps of the children those that are wanted too, in their order, and inserts the others.
fn update_children(parent: &Node, wanted: &Node) -> Result<(), JsValue> {
    let (mut place, mut next) = (parent.first_child(), wanted.first_child());
    while let Some(new) = next {
        // Inserting it takes it from its siblings.
        next = new.next_sibling();
        let mut same = place.clone();
        while let Some(node) = same.take_if(|node| !is_same(node, &new)) {
            same = node.next_sibling();
        }
        match same {
            Some(same) => {
                remove_between(parent, place, Some(&same))?;
                update(&same, &new)?;
                place = same.next_sibling();
            }
            None => drop(parent.insert_before(&new, place.as_ref())?),
        }
    }
    remove_between(parent, place, None)
}

/// Removes children from `from` on, up to `end`.
fn remove_between(parent: &Node, mut from: Option<Node>, end: Option<&Node>) -> Result<(), JsValue> {
    while let Some(node) = from.take_if(|node| Some(&*node) != end) {
        from = node.next_sibling();
        parent.remove_child(&node)?;
    }
    Ok(())
}

/// Whether a node can become another one.
fn is_same(a: &Node, b: &Node) -> bool {
    let id = |node: &Node| node.dyn_ref::<Element>().map(Element::id);
    a.node_name() == b.node_name() && id(a) == id(b)
}
