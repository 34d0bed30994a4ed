//! Pictures from the sprite `public/icons.svg`, so that none of them weighs on the program.

use leptos::prelude::*;

/// The symbols of the sprite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconName {
    /// Two arrows in a circle.
    Refresh,
    /// Two sheets.
    Copy,
    /// An arrow out of a box.
    Open,
    /// A line chart.
    Chart,
    /// Up.
    Previous,
    /// Down.
    Next,
    /// A magnifying glass with a minus.
    ZoomOut,
    /// A magnifying glass with a plus.
    ZoomIn,
    /// Four corners apart.
    FullScreen,
    /// Three sliders.
    Settings,
    /// An arrow onto a line.
    Download,
    /// An arrow up from a line.
    Upload,
    /// A cross.
    Close,
    /// The mark of the product.
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
            Self::Settings => "/icons.svg#settings",
            Self::Download => "/icons.svg#download",
            Self::Upload => "/icons.svg#upload",
            Self::Close => "/icons.svg#close",
            Self::Logo => "/icons.svg#logo",
        }
    }
}

/// One picture; what it means is said by the text or the label beside it.
#[component]
pub fn Icon(
    /// Which one.
    name: IconName,
) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true" focusable="false">
            <use href=name.address()></use>
        </svg>
    }
    .into_any()
}
