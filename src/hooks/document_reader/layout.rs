//! Where each page stands in the scrolling element, in CSS pixels and without a browser.
//!
//! Pages stand one below the other, centred, and any of them can be missing from the document tree: their places follow
//! from their sizes alone.

use crate::{
    browser::{Frame, Rect},
    model::{PageSize, PageSizes},
};

/// The width in which pages are comfortable to read, 60rem at the browser's usual 16 pixels; `--page-measure` of the
/// style sheets.
const MEASURE: f64 = 960.0;
/// Up to this width the gaps are those of a phone; the style sheets' narrow screen.
const NARROW: f64 = 544.0;
/// The zoom steps in per cent of the comfortable width.
const STEPS: [u32; 8] = [50, 75, 100, 125, 150, 200, 300, 400];
/// The least and the most zoom that pinching reaches.
const ZOOM: (u32, u32) = (25, 400);

/// How large pages are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// As wide as the window, up to a comfortable width.
    #[default]
    Comfortable,
    /// As wide as the window.
    FitWidth,
    /// As large as fits the window.
    FitPage,
    /// In per cent of [`Scale::Comfortable`].
    Percent(u32),
}

impl Scale {
    /// Reads what [`Scale::to_text`] wrote; anything else is [`Scale::Comfortable`].
    pub(super) fn of_text(text: &str) -> Self {
        match text {
            "width" => Self::FitWidth,
            "page" => Self::FitPage,
            percent => percent.parse().map_or(Self::Comfortable, Self::percent),
        }
    }

    /// As the browser remembers it.
    pub(super) fn to_text(self) -> String {
        match self {
            Self::Comfortable => String::new(),
            Self::FitWidth => "width".to_owned(),
            Self::FitPage => "page".to_owned(),
            Self::Percent(percent) => percent.to_string(),
        }
    }

    /// A zoom within the bounds.
    pub fn percent(percent: u32) -> Self {
        match percent.clamp(ZOOM.0, ZOOM.1) {
            100 => Self::Comfortable,
            percent => Self::Percent(percent),
        }
    }

    /// The next larger step from a zoom in per cent; `None` from the largest.
    pub fn larger(percent: u32) -> Option<Self> {
        STEPS.into_iter().find(|step| *step > percent).map(Self::percent)
    }

    /// The next smaller step from a zoom in per cent; `None` from the smallest.
    pub fn smaller(percent: u32) -> Option<Self> {
        STEPS.into_iter().rev().find(|step| *step < percent).map(Self::percent)
    }
}

/// A position in the document that holds when pages change their size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The page at the upper edge, from 1.
    pub page: u32,
    /// The share of that page above the edge; in the gap above the page, which share of the gap is below the edge, negative.
    pub share: f64,
}

/// How much of a page can be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InView {
    /// The page, from 1.
    pub page: u32,
    /// The visible height in CSS pixels.
    pub height: f64,
    /// Where the visible part begins and ends, as shares of the page.
    pub part: (f64, f64),
}

impl InView {
    /// Whether all of the page can be seen, but for a fraction of a pixel.
    pub fn is_whole(&self) -> bool {
        self.part.0 < 0.005 && self.part.1 > 0.995
    }
}

/// The places of all pages.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    frame: Frame,
    rects: Vec<Rect>,
    width: f64,
    gap: f64,
    percent: u32,
    slides: bool,
}

impl Layout {
    /// `slides`: each page takes the whole frame, as in full screen.
    pub fn new(sizes: &PageSizes, frame: Frame, scale: Scale, slides: bool) -> Self {
        let gap = match slides {
            true => 0.0,
            false if frame.width <= NARROW => 8.0,
            false => 16.0,
        };
        let free = (frame.width - 2.0 * gap).max(1.0);
        let free_height = (frame.height - 2.0 * gap).max(1.0);
        let comfortable = free.min(MEASURE);
        let width_of = |shape: f64| match scale {
            _ if slides => frame.width,
            Scale::Comfortable => comfortable,
            Scale::FitWidth => free,
            Scale::FitPage => free.min(free_height / shape),
            Scale::Percent(percent) => comfortable * f64::from(percent) / 100.0,
        };
        let shape = |size: PageSize| f64::from(size.height) / f64::from(size.width.max(1));
        let mut top = gap;
        let mut widest = frame.width;
        let mut rects = Vec::with_capacity(sizes.count() as usize);
        for size in sizes.iter() {
            let width = width_of(shape(size));
            let height = if slides { frame.height } else { width * shape(size) };
            let left = ((frame.width - width) / 2.0).max(gap);
            rects.push(Rect { top, left, width, height });
            widest = widest.max(width + 2.0 * gap);
            top += height + gap;
        }
        let percent = 100.0 * width_of(sizes.of(1).map_or(1.0, shape)) / comfortable;
        Self { frame, rects, width: widest, gap, percent: percent.round() as u32, slides }
    }

