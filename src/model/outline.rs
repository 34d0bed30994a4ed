//! The outline of a document.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An entry of a document's outline, with those below it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutlineItem {
    /// Text, never HTML.
    pub title: String,
    /// The page that it leads to, from 1; `None`: nowhere in this document.
    pub page: Option<u32>,
    /// The entries below it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub items: Vec<OutlineItem>,
}
