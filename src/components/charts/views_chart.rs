//! Views over time.

use leptos::prelude::*;

use super::{
    frame::{ChartFrame, NumberRow, NumberTable},
    percent,
    scale::{tick_label, ticks},
};
use crate::{
    format,
    model::{TimeBar, TimeChart, TimeUnit},
};

/// The id of the pattern of the unfinished bar. A page has one time chart.
const PATTERN: &str = "unfinished-bar";
/// The id of what stands behind the bars, to which a keyboard can skip.
const END: &str = "after-views-chart";
/// From so many bars on, the chart scrolls where it is narrow.
const MANY: usize = 45;

/// The parts of a bar's place that the bar and the comparison behind it take.
const BAR: f64 = 0.5;
const BEFORE: f64 = 0.82;
/// Fewer bars are as narrow as so many would be.
const FEW: f64 = 8.0;

/// Shows a bar per unit of time, each a link, with the period before behind it. A bar whose time is not over is
/// hatched; the comparison never is.
#[component]
pub fn ViewsChart(
    /// The bars.
    chart: TimeChart,
) -> impl IntoView {
    let TimeChart { unit, bars } = chart;
    let has_before = bars.iter().any(|bar| bar.before.is_some());
    let has_unfinished = bars.iter().any(|bar| bar.is_unfinished);
    let highest = bars.iter().map(|bar| bar.views.max(bar.before.unwrap_or(0))).max().unwrap_or(0);
    let bars = if highest == 0 { Vec::new() } else { bars };
    let sentence = sentence(&bars);
    let table = table(unit, &bars, has_before);
    let ticks = ticks(highest);
    let top = ticks.last().copied().unwrap_or(1) as f64;
    let (tick_labels, lines): (Vec<_>, Vec<_>) = ticks.iter().map(|&tick| tick_at(tick, top)).unzip();
    let is_wide = bars.len() >= MANY;
    let count = bars.len() as f64;
    let labels = labels(&bars);
    let places = || bars.iter().zip(0_u32..).map(|(bar, at)| (bar, Place { at: at.into(), count, top }));
    let drawing = places().map(|(bar, place)| place.draw(bar)).collect_view();
    let links = places().map(|(bar, place)| place.link(bar)).collect_view();
    view! {
        <ChartFrame title="Views over time" sentence=sentence.clone() table is_broad=true
            empty="No views here. Choose a longer range, or remove a part of the filter.">
            <a class="skip" href=format!("#{END}")>"Skip the bars"</a>
            <div class="plot">
                <svg class="plot-ticks" aria-hidden="true">{tick_labels}</svg>
                <div class="plot-box">
                    <div class="plot-inside" class:plot-many=is_wide>
                        <svg class="plot-area">
                            <defs>
                                <pattern id=PATTERN class="hatch" width="5" height="5"
                                    patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                                    <rect class="hatch-ground" width="5" height="5"></rect>
                                    <rect class="hatch-line" width="2" height="5"></rect>
                                </pattern>
                            </defs>
                            <g role="img" aria-label=sentence>{lines}{drawing}</g>
                            <g>{links}</g>
                        </svg>
                        <svg class="plot-labels" aria-hidden="true">{labels}</svg>
                    </div>
                </div>
            </div>
            <p class="chart-keys" id=END>
                <span><i class="key key-bar"></i>"Views"</span>
                {has_unfinished.then(|| view! {
                    <span><svg class="key" aria-hidden="true">
                        <rect class="bar-unfinished" width="100%" height="100%" fill=format!("url(#{PATTERN})")></rect>
                    </svg>"Not over yet"</span>
                })}
                {has_before.then(|| view! { <span><i class="key key-before"></i>"Period before"</span> })}
            </p>
        </ChartFrame>
    }
    .into_any()
}

/// Where a bar stands: its number, how many there are, and the top of the axis.
#[derive(Clone, Copy)]
struct Place {
    at: f64,
    count: f64,
    top: f64,
}

