//! The picture of a page, and the place of its text.

use leptos::prelude::*;

use crate::{
    hooks::DocumentReader,
    model::{DEFAULT_PICTURE_WIDTH, FileKind, PageSize, address, picture_widths},
};

/// How many pages after the current one are loaded ahead of time.
const PRELOADED_PAGES: u32 = 2;
/// The width of a page at 100 %, as `style/viewer.css` has it: `--page-measure`, or the window's if that is less.
const PAGE_WIDTH: &str = "min(100vw, 60rem)";
/// How much larger a picture is asked for on screens with more than one pixel to a CSS pixel. Chromium takes the next
/// smaller picture where that is nearer by the geometric mean; the steps of the widths differ by half at most, and 1.22
/// is its root. In per cent: to write fractions takes kilobytes of the browser's program.
const DENSE_SCREEN: u32 = 122;

/// Shows a page as a picture, reserves its space while it loads, and offers a retry if loading fails.
///
/// Pictures load lazily, when they come near the view, also without JavaScript; the pages next to the current
/// one load eagerly. The browser chooses among several widths, by the screen and the zoom.
#[component]
pub fn PagePicture(
    /// The page, from 1.
    page: u32,
    /// The number of pages.
    page_count: u32,
    /// The path of the picture.
    path: String,
    /// The page's shape, which sets the aspect ratio of its space.
    size: PageSize,
    /// The kind of the file.
    kind: FileKind,
    /// What the picture shows; empty: its place in the document.
    alt: String,
    /// What [`use_document_reader`](crate::hooks::use_document_reader) returned.
    reader: DocumentReader,
) -> impl IntoView {
    let broken = RwSignal::new(false);
    let attempt = RwSignal::new(0_u32);
    let path = Signal::derive(move || match attempt.get() {
        0 => path.clone(),
        attempt => format!("{path}&attempt={attempt}"),
    });
    let source = Signal::derive(move || address::with_width(&path.get(), DEFAULT_PICTURE_WIDTH));
    let sources = Signal::derive(move || {
        let widths = picture_widths(size, kind).into_iter();
        let sources =
            widths.map(|(step, width)| format!("{} {width}w", address::with_width(&path.get(), step)));
        sources.collect::<Vec<_>>().join(", ")
    });
    let sizes = Signal::derive(move || picture_sizes(reader.size.get()));
    let retry = move |_| {
        broken.set(false);
        attempt.update(|attempt| *attempt += 1);
    };
    let loading = Signal::derive(move || {
        let current = reader.current.get();
        let is_near = page + 1 >= current && page <= current + PRELOADED_PAGES;
        if is_near { "eager".to_owned() } else { "lazy".to_owned() }
    });
    let failure = Signal::derive(move || match broken.get() {
        true => format!("Page {page} could not be loaded."),
        false => String::new(),
    });
    let alt = if alt.is_empty() { format!("Page {page} of {page_count}") } else { alt };
    view! {
        <div class="page" class:page-broken=Signal::from(broken) data-page=page.to_string()>
            <img
                class="page-picture"
                alt=alt
                width=size.width.to_string()
                height=size.height.to_string()
                // Set before `src`, which would otherwise load the picture at once, and in one width.
                loading=loading
                decoding="async"
                sizes=sizes
                srcset=sources
                src=source
                on:error=move |_| broken.set(true)
            />
            // Filled by `use_page_texts`.
            <div class="page-text"></div>
            <div class="page-trouble" role="alert" hidden=Signal::derive(move || !broken.get())>
                <p>{failure}</p>
                <button type="button" class="button" on:click=retry>"Try again"</button>
            </div>
        </div>
    }
    .into_any()
}

/// The `sizes` of a picture at a zoom in per cent
/// ([WHATWG HTML](https://html.spec.whatwg.org/multipage/images.html#sizes-attributes)).
fn picture_sizes(zoom: u32) -> String {
    let dense = zoom * DENSE_SCREEN / 100;
    format!("(min-resolution: 1.1dppx) calc({PAGE_WIDTH} * {dense} / 100), calc({PAGE_WIDTH} * {zoom} / 100)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_zoom() {
        assert_eq!(
            picture_sizes(150),
            "(min-resolution: 1.1dppx) calc(min(100vw, 60rem) * 183 / 100), calc(min(100vw, 60rem) * 150 / 100)"
        );
    }

    #[test]
    fn page_width_is_that_of_the_style() {
        let tokens = include_str!("../../style/tokens.css");
        assert!(tokens.contains("--page-measure: 60rem;"), "PAGE_WIDTH follows it");
    }
}
