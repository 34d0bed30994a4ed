//! A share as a short bar with its number.

use leptos::prelude::*;

use super::percent;

/// Shows a percentage; an unknown one is a dash.
#[component]
pub fn Meter(
    /// From 0 to 100; `None`: not recorded.
    percent_of_all: Option<u8>,
    /// What it is a share of, for screen readers.
    label: &'static str,
) -> impl IntoView {
    let Some(value) = percent_of_all else {
        return view! {
            <span class="meter unknown" title="Not recorded">
                <span aria-hidden="true">"–"</span>
                <span class="visually-hidden">{format!("{label} not recorded")}</span>
            </span>
        }
        .into_any();
    };
    let width = percent(f64::from(value.min(100)), 100.0);
    view! {
        <span class="meter">
            <svg class="meter-bar" aria-hidden="true">
                <rect class="meter-all" width="100%" height="100%" rx="3"></rect>
                <rect class="meter-part" width=width height="100%" rx="3"></rect>
            </svg>
            <span class="visually-hidden">{format!("{label} ")}</span>
            <span class="meter-number">{format!("{value} %")}</span>
        </span>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    #[test]
    fn meter_shows_a_share_or_a_dash() {
        let page = html(|| view! { <Meter percent_of_all=Some(67) label="Completion"/> });
        assert!(page.contains(r#"width="67.00%""#) && page.contains(">67 %<"), "{page}");
        let page = html(|| view! { <Meter percent_of_all=None label="Completion"/> });
        assert!(page.contains("Completion not recorded") && !page.contains("rect"), "{page}");
    }
}
