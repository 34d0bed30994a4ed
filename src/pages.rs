//! One page per address. A page loads what it shows, calls the hooks and hands the components both.

pub mod dashboard;
pub mod home;
mod link_param;
pub mod not_found;
mod problem;
pub mod viewer;

pub use dashboard::DashboardPage;
pub use home::HomePage;
pub use not_found::NotFoundPage;
pub use viewer::ViewerPage;
