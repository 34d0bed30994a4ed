//! How long a page was in view, and which parts of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Invalid;

/// Which thirds of a page were in view: 1 the top, 2 the middle, 4 the bottom, summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "u8", into = "u8")]
#[schema(maximum = 7)]
pub struct Thirds(u8);

impl Thirds {
    /// No third long enough.
    pub const NONE: Self = Self(0);
    /// The whole page, also where its parts were not recorded.
    pub const WHOLE: Self = Self(7);

    /// How many of the three.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The thirds of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the top, the middle and the bottom were in view.
    pub fn each(self) -> [bool; 3] {
        [1, 2, 4].map(|third| self.0 & third != 0)
    }
}

impl Default for Thirds {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl TryFrom<u8> for Thirds {
    type Error = Invalid;

    fn try_from(sum: u8) -> Result<Self, Invalid> {
        let rule = "must be 0 to 7: 1 for the top, 2 for the middle, 4 for the bottom, summed";
        if sum <= Self::WHOLE.0 { Ok(Self(sum)) } else { Err(Invalid::new("thirds", rule)) }
    }
}

impl From<Thirds> for u8 {
    fn from(thirds: Thirds) -> Self {
        thirds.0
    }
}

/// The time that a visit spent on one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageTime {
    /// From 1.
    pub page: u32,
    /// Milliseconds in view.
    pub visible_ms: u64,
    /// What was in view of it.
    #[serde(default)]
    pub thirds: Thirds,
}

impl PageTime {
    /// A page counts as seen from this time in view.
    pub const SEEN_FROM_MS: u64 = 1_000;

    /// A page that was in view whole, or of which the parts are not known.
    pub fn whole(page: u32, visible_ms: u64) -> Self {
        Self { page, visible_ms, thirds: Thirds::WHOLE }
    }

    /// Whether the page was seen.
    pub fn is_seen(&self) -> bool {
        self.visible_ms >= Self::SEEN_FROM_MS
    }
}

/// The pages of a visit, and what they tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PagesRead<'a>(pub &'a [PageTime]);

impl<'a> PagesRead<'a> {
    /// How many pages were in view for at least a second.
    pub fn seen(self) -> u32 {
        self.all_seen().count() as u32
    }

    /// Whether a page was in view for at least a second.
    pub fn saw(self, page: u32) -> bool {
        self.all_seen().any(|time| time.page == page)
    }

    /// The highest page that was in view.
    pub fn furthest(self) -> Option<u32> {
        self.0.iter().map(|time| time.page).max()
    }

    /// What was in view of the pages seen, of so many pages, in percent, rounded down.
    pub fn completion(self, page_count: u32) -> Option<u8> {
        let thirds: u64 = self.all_seen().map(|time| u64::from(time.thirds.count())).sum();
        Some((100 * thirds).checked_div(3 * u64::from(page_count))?.min(100) as u8)
    }

    fn all_seen(self) -> impl Iterator<Item = &'a PageTime> {
        self.0.iter().filter(|time| time.is_seen())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn thirds(sum: u8) -> Thirds {
        Thirds::try_from(sum).expect("thirds")
    }

    #[test]
    fn thirds_are_a_sum_of_one_two_and_four() {
        for (sum, count, each) in [
            (0, 0, [false, false, false]),
            (1, 1, [true, false, false]),
            (2, 1, [false, true, false]),
            (5, 2, [true, false, true]),
            (7, 3, [true, true, true]),
        ] {
            assert_eq!((thirds(sum).count(), thirds(sum).each()), (count, each), "{sum}");
        }
        assert_eq!(thirds(1).with(thirds(4)), thirds(5));
        for bad in [8, 255] {
            assert!(Thirds::try_from(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn page_without_thirds_is_whole() {
        let read: PageTime = serde_json::from_str(r#"{"page":3,"visibleMs":9}"#).expect("JSON");
        assert_eq!(read, PageTime::whole(3, 9));
        assert_eq!(
            serde_json::to_string(&PageTime { thirds: thirds(4), ..read }).expect("JSON"),
            r#"{"page":3,"visibleMs":9,"thirds":4}"#
        );
    }

    #[test]
    fn completion_counts_thirds_of_pages_seen() {
        let page = |page, visible_ms, sum| PageTime { page, visible_ms, thirds: thirds(sum) };
        let pages = [
            page(3, 1_000, 7),
            page(1, 999, 7),
            page(7, 5_000, 5),
            page(8, 999, 1),
            page(9, 2_000, 4),
            page(2, 9_000, 0),
        ];
        let read = PagesRead(&pages);
        assert_eq!((read.seen(), read.furthest()), (4, Some(9)));
        for (page_count, completion) in
            [(12, Some(16)), (6, Some(33)), (2, Some(100)), (1, Some(100)), (0, None)]
        {
            assert_eq!(read.completion(page_count), completion, "of {page_count}");
        }
        assert_eq!(PagesRead(&[page(1, 1_000, 2)]).completion(1), Some(33), "rounded down");
        assert_eq!(PagesRead(&[]).completion(12), Some(0));
    }
}
