//! The picture of a page, and the place of its text.

use leptos::prelude::*;

use crate::model::ShownDocument;

/// The width in which a page is shown, as `style/viewer.css` has it until a script measures it.
const PAGE_WIDTH: &str = "(max-width: 60rem) 100vw, 60rem";

/// Shows a page as a picture, reserves its space while it loads, and has a place for its text and for what is wrong.
///
/// The server makes it, and one without a page: the template of those that a script adds. Pictures load lazily, when they
/// come near the view, also without script; that of the page on which reading starts comes first. The browser chooses
/// among several widths.
#[component]
pub fn PagePicture(
    /// The document.
    document: StoredValue<ShownDocument>,
    /// The page, from 1; `None`: the template.
    page: Option<u32>,
    /// Whether reading starts here.
    #[prop(optional)]
    is_start: bool,
) -> impl IntoView {
    let of = |part: fn(&ShownDocument, u32) -> String| {
        page.map(|page| document.with_value(|document| part(document, page)))
    };
    let size = page.map(|page| document.with_value(|document| document.pages.attributes_of(page)));
    let (width, height) = size.map(|[width, height]| (width, height)).unzip();
    view! {
        <div class="page" data-page=page.map(|page| page.to_string())>
            <img
                class="page-picture"
                alt=of(ShownDocument::alt_of)
                width=width
                height=height
                // Set before `src`, which would otherwise load the picture at once, and in one width.
                loading=if is_start { "eager" } else { "lazy" }
                fetchpriority=is_start.then_some("high")
                decoding="async"
                sizes=PAGE_WIDTH
                srcset=of(ShownDocument::picture_sources)
                src=of(ShownDocument::picture_path)
            />
            <div class="page-text" data-source=of(|document, page| document.text_path(page).unwrap_or_default())></div>
            <div class="page-trouble" role="alert" hidden>
                <p>{page.map(|page| format!("Page {page} could not be loaded."))}</p>
                <button type="button" class="button" data-retry="">"Try again"</button>
            </div>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::PAGE_WIDTH;

    #[test]
    fn page_width_is_that_of_the_style() {
        let tokens = include_str!("../../style/tokens.css");
        assert!(tokens.contains("--page-measure: 60rem;"), "{PAGE_WIDTH} follows it");
    }
}
