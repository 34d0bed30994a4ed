//! What a letter is made of: stretches of text, as they stand in a text and in HTML.

/// The most characters of what someone typed that a letter repeats.
const LONGEST_QUOTE: usize = 200;

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

/// Runs as plain text. What may be written from right to left is isolated from what stands around it
/// ([UAX 9](https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates)).
pub(super) fn plain(runs: &[Run]) -> String {
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
pub(super) fn marked(runs: &[Run]) -> String {
    let run = |run: &Run| match run {
        Run::Ours(text) => escaped(text),
        Run::Theirs(text) => format!("<bdi>{}</bdi>", escaped(text)),
    };
    runs.iter().map(run).collect()
}

/// Text as it stands in HTML, also within quotes.
pub(super) fn escaped(text: &str) -> String {
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
