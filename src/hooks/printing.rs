//! Printing a document, each page on a sheet of its own.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    browser::{self, Local},
    model::ShownDocument,
};

/// The id of the element that only printers see. It stays empty until a document may be printed.
pub const PRINT_ID: &str = "printed-pages";
/// Documents of so many pages are ready for the browser's own menu too; longer ones only for the button.
const READY_FOR_THE_MENU: u32 = 300;
/// The sheets wait until the first pages are read.
const FILLED_AFTER: Duration = Duration::from_secs(3);

/// Puts a picture of each page into the element [`PRINT_ID`], which loads them when it is printed, and returns what opens
/// the browser's print dialogue. The element holds a `<template>` of a picture.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::{hooks::{PRINT_ID, use_printing}, model::ShownDocument};
///
/// #[component]
/// fn PrintButton(document: ShownDocument) -> impl IntoView {
///     let print = use_printing(document);
///     view! {
///         <button type="button" on:click=move |_| print.run(())>"Print"</button>
///         <div id=PRINT_ID><template><img loading="lazy" alt=""/></template></div>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Nothing is filled: without a script the pages are printed that the server sent.
pub fn use_printing(document: ShownDocument) -> Callback<()> {
    let is_short = document.page_count() <= READY_FOR_THE_MENU;
    let document = StoredValue::new(document);
    let fill = move || {
        document.with_value(|document| {
            let source = |page| vec![("", "src", document.page_path(page))];
            browser::show_items(PRINT_ID, (1, document.page_count()), &source);
        });
    };
    Effect::new(move |_| {
        let guards = Local::new((
            // The browser waits for pictures that stood in the document before it began to print.
            is_short.then(|| browser::after(FILLED_AFTER, fill)),
            browser::on_print(fill),
        ));
        on_cleanup(move || drop(guards));
    });
    Callback::new(move |()| {
        fill();
        browser::print();
    })
}
