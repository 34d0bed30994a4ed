//! Pictures of pages: the widths and formats in which they are made.

use std::{ops::RangeInclusive, str::FromStr};

use super::{FileKind, Invalid, PageSize};

/// The widths in which pictures are made, in pixels. Few, so that the cache holds few of each page; a step is at most
/// half as large again as the one before.
pub const PICTURE_WIDTHS: [u16; 6] = [640, 960, 1_280, 1_920, 2_880, 4_096];
/// The width of small pictures of pages, in pixels: enough for a screen of twice the usual density.
pub const THUMBNAIL_WIDTH: u16 = 320;
/// The width of a picture when no other is asked for, in pixels.
pub const DEFAULT_PICTURE_WIDTH: u16 = 1_280;
/// The most pixels of a picture: A4 at 390 dpi. Writing a page of text without loss takes 22 bytes of memory for each,
/// which fits into the memory of a task.
pub const MAX_PICTURE_PIXELS: u32 = 15_000_000;
/// The longest side of a picture, in pixels. Only strips of paper reach it before [`MAX_PICTURE_PIXELS`].
const MAX_PICTURE_SIDE: f64 = 30_000.0;
/// Sides that [WebP](https://developers.google.com/speed/webp/docs/riff_container) can hold, in pixels.
const WEBP_SIDES: RangeInclusive<u16> = 1..=16_383;

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureFormat {
    /// WebP: without loss, except for photographs.
    WebP,
    /// PNG, which every program reads.
    Png,
    /// JPEG, for documents that are one, where WebP is not read.
    Jpeg,
}

impl PictureFormat {
    /// The format for a page of a file, in this size, for a client that reads WebP or does not.
    pub fn of(kind: FileKind, size: PageSize, reads_webp: bool) -> Self {
        match kind {
            _ if reads_webp && WEBP_SIDES.contains(&size.width.max(size.height)) => Self::WebP,
            FileKind::Jpeg => Self::Jpeg,
            FileKind::Pdf | FileKind::Png => Self::Png,
        }
    }

    /// The media type, as registered with IANA.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::WebP => "image/webp",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// The extension of file names, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::WebP => "webp",
            Self::Png => "png",
            Self::Jpeg => "jpg",
        }
    }
}

/// What a client asks of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureWish {
    /// How many pixels wide the place is in which it is shown.
    pub width: u32,
    /// Whether the client reads WebP.
    pub reads_webp: bool,
}

/// A picture for any program.
impl Default for PictureWish {
    fn default() -> Self {
        Self { width: DEFAULT_PICTURE_WIDTH.into(), reads_webp: false }
    }
}

/// Reads what [`PictureFormat::extension`] writes.
impl FromStr for PictureFormat {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        [Self::WebP, Self::Png, Self::Jpeg]
            .into_iter()
            .find(|format| format.extension() == text)
            .ok_or_else(|| Invalid::new("format", "must be webp, png or jpg"))
    }
}

/// The size of a page's picture for a place `wanted` pixels wide: [`THUMBNAIL_WIDTH`] or the next of [`PICTURE_WIDTHS`],
/// within [`MAX_PICTURE_PIXELS`]. An image is not enlarged; past the last step it is shown as large as it was uploaded.
pub fn picture_size(page: PageSize, kind: FileKind, wanted: u32) -> PageSize {
    let step = [THUMBNAIL_WIDTH].into_iter().chain(PICTURE_WIDTHS).find(|width| u32::from(*width) >= wanted);
    let step = f64::from(step.unwrap_or_else(|| largest_step(page, kind)));
    let (width, height) = (f64::from(page.width.max(1)), f64::from(page.height.max(1)));
    let by_width = if kind == FileKind::Pdf { step / width } else { (step / width).min(1.0) };
    let by_area = (f64::from(MAX_PICTURE_PIXELS) / (width * height)).sqrt();
    let by_side = MAX_PICTURE_SIDE / width.max(height);
    let scale = by_width.min(by_area).min(by_side);
    let pixels = |side: f64| if scale == by_area { (side * scale).floor() } else { (side * scale).round() };
    PageSize { width: pixels(width).max(1.0) as u16, height: pixels(height).max(1.0) as u16 }
}

