//! The pages of one visit in the order in which they were read.

use leptos::prelude::*;

use super::charts::percent;
use crate::{format, model::Thirds};

/// One page of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelinePage {
    /// From 1.
    pub page: u32,
    /// Milliseconds in view.
    pub visible_ms: u64,
    /// What was in view of it.
    pub thirds: Thirds,
    /// The median of the other visits that had it in view, in seconds; `None`: there is none.
    pub median_seconds: Option<u64>,
    /// Its picture.
    pub picture: String,
    /// Whether it was in view at the end.
    pub is_exit: bool,
    /// Where its name leads; empty: nowhere.
    pub address: String,
}

/// Shows a visit as a strip whose parts are as long as the time on each page, and a row per page with its picture, its
/// time and the median of others.
#[component]
pub fn VisitTimeline(
    /// The pages in the order in which they were first seen; `None`: not recorded.
    pages: Option<Vec<TimelinePage>>,
) -> impl IntoView {
    let empty = match &pages {
        None => Some("The pages of this visit were not recorded."),
        Some(pages) if pages.is_empty() => Some("No page was in view in this visit."),
        Some(_) => None,
    };
    if let Some(empty) = empty {
        return view! { <p class="empty">{empty}</p> }.into_any();
    }
    let pages = pages.unwrap_or_default();
    let sentence = sentence(&pages);
    let total = pages.iter().map(|page| page.visible_ms).sum::<u64>() as f64;
    let mut start = 0.0;
    let parts = pages.iter().map(|page| {
        let (x, length) = (start, page.visible_ms as f64);
        start += length;
        let title = format!("Page {}: {}", page.page, format::duration(page.visible_ms / 1000));
        view! {
            <rect class="strip-part" x=percent(x, total) width=percent(length, total) height="100%">
                <title>{title}</title>
            </rect>
        }
    });
    let parts = parts.collect_view();
    let others = |page: &TimelinePage| page.median_seconds.unwrap_or(0) * 1000;
    let longest = pages.iter().map(|page| page.visible_ms.max(others(page))).max().unwrap_or(0) as f64;
    let has_others = pages.iter().any(|page| page.median_seconds.is_some());
    let rows = pages.into_iter().map(|page| row(page, longest)).collect_view();
    view! {
        <div class="timeline">
            <p class="chart-sentence">{sentence.clone()}</p>
            <svg class="strip" role="img" aria-label=sentence>{parts}</svg>
            <ol class="timeline-pages">{rows}</ol>
            {has_others.then(|| view! {
                <p class="chart-keys"><span><i class="key key-others"></i>"Median of other visits"</span></p>
            })}
        </div>
    }
    .into_any()
}

fn sentence(pages: &[TimelinePage]) -> String {
    let total: u64 = pages.iter().map(|page| page.visible_ms).sum();
    let count = format::plural(pages.len() as u64, "page", "pages");
    let all = format!("{count} in {}", format::duration(total / 1000));
    match pages.iter().rev().max_by_key(|page| page.visible_ms).filter(|_| pages.len() > 1) {
        Some(longest) => format!(
            "{all}, longest on page {}: {}.",
            longest.page,
            format::duration(longest.visible_ms / 1000)
        ),
        None => format!("{all}."),
    }
}

fn row(page: TimelinePage, longest: f64) -> impl IntoView {
    let name = format!("Page {}", page.page);
    let name = match page.address.is_empty() {
        true => view! { <span class="timeline-name">{name}</span> }.into_any(),
        false => view! { <a class="timeline-name" href=page.address>{name}</a> }.into_any(),
    };
    let parts = (page.thirds != Thirds::WHOLE).then(|| parts(page.thirds));
    let exit = page.is_exit.then(|| view! { <span class="mark">"Left here"</span> });
    let others = match page.median_seconds {
        Some(seconds) => format!("others {}", format::duration(seconds)),
        None => "– no other visit".to_owned(),
    };
    let marker = page.median_seconds.map(|seconds| {
        let x = percent((seconds * 1000) as f64, longest);
        view! { <line class="timeline-others" x1=x.clone() x2=x y1="-50%" y2="150%"></line> }
    });
    view! {
        <li class="timeline-page">
            // `loading` before `src`, which would otherwise load the picture at once.
            <img class="timeline-picture" loading="lazy" decoding="async" alt="" src=page.picture/>
            <p class="timeline-what">{name}{exit}</p>
            <p class="timeline-times">
                <strong>{format::duration(page.visible_ms / 1000)}</strong>
                <span class="timeline-median" title="The median of the other visits that had this page in view">
                    {others}
                </span>
            </p>
            <div class="timeline-share">
                <svg class="timeline-bar" aria-hidden="true">
                    <rect class="meter-all" width="100%" height="100%" rx="3"></rect>
                    <rect class="meter-part" width=percent(page.visible_ms as f64, longest) height="100%" rx="3"></rect>
                    {marker}
                </svg>
                {parts}
            </div>
        </li>
    }
}

