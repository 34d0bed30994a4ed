//! HTML that is not a page of the router: parts that the browser inserts, and pages without script.

use leptos::{config::LeptosOptions, prelude::*};
use leptos_meta::HashedStylesheet;

use crate::{
    components::{Outline, PageTextLayer},
    model::{ApiReference, OutlineItem, PageText},
    pages::ApiReferencePage,
};

/// The text of a page as HTML. What the file says is in it as text and as values of attributes, never as markup.
pub fn page_text(text: PageText) -> String {
    html(|| view! { <PageTextLayer text/> })
}

/// An outline as HTML; empty if there is none.
pub fn outline(items: Vec<OutlineItem>) -> String {
    html(|| view! { <Outline items/> })
}

/// The page about the API, whole, without script.
pub fn api_page(options: LeptosOptions, reference: ApiReference) -> String {
    let page = html(|| {
        view! {
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <title>"API · Sightline"</title>
                    <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                    <HashedStylesheet options id="sightline"/>
                    <link rel="stylesheet" href="/api-style/tokens.css"/>
                    <link rel="stylesheet" href="/api-style/api.css"/>
                </head>
                <body>
                    <ApiReferencePage reference/>
                </body>
            </html>
        }
    });
    format!("<!DOCTYPE html>{page}")
}

/// The view without the comments by which islands find their places: there is no island in it, and a text has thousands
/// of them.
fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    Owner::new().with(|| view().to_html()).replace("<!>", "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LinkTarget, PageLink, TextBlock, TextLine, TextPiece, TextRole};

    fn line(pieces: &[(&str, f32)], angle: f32, rtl: bool) -> TextLine {
        let piece = |&(text, x): &(&str, f32)| TextPiece { x, y: 20.0, length: 30.0, text: text.to_owned() };
        TextLine { size: 12.0, angle, rtl, vertical: false, pieces: pieces.iter().map(piece).collect() }
    }

    #[test]
    fn text_is_escaped_and_placed() {
        let html = page_text(PageText {
            width: 595.0,
            height: 842.0,
            lang: Some("de".to_owned()),
            blocks: vec![
                TextBlock {
                    role: TextRole::Heading(2),
                    lines: vec![line(&[("</svg><script>\"&", 10.0)], 0.0, false)],
                },
                TextBlock { role: TextRole::Artifact, lines: vec![line(&[("7", 10.0)], 90.0, true)] },
                TextBlock {
                    role: TextRole::Text,
                    lines: vec![line(&[("a", 10.0), ("b", 90.0)], 0.0, false)],
                },
            ],
            links: vec![
                PageLink { x: 1.0, y: 2.0, width: 3.0, height: 4.0, target: LinkTarget::Page(7) },
                PageLink {
                    x: 1.0,
                    y: 2.0,
                    width: 3.0,
                    height: 4.0,
                    target: LinkTarget::Address("https://example.com/?a=\"&b".to_owned()),
                },
            ],
            is_cut: false,
        });
        for part in [
            r#"viewBox="0 0 595 842""#,
            r#"lang="de""#,
            r#"role="heading" aria-level="2""#,
            "&lt;/svg&gt;&lt;script&gt;",
            r#"aria-hidden="true""#,
            r#"transform="rotate(90 10 20)" direction="rtl""#,
            r#"<tspan x="90" y="20" textLength="30" lengthAdjust="spacingAndGlyphs">b</tspan>"#,
            r#"href="?p=7""#,
            r#"target="_blank" rel="noopener noreferrer" data-outgoing"#,
            "https://example.com/?a=&quot;&amp;b",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains("<script") && !html.contains("<!"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }

    #[test]
    fn outline_is_a_nested_list() {
        let item = |title: &str, page, items| OutlineItem { title: title.to_owned(), page, items };
        let html = outline(vec![item("<One>", Some(1), vec![item("Below", None, Vec::new())])]);
        assert!(html.contains("&lt;One&gt;") && html.contains(r#"href="?p=1""#), "{html}");
        assert_eq!(html.matches("<ol").count(), 2, "{html}");
        assert_eq!(outline(Vec::new()).matches("<ol").count(), 0);
    }
}
