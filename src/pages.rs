//! One page per address.
//!
//! A page is made on the server and stays as it was sent. What lives on in the browser is its one island: it
//! gets what the server knew as its properties, calls the hooks and hands the components both. So the
//! browser's program holds what can change and nothing else.

mod dashboard;
mod document;
mod form_problem;
mod home;
mod link;
mod link_param;
mod not_found;
mod problem;
mod settings;
mod setup;
mod sign_in;
mod viewer;

pub use dashboard::DashboardPage;
pub use document::DocumentPage;
pub use home::HomePage;
pub use link::LinkPage;
pub use not_found::NotFoundPage;
pub use settings::SettingsPage;
pub use setup::SetupPage;
pub use sign_in::SignInPage;
pub use viewer::ViewerPage;
