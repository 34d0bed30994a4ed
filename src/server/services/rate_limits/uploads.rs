//! The limit on concurrent uploads of one owner.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{error::AppError, model::OwnerId};

/// The most concurrent uploads of one owner.
const MAX_UPLOADS: usize = 4;
/// Seconds after which a refused upload may be tried again.
const RETRY_AFTER: u32 = 5;

/// The number of uploads under way, by owner. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<HashMap<OwnerId, usize>>>);

impl Uploads {
    pub(super) fn admit(&self, owner: &OwnerId) -> Result<UploadPermit, AppError> {
        let mut under_way = self.under_way();
        let count = under_way.entry(owner.clone()).or_default();
        if *count >= MAX_UPLOADS {
            return Err(AppError::TooManyRequests { retry_after: RETRY_AFTER });
        }
        *count += 1;
        Ok(UploadPermit(Some((self.clone(), owner.clone()))))
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<OwnerId, usize>> {
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
        let Some((uploads, owner)) = &self.0 else { return };
        let mut under_way = uploads.under_way();
        if let Some(count) = under_way.get_mut(owner) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(owner);
            }
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
