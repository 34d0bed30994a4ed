//! Pages that could not be made, so that they are not tried again at every request.
//!
//! In memory: a restart, perhaps with a renderer that can do it, tries again.

use std::time::Duration;

use moka::sync::Cache;

use super::{Made, PageRequest};

/// How long a page is not tried again.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// How many are remembered.
const MOST: u64 = 50_000;
/// How long a file counts as missing: it may be brought back.
const MISSING_LIFE: Duration = Duration::from_secs(60);

/// The failures. Cheap to clone.
#[derive(Clone)]
pub(super) struct Failures {
    pages: Cache<Failed, u16>,
    /// The versions whose file is missing.
    missing: Cache<String, ()>,
}

/// A version is the name of one file.
type Failed = (String, What);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Picture(u32),
    Text(u32),
    Outline,
}

impl Failures {
    pub(super) fn new() -> Self {
        Self {
            pages: Cache::builder().max_capacity(MOST).time_to_live(LIFE).build(),
            missing: Cache::builder().max_capacity(MOST).time_to_live(MISSING_LIFE).build(),
        }
    }

    /// Remembers that this could not be made, nor therefore what is larger.
    pub(super) fn add(&self, request: &PageRequest) {
        let (failed, width) = failed(request);
        let least = self.pages.get(&failed).map_or(width, |known| known.min(width));
        self.pages.insert(failed, least);
    }

    /// Whether this, or the same page in a smaller picture, could not be made.
    pub(super) fn has(&self, request: &PageRequest) -> bool {
        let (failed, width) = failed(request);
        self.pages.get(&failed).is_some_and(|least| width >= least)
    }

    /// Remembers that a version's file is missing. Returns whether that is new.
    pub(super) fn add_missing(&self, version: &str) -> bool {
        self.missing.entry(version.to_owned()).or_insert(()).is_fresh()
    }

    /// Whether a version's file is missing.
    pub(super) fn is_missing(&self, version: &str) -> bool {
        self.missing.contains_key(version)
    }
}

/// What was asked for, and how wide.
fn failed(PageRequest { version, made, .. }: &PageRequest) -> (Failed, u16) {
    let (what, width) = match made {
        Made::Picture(page, size, _) => (What::Picture(*page), size.width),
        Made::Thumbnail(size, _) => (What::Picture(1), size.width),
        Made::Text(page) => (What::Text(*page), 0),
        Made::Outline => (What::Outline, 0),
    };
    ((version.clone(), what), width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{PageSize, PictureFormat},
        server::store::files::turns::Subject,
    };

    fn request(version: &str, made: Made) -> PageRequest {
        let subject = Subject { owner: None, document: "document".parse().expect("an id") };
        PageRequest { subject, version: version.to_owned(), made }
    }

    fn picture(page: u32, width: u16) -> Made {
        Made::Picture(page, PageSize { width, height: 10 }, PictureFormat::WebP)
    }

    #[test]
    fn failed_page_fails_at_every_larger_width() {
        let failures = Failures::new();
        failures.add(&request("one", picture(2, 960)));
        failures.add(&request("one", picture(2, 1_280)));
        for (version, made, is_known) in [
            ("one", picture(2, 960), true),
            ("one", picture(2, 1_920), true),
            ("one", picture(2, 640), false),
            ("one", picture(3, 960), false),
            ("one", Made::Text(2), false),
            ("one", Made::Outline, false),
            ("two", picture(2, 960), false),
        ] {
            assert_eq!(failures.has(&request(version, made)), is_known, "{version}, {made:?}");
        }
    }
}
