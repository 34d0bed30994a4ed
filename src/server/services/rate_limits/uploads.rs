//! The limit on concurrent uploads of one owner.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{error::AppError, model::OwnerId, server::services::Tally};

/// The most concurrent uploads of one owner.
const MAX_UPLOADS: usize = 4;
/// Seconds after which a refused upload may be tried again.
const RETRY_AFTER: u32 = 5;

/// The number of uploads under way, by owner. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<Tally<OwnerId>>>);

impl Uploads {
    pub(super) fn admit(&self, owner: &OwnerId) -> Result<UploadPermit, AppError> {
        let mut under_way = self.under_way();
        if under_way.of(owner) >= MAX_UPLOADS {
            return Err(AppError::TooManyRequests { retry_after: RETRY_AFTER });
        }
        under_way.add(owner.clone());
        Ok(UploadPermit(Some((self.clone(), owner.clone()))))
    }

    fn under_way(&self) -> MutexGuard<'_, Tally<OwnerId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A permit for one upload, returned when it is dropped.
#[must_use = "it ends when dropped"]
pub struct UploadPermit(Option<(Uploads, OwnerId)>);

impl UploadPermit {
    /// A permit that is not counted.
    pub(super) fn uncounted() -> Self {
        Self(None)
    }
}

impl Drop for UploadPermit {
    fn drop(&mut self) {
        if let Some((uploads, owner)) = &self.0 {
            uploads.under_way().remove(owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifth_upload_waits_until_one_is_done() {
        let uploads = Uploads::default();
        let [ours, theirs] = ["ours", "theirs"].map(|id| id.parse().expect("an owner id"));
        let mut under_way: Vec<_> = (0..MAX_UPLOADS)
            .map(|_| uploads.admit(&ours).unwrap_or_else(|_| panic!("one of four")))
            .collect();
        assert_eq!(uploads.admit(&ours).err(), Some(AppError::TooManyRequests { retry_after: 5 }));
        assert!(uploads.admit(&theirs).is_ok(), "each owner has four");
        under_way.pop();
        assert!(uploads.admit(&ours).is_ok());
        drop(under_way);
        assert!(uploads.under_way().is_empty(), "owners without uploads have no entry");
    }
}
