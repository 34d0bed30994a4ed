//! The charts of an analytics page: SVG made on the server, without script and without inline styles.
//!
//! Each chart is an image with a sentence that says what it shows. Links lie beside the image and not in it, because
//! what is inside an image has no role of its own. The same numbers stand in a table behind "Show as table".

mod breakdown_chart;
mod change;
mod frame;
mod hour_chart;
mod meter;
mod number_cards;
mod page_chart;
mod row_bars;
mod scale;
mod trend;
mod views_chart;

pub use breakdown_chart::BreakdownChart;
pub use hour_chart::HourChart;
pub use meter::Meter;
pub use number_cards::NumberCards;
pub use page_chart::PageChart;
pub(super) use scale::percent;
pub use trend::Trend;
pub use views_chart::ViewsChart;

/// Renders a view as the server does, without the comments that separate its texts.
#[cfg(test)]
pub(super) fn html<View: leptos::prelude::IntoView>(view: impl FnOnce() -> View) -> String {
    use leptos::prelude::{Owner, RenderHtml};
    Owner::new().with(|| view().into_view().to_html()).replace("<!>", "")
}
