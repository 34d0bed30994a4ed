//! One page per address.
//!
//! The server renders a page whole, and most of it stays as it was sent. What changes in the browser is an island: it
//! gets what the server knew as its props, calls the hooks and hands both to components. So the browser's program
//! holds only what can change. Forms work without script: see `form`.

mod admin;
mod analytics;
mod api_reference;
mod corrections;
mod dashboard;
mod document;
mod forgot;
mod form;
mod gate_form;
mod home;
mod link;
mod link_address;
mod link_fields;
mod named;
mod new_correction;
mod not_found;
mod preview;
mod problem;
mod reader_history;
mod settings;
mod setup;
mod shell;
mod sign_in;
mod sign_in_code;
mod site_header;
mod stop_mails;
mod viewer;
mod visit;

pub use admin::AdminPage;
pub use analytics::{AllAnalyticsPage, DocumentAnalyticsPage};
pub use api_reference::ApiReferencePage;
pub use corrections::CorrectionsPage;
pub use dashboard::{DashboardPage, ViewersPage};
pub use document::DocumentPage;
pub use forgot::{ForgotPage, ResetPage};
pub use home::HomePage;
pub use link::LinkPage;
pub use new_correction::NewCorrectionPage;
pub use not_found::NotFoundPage;
pub use preview::PreviewPage;
pub use reader_history::ReaderPage;
pub use settings::{
    AccountEventsPage, DeleteAccountPage, NoticesPage, PasskeysPage, SecondFactorPage, SettingsPage,
    WebhookPage,
};
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use sign_in_code::SignInCodePage;
pub use stop_mails::StopMailsPage;
pub use viewer::ViewerPage;
pub use visit::VisitPage;
