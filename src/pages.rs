//! One page per address. A page loads what it shows, calls the hooks and hands the components both.

mod dashboard;
mod home;
mod named_document;
mod not_found;
mod problem;
mod viewer;
mod waiting;

pub use dashboard::DashboardPage;
pub use home::HomePage;
pub use not_found::NotFoundPage;
pub use viewer::ViewerPage;
