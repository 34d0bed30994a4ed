//! What an owner is told about a file that was accepted.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most pages that a remark names.
pub const MAX_REMARK_PAGES: usize = 100;

/// Something about a file that its readers may see, and that its owner can mend. Its text is for the owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FileRemark {
    /// The storage lacks the file.
    Missing,
    /// The PDF states another number of pages than can be shown.
    PageCount {
        /// The number that the file states.
        stated: u32,
        /// The number of pages that are shown.
        shown: u32,
    },
    /// Text is missing, because the PDF does not hold its font and the server has none for it.
    MissingText {
        /// The pages, from 1, in order; at most [`MAX_REMARK_PAGES`].
        pages: Vec<u32>,
        /// Whether further pages lack text.
        more: bool,
    },
}

impl fmt::Display for FileRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str(
                "The file is missing on the server, so readers cannot see it. Replace it below: links and numbers stay.",
            ),
            Self::PageCount { stated, shown } => {
                let (has, are) = (plural(*stated), if *shown == 1 { "is" } else { "are" });
                write!(
                    f,
                    "The file says that it has {has}; {shown} {are} shown. Export it again if a page is missing."
                )
            }
            Self::MissingText { pages, more } => {
                let pages = match (ranges(pages), more) {
                    (pages, false) if pages.contains([',', '–']) => format!("pages {pages}"),
                    (page, false) => format!("page {page}"),
                    (pages, true) => format!("pages {pages} and others"),
                };
                write!(
                    f,
                    "Some text on {pages} is not shown, because the file does not contain its font. \
                     Export it again with fonts embedded."
                )
            }
        }
    }
}

fn plural(pages: u32) -> String {
    if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") }
}

/// `1, 3–5` for 1, 3, 4 and 5.
fn ranges(pages: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for &page in pages {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(page) => *last = page,
            _ => ranges.push((page, page)),
        }
    }
    let range = |(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    };
    ranges.iter().map(range).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remark_names_its_pages() {
        for (pages, more, words) in [
            (vec![2], false, "on page 2 is not"),
            (vec![2, 3], false, "on pages 2–3 is not"),
            (vec![1, 3, 4, 5, 9], false, "on pages 1, 3–5, 9 is not"),
            (vec![1, 2], true, "on pages 1–2 and others is not"),
            (vec![7], true, "on pages 7 and others is not"),
        ] {
            let said = FileRemark::MissingText { pages, more }.to_string();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn page_counts_are_told_in_words() {
        for (stated, shown, words) in
            [(5, 1, "it has 5 pages; 1 is shown"), (1, 2, "it has 1 page; 2 are shown")]
        {
            let said = FileRemark::PageCount { stated, shown }.to_string();
            assert!(said.contains(words), "{said}");
        }
    }

    #[test]
    fn stored_remarks_keep_their_form() {
        let remark = FileRemark::PageCount { stated: 5, shown: 4 };
        let json = r#"{"kind":"pageCount","stated":5,"shown":4}"#;
        assert_eq!(serde_json::to_string(&remark).ok().as_deref(), Some(json));
        let remark = FileRemark::MissingText { pages: vec![1], more: false };
        let json = r#"{"kind":"missingText","pages":[1],"more":false}"#;
        assert_eq!(serde_json::to_string(&remark).ok().as_deref(), Some(json));
    }
}
