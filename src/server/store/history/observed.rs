//! Reads what clients observed of a finished visit, as `viewer.lua` keeps it.

use crate::model::{PageTime, Thirds, Visit};

/// Adds what was observed to a visit: `p` if the reader asked to print, `;page/thirds` for each page that was seen in
/// parts, `>address` for each link opened. Anything else is of a newer release, and passed over.
pub(super) fn add_observed(visit: &mut Visit, observed: &str) {
    let mut parts = observed.split('>');
    let marks = parts.next().unwrap_or_default();
    visit.clicked = parts.map(str::to_owned).collect();
    for mark in marks.split(';') {
        if mark == "p" {
            visit.printed = true;
        } else if let Some((page, thirds)) = read_part(mark) {
            let pages = visit.pages.iter_mut().flatten();
            // The parts of a page that was never the one in view are not of the list.
            pages.filter(|time| time.page == page).for_each(|time: &mut PageTime| time.thirds = thirds);
        }
    }
}

fn read_part(mark: &str) -> Option<(u32, Thirds)> {
    let (page, thirds) = mark.split_once('/')?;
    Some((page.parse().ok()?, Thirds::try_from(thirds.parse::<u8>().ok()?).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::VisitId;

    fn read(observed: &str) -> (Vec<u8>, bool, Vec<String>) {
        let (link, document) = ("l".parse().expect("a link id"), "d".parse().expect("a document's id"));
        let mut visit = Visit {
            pages: Some(vec![PageTime::whole(3, 9), PageTime::whole(12, 9)]),
            ..Visit::of(VisitId { recorded_at: 1, sequence: 0 }, link, document)
        };
        add_observed(&mut visit, observed);
        let thirds = visit.pages.iter().flatten().map(|time| time.thirds.into());
        (thirds.collect(), visit.printed, visit.clicked)
    }

    #[test]
    fn observed_is_added_and_the_unknown_passed_over() {
        let all = vec!["https://a.b/;3/7".to_owned(), "mailto:a@b.c".to_owned()];
        for (observed, expected) in [
            ("", (vec![7, 7], false, vec![])),
            ("p", (vec![7, 7], true, vec![])),
            (";12/4", (vec![7, 4], false, vec![])),
            ("p;3/5;12/1;2/1>https://a.b/;3/7>mailto:a@b.c", (vec![5, 1], true, all.clone())),
            (">https://a.b/;3/7>mailto:a@b.c", (vec![7, 7], false, all)),
            ("p;3/0;12/8;x/1;3;/;new;99999999999/1", (vec![0, 7], true, vec![])),
        ] {
            assert_eq!(read(observed), expected, "{observed}");
        }
    }
}
