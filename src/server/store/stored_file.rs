//! The description of a stored file: [`super::files`] makes it, [`super::catalogue`] keeps it.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

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
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "known_remarks")]
    pub remarks: Vec<FileRemark>,
}

/// The remarks of the kinds that this version knows.
fn known_remarks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<FileRemark>, D::Error> {
    let remarks = Vec::<Value>::deserialize(deserializer)?;
    Ok(remarks.into_iter().filter_map(|remark| serde_json::from_value(remark).ok()).collect())
}
