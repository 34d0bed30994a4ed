//! The text of a page, laid over its picture.
//!
//! SVG, because it places each line by attributes, which the content policy allows, and stretches it to the length that
//! it has in the picture, whatever font the browser has. The text is transparent: it is found, selected, copied and read
//! out.

use leptos::{attr::custom::CustomAttribute, prelude::*, svg};

use crate::model::{LinkTarget, PageLink, PageText, TextBlock, TextLine, TextPiece, TextRole, address};

/// How far below its upper edge a letter has its baseline, in its height.
const ASCENT: f32 = 0.88;

/// Shows the text and the links of a page.
#[component]
pub fn PageTextLayer(
    /// The text.
    text: PageText,
) -> impl IntoView {
    let PageText { width, height, lang, blocks, links, .. } = text;
    let blocks = blocks.into_iter().map(|block| view! { <Block block/> }).collect_view();
    let links = links.into_iter().map(|link| view! { <Link link/> }).collect_view();
    svg::svg()
        .attr("class", "page-text-layer")
        .attr("viewBox", format!("0 0 {width} {height}"))
        .attr("preserveAspectRatio", "none")
        .attr("lang", lang)
        .child((blocks, links))
}

#[component]
fn Block(block: TextBlock) -> impl IntoView {
    let (role, level, hidden) = match block.role {
        TextRole::Text => (None, None, None),
        TextRole::Heading(level) => (Some("heading"), Some(level.to_string()), None),
        TextRole::Artifact => (None, None, Some("true")),
    };
    svg::g()
        .attr("role", role)
        .attr("aria-level", level)
        .attr("aria-hidden", hidden)
        .child(block.lines.into_iter().map(|line| view! { <Line line/> }).collect_view())
}

#[component]
fn Line(line: TextLine) -> impl IntoView {
    let TextLine { size, angle, rtl, vertical, pieces } = line;
    let turn = pieces.first().filter(|_| angle != 0.0);
    let turn = turn.map(|first| format!("rotate({angle} {} {})", first.x, first.y));
    // All pieces stand on the baseline of the first: turned with it, they have its y.
    let (origin, (sin, cos)) = (pieces.first().map(|first| (first.x, first.y)), angle.to_radians().sin_cos());
    let place = move |x: f32, y: f32| match origin {
        Some((x0, y0)) if angle != 0.0 => {
            let (dx, dy) = (x - x0, y - y0);
            (x0 + dx * cos + dy * sin, y0 - dx * sin + dy * cos)
        }
        _ => (x, y),
    };
    let pieces = pieces.into_iter().enumerate().map(move |(index, piece)| {
        let (x, y) = place(piece.x, piece.y);
        let (x, y) = if vertical { column(&piece, x, y, size) } else { (x.to_string(), y.to_string()) };
        let space = (index > 0).then_some(" ");
        let length = (piece.length > 0.0 && !vertical).then(|| piece.length.to_string());
        let stretched = length.as_ref().map(|_| "spacingAndGlyphs");
        let piece = svg::tspan()
            .attr("x", x)
            .attr("y", y)
            .attr("textLength", length)
            .attr("lengthAdjust", stretched)
            .child(piece.text);
        (space, piece)
    });
    svg::text()
        .attr("font-size", size.to_string())
        .attr("transform", turn)
        .attr("direction", rtl.then_some("rtl"))
        .child(pieces.collect_view())
}

/// The places of the letters of a column, whose middle is at `x`. Each has its own: what Chromium makes of
/// `writing-mode` cannot be selected.
fn column(piece: &TextPiece, x: f32, y: f32, size: f32) -> (String, String) {
    let count = piece.text.chars().count();
    let height = piece.length / count.max(1) as f32;
    let list = |place: &dyn Fn(usize) -> f32| {
        (0..count).map(|at| place(at).to_string()).collect::<Vec<_>>().join(" ")
    };
    (list(&|_| x - size / 2.0), list(&|at| y + height * (at as f32 + ASCENT)))
}

#[component]
fn Link(link: PageLink) -> impl IntoView {
    let PageLink { x, y, width, height, target } = link;
    let place = svg::rect()
        .attr("x", x.to_string())
        .attr("y", y.to_string())
        .attr("width", width.to_string())
        .attr("height", height.to_string());
    match target {
        LinkTarget::Page(page) => svg::a()
            .attr("href", address::page_here(page))
            .attr("data-page-link", page.to_string())
            .attr("aria-label", format!("Page {page}"))
            .child(place)
            .into_any(),
        LinkTarget::Address(address) => svg::a()
            .attr("href", address.clone())
            .attr("target", "_blank")
            .attr("rel", "noopener noreferrer")
            .attr("data-outgoing", "")
            .attr("aria-label", address)
            .child(place)
            .into_any(),
    }
}