impl Place {
    /// The left end and the width of a bar that takes `part` of the place.
    fn span(self, part: f64) -> (String, String) {
        let part = part * (self.count / FEW).min(1.0);
        (percent(self.at + (1.0 - part) / 2.0, self.count), percent(part, self.count))
    }

    /// The upper end and the height of a bar.
    fn height(self, views: u64) -> (String, String) {
        (percent(self.top - views as f64, self.top), percent(views as f64, self.top))
    }

    fn draw(self, bar: &TimeBar) -> impl IntoView + use<> {
        let before = bar.before.filter(|before| *before > 0).map(|before| {
            let ((x, width), (y, height)) = (self.span(BEFORE), self.height(before));
            view! {
                <rect class="bar-before" x=x.clone() y=y.clone() width=width.clone() height=height></rect>
                <rect class="bar-before-end" x=x y=y width=width height="2"></rect>
            }
        });
        let views = (bar.views > 0).then(|| {
            let ((x, width), (y, height)) = (self.span(BAR), self.height(bar.views));
            let (class, fill) = match bar.is_unfinished {
                true => ("bar-unfinished", Some(format!("url(#{PATTERN})"))),
                false => ("bar", None),
            };
            view! { <rect class=class fill=fill x=x y=y width=width height=height></rect> }
        });
        view! {
            {before}
            {views}
        }
    }

    fn link(self, bar: &TimeBar) -> impl IntoView + use<> {
        let (x, width) = (percent(self.at, self.count), percent(1.0, self.count));
        let label = label(bar);
        view! {
            <a class="plot-link" href=bar.address.clone() aria-label=label>
                <rect x=x y="0" width=width height="100%"><title>{label.clone()}</title></rect>
            </a>
        }
    }
}

/// A bar in words: `Mon 3 Nov: 12 views so far, 9 in the period before`.
fn label(bar: &TimeBar) -> String {
    let so_far = if bar.is_unfinished { " so far" } else { "" };
    let before = bar.before.map(|before| format!(", {} in the period before", format::count(before)));
    let views = format::plural(bar.views, "view", "views");
    format!("{}: {views}{so_far}{}", bar.label, before.unwrap_or_default())
}

/// The label and the line of a tick.
fn tick_at(tick: u64, top: f64) -> (AnyView, AnyView) {
    let y = percent(top - tick as f64, top);
    let label = view! { <text x="100%" y=y.clone() dy="0.35em">{tick_label(tick)}</text> };
    let line = view! { <line class="plot-line" x1="0" x2="100%" y1=y.clone() y2=y></line> };
    (label.into_any(), line.into_any())
}

/// The names of some bars: up to eight where the chart is wide, the first, the middle and the last where it is narrow.
fn labels(bars: &[TimeBar]) -> impl IntoView + use<> {
    let step = bars.len().div_ceil(8).max(1);
    let wide = (0..bars.len()).step_by(step).map(|at| bar_name(bars, at, "plot-label plot-label-wide"));
    let last = bars.len().saturating_sub(1);
    let mut few = vec![0, last / 2, last];
    few.dedup();
    let few = few.into_iter().filter(|at| *at < bars.len());
    let narrow = few.map(|at| bar_name(bars, at, "plot-label plot-label-narrow"));
    wide.chain(narrow).collect_view()
}

/// The name of a bar below its middle, or from the edge that it would cross.
fn bar_name(bars: &[TimeBar], at: usize, class: &'static str) -> AnyView {
    let middle = (at as f64 + 0.5) / bars.len() as f64;
    let (x, anchor) = match middle {
        ..0.1 => (0.0, "start"),
        0.9.. => (1.0, "end"),
        _ => (middle, "middle"),
    };
    let label = bars[at].label.clone();
    view! { <text class=class x=percent(x, 1.0) y="100%" dy="-0.3em" text-anchor=anchor>{label}</text> }
        .into_any()
}

