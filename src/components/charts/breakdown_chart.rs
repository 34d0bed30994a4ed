//! Visits divided by one property.

use leptos::prelude::*;

use super::{
    frame::{ChartFrame, NumberRow, NumberTable},
    row_bars::RowBars,
    scale::share,
};
use crate::{
    format,
    model::{Breakdown, BreakdownKind, BreakdownRow, Country},
};

/// How many parts have a bar; the table has them all.
const MAX_BARS: usize = 8;

/// Shows the largest parts as bars. A part that a filter can select is a link.
#[component]
pub fn BreakdownChart(
    /// The parts, the largest first. The label of a country may be its code.
    breakdown: Breakdown,
) -> impl IntoView {
    let Breakdown { kind, rows } = breakdown;
    let rows: Vec<BreakdownRow> = rows.into_iter().map(|row| named(kind, row)).collect();
    let (title, by, one) = match kind {
        BreakdownKind::Links => ("Links", "link", "Link"),
        BreakdownKind::Referrers => ("Referrers", "referrer", "Referrer"),
        BreakdownKind::Devices => ("Devices", "device", "Device"),
        BreakdownKind::Countries => ("Countries", "country", "Country"),
    };
    let empty = match kind {
        BreakdownKind::Countries => {
            "No country was recorded. See SIGHTLINE_GEOIP in the configuration, or choose a longer range."
        }
        _ => "No visits here. Choose a longer range, or remove a part of the filter.",
    };
    let total: u64 = rows.iter().map(|row| row.visits).sum();
    let largest = rows.iter().take(3).map(|row| format!("{} {}", row.label, share(row.visits, total)));
    let largest: Vec<String> = largest.collect();
    let sentence = format!("{} by {by}: {}.", format::plural(total, "visit", "visits"), largest.join(", "));
    let table_rows = rows.iter().map(|row| NumberRow {
        name: row.label.clone(),
        address: row.address.clone(),
        cells: vec![format::count(row.visits), share(row.visits, total)],
    });
    let table = NumberTable::new(&[one, "Visits", "Share"], table_rows.collect());
    let whole = rows.first().map_or(0, |row| row.visits);
    let lengths = rows.iter().take(MAX_BARS).map(|row| row.visits).collect();
    let more = rows.len().saturating_sub(MAX_BARS) as u64;
    let more = (more > 0)
        .then(|| view! { <p class="chart-note">{format!("{} more in the table", format::count(more))}</p> });
    let items = rows.into_iter().take(MAX_BARS).map(|row| item(row, total)).collect_view();
    view! {
        <ChartFrame title sentence=sentence.clone() table empty>
            <div class="bar-rows">
                <RowBars sentence lengths whole/>
                <ol class="bar-list">{items}</ol>
            </div>
            {more}
        </ChartFrame>
    }
    .into_any()
}

/// The row with the name of a country for its code.
fn named(kind: BreakdownKind, mut row: BreakdownRow) -> BreakdownRow {
    if kind == BreakdownKind::Countries
        && let Ok(country) = row.label.parse::<Country>()
    {
        row.label = country.label();
    }
    row
}

fn item(row: BreakdownRow, total: u64) -> impl IntoView {
    let BreakdownRow { label, visits, address } = row;
    let name = match address.is_empty() {
        true => view! { <span class="bar-name" dir="auto" title=label>{label.clone()}</span> }.into_any(),
        false => {
            view! { <a class="bar-name" dir="auto" title=label href=address>{label.clone()}</a> }.into_any()
        }
    };
    view! {
        <li class="bar-row">
            {name}
            <span class="bar-number" title=format::count(visits)>{format::short_count(visits)}</span>
            <span class="bar-share">{share(visits, total)}</span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    fn row(label: &str, visits: u64, address: &str) -> BreakdownRow {
        BreakdownRow { label: label.to_owned(), visits, address: address.to_owned() }
    }

    #[test]
    fn countries_are_named_and_linked() {
        let rows =
            vec![row("DE", 62, "?country=DE"), row("CI", 37, "?country=CI"), row("Not recorded", 1, "")];
        let breakdown = Breakdown { kind: BreakdownKind::Countries, rows };
        let page = html(|| view! { <BreakdownChart breakdown/> });
        for part in [
            r#"role="img" aria-label="100 visits by country: Germany 62 %, Côte d’Ivoire 37 %, Not recorded 1 %.""#,
            r#"href="?country=DE" class="bar-name">Germany</a>"#,
            r#"width="59.68%""#,
            r#"<th scope="row"><span dir="auto">Not recorded</span></th><td>1</td><td>1 %</td>"#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn table_has_the_parts_without_a_bar() {
        let rows = (0..12).map(|n| row(&format!("link {n}"), 20 - n, "")).collect();
        let page =
            html(|| view! { <BreakdownChart breakdown=Breakdown { kind: BreakdownKind::Links, rows }/> });
        assert_eq!(page.matches(r#"class="row-bar""#).count(), MAX_BARS);
        assert!(page.contains("4 more in the table") && page.contains(">link 11<"));
    }

    #[test]
    fn empty_breakdown_says_what_to_do() {
        let breakdown = Breakdown { kind: BreakdownKind::Referrers, rows: Vec::new() };
        let page = html(|| view! { <BreakdownChart breakdown/> });
        assert!(page.contains("Choose a longer range") && !page.contains("role=\"img\""), "{page}");
    }
}
