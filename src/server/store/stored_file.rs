//! What is known of a stored file: [`super::files`] makes it, and [`super::catalogue`] keeps it.

use serde::{Deserialize, Serialize};

use crate::model::{FileKind, PageSize};

/// One version of a document's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// Names this version. Random.
    pub version: String,
    /// Its kind, told by its content.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// The size of each page as it is rendered; never empty.
    pub pages: Vec<PageSize>,
}
