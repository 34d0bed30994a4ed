//! The numbers of a period, each with its change.

use leptos::prelude::*;

use super::change::{Direction, Unit, change};
use crate::model::{Compared, ReportNumbers};

/// Shows six cards. An unknown number is a dash, never a zero.
#[component]
pub fn NumberCards(
    /// The numbers.
    numbers: ReportNumbers,
    /// The period before, in words; empty: nothing is compared.
    #[prop(into)]
    compared_with: String,
) -> impl IntoView {
    use Unit::*;
    let cards = [
        ("views", "Views", "visits that began", Count, numbers.views),
        ("readers", "Readers", "different browsers", Count, numbers.readers),
        ("median-time", "Median time", "half read longer", Seconds, numbers.median_seconds),
        ("average-time", "Average time", "mean of all visits", Seconds, numbers.average_seconds),
        ("completion", "Completion", "parts seen for 1 s", Percent, numbers.completion_percent),
        ("downloads", "Downloads", "visits with the file", Count, numbers.downloads),
    ];
    let cards = cards.map(|(id, label, note, unit, number)| {
        view! { <Card id label note unit number compared_with=compared_with.clone()/> }
    });
    view! { <dl class="cards">{cards.collect_view()}</dl> }.into_any()
}

#[component]
fn Card(
    /// The end of the test id.
    id: &'static str,
    /// What the number is.
    label: &'static str,
    /// What it counts.
    note: &'static str,
    unit: Unit,
    number: Compared,
    compared_with: String,
) -> impl IntoView {
    let value = number.value.map_or_else(|| "–".to_owned(), |value| unit.short(value));
    let exact = number.value.map_or_else(|| "Not recorded".to_owned(), |value| unit.exact(value));
    let change = change(number, unit, !compared_with.is_empty());
    let before = number.before.filter(|_| !compared_with.is_empty());
    let before = before.map(|before| format!("{} in {compared_with}", unit.exact(before)));
    let class = match change.direction {
        Direction::Up => "card-change card-up",
        Direction::Down => "card-change card-down",
        Direction::Level | Direction::Unknown => "card-change",
    };
    view! {
        <div class="card">
            <dt class="card-label">{label}</dt>
            <dd class="card-value" data-testid=format!("report-{id}") title=exact>{value}</dd>
            <dd class=class data-testid=format!("report-{id}-change") title=before>{change.text}</dd>
            <dd class="card-note">{note}</dd>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    #[test]
    fn cards_show_numbers_changes_and_dashes() {
        let of = |value, before| Compared { value, before };
        let numbers = ReportNumbers {
            views: of(Some(1_239_999), Some(1_000_000)),
            median_seconds: of(Some(200), Some(45)),
            completion_percent: of(Some(64), None),
            ..ReportNumbers::default()
        };
        let page = html(|| view! { <NumberCards numbers compared_with="30 Sep – 27 Oct"/> });
        for part in [
            r#"title="1,239,999" class="card-value">1.23M</dd>"#,
            r#"title="1,000,000 in 30 Sep – 27 Oct" class="card-change card-up">+24 %</dd>"#,
            r#"title="200 seconds" class="card-value">3m 20s</dd>"#,
            r#"data-testid="report-completion-change" class="card-change">– none before</dd>"#,
            r#"title="Not recorded" class="card-value">–</dd>"#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }
}