/// The pictures of a page that differ: the width to ask for, and how wide the picture then is, in pixels. Never empty.
pub fn picture_widths(page: PageSize, kind: FileKind) -> Vec<(u16, u16)> {
    let mut widths = Vec::new();
    for step in PICTURE_WIDTHS.into_iter().chain([largest_step(page, kind)]) {
        let width = picture_size(page, kind, step.into()).width;
        if widths.last().is_none_or(|&(_, last)| width > last) {
            widths.push((step, width));
        }
    }
    widths
}

/// The last of [`PICTURE_WIDTHS`]; for an image that is wider, its width.
fn largest_step(page: PageSize, kind: FileKind) -> u16 {
    let last = PICTURE_WIDTHS[PICTURE_WIDTHS.len() - 1];
    if kind == FileKind::Pdf { last } else { last.max(page.width) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(page: (u16, u16), kind: FileKind, wanted: u32) -> (u16, u16) {
        let size = picture_size(PageSize { width: page.0, height: page.1 }, kind, wanted);
        (size.width, size.height)
    }

    #[test]
    fn width_is_rounded_up_to_a_step() {
        for (wanted, shown) in [
            (0, (320, 453)),
            (320, (320, 453)),
            (321, (640, 906)),
            (640, (640, 906)),
            (641, (960, 1_358)),
            (1_920, (1_920, 2_717)),
            (2_880, (2_880, 4_075)),
            (4_096, (3_255, 4_607)),
            (u32::MAX, (3_255, 4_607)),
        ] {
            assert_eq!(size((1_272, 1_800), FileKind::Pdf, wanted), shown, "{wanted}");
        }
    }

    #[test]
    fn bound_is_on_area() {
        for (page, kind, shown) in [
            // 600 x 12,000 points: almost one and a half pixels a point.
            ((90, 1_800), FileKind::Pdf, (866, 17_320)),
            ((1_080, 9_000), FileKind::Png, (1_080, 9_000)),
            ((6_000, 4_000), FileKind::Jpeg, (4_743, 3_162)),
            ((3_000, 5_000), FileKind::Jpeg, (3_000, 5_000)),
            ((1, 1_800), FileKind::Pdf, (17, 30_000)),
            ((1_800, 1), FileKind::Pdf, (4_096, 2)),
            ((20_000, 5_000), FileKind::Png, (7_745, 1_936)),
        ] {
            let shown_size = size(page, kind, u32::MAX);
            assert_eq!(shown_size, shown, "{page:?}");
            assert!(u32::from(shown_size.0) * u32::from(shown_size.1) <= MAX_PICTURE_PIXELS, "{page:?}");
        }
    }

    #[test]
    fn steps_that_give_the_same_are_left_out() {
        let widths = |width, height, kind| picture_widths(PageSize { width, height }, kind);
        assert_eq!(widths(500, 700, FileKind::Png), [(640, 500)]);
        assert_eq!(widths(1_080, 9_000, FileKind::Png), [(640, 640), (960, 960), (1_280, 1_080)]);
        assert_eq!(widths(90, 1_800, FileKind::Pdf), [(640, 640), (960, 866)]);
        assert_eq!(widths(1_272, 1_800, FileKind::Pdf).len(), PICTURE_WIDTHS.len());
        assert_eq!(widths(6_000, 4_000, FileKind::Jpeg).last(), Some(&(6_000, 4_743)));
    }

    #[test]
    fn webp_only_where_it_is_read_and_fits() {
        let format = |kind, height, webp| PictureFormat::of(kind, PageSize { width: 10, height }, webp);
        for (kind, height, webp, expected) in [
            (FileKind::Pdf, 10, true, PictureFormat::WebP),
            (FileKind::Pdf, 10, false, PictureFormat::Png),
            (FileKind::Png, 16_383, true, PictureFormat::WebP),
            (FileKind::Png, 16_384, true, PictureFormat::Png),
            (FileKind::Jpeg, 10, true, PictureFormat::WebP),
            (FileKind::Jpeg, 10, false, PictureFormat::Jpeg),
        ] {
            assert_eq!(format(kind, height, webp), expected, "{kind:?} {height} {webp}");
        }
    }
}
