//! What stands around a chart: its title, its sentence, and the table behind it.

use leptos::prelude::*;

/// The numbers of a chart as a table. The first heading is that of the rows' names.
#[derive(Clone, Debug, Default)]
pub(super) struct NumberTable {
    /// The headings.
    pub(super) head: Vec<String>,
    /// The rows.
    pub(super) rows: Vec<NumberRow>,
}

impl NumberTable {
    /// A table with these headings.
    pub(super) fn new(head: &[&str], rows: Vec<NumberRow>) -> Self {
        Self { head: head.iter().map(|&text| text.to_owned()).collect(), rows }
    }
}

/// One row of a [`NumberTable`].
#[derive(Clone, Debug)]
pub(super) struct NumberRow {
    /// The name of the row.
    pub(super) name: String,
    /// Where the name leads; empty: nowhere.
    pub(super) address: String,
    /// The numbers.
    pub(super) cells: Vec<String>,
}

/// Shows a chart in a panel; without rows, what to do next in place of the chart.
#[component]
pub(super) fn ChartFrame(
    /// The title.
    title: &'static str,
    /// What the chart shows; also the label of its image.
    sentence: String,
    /// The same numbers.
    table: NumberTable,
    /// Why there is nothing to show, and what to do next.
    empty: &'static str,
    /// Whether the chart takes the whole width of the page.
    #[prop(optional)]
    is_broad: bool,
    /// The chart.
    children: Children,
) -> impl IntoView {
    let class = if is_broad { "chart chart-broad" } else { "chart" };
    if table.rows.is_empty() {
        return view! {
            <figure class=class>
                <figcaption class="chart-head"><h3>{title}</h3></figcaption>
                <p class="empty">{empty}</p>
            </figure>
        }
        .into_any();
    }
    view! {
        <figure class=class>
            <figcaption class="chart-head">
                <h3>{title}</h3>
                <p class="chart-sentence" dir="auto">{sentence}</p>
            </figcaption>
            {children()}
            <TableBehind title table/>
        </figure>
    }
    .into_any()
}

#[component]
fn TableBehind(title: &'static str, table: NumberTable) -> impl IntoView {
    let head = table.head.into_iter().map(|text| view! { <th scope="col">{text}</th> });
    let rows = table.rows.into_iter().map(|row| {
        let name = match row.address.is_empty() {
            true => view! { <span dir="auto">{row.name}</span> }.into_any(),
            false => view! { <a href=row.address dir="auto">{row.name}</a> }.into_any(),
        };
        let cells = row.cells.into_iter().map(|text| view! { <td>{text}</td> });
        view! { <tr><th scope="row">{name}</th>{cells.collect_view()}</tr> }
    });
    view! {
        <details class="chart-table">
            <summary>"Show as table"<span class="visually-hidden">{format!(": {title}")}</span></summary>
            <div class="chart-table-box" tabindex="0" role="group" aria-label=format!("{title}, as a table")>
                <table>
                    <thead><tr>{head.collect_view()}</tr></thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
    .into_any()
}
