//! The description of a stored file: [`super::files`] makes it, [`super::catalogue`] keeps it.

use serde::{Deserialize, Serialize};

use crate::model::{FileKind, FileRemark, PageSize};

/// One version of a document's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredFile {
    /// The random name of this version.
    pub version: String,
    /// The kind of its content.
    pub kind: FileKind,
    /// Its size in bytes.
    pub size: u64,
    /// The shape of each page; never empty. Of an image, its size in pixels.
    pub pages: Vec<PageSize>,
    /// What its owner may want to mend about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<FileRemark>,
}
