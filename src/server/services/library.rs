//! Documents of owners with their files, and the links under which they are shared.

mod documents;
mod files;
mod links;

use super::{audit::Audit, mail::Mailer, notices::Marking, quotas::Quotas, rate_limits::RateLimits};
use crate::server::store::{
    analytics::Analytics, catalogue::Catalogue, clock::Clock, files::FileStore, history::VisitStore,
    passwords::Passwords,
};

pub use self::{documents::check_title, files::Download};

/// How many characters of five bits a random document id or gate version has.
const ID_LENGTH: usize = 16;

/// Documents and links. Cheap to clone.
#[derive(Clone)]
pub struct Library {
    pub(in crate::server) analytics: Analytics,
    pub(in crate::server) audit: Audit,
    pub(in crate::server) catalogue: Catalogue,
    pub(in crate::server) clock: Clock,
    pub(in crate::server) files: FileStore,
    pub(in crate::server) mailer: Mailer,
    pub(in crate::server) marking: Marking,
    pub(in crate::server) passwords: Passwords,
    pub(in crate::server) quotas: Quotas,
    pub(in crate::server) rate_limits: RateLimits,
    pub(in crate::server) visits: VisitStore,
}
