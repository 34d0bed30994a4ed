//! What lists of visits and the table of documents are sorted by.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::Invalid;

/// What a list of visits is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VisitSort {
    /// By the time at which the visit was recorded, so that a visit that ends stands on top.
    #[default]
    Time,
    /// By reading time.
    Duration,
}

impl VisitSort {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Time, Self::Duration];

    /// The word in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Duration => "duration",
        }
    }
}

/// What the table of documents is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PerformanceSort {
    /// By title.
    Title,
    /// By views.
    #[default]
    Views,
    /// By readers.
    Readers,
    /// By the median of the reading times.
    Time,
    /// By completion.
    Completion,
    /// By the last view.
    Last,
}

impl PerformanceSort {
    /// All of them, in the order of the columns.
    pub const ALL: [Self; 6] =
        [Self::Title, Self::Views, Self::Readers, Self::Time, Self::Completion, Self::Last];

    /// The word in the address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Views => "views",
            Self::Readers => "readers",
            Self::Time => "time",
            Self::Completion => "completion",
            Self::Last => "last",
        }
    }
}

/// The order of the table of documents: `views`, or turned round `-views`.
///
/// Titles go from A to Z, numbers and times from the largest; turned round it is the other way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PerformanceOrder {
    /// The column.
    pub sort: PerformanceSort,
    /// Whether the order is turned round.
    pub is_turned: bool,
}

impl fmt::Display for PerformanceOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.is_turned { "-" } else { "" }, self.sort.as_str())
    }
}

impl FromStr for PerformanceOrder {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let word = text.strip_prefix('-');
        let sort = PerformanceSort::ALL.into_iter().find(|sort| sort.as_str() == word.unwrap_or(text));
        let sort = sort.ok_or_else(|| {
            let words = PerformanceSort::ALL.map(PerformanceSort::as_str).join(", ");
            Invalid::new("by", format!("must be one of {words}, or one of these behind a hyphen"))
        })?;
        Ok(Self { sort, is_turned: word.is_some() })
    }
}

text_on_the_wire!(PerformanceOrder, "A column and a direction.");
