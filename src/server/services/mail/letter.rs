//! A letter: what a mail says, from which its text and its HTML are made alike.
//!
//! What people typed stands in both as text, and cannot become a link, a tag or a change of direction.

mod run;

use std::fmt::Write;

pub use self::run::{Run, ours, theirs};
use self::run::{escaped, marked, plain};
use crate::{model::ReaderId, server::store::mail::MailPart};

/// Shared by all letters. No class, no font, no picture: a mail loads nothing.
const BODY_STYLE: &str = "margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;max-width:36em";
const BUTTON_STYLE: &str = "display:inline-block;padding:10px 18px;border-radius:6px;background:#1f4fd8;color:#ffffff;text-decoration:none";
const CODE_STYLE: &str = "font-size:28px;letter-spacing:4px;font-weight:600";
/// Without a colour of its own: programs of mail have light and dark grounds, and no grey stands out enough on both.
const SMALL_STYLE: &str = "font-size:13px;opacity:.75";

/// A letter in the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    subject: Vec<Run>,
    blocks: Vec<Block>,
    unsubscribe: Option<String>,
    /// What it says of visits, each with all names of its reader.
    visits: Vec<(Vec<ReaderId>, Vec<Run>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Block {
    Paragraph(Vec<Run>),
    Item(Vec<Run>),
    Button { label: &'static str, address: String },
    Code(String),
    Small(Vec<Run>),
    SmallLink { label: &'static str, address: String },
}

impl Letter {
    /// A letter with this subject.
    pub fn new(subject: impl Into<Vec<Run>>) -> Self {
        Self { subject: subject.into(), blocks: Vec::new(), unsubscribe: None, visits: Vec::new() }
    }

    /// Adds a paragraph.
    pub fn paragraph(self, runs: impl Into<Vec<Run>>) -> Self {
        self.with(Block::Paragraph(runs.into()))
    }

    /// Adds a paragraph about a visit, whose reader has these names.
    pub fn visit_paragraph(mut self, readers: &[ReaderId], runs: Vec<Run>) -> Self {
        self.visits.push((readers.to_vec(), runs.clone()));
        self.paragraph(runs)
    }

    /// The same as an item of a list.
    pub fn visit_item(mut self, readers: &[ReaderId], runs: Vec<Run>) -> Self {
        self.visits.push((readers.to_vec(), runs.clone()));
        self.item(runs)
    }

    /// Adds an item of a list.
    pub fn item(self, runs: impl Into<Vec<Run>>) -> Self {
        self.with(Block::Item(runs.into()))
    }

    /// Adds a link of this server.
    pub fn button(self, label: &'static str, address: String) -> Self {
        self.with(Block::Button { label, address })
    }

    /// Adds a code to be typed.
    pub fn code(self, code: &str) -> Self {
        self.with(Block::Code(code.to_owned()))
    }

    /// Adds what stands below all else.
    pub fn small(self, runs: impl Into<Vec<Run>>) -> Self {
        self.with(Block::Small(runs.into()))
    }

    /// Says how letters of this kind are ended: at `page` by a person, at `one_click` by a program of mail.
    pub fn ended_at(mut self, page: String, one_click: String) -> Self {
        self.unsubscribe = Some(one_click);
        self.with(Block::SmallLink { label: "Stop these mails", address: page })
    }

    fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// The subject.
    pub fn subject(&self) -> String {
        plain(&self.subject)
    }

    /// The address at which one POST ends letters of this kind.
    pub fn unsubscribe(&self) -> Option<&str> {
        self.unsubscribe.as_deref()
    }

    /// What the bodies say of each visit.
    pub fn parts(&self) -> Vec<MailPart> {
        let part = |(readers, runs): &(Vec<ReaderId>, Vec<Run>)| MailPart {
            readers: readers.clone(),
            text: plain(runs),
            html: marked(runs),
        };
        self.visits.iter().map(part).collect()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut was_item = false;
        for block in &self.blocks {
            let is_item = matches!(block, Block::Item(_));
            if !text.is_empty() {
                text.push_str(if is_item && was_item { "\n" } else { "\n\n" });
            }
            was_item = is_item;
            match block {
                Block::Paragraph(runs) | Block::Small(runs) => text.push_str(&plain(runs)),
                Block::Item(runs) => text.extend(["- ", &plain(runs)]),
                Block::Button { label, address } | Block::SmallLink { label, address } => {
                    text.extend([*label, ":\n", address.as_str()]);
                }
                Block::Code(code) => text.extend(["    ", code]),
            }
        }
        text.push('\n');
        text
    }

    /// The body as HTML.
    pub fn html(&self) -> String {
        let mut html = format!(
            "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
             <title>{}</title></head>\n<body style=\"{BODY_STYLE}\">\n",
            escaped(&self.subject())
        );
        let mut is_in_list = false;
        for block in &self.blocks {
            let is_item = matches!(block, Block::Item(_));
            if is_item != is_in_list {
                html.push_str(if is_item { "<ul>\n" } else { "</ul>\n" });
                is_in_list = is_item;
            }
            // Writing to a String cannot fail.
            let _ = match block {
                Block::Paragraph(runs) => writeln!(html, "<p>{}</p>", marked(runs)),
                Block::Item(runs) => writeln!(html, "<li>{}</li>", marked(runs)),
                Block::Button { label, address } => writeln!(
                    html,
                    "<p><a href=\"{}\" style=\"{BUTTON_STYLE}\">{}</a></p>",
                    escaped(address),
                    escaped(label)
                ),
                Block::Code(code) => writeln!(html, "<p style=\"{CODE_STYLE}\">{}</p>", escaped(code)),
                Block::Small(runs) => writeln!(html, "<p style=\"{SMALL_STYLE}\">{}</p>", marked(runs)),
                Block::SmallLink { label, address } => writeln!(
                    html,
                    "<p style=\"{SMALL_STYLE}\"><a href=\"{}\" style=\"color:inherit\">{}</a></p>",
                    escaped(address),
                    escaped(label)
                ),
            };
        }
        if is_in_list {
            html.push_str("</ul>\n");
        }
        html.push_str("</body></html>\n");
        html
    }
}

#[cfg(test)]
mod tests;
