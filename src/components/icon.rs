//! Icons from the sprite `public/icons.svg`, which keeps them out of the WebAssembly.

use leptos::prelude::*;

/// The symbols of the sprite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// Two arrows in a circle.
    Refresh,
    /// Two sheets of paper.
    Copy,
    /// An arrow out of a box.
    Open,
    /// A line chart.
    Chart,
    /// An arrowhead up.
    Previous,
    /// An arrowhead down.
    Next,
    /// A magnifying glass with a minus.
    ZoomOut,
    /// A magnifying glass with a plus.
    ZoomIn,
    /// Four corners.
    FullScreen,
    /// Two arrows to the sides of a page.
    FitWidth,
    /// A page between four corners.
    FitPage,
    /// A column beside a page.
    Panel,
    /// A printer.
    Print,
    /// Three sliders.
    Settings,
    /// An arrow onto a line.
    Download,
    /// An arrow up from a line.
    Upload,
    /// A cross.
    Close,
    /// The product's logo.
    Logo,
}

impl IconName {
    fn address(self) -> &'static str {
        match self {
            Self::Refresh => "/icons.svg#refresh",
            Self::Copy => "/icons.svg#copy",
            Self::Open => "/icons.svg#open",
            Self::Chart => "/icons.svg#chart",
            Self::Previous => "/icons.svg#previous",
            Self::Next => "/icons.svg#next",
            Self::ZoomOut => "/icons.svg#zoom-out",
            Self::ZoomIn => "/icons.svg#zoom-in",
            Self::FullScreen => "/icons.svg#full-screen",
            Self::FitWidth => "/icons.svg#fit-width",
            Self::FitPage => "/icons.svg#fit-page",
            Self::Panel => "/icons.svg#panel",
            Self::Print => "/icons.svg#print",
            Self::Settings => "/icons.svg#settings",
            Self::Download => "/icons.svg#download",
            Self::Upload => "/icons.svg#upload",
            Self::Close => "/icons.svg#close",
            Self::Logo => "/icons.svg#logo",
        }
    }
}

/// Shows an icon. It is hidden from screen readers, so a text or a label must say what it means.
#[component]
pub fn Icon(
    /// The icon.
    name: IconName,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=name.address()></use>
        </svg>
    }
    .into_any()
}
