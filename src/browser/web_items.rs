//! Items of a long list, such as the pages of a document, of which only some stand in the document tree. The server sends
//! the first ones and a `<template>` for all others; each item has its number in `data-page`.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, Event, HtmlElement, HtmlImageElement, HtmlTemplateElement};

use super::{
    ItemPart,
    web::{Guard, listen},
    web_gestures::{closest, listen_first},
    web_pages::element,
    web_requests::get,
};

/// Makes the list `id` hold the items of these numbers, first and last, and no others. `parts` tells what is to be set in
/// a new item.
pub fn show_items(id: &str, (first, last): (u32, u32), parts: &dyn Fn(u32) -> Vec<ItemPart>) {
    let Some(list) = element(id) else { return };
    let template = list.query_selector("template").ok().flatten();
    let Some(template) = template.and_then(|found| found.dyn_into::<HtmlTemplateElement>().ok()) else {
        return;
    };
    let mut standing = Vec::new();
    for item in numbered(&list) {
        match number(&item) {
            Some(number) if (first..=last).contains(&number) => standing.push((number, item)),
            _ => item.remove(),
        }
    }
    let mut standing = standing.into_iter().peekable();
    for number in first..=last {
        if standing.next_if(|(next, _)| *next == number).is_none()
            && let Some(item) = make(&template, number, parts(number))
        {
            let _ = list.insert_before(&item, standing.peek().map(|(_, next)| next.unchecked_ref()));
        }
    }
}

fn make(template: &HtmlTemplateElement, number: u32, parts: Vec<ItemPart>) -> Option<Element> {
    let item: Element =
        template.content().first_element_child()?.clone_node_with_deep(true).ok()?.dyn_into().ok()?;
    item.set_attribute("data-page", &number.to_string()).ok()?;
    for part in parts {
        set(&item, part);
    }
    Some(item)
}

fn set(item: &Element, (selector, attribute, value): ItemPart) {
    let found =
        if selector.is_empty() { Some(item.clone()) } else { item.query_selector(selector).ok().flatten() };
    match found {
        Some(element) if attribute.is_empty() => element.set_text_content(Some(&value)),
        Some(element) => drop(element.set_attribute(attribute, &value)),
        None => {}
    }
}

/// Sets something in an item, if it stands in the document tree.
pub fn set_in_item(id: &str, page: u32, part: ItemPart) {
    if let Some(item) = item(id, page) {
        set(&item, part);
    }
}

/// The item of a number in a list.
pub(super) fn item(id: &str, page: u32) -> Option<HtmlElement> {
    element(id)?.query_selector(&format!(":scope > [data-page=\"{page}\"]")).ok()??.dyn_into().ok()
}

fn numbered(list: &HtmlElement) -> Vec<Element> {
    let children = list.children();
    (0..children.length())
        .filter_map(|at| children.item(at))
        .filter(|item| item.has_attribute("data-page"))
        .collect()
}

fn number(item: &Element) -> Option<u32> {
    item.get_attribute("data-page")?.parse().ok()
}

/// Loads HTML of this server into the element of an item that names its path in `data-source`, once. After a failure it
/// can be asked for again.
pub fn load_text(id: &str, page: u32) {
    let Some(place) = item(id, page).and_then(|item| item.query_selector("[data-source]").ok()?) else {
        return;
    };
    let Some(path) = place.get_attribute("data-source").filter(|path| !path.is_empty()) else { return };
    let _ = place.remove_attribute("data-source");
    spawn_local(async move {
        match get(&path).await {
            Some(html) => place.set_inner_html(&html),
            None => drop(place.set_attribute("data-source", &path)),
        }
    });
}

/// The same for all items of a list, one after the other, so that pictures need not wait for them. Ends at a failure.
pub fn load_texts(id: &str) {
    const IS_LOADING: &str = "data-loading";
    let Some(list) = element(id).filter(|list| !list.has_attribute(IS_LOADING)) else { return };
    let _ = list.set_attribute(IS_LOADING, "");
    spawn_local(async move {
        while let Ok(Some(place)) = list.query_selector("[data-source]:not([data-source=\"\"])") {
            let path = place.get_attribute("data-source").unwrap_or_default();
            let _ = place.remove_attribute("data-source");
            let Some(html) = get(&path).await else {
                let _ = place.set_attribute("data-source", &path);
                break;
            };
            place.set_inner_html(&html);
        }
        let _ = list.remove_attribute(IS_LOADING);
    });
}

/// Loads HTML of this server into an element. Failing, it stays empty.
pub fn load_html(id: &str, path: &str) {
    let (place, path) = (element(id), path.to_owned());
    spawn_local(async move {
        if let (Some(place), Some(html)) = (place, get(&path).await) {
            place.set_inner_html(&html);
        }
    });
}

/// Calls back with the page of each picture of a list that could not be loaded, and its address; without an address when
/// it could.
pub fn on_pictures(id: &str, callback: impl Fn(u32, Option<String>) + Clone + 'static) -> Option<[Guard; 2]> {
    let list = element(id)?;
    let picture_of = |event: &Event| {
        let picture: HtmlImageElement = event.target()?.dyn_into().ok()?;
        Some((number(&picture.closest("[data-page]").ok()??)?, picture))
    };
    let on_load = callback.clone();
    let guards = [
        listen_first(&list, "error", move |event| {
            if let Some((page, picture)) = picture_of(&event) {
                callback(page, Some(picture.src()));
            }
        }),
        listen_first(&list, "load", move |event| {
            if let Some((page, _)) = picture_of(&event) {
                on_load(page, None);
            }
        }),
    ];
    // Those that failed before this listened.
    for item in numbered(&list) {
        let picture = item.query_selector("img").ok().flatten();
        let Some(picture) = picture.and_then(|found| found.dyn_into::<HtmlImageElement>().ok()) else {
            continue;
        };
        let is_broken =
            !picture.current_src().is_empty() && picture.complete() && picture.natural_width() == 0;
        if is_broken && let Ok(error) = Event::new("error") {
            let _ = picture.dispatch_event(&error);
        }
    }
    Some(guards)
}

/// Calls back when a button with `data-retry` in a list is pressed.
pub fn on_retry(id: &str, callback: impl Fn() + 'static) -> Option<Guard> {
    let list = element(id)?;
    Some(listen(
        &list,
        "click",
        Box::new(move |event| {
            if closest(&event, "[data-retry]").is_some() {
                callback();
            }
        }),
    ))
}

/// Shows that the picture of a page could not be loaded, or no longer.
pub fn set_broken(id: &str, page: u32, is_broken: bool) {
    let Some(item) = item(id, page) else { return };
    let _ = item.class_list().toggle_with_force("page-broken", is_broken);
    if let Ok(Some(trouble)) = item.query_selector(".page-trouble") {
        let _ = trouble.toggle_attribute_with_force("hidden", !is_broken);
    }
}

/// Loads all broken pictures of a list again.
pub fn reload_broken(id: &str) {
    let Some(broken) = element(id).and_then(|list| list.query_selector_all(".page-broken img").ok()) else {
        return;
    };
    for picture in (0..broken.length()).filter_map(|at| broken.get(at)) {
        if let Some(picture) = picture.dyn_ref::<HtmlImageElement>() {
            picture.set_src(&picture.src());
        }
    }
}
