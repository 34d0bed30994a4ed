//! The current page, zoom steps, keys and the page in the address, as functions without a browser.

use crate::browser::InView;

/// The zoom at which pages are as wide as the window, up to `--page-measure` of the style sheets.
pub const FIT: u32 = 100;
/// The zoom steps in per cent; `style/viewer.css` has a rule for each.
const SIZES: [u32; 7] = [50, 75, 100, 125, 150, 200, 300];

/// The next larger zoom step; at the largest, the same.
pub fn larger(size: u32) -> u32 {
    SIZES.into_iter().find(|step| *step > size).unwrap_or(size)
}

/// The next smaller zoom step; at the smallest, the same.
pub fn smaller(size: u32) -> u32 {
    SIZES.into_iter().rev().find(|step| *step < size).unwrap_or(size)
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyCommand {
    Next,
    Previous,
    First,
    Last,
    /// Scrolls right and down by per cent of the visible width and height.
    Scroll(i8, i8),
    ZoomIn,
    ZoomOut,
    ZoomFit,
    FullScreen,
}

/// What `key` does, a [`KeyboardEvent.key`](https://www.w3.org/TR/uievents-key/). Where a page is larger than
/// the view, the arrow keys of that direction scroll instead of turning pages.
pub(super) fn key_command(key: &str, overflows_sideways: bool, overflows_down: bool) -> Option<KeyCommand> {
    Some(match key {
        "ArrowRight" if overflows_sideways => KeyCommand::Scroll(10, 0),
        "ArrowLeft" if overflows_sideways => KeyCommand::Scroll(-10, 0),
        "ArrowDown" if overflows_down => KeyCommand::Scroll(0, 10),
        "ArrowUp" if overflows_down => KeyCommand::Scroll(0, -10),
        "ArrowRight" | "ArrowDown" | "PageDown" => KeyCommand::Next,
        "ArrowLeft" | "ArrowUp" | "PageUp" => KeyCommand::Previous,
        "Home" => KeyCommand::First,
        "End" => KeyCommand::Last,
        "+" | "=" => KeyCommand::ZoomIn,
        "-" | "_" => KeyCommand::ZoomOut,
        "0" => KeyCommand::ZoomFit,
        "f" | "F" => KeyCommand::FullScreen,
        _ => return None,
    })
}

/// Applies changes of visibility to the list of visible pages, which stays sorted.
pub(super) fn update_in_view(in_view: &mut Vec<InView>, changed: Vec<InView>) {
    for page in changed {
        in_view.retain(|known| known.page != page.page);
        if page.height > 0.0 {
            in_view.push(page);
        }
    }
    in_view.sort_unstable_by_key(|seen| seen.page);
}

/// The page most in view: the one with the largest visible height, among equals the first.
///
/// The last page is preferred if it is fully visible and the first visible page is cut off: a last page
/// shorter than the view could otherwise never be the current one.
pub(super) fn most_in_view(in_view: &[InView], page_count: u32) -> Option<u32> {
    let tallest = in_view.iter().map(|page| page.height).fold(0.0, f64::max);
    let equals = |page: &&InView| page.height >= tallest - 1.0;
    let first = in_view.iter().find(equals)?;
    let last = in_view.last().filter(|last| last.page == page_count && last.share > 0.99);
    let cut_off = in_view.first().is_some_and(|first| first.share < 0.99);
    let page = last.filter(|last| cut_off && equals(last)).unwrap_or(first);
    Some(page.page)
}

/// The query with `p` set to a page; for page 1 it is left out.
pub(super) fn query_with_page(query: &str, page: u32) -> String {
    let others = query.trim_start_matches('?').split('&');
    let others = others.filter(|pair| !pair.is_empty() && *pair != "p" && !pair.starts_with("p="));
    let page = (page > 1).then(|| format!("p={page}"));
    let pairs: Vec<&str> = others.chain(page.as_deref()).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

/// The page of `?p=`, limited to the document; 1 if it is no number.
pub(super) fn page_within(requested: Option<&str>, page_count: u32) -> u32 {
    let requested = requested.and_then(|text| text.parse().ok()).unwrap_or(1);
    requested.clamp(1, page_count.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_view(pages: &[(u32, f64, f64)]) -> Vec<InView> {
        pages.iter().map(|&(page, height, share)| InView { page, height, share }).collect()
    }

    #[test]
    fn zoom_steps_stop_at_the_ends() {
        let up: Vec<u32> = std::iter::successors(Some(FIT), |size| Some(larger(*size))).take(6).collect();
        assert_eq!(up, [100, 125, 150, 200, 300, 300]);
        assert_eq!(smaller(smaller(smaller(FIT))), 50);
    }

    #[test]
    fn tallest_visible_page_is_the_current_one() {
        for (pages, expected) in [
            (vec![], None),
            (vec![(3, 200.0, 0.2), (4, 500.0, 0.5)], Some(4)),
            (vec![(3, 500.0, 0.5), (4, 200.0, 0.2)], Some(3)),
            (vec![(3, 300.0, 1.0), (4, 300.0, 1.0), (5, 100.0, 0.3)], Some(3)),
            (vec![(10, 50.0, 0.1), (11, 300.0, 1.0), (12, 300.0, 1.0)], Some(12)),
            (vec![(11, 300.0, 1.0), (12, 300.0, 1.0)], Some(11)),
            (vec![(11, 300.0, 0.5), (12, 100.0, 1.0)], Some(11)),
        ] {
            assert_eq!(most_in_view(&in_view(&pages), 12), expected, "{pages:?}");
        }
    }

    #[test]
    fn page_out_of_view_is_removed() {
        let mut known = in_view(&[(1, 400.0, 0.4), (2, 300.0, 0.3)]);
        update_in_view(&mut known, in_view(&[(3, 10.0, 0.01), (1, 0.0, 0.0), (2, 600.0, 0.6)]));
        assert_eq!(known, in_view(&[(2, 600.0, 0.6), (3, 10.0, 0.01)]));
    }

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
    fn arrows_turn_pages_unless_the_page_overflows() {
        assert_eq!(key_command("ArrowRight", false, true), Some(KeyCommand::Next));
        assert_eq!(key_command("ArrowRight", true, true), Some(KeyCommand::Scroll(10, 0)));
        assert_eq!(key_command("ArrowDown", false, true), Some(KeyCommand::Scroll(0, 10)));
        assert_eq!(key_command("ArrowDown", false, false), Some(KeyCommand::Next));
        assert_eq!(key_command("PageUp", true, true), Some(KeyCommand::Previous));
        assert_eq!(key_command("a", false, false), None);
    }
}
