//! Draws a page of a PDF.

use hayro::{
    RenderCache, RenderSettings,
    hayro_interpret::{InterpreterSettings, TransformExt},
    hayro_syntax::page::Page,
    kurbo::Affine,
    render_into,
    vello_cpu::{
        PixmapMut, RasterizerSettings, RenderContext, Resources, TargetInit, color::palette::css::WHITE,
    },
};
use image::RgbaImage;

use super::{annotations, fonts};
use crate::{model::PageSize, server::store::files::file::TaskAttempt};

/// In how many bands a page is drawn that took too much memory. What vello keeps of a scene until it is drawn shrinks with
/// the height of the scene.
const BANDS: u16 = 48;

/// The picture of a page with its annotations, on white, in exactly this size. Nothing shows through.
pub(super) fn rasterize(page: &Page<'_>, size: PageSize, attempt: TaskAttempt) -> RgbaImage {
    // hayro draws annotations by their appearance streams only; those without one lie on a page of their own.
    let overlay = annotations::overlay(page);
    let sheets = [Sheet::new(page)].into_iter();
    let sheets: Vec<_> =
        sheets.chain(overlay.iter().flat_map(|pdf| pdf.pages().first()).map(Sheet::new)).collect();
    let (width, height) = page.render_dimensions();
    let scale = |pixels: u16, points: f32| f64::from(pixels) / f64::from(points);
    let scale = Affine::scale_non_uniform(scale(size.width, width), scale(size.height, height));
    let bands = if attempt == TaskAttempt::Second { BANDS } else { 1 };
    let band_height = size.height.div_ceil(bands).max(1);
    let mut image = RgbaImage::new(size.width.into(), size.height.into());
    let row_length = usize::from(size.width) * 4;
    for (top, band) in
        (0..).step_by(band_height.into()).zip(image.chunks_mut(row_length * usize::from(band_height)))
    {
        let height = (band.len() / row_length) as u16;
        let mut context = RenderContext::new(size.width, height);
        for sheet in &sheets {
            sheet.draw(&mut context, Affine::translate((0.0, -f64::from(top))) * scale);
        }
        context.flush();
        let settings = RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
        if let Some(target) = PixmapMut::new(size.width, height, band) {
            context.render_with(target, &mut Resources::default(), settings);
        }
    }
    image
}

/// A page, and what hayro keeps of its document from band to band.
struct Sheet<'a> {
    page: &'a Page<'a>,
    cache: RenderCache<'a>,
    settings: InterpreterSettings,
}

impl<'a> Sheet<'a> {
    fn new(page: &'a Page<'a>) -> Self {
        Self { page, cache: RenderCache::new(), settings: fonts::settings() }
    }

    fn draw(&self, context: &mut RenderContext, scale: Affine) {
        let transform = scale * self.page.initial_transform(true).to_kurbo();
        render_into(self.page, &self.cache, &self.settings, &RenderSettings::default(), context, transform);
    }
}
