//! A small line for a row of a table.

use leptos::prelude::*;

use crate::format;

/// Draws values as a line, the earliest first.
#[component]
pub fn Trend(
    /// The values.
    values: Vec<u64>,
    /// What they are, such as `Views in 28 days`.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    /// The height of the drawing's own units, of which the line keeps clear at both ends.
    const HEIGHT: f64 = 24.0;
    const MARGIN: f64 = 2.0;
    let (Some(first), Some(last), Some(&peak)) = (values.first(), values.last(), values.iter().max()) else {
        return view! { <span class="trend" title="No numbers yet">"–"</span> }.into_any();
    };
    let sentence = format!(
        "{label}: {} at first, {} at last, {} at most",
        format::count(*first),
        format::count(*last),
        format::count(peak)
    );
    let steps = (values.len() - 1).max(1) as f64;
    let scale = (HEIGHT - 2.0 * MARGIN) / peak.max(1) as f64;
    let point = |(at, value): (usize, &u64)| {
        format!("{:.1},{:.1}", 100.0 * at as f64 / steps, HEIGHT - MARGIN - scale * *value as f64)
    };
    let mut points: Vec<String> = values.iter().enumerate().map(point).collect();
    if values.len() == 1 {
        // A line needs two ends.
        points.push(point((1, first)));
    }
    let line = points.join(" ");
    let area = format!("0,{HEIGHT} {line} 100,{HEIGHT}");
    view! {
        <svg class="trend" role="img" aria-label=sentence viewBox="0 0 100 24" preserveAspectRatio="none">
            <polygon class="trend-area" points=area></polygon>
            <polyline class="trend-line" points=line vector-effect="non-scaling-stroke"></polyline>
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    #[test]
    fn trend_says_its_ends_and_its_peak() {
        let page = html(|| view! { <Trend values=vec![0, 10, 5] label="Views in 28 days"/> });
        assert!(
            page.contains(r#"aria-label="Views in 28 days: 0 at first, 5 at last, 10 at most""#),
            "{page}"
        );
        assert!(page.contains(r#"points="0.0,22.0 50.0,2.0 100.0,12.0""#), "{page}");
        let page = html(|| view! { <Trend values=Vec::new() label="Views"/> });
        assert!(page.contains('–') && !page.contains("svg"), "{page}");
    }
}
