//! A letter: what a mail says, from which its text and its HTML are made alike.
//!
//! What people typed stands in both as text, and cannot become a link, a tag or a change of direction.

use std::fmt::Write;

use crate::{model::ReaderId, server::store::mail::MailPart};

/// The most characters of what someone typed that a letter repeats.
const LONGEST_QUOTE: usize = 200;
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

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// Words of this program.
    Ours(String),
    /// What someone typed: a title, a label, an e-mail address.
    Theirs(String),
}

/// Words of this program.
pub fn ours(text: impl Into<String>) -> Run {
    Run::Ours(text.into())
}

/// What someone typed. Marks that turn the direction of text and other invisible characters are left out, and what
/// programs of mail make a link of is broken.
pub fn theirs(text: &str) -> Run {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut shown: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|&c| !is_hidden(c)).collect();
    if let Some((end, _)) = shown.char_indices().nth(LONGEST_QUOTE) {
        shown.truncate(end);
        shown.push('\u{2026}');
    }
    Run::Theirs(shown.replace("://", ": //"))
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

/// Runs as plain text. What may be written from right to left is isolated from what stands around it
/// ([UAX 9](https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates)).
fn plain(runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        match run {
            Run::Theirs(theirs) if !theirs.is_ascii() => text.extend(["\u{2068}", theirs, "\u{2069}"]),
            Run::Ours(run) | Run::Theirs(run) => text.push_str(run),
        }
    }
    text
}

/// Runs as HTML.
fn marked(runs: &[Run]) -> String {
    let run = |run: &Run| match run {
        Run::Ours(text) => escaped(text),
        Run::Theirs(text) => format!("<bdi>{}</bdi>", escaped(text)),
    };
    runs.iter().map(run).collect()
}

/// Text as it stands in HTML, also within quotes.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(title: &str) -> Letter {
        Letter::new([theirs(title), ours(" was opened")])
            .paragraph([ours("Someone opened "), theirs(title), ours(".")])
            .item([ours("Page 1")])
            .item([theirs(title)])
            .button("Open the dashboard", "https://read.example/d?a=1&b='\"".to_owned())
            .code("123456")
            .small([ours("Sent to you <alone>.")])
            .ended_at("https://read.example/off".to_owned(), "https://read.example/one-click".to_owned())
    }

    #[test]
    fn text_and_html_say_the_same() {
        let letter = letter("Plans");
        assert_eq!(letter.subject(), "Plans was opened");
        assert_eq!(letter.unsubscribe(), Some("https://read.example/one-click"));
        assert_eq!(
            letter.text(),
            "Someone opened Plans.\n\n- Page 1\n- Plans\n\nOpen the dashboard:\nhttps://read.example/d?a=1&b='\"\n\n    \
             123456\n\nSent to you <alone>.\n\nStop these mails:\nhttps://read.example/off\n"
        );
        let html = letter.html();
        for part in [
            "<html lang=\"en\" dir=\"ltr\">",
            "<title>Plans was opened</title>",
            "<p>Someone opened <bdi>Plans</bdi>.</p>\n<ul>\n<li>Page 1</li>\n<li><bdi>Plans</bdi></li>\n</ul>\n",
            "href=\"https://read.example/d?a=1&amp;b=&#39;&quot;\"",
            "Sent to you &lt;alone&gt;.",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn html_loads_nothing_from_outside() {
        let html = letter("<img src=https://evil.example/x.png>").html();
        for word in ["src=", "url(", "<link", "<script", "<img", "@import", "<style"] {
            let ours = html.replace("&lt;img src=", "");
            assert!(!ours.contains(word), "{word} in {html}");
        }
    }

    #[test]
    fn typed_text_stays_text() {
        for (typed, text, html) in [
            ("<b>x</b>", "<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
            (
                "\"><script>alert(1)</script>",
                "\"><script>alert(1)</script>",
                "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
            ),
            ("a & b's", "a & b's", "a &amp; b&#39;s"),
            ("https://evil.example/x", "https: //evil.example/x", "https: //evil.example/x"),
            ("two\r\n\r\nlines", "two    lines", "two    lines"),
            ("\u{202e}gnp.exe", "gnp.exe", "gnp.exe"),
            ("zero\u{200b}width\u{ad}", "zerowidth", "zerowidth"),
            (
                "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
                "\u{2068}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{2069}",
                "\u{5e9}\u{5dc}\u{5d5}\u{5dd}",
            ),
            ("\u{2069}\u{2066}x", "x", "x"),
            (
                &"x".repeat(201),
                &format!("\u{2068}{}\u{2026}\u{2069}", "x".repeat(200)),
                &format!("{}\u{2026}", "x".repeat(200)),
            ),
        ] {
            let letter = Letter::new([ours("s")]).paragraph([theirs(typed)]);
            assert_eq!(letter.text(), format!("{text}\n"), "{typed:?}");
            assert!(
                letter.html().contains(&format!("<p><bdi>{html}</bdi></p>")),
                "{typed:?}: {}",
                letter.html()
            );
        }
    }

    /// The relative luminance of a grey, as [WCAG 2.2](https://www.w3.org/TR/WCAG22/#dfn-relative-luminance) has it.
    fn luminance(of_rgb: [f64; 3]) -> f64 {
        let linear =
            |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
        let [red, green, blue] = of_rgb.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(text: [f64; 3], ground: [f64; 3]) -> f64 {
        let (text, ground) = (luminance(text), luminance(ground));
        (text.max(ground) + 0.05) / (text.min(ground) + 0.05)
    }

    fn colour(style: &str, property: &str) -> Option<[f64; 3]> {
        let value = style.split(';').find_map(|part| part.strip_prefix(property)?.strip_prefix(":#"))?;
        let part = |at: usize| u8::from_str_radix(&value[at..at + 2], 16).map(|part| f64::from(part) / 255.0);
        Some([part(0).ok()?, part(2).ok()?, part(4).ok()?])
    }

    #[test]
    fn text_stands_out_on_light_and_dark_ground() {
        for style in [BODY_STYLE, BUTTON_STYLE, CODE_STYLE, SMALL_STYLE] {
            let (text, ground) = (colour(style, "color"), colour(style, "background"));
            assert_eq!(
                text.is_some(),
                ground.is_some(),
                "{style}: of either the program of mail has its own"
            );
            if let (Some(text), Some(ground)) = (text, ground) {
                assert!(contrast(text, ground) >= 4.5, "{style}: {}", contrast(text, ground));
            }
        }
        let opacity =
            SMALL_STYLE.split(';').find_map(|part| part.strip_prefix("opacity:")).expect("it is paler");
        let opacity: f64 = opacity.parse().expect("a number");
        // Chromium's grounds, and the darkest and palest greys that programs of mail have.
        for (text, ground) in [(0x00, 0xff), (0xff, 0x12), (0x1f, 0xff), (0xe8, 0x1f), (0xe3, 0x2d)] {
            let [text, ground] = [text, ground].map(|grey: u8| f64::from(grey) / 255.0);
            let shown = text * opacity + ground * (1.0 - opacity);
            assert!(contrast([shown; 3], [ground; 3]) >= 4.5, "{text} on {ground}");
        }
    }
}
