//! QR codes as SVG.

use qrcodegen::{QrCode, QrCodeEcc};

use crate::error::AppError;

/// The white margin that cameras need around a code, in modules (ISO/IEC 18004).
const QUIET_ZONE: i32 = 4;

/// The code of a text. [`AppError::Internal`] for one that is too long, as no address is.
pub fn svg(text: &str) -> Result<String, AppError> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| AppError::Internal)?;
    Ok(as_svg(&code))
}

/// Draws a square for each dark module, on white: a code cannot follow the colours of the page around it.
fn as_svg(code: &QrCode) -> String {
    let side = code.size() + 2 * QUIET_ZONE;
    let modules = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark: String = modules
        .filter(|&(x, y)| code.get_module(x, y))
        .map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE))
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{dark}\"/></svg>"
    )
}
