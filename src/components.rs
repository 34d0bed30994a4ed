//! Components: markup without behaviour.
//!
//! They take props and call neither hooks nor the server. The exception is [`RealtimeAnalyticsWidget`], which
//! calls its own hooks; all others get what hooks return from the pages.

mod audience;
mod charts;
mod copy_button;
mod document_cards;
mod document_pages;
mod document_toolbar;
mod document_viewer;
mod empty_state;
mod field;
mod filter_bar;
mod for_good;
mod icon;
mod link_list;
mod list_controls;
mod live_badge;
mod message;
mod metrics_grid;
mod outline;
mod page_picture;
mod page_text;
mod performance_table;
mod realtime_analytics_widget;
mod upload_zone;
mod viewer_list;
mod visit_table;
mod visit_timeline;

use leptos::prelude::{Read, Signal};

pub use audience::Audience;
pub use charts::{BreakdownChart, HourChart, Meter, NumberCards, PageChart, Trend, ViewsChart};
pub use copy_button::CopyButton;
pub use document_cards::DocumentCards;
pub use document_pages::DocumentPages;
pub use document_toolbar::DocumentToolbar;
pub use document_viewer::DocumentViewer;
pub use empty_state::EmptyState;
pub use field::{Field, FieldNotes, described_by};
pub use filter_bar::{Choice, FilterBar, FilterChip, FilterField, FilterForm, FilterInput};
pub use for_good::ForGoodForm;
pub use icon::{Icon, IconName};
pub use link_list::LinkList;
pub use list_controls::ListControls;
pub use live_badge::LiveBadge;
pub use message::{ErrorNotice, Message};
pub use metrics_grid::MetricsGrid;
pub use outline::Outline;
pub use page_picture::PagePicture;
pub use page_text::PageTextLayer;
pub use performance_table::PerformanceTable;
pub use realtime_analytics_widget::RealtimeAnalyticsWidget;
pub use upload_zone::UploadZone;
pub use viewer_list::ViewerList;
pub use visit_table::{Verification, VisitLink, VisitRow, VisitTable};
pub use visit_timeline::{TimelinePage, VisitTimeline};

/// Whether a text is empty. As attributes, signals of one type share their code in the browser's program, which each
/// closure would have of its own.
pub(crate) fn is_empty(text: Signal<String>) -> Signal<bool> {
    Signal::derive(move || text.read().is_empty())
}
