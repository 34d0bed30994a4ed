//! The sizes of all pages of a document, short on the wire.

use std::{fmt::Write, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Invalid, PageSize};

/// The size of each page, in reading order.
///
/// As text, runs of equal pages are written once: `1272x1800*200 1800x1272` is 200 pages upright and one across. A
/// document of thousands of pages then takes no more of the viewer's HTML than one of ten.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PageSizes(Vec<PageSize>);

impl PageSizes {
    /// The number of pages.
    pub fn count(&self) -> u32 {
        self.0.len() as u32
    }

    /// The size of a page, counted from 1.
    pub fn of(&self, page: u32) -> Option<PageSize> {
        self.0.get(page.checked_sub(1)? as usize).copied()
    }

    /// Width and height of a page as attributes have them; empty where there is no such page.
    pub fn attributes_of(&self, page: u32) -> [String; 2] {
        self.of(page).map(|size| [size.width.to_string(), size.height.to_string()]).unwrap_or_default()
    }

    /// All sizes, that of page 1 first.
    pub fn iter(&self) -> impl Iterator<Item = PageSize> {
        self.0.iter().copied()
    }
}

impl From<Vec<PageSize>> for PageSizes {
    fn from(sizes: Vec<PageSize>) -> Self {
        Self(sizes)
    }
}

impl From<PageSizes> for String {
    fn from(PageSizes(sizes): PageSizes) -> Self {
        let mut text = Self::new();
        for run in sizes.chunk_by(|one, next| one == next) {
            let PageSize { width, height } = run[0];
            let blank = if text.is_empty() { "" } else { " " };
            // Writing into a String does not fail.
            let _ = write!(text, "{blank}{width}x{height}");
            if run.len() > 1 {
                let _ = write!(text, "*{}", run.len());
            }
        }
        text
    }
}

impl TryFrom<String> for PageSizes {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl FromStr for PageSizes {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let run = |run: &str| {
            let (size, count) = run.split_once('*').unwrap_or((run, "1"));
            let (width, height) = size.split_once('x')?;
            let size = PageSize { width: width.parse().ok()?, height: height.parse().ok()? };
            Some(std::iter::repeat_n(size, count.parse().ok()?))
        };
        let runs: Option<Vec<_>> = text.split_whitespace().map(run).collect();
        let runs = runs.ok_or_else(|| Invalid::new("pages", "must be sizes such as 1272x1800*200"))?;
        Ok(Self(runs.into_iter().flatten().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pages_are_written_once() {
        let size = |width, height| PageSize { width, height };
        for (sizes, text) in [
            (vec![], ""),
            (vec![size(1, 2)], "1x2"),
            (vec![size(1_272, 1_800); 5_000], "1272x1800*5000"),
            (vec![size(1, 2), size(2, 1), size(2, 1), size(1, 2)], "1x2 2x1*2 1x2"),
        ] {
            let sizes = PageSizes::from(sizes);
            assert_eq!(String::from(sizes.clone()), text);
            assert_eq!(text.parse(), Ok(sizes), "{text}");
        }
        for bad in ["1", "1x", "x2", "1x2*", "1x2*-1", "1x70000"] {
            assert!(bad.parse::<PageSizes>().is_err(), "{bad}");
        }
    }
}
