//! The page in the address, and the pages around it.

/// How many pages behind the first one the server sends.
pub(super) const SENT_AHEAD: u32 = 4;

/// The query with `p` set to a page; for page 1 it is left out.
pub(super) fn query_with_page(query: &str, page: u32) -> String {
    let others = query.trim_start_matches('?').split('&');
    let others = others.filter(|pair| !pair.is_empty() && *pair != "p" && !pair.starts_with("p="));
    let page = (page > 1).then(|| format!("p={page}"));
    let pairs: Vec<&str> = others.chain(page.as_deref()).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// The page of `?p=`, limited to the document; 1 if it is no number. What a chat took along behind the address does not
/// matter.
pub fn page_within(requested: Option<&str>, page_count: u32) -> u32 {
    let digits = |text: &str| text.trim_end_matches(|last: char| !last.is_ascii_digit()).trim().parse().ok();
    let requested = requested.and_then(digits).unwrap_or(1);
    requested.clamp(1, page_count.max(1))
}

/// The pages that the server sends, first and last: the requested one and a few behind it.
pub fn first_pages(requested: Option<&str>, page_count: u32) -> (u32, u32) {
    let first = page_within(requested, page_count);
    (first, (first + SENT_AHEAD).min(page_count))
}

/// The pages that stand in the document tree, first and last, while `current` is read: `around` on each side. They move
/// only when the reader nears their end, so that most turns of a page change nothing.
pub(super) fn pages_around(before: (u32, u32), current: u32, around: u32, page_count: u32) -> (u32, u32) {
    let margin = around / 2;
    let is_within = |edge: u32, end: u32| edge == end || edge.abs_diff(current) >= margin;
    let (first, last) = before;
    if (first..=last).contains(&current) && is_within(first, 1) && is_within(last, page_count) {
        return before;
    }
    (current.saturating_sub(around).max(1), current.saturating_add(around).min(page_count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_sets_the_page_and_keeps_the_rest() {
        for (query, page, expected) in [
            ("", 1, ""),
            ("", 5, "?p=5"),
            ("?p=5", 6, "?p=6"),
            ("?p=5", 1, ""),
            ("?a=1&p=5&b=p=2", 7, "?a=1&b=p=2&p=7"),
            ("?page=3", 2, "?page=3&p=2"),
        ] {
            assert_eq!(query_with_page(query, page), expected, "{query} {page}");
        }
    }

    #[test]
    fn requested_page_is_limited_to_the_document() {
        for (requested, expected) in [
            (None, 1),
            (Some("5"), 5),
            (Some(" 5 "), 5),
            (Some("5)."), 5),
            (Some("0"), 1),
            (Some("13"), 12),
            (Some("-1"), 1),
            (Some("x"), 1),
            (Some("99999999999"), 1),
        ] {
            assert_eq!(page_within(requested, 12), expected, "{requested:?}");
        }
    }

    #[test]
    fn window_moves_only_near_its_end() {
        for (before, current, expected) in [
            ((1, 3), 1, (1, 11)),
            ((1, 20), 3, (1, 20)),
            ((1, 20), 16, (6, 26)),
            ((40, 60), 50, (40, 60)),
            ((40, 60), 44, (34, 54)),
            ((40, 60), 900, (890, 910)),
            ((990, 1_000), 1_000, (990, 1_000)),
        ] {
            assert_eq!(pages_around(before, current, 10, 1_000), expected, "{before:?} {current}");
        }
    }
}