/// Which thirds of a page were in view, as a small page and in words.
fn parts(thirds: Thirds) -> impl IntoView {
    let words = match thirds.each() {
        [true, false, false] => "Top third seen",
        [false, true, false] => "Middle third seen",
        [false, false, true] => "Bottom third seen",
        [true, true, false] => "Upper two thirds seen",
        [false, true, true] => "Lower two thirds seen",
        [true, false, true] => "Top and bottom thirds seen",
        [false, false, false] => "No third seen",
        [true, true, true] => "Whole page seen",
    };
    let third = |(y, is_seen)| {
        let class = if is_seen { "meter-part" } else { "meter-all" };
        view! { <rect class=class y=y width="100%" height="30%"></rect> }
    };
    let thirds = ["0%", "35%", "70%"].into_iter().zip(thirds.each()).map(third).collect_view();
    view! { <p class="timeline-parts"><svg aria-hidden="true">{thirds}</svg>{words}</p> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    fn page(page: u32, visible_ms: u64, median_seconds: Option<u64>) -> TimelinePage {
        let picture = format!("/api/documents/d/pages/{page}?v=1");
        let address = format!("/documents/d/preview?p={page}");
        let thirds = Thirds::WHOLE;
        TimelinePage { page, visible_ms, thirds, median_seconds, picture, is_exit: page == 2, address }
    }

    #[test]
    fn timeline_shows_times_and_the_median_of_others() {
        let pages = Some(vec![page(1, 30_000, Some(12)), page(2, 90_000, None)]);
        let page = html(|| view! { <VisitTimeline pages/> });
        for part in [
            r#"role="img" aria-label="2 pages in 2m 0s, longest on page 2: 1m 30s.""#,
            r#"<rect x="25.00%" width="75.00%" height="100%" class="strip-part">"#,
            r#"href="/documents/d/preview?p=1" class="timeline-name">Page 1</a>"#,
            r#"src="/api/documents/d/pages/1?v=1""#,
            r#"x1="13.33%""#,
            "others 12s",
            "– no other visit",
            "Left here",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn parts_of_a_page_are_shown_in_words() {
        let shown = |sum: u8| {
            let thirds = Thirds::try_from(sum).expect("thirds");
            let pages = Some(vec![TimelinePage { thirds, ..page(1, 9_000, None) }]);
            html(move || view! { <VisitTimeline pages/> })
        };
        for (sum, words, part) in [
            (0, "No third seen", r#"<rect y="0%" width="100%" height="30%" class="meter-all">"#),
            (1, "Top third seen", r#"<rect y="0%" width="100%" height="30%" class="meter-part">"#),
            (2, "Middle third seen", r#"<rect y="35%" width="100%" height="30%" class="meter-part">"#),
            (3, "Upper two thirds seen", r#"<rect y="70%" width="100%" height="30%" class="meter-all">"#),
            (4, "Bottom third seen", r#"<rect y="70%" width="100%" height="30%" class="meter-part">"#),
            (
                5,
                "Top and bottom thirds seen",
                r#"<rect y="35%" width="100%" height="30%" class="meter-all">"#,
            ),
            (6, "Lower two thirds seen", r#"<rect y="0%" width="100%" height="30%" class="meter-all">"#),
        ] {
            let page = shown(sum);
            assert!(page.contains(words) && page.contains(part), "{sum}: {page}");
        }
        assert!(!shown(7).contains("timeline-parts"), "a whole page needs no words");
    }

    #[test]
    fn visit_without_pages_is_told() {
        let page = html(|| view! { <VisitTimeline pages=None/> });
        assert!(page.contains("were not recorded") && !page.contains("<svg"), "{page}");
    }
}