fn sentence(bars: &[TimeBar]) -> String {
    let (Some(first), Some(last)) = (bars.first(), bars.last()) else { return String::new() };
    let total = bars.iter().map(|bar| bar.views).sum();
    let range = match bars.len() {
        1 => first.label.clone(),
        _ => format!("{} to {}", first.label, last.label),
    };
    let views = format!("{}: {}", range, format::plural(total, "view", "views"));
    match bars.iter().rev().max_by_key(|bar| bar.views).filter(|bar| bar.views > 0 && bars.len() > 1) {
        Some(peak) => format!("{views}, at most {} ({}).", format::count(peak.views), peak.label),
        None => format!("{views}."),
    }
}

fn table(unit: TimeUnit, bars: &[TimeBar], has_before: bool) -> NumberTable {
    let name = match unit {
        TimeUnit::Hour => "Hour",
        TimeUnit::Day => "Day",
        TimeUnit::Week => "Week",
        TimeUnit::Month => "Month",
    };
    let rows = bars.iter().map(|bar| {
        let so_far = if bar.is_unfinished { " so far" } else { "" };
        let mut cells = vec![format!("{}{so_far}", format::count(bar.views))];
        if has_before {
            cells.push(bar.before.map_or_else(|| "–".to_owned(), format::count));
        }
        NumberRow { name: bar.label.clone(), address: bar.address.clone(), cells }
    });
    let head = if has_before { &[name, "Views", "Period before"][..] } else { &[name, "Views"] };
    NumberTable::new(head, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    fn bar(label: &str, views: u64, before: Option<u64>) -> TimeBar {
        TimeBar {
            starts_at: 0,
            label: label.to_owned(),
            views,
            before,
            is_unfinished: false,
            address: format!("?range={}", label.replace(' ', "-")),
        }
    }

    #[test]
    fn bars_are_linked_labelled_and_tabled() {
        let last = TimeBar { is_unfinished: true, ..bar("Wed 5 Nov", 3, Some(9)) };
        let bars = vec![bar("Mon 3 Nov", 0, None), bar("Tue 4 Nov", 42, Some(7)), last];
        let page = html(|| view! { <ViewsChart chart=TimeChart { unit: TimeUnit::Day, bars }/> });
        for part in [
            r#"<g role="img" aria-label="Mon 3 Nov to Wed 5 Nov: 45 views, at most 42 (Tue 4 Nov).""#,
            r#"href="?range=Tue-4-Nov" aria-label="Tue 4 Nov: 42 views, 7 in the period before""#,
            r#"<rect x="46.88%" y="16.00%" width="6.25%" height="84.00%" class="bar">"#,
            r#"aria-label="Wed 5 Nov: 3 views so far, 9 in the period before""#,
            r##"<rect fill="url(#unfinished-bar)" x="80.21%""##,
            r#"<td>3 so far</td><td>9</td>"#,
            r#"<td>0</td><td>–</td>"#,
            "Not over yet",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert_eq!(page.matches(r#"class="bar-before""#).count(), 2, "the comparison is drawn whole");
    }

    #[test]
    fn time_without_views_says_what_to_do() {
        let bars = vec![bar("Mon 3 Nov", 0, Some(0)), bar("Tue 4 Nov", 0, None)];
        let page = html(|| view! { <ViewsChart chart=TimeChart { unit: TimeUnit::Day, bars }/> });
        assert!(page.contains("Choose a longer range") && !page.contains("<svg"), "{page}");
    }

    #[test]
    fn comparison_alone_is_drawn() {
        let bars = vec![bar("Mon 3 Nov", 0, Some(4))];
        let page = html(|| view! { <ViewsChart chart=TimeChart { unit: TimeUnit::Day, bars }/> });
        assert!(page.contains(r#"class="bar-before""#) && page.contains("Mon 3 Nov: 0 views."), "{page}");
    }
}
