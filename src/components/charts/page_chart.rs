//! How the pages of a document were read.

use leptos::prelude::*;

use super::{
    frame::{ChartFrame, NumberRow, NumberTable},
    row_bars::RowBars,
};
use crate::{format, model::PageReport};

/// From so many pages on, the rows scroll in a box of their own.
const LONG: usize = 24;

/// Shows a row per page, each a link to the visits that reached it, with bars behind the share that reached it and
/// behind its median time. The page's picture shows on hover and focus, and is not loaded before.
#[component]
pub fn PageChart(
    /// The pages in their order.
    pages: Vec<PageReport>,
) -> impl IntoView {
    let empty = match pages.is_empty() {
        true => "Pages are shown for one version of one document. Choose a link to see its pages.",
        false => "No page was in view for a second. Choose a longer range, or remove a part of the filter.",
    };
    let is_read = pages.iter().any(|page| page.visits > 0);
    let pages = if is_read { pages } else { Vec::new() };
    let table = NumberTable::new(
        &["Page", "Visits", "Reached", "Median time", "Total time", "Exits"],
        pages.iter().map(number_row).collect(),
    );
    let (reached, held) = (reached(&pages), held(&pages));
    let sentence = format!("{reached} {held}");
    let shares = pages.iter().map(|page| page.reached_percent.into()).collect();
    let medians = pages.iter().map(|page| page.median_seconds.unwrap_or(0)).collect();
    let longest = pages.iter().map(|page| page.median_seconds.unwrap_or(0)).max().unwrap_or(0);
    let class = if pages.len() >= LONG { "page-rows page-rows-long" } else { "page-rows" };
    let rows = pages.into_iter().map(row).collect_view();
    view! {
        <ChartFrame title="Pages" sentence table empty is_broad=true>
            <div class=class>
                <p class="page-row page-rows-head" aria-hidden="true">
                    <span>"Page"</span>
                    <span class="page-reached">"Reached by"</span>
                    <span class="page-median">"Median time"</span>
                    <span class="page-total">"Total time"</span>
                    <span class="page-exits">"Exits"</span>
                </p>
                <div class="bar-rows page-bars">
                    <RowBars sentence=reached lengths=shares whole=100/>
                    <RowBars sentence=held lengths=medians whole=longest/>
                    <ol class="bar-list">{rows}</ol>
                </div>
            </div>
        </ChartFrame>
    }
    .into_any()
}

/// How many visits reached the first and the last page.
fn reached(pages: &[PageReport]) -> String {
    let (Some(first), Some(last)) = (pages.first(), pages.last()) else { return String::new() };
    format!(
        "{} % of visits reached page {}, {} % page {}.",
        first.reached_percent, first.page, last.reached_percent, last.page
    )
}

/// Which page was in view longest.
fn held(pages: &[PageReport]) -> String {
    // Of equal ones the first.
    let longest = pages.iter().rev().max_by_key(|page| page.median_seconds);
    let text = |page: &PageReport| {
        let median = median_time(page);
        format!("Page {} held readers longest: {median} in the median.", page.page)
    };
    longest.map(text).unwrap_or_default()
}

/// The median time on a page; a dash where no visit had it in view.
fn median_time(page: &PageReport) -> String {
    page.median_seconds.map_or_else(|| "–".to_owned(), format::duration)
}

fn number_row(page: &PageReport) -> NumberRow {
    let cells = vec![
        format::count(page.visits),
        format!("{} %", page.reached_percent),
        median_time(page),
        format::duration(page.total_seconds),
        format::count(page.exits),
    ];
    NumberRow { name: format!("Page {}", page.page), address: page.address.clone(), cells }
}

fn row(page: PageReport) -> impl IntoView {
    let reached = format!("{} of visits", format::count(page.visits));
    let median = median_time(&page);
    view! {
        <li class="page-row">
            <a class="page-name" href=page.address>
                {format!("Page {}", page.page)}
            </a>
            // `loading` before `src`, which would otherwise load the picture at once.
            <img class="page-peek" loading="lazy" decoding="async" alt="" src=page.picture/>
            <span class="page-reached" title=reached>
                <span class="visually-hidden">"reached by "</span>{format!("{} %", page.reached_percent)}
            </span>
            <span class="page-median"><span class="visually-hidden">"median "</span>{median}</span>
            <span class="page-total">
                <span class="visually-hidden">"total "</span>{format::duration(page.total_seconds)}
            </span>
            <span class="page-exits">
                {format::count(page.exits)}<span class="visually-hidden">" exits"</span>
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    fn page(page: u32, visits: u64, reached_percent: u8, median_seconds: u64) -> PageReport {
        PageReport {
            page,
            visits,
            reached_percent,
            median_seconds: (visits > 0).then_some(median_seconds),
            total_seconds: visits * median_seconds,
            exits: visits / 2,
            address: format!("?page={page}"),
            picture: format!("/api/documents/d/pages/{page}?v=1"),
        }
    }

    #[test]
    fn pages_have_bars_links_and_lazy_pictures() {
        let pages = vec![page(1, 40, 100, 12), page(2, 30, 75, 84), page(3, 0, 0, 0)];
        let page = html(|| view! { <PageChart pages/> });
        for part in [
            r#"role="img" aria-label="100 % of visits reached page 1, 0 % page 3.""#,
            r#"role="img" aria-label="Page 2 held readers longest: 1m 24s in the median.""#,
            r#"href="?page=2" class="page-name">Page 2</a>"#,
            r#"<img loading="lazy" decoding="async" alt="" src="/api/documents/d/pages/2?v=1""#,
            r#"width="75.00%""#,
            r#"<td>30</td><td>75 %</td><td>1m 24s</td><td>42m 0s</td><td>15</td>"#,
            r#"<td>0</td><td>0 %</td><td>–</td>"#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn unread_pages_say_what_to_do() {
        for pages in [Vec::new(), vec![page(1, 0, 0, 0)]] {
            let page = html(|| view! { <PageChart pages/> });
            assert!(page.contains("Choose a l") && !page.contains("<img"), "{page}");
        }
    }
}
