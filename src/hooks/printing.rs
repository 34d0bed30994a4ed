//! Printing a document, each page on a sheet of its own.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser::{self, Local};

/// The id of the element that only printers see. It stays empty until a document may be printed.
pub const PRINT_ID: &str = "printed-pages";
/// Documents of so many pages are ready for the browser's own menu too; longer ones only for the button.
const READY_FOR_THE_MENU: u32 = 300;
/// The sheets wait until the first pages are read.
const FILLED_AFTER: Duration = Duration::from_secs(3);

/// Puts a picture of each page into the element [`PRINT_ID`], which loads them when it is printed, and returns what opens
/// the browser's print dialogue. `path` is the path of a page's picture.
///
/// ```
/// use leptos::prelude::*;
/// use sightline::hooks::{PRINT_ID, use_printing};
///
/// #[component]
/// fn PrintButton() -> impl IntoView {
///     let print = use_printing(3, |page| format!("/pages/{page}"));
///     view! {
///         <button type="button" on:click=move |_| print.run(())>"Print"</button>
///         <div id=PRINT_ID></div>
///     }
/// }
/// ```
///
/// ## Server-Side Rendering
///
/// Nothing is filled: without a script the pages are printed that the server sent.
pub fn use_printing(page_count: u32, path: impl Fn(u32) -> String + Send + Sync + 'static) -> Callback<()> {
    let path = StoredValue::new(path);
    let fill = move || path.with_value(|path| browser::fill_print(PRINT_ID, (1..=page_count).map(path)));
    Effect::new(move |_| {
        let guards = Local::new((
            // The browser waits for pictures that stood in the document before it began to print.
            (page_count <= READY_FOR_THE_MENU).then(|| browser::after(FILLED_AFTER, fill)),
            browser::on_print(fill),
        ));
        on_cleanup(move || drop(guards));
    });
    Callback::new(move |()| {
        fill();
        browser::print();
    })
}
