//! What is seen: each component takes props and calls nothing. Only the container of the widget calls
//! a hook; pages hand everybody else what they need.

pub mod copy_button;
pub mod document_page;
pub mod document_toolbar;
pub mod document_viewer;
pub mod empty_state;
pub mod icon;
pub mod link_list;
pub mod live_badge;
pub mod message;
pub mod metrics_grid;
pub mod realtime_analytics_widget;
pub mod site_header;
pub mod viewer_list;

pub use copy_button::CopyButton;
pub use document_page::DocumentPage;
pub use document_toolbar::DocumentToolbar;
pub use document_viewer::DocumentViewer;
pub use empty_state::EmptyState;
pub use icon::{Icon, IconName};
pub use link_list::LinkList;
pub use live_badge::LiveBadge;
pub use message::{ErrorNotice, Message};
pub use metrics_grid::MetricsGrid;
pub use realtime_analytics_widget::RealtimeAnalyticsWidget;
pub use site_header::SiteHeader;
pub use viewer_list::ViewerList;
