//! The text of a page, with the place of each line.
//!
//! Lengths are points of the page as it is shown: its upper left corner is the origin, y grows downwards.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The text and the links of a page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageText {
    /// The page's width.
    pub width: f32,
    /// The page's height.
    pub height: f32,
    /// The language of the document (BCP 47), if it says so.
    pub lang: Option<String>,
    /// The text in reading order.
    pub blocks: Vec<TextBlock>,
    /// The links, in the order of the file.
    pub links: Vec<PageLink>,
    /// Whether the page holds more text than is given here.
    pub is_cut: bool,
}

/// What a block of text is, as the file's structure says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TextRole {
    /// A paragraph, or text of which nothing is known.
    #[default]
    Text,
    /// A heading of this level, 1 to 6.
    Heading(u8),
    /// What repeats on each page, such as a page number, and is not read out.
    Artifact,
}

/// Lines of text that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextBlock {
    /// What it is.
    pub role: TextRole,
    /// Its lines in reading order.
    pub lines: Vec<TextLine>,
}

/// A line of text on one baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextLine {
    /// The size of the font.
    pub size: f32,
    /// The direction of the baseline in degrees, clockwise from left to right.
    pub angle: f32,
    /// Whether it is read from right to left.
    pub rtl: bool,
    /// Whether its characters stand below one another.
    pub vertical: bool,
    /// Its parts in reading order, such as the cells of a table's row; there is a space between two of them.
    pub pieces: Vec<TextPiece>,
}

/// Text without a wide gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextPiece {
    /// Where its baseline begins; from right to left, on the right.
    pub x: f32,
    /// Where its baseline begins.
    pub y: f32,
    /// Its length along the baseline.
    pub length: f32,
    /// Text in logical order.
    pub text: String,
}

/// A link on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageLink {
    /// The left edge.
    pub x: f32,
    /// The upper edge.
    pub y: f32,
    /// The width.
    pub width: f32,
    /// The height.
    pub height: f32,
    /// Where it leads.
    pub target: LinkTarget,
}

/// Where a link of a page leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum LinkTarget {
    /// To a page of the same document, from 1.
    Page(u32),
    /// To an absolute address whose scheme is http, https or mailto.
    Address(String),
}
