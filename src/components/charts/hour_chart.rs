//! Views by hour of the week.

use leptos::prelude::*;

use super::{
    frame::{ChartFrame, NumberRow, NumberTable},
    percent,
};
use crate::{format, model::HourMap};

const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The darkest shade; 0 is none.
const LEVELS: u64 = 5;

/// Shows a cell per hour of the week, the darker the more views.
#[component]
pub fn HourChart(
    /// The views.
    hours: HourMap,
    /// The name of the time zone of the hours.
    #[prop(into)]
    zone: String,
) -> impl IntoView {
    let peak = hours.iter().flatten().copied().max().unwrap_or(0);
    let total: u64 = hours.iter().flatten().sum();
    let sentence = sentence(&hours, peak, total, &zone);
    let table = if total == 0 { NumberTable::default() } else { table(&hours) };
    let cells = hours.iter().zip(0_u32..).flat_map(|(row, day)| {
        row.iter().zip(0_u32..).map(move |(&views, hour)| cell(day, hour, views, peak))
    });
    let cells = cells.collect_view();
    let days = DAYS.iter().zip(0_u32..).map(|(day, row)| {
        view! { <text x="0" y=percent(f64::from(row) + 0.5, 7.0) dy="0.35em">{&day[..3]}</text> }
    });
    let days = days.collect_view();
    let hours = (0..24_u32).step_by(3).map(|hour| {
        let class = if hour.is_multiple_of(6) { "plot-label" } else { "plot-label heat-label-wide" };
        let x = percent(f64::from(hour), 24.0);
        view! { <text class=class x=x y="100%" dy="-0.3em">{format!("{hour:02}:00")}</text> }
    });
    let hours = hours.collect_view();
    let shades = (0..=LEVELS).map(|level| view! { <i class=format!("key key-heat-{level}")></i> });
    let shades = shades.collect_view();
    let scale = format!("{} an hour", format::count(peak));
    view! {
        <ChartFrame title="Hours of the week" sentence=sentence.clone() table
            empty="No views here. Choose a longer range, or remove a part of the filter.">
            <div class="heat">
                <svg class="heat-days" aria-hidden="true">{days}</svg>
                <svg class="heat-cells" role="img" aria-label=sentence>{cells}</svg>
                <svg class="heat-hours" aria-hidden="true">{hours}</svg>
            </div>
            <p class="chart-keys" aria-hidden="true"><span>"0"</span>{shades}<span>{scale}</span></p>
        </ChartFrame>
    }
    .into_any()
}

/// The shade of a cell: 0 for no views, the darkest for the peak.
fn level(views: u64, peak: u64) -> u64 {
    (views * LEVELS).div_ceil(peak.max(1))
}

fn cell(day: u32, hour: u32, views: u64, peak: u64) -> impl IntoView {
    let class = format!("heat-cell heat-{}", level(views, peak));
    let title = format!("{}: {}", hour_of_week(day as usize, hour), format::plural(views, "view", "views"));
    view! {
        <rect class=class x=percent(f64::from(hour), 24.0) y=percent(f64::from(day), 7.0)
            width=percent(1.0, 24.0) height=percent(1.0, 7.0)><title>{title}</title></rect>
    }
}

/// `Tuesday 14:00–15:00`.
fn hour_of_week(day: usize, hour: u32) -> String {
    format!("{} {hour:02}:00–{:02}:00", DAYS[day], hour + 1)
}

fn sentence(hours: &HourMap, peak: u64, total: u64, zone: &str) -> String {
    let mut cells =
        hours.iter().enumerate().flat_map(|(day, row)| row.iter().zip(0_u32..).map(move |cell| (day, cell)));
    let busiest = cells.find(|(_, (views, _))| **views == peak);
    let busiest = busiest.map(|(day, (_, hour))| hour_of_week(day, hour)).unwrap_or_default();
    let views = format::plural(total, "view", "views");
    format!("{views}. Busiest: {busiest}, {} of them. Times in {zone}.", format::count(peak))
}

fn table(hours: &HourMap) -> NumberTable {
    let head: Vec<&str> = ["Hour"].into_iter().chain(DAYS.iter().map(|day| &day[..3])).collect();
    let rows = (0..24).map(|hour| NumberRow {
        name: format!("{hour:02}:00"),
        address: String::new(),
        cells: hours.iter().map(|row| format::count(row[hour])).collect(),
    });
    NumberTable::new(&head, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    #[test]
    fn heat_map_names_its_busiest_hour() {
        let mut hours = HourMap::default();
        (hours[1][14], hours[6][23]) = (12, 1);
        let page = html(|| view! { <HourChart hours zone="Europe/Berlin"/> });
        for part in [
            r#"aria-label="13 views. Busiest: Tuesday 14:00–15:00, 12 of them. Times in Europe/Berlin.""#,
            r#"x="58.33%" y="14.29%" width="4.17%" height="14.29%" class="heat-cell heat-5""#,
            "<title>Sunday 23:00–24:00: 1 view</title>",
            r#"<th scope="row"><span dir="auto">14:00</span></th><td>0</td><td>12</td>"#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert_eq!(page.matches("heat-cell ").count(), 168);
    }

    #[test]
    fn shades_grow_with_the_views() {
        assert_eq!([0, 1, 20, 21, 99, 100].map(|views| level(views, 100)), [0, 1, 1, 2, 5, 5]);
        assert_eq!(level(0, 0), 0);
    }

    #[test]
    fn week_without_views_says_what_to_do() {
        let page = html(|| view! { <HourChart hours=HourMap::default() zone="UTC"/> });
        assert!(page.contains("Choose a longer range") && !page.contains("heat-cell"), "{page}");
    }
}