    /// The height and width of all pages together.
    pub fn extent(&self) -> (f64, f64) {
        let height = self.rects.last().map_or(0.0, |last| last.top + last.height + self.gap);
        (self.width, height)
    }

    /// The zoom of the first page, in per cent of its comfortable width.
    pub fn percent(&self) -> u32 {
        self.percent
    }

    /// Where a page stands.
    pub fn rect(&self, page: u32) -> Option<Rect> {
        self.rects.get(page.checked_sub(1)? as usize).copied()
    }

    /// Whether pages are wider than the frame.
    pub fn overflows_sideways(&self) -> bool {
        self.width > self.frame.width + 1.0
    }

    /// The furthest that can be scrolled down.
    pub fn bottom(&self) -> f64 {
        (self.extent().1 - self.frame.height).max(0.0)
    }

    /// The place at the upper edge of the frame.
    pub fn place_at(&self, scrolled: f64) -> Place {
        let behind = self.rects.partition_point(|rect| rect.top + rect.height <= scrolled);
        let index = behind.min(self.rects.len().saturating_sub(1));
        let share = self.rects.get(index).map_or(0.0, |rect| match scrolled - rect.top {
            below if below < 0.0 => below / self.gap.max(1.0),
            below => below / rect.height.max(1.0),
        });
        Place { page: index as u32 + 1, share }
    }

    /// How far to scroll so that a place is so far below the upper edge.
    pub fn scroll_to(&self, place: Place, below: f64) -> f64 {
        let share_of = |rect: &Rect| if place.share < 0.0 { self.gap } else { rect.height };
        let top = self.rect(place.page).map_or(0.0, |rect| rect.top + place.share * share_of(&rect));
        (top - below).clamp(0.0, self.bottom())
    }

    /// How far to scroll so that a page begins at the upper edge, with the gap above it in view.
    pub fn scroll_to_page(&self, page: u32) -> f64 {
        self.rect(page).map_or(0.0, |rect| (rect.top - self.gap).clamp(0.0, self.bottom()))
    }

    /// How far to scroll for the next screen, or for the one before: less than a screen, so that the last lines read stay
    /// in view and none is skipped.
    pub fn next_screen(&self, scrolled: f64, forward: bool) -> f64 {
        let overlap = if self.slides { 0.0 } else { (self.frame.height / 10.0).clamp(24.0, 80.0) };
        // Whole pixels, as elements are scrolled by: back is then where it was.
        let step = (self.frame.height - overlap).floor().max(1.0);
        (scrolled + if forward { step } else { -step }).clamp(0.0, self.bottom())
    }

    /// The pages that can be seen, in order.
    pub fn in_view(&self, scrolled: f64) -> Vec<InView> {
        let end = scrolled + self.frame.height;
        let first = self.rects.partition_point(|rect| rect.top + rect.height <= scrolled);
        let seen = self.rects[first..].iter().take_while(|rect| rect.top < end).zip(first as u32 + 1..);
        let seen = seen.map(|(rect, page)| {
            let (from, to) = (scrolled.max(rect.top), end.min(rect.top + rect.height));
            let share = |at: f64| (at - rect.top) / rect.height.max(1.0);
            InView { page, height: to - from, part: (share(from), share(to)) }
        });
        seen.collect()
    }

    /// The page most in view: the one with the largest visible height, among equals the first.
    ///
    /// The last page is preferred if it is fully visible and the first visible page is cut off: a last page shorter than
    /// the frame could otherwise never be the current one.
    pub fn most_in_view(&self, in_view: &[InView]) -> Option<u32> {
        let tallest = in_view.iter().map(|page| page.height).fold(0.0, f64::max);
        let equals = |page: &&InView| page.height >= tallest - 1.0;
        let first = in_view.iter().find(equals)?;
        let last = in_view.last().filter(|last| last.page as usize == self.rects.len() && last.is_whole());
        let cut_off = in_view.first().is_some_and(|first| !first.is_whole());
        Some(last.filter(|last| cut_off && equals(last)).unwrap_or(first).page)
    }
}

#[cfg(test)]
mod tests;
