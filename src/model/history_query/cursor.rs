//! Where the next page of a list of visits begins.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::model::{Invalid, LinkId, Visit, VisitId};

/// The place of a visit in a list, by either order: `61000~1795597471600-3~guide`. The next page begins behind it, so
/// that visits which are recorded in between neither repeat nor hide others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VisitCursor {
    /// Milliseconds of reading.
    pub visible_ms: u64,
    /// The visit's id, which is its own among those of a link.
    pub id: VisitId,
    /// The visit's link.
    pub link: LinkId,
}

impl VisitCursor {
    /// The place of a visit.
    pub fn of(visit: &Visit) -> Self {
        Self { visible_ms: visit.visible_ms, id: visit.id, link: visit.link.clone() }
    }
}

impl fmt::Display for VisitCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}~{}", self.visible_ms, self.id, self.link)
    }
}

impl FromStr for VisitCursor {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parts = || {
            let mut parts = text.splitn(3, '~');
            let visible = parts.next().filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
            Some(Self {
                visible_ms: visible.parse().ok()?,
                id: parts.next()?.parse().ok()?,
                link: parts.next()?.parse().ok()?,
            })
        };
        parts().ok_or_else(|| Invalid::new("after", "must come from the address of an earlier page"))
    }
}

text_on_the_wire!(VisitCursor, "Where a page of a list ends; opaque.");
