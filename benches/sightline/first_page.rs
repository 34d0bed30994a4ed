//! How long the first viewer waits for a page that is not rendered yet, how many bytes a page has in each format, and how
//! long its text takes.

use std::{io, path::Path, time::Instant};

use png::{BitDepth, ColorType, Encoder};
use sightline::model::LinkId;

use super::{
    Outcome,
    http::{self, Connection},
    pdf,
    program::{self, Program},
    table::{Row, median},
};

/// How many pages the document has.
pub const PAGES: u32 = 36;
const ROUNDS: usize = 15;
/// The width of pictures until version 0.2.
const WIDTH: u32 = 1_280;
/// The widths in which cold pictures are timed: a window of 1,280 pixels, and the same on a dense screen.
const WIDTHS: [u32; 2] = [960, 1_920];

/// Measures from the request to the last byte of the answer, on an open connection.
pub async fn measure(
    program: &Program,
    data_dir: &Path,
    redis_url: &str,
    link: &LinkId,
) -> Outcome<Vec<Row>> {
    let mut connection = Connection::open(program.address).await?;
    let mut rows = Vec::new();
    for width in WIDTHS {
        let request = http::get_picture(&format!("/v/{link}/pages/1?width={width}"), true);
        let what = format!("first page of a {PAGES}-page text PDF, {width} pixels wide");
        rows.push(cold_and_cached(&mut connection, data_dir, &request, &what).await?);
    }
    let text = http::get(&format!("/api/links/{link}/pages/1/text"));
    rows.push(cold_and_cached(&mut connection, data_dir, &text, "text of a page of 5,000 characters").await?);
    rows.extend(bytes(&mut connection, link, "text").await?);
    for (name, file) in [("coloured", pdf::of_coloured_text()), ("photograph", pdf::of_photograph()?)] {
        let link: LinkId = name.parse()?;
        program::share(data_dir, redis_url, &link, &file).await?;
        rows.extend(bytes(&mut connection, &link, name).await?);
    }
    Ok(rows)
}

/// The time of an answer that must be made, beside that of the same from the cache.
async fn cold_and_cached(
    connection: &mut Connection,
    data_dir: &Path,
    request: &[u8],
    what: &str,
) -> Outcome<Row> {
    let (mut cold, mut cached) = (Vec::new(), Vec::new());
    // The first round only warms up.
    for round in 0..=ROUNDS {
        clear_page_cache(data_dir)?;
        let first = time(connection, request).await?;
        let second = time(connection, request).await?;
        eprintln!("{what}, round {round}: {first:.1} ms, from the cache {second:.2} ms");
        if round > 0 {
            cold.push(first);
            cached.push(second);
        }
    }
    let (cold, cached) = (median(&cold), median(&cached));
    Ok(Row {
        figure: format!("{what}, not made before"),
        measured: format!("{cold:.0} ms"),
        baseline: format!("the same from the cache: {cached:.2} ms"),
        ratio: cold / cached,
        target: "≤ 300 ms",
    })
}

/// The bytes of a page in each format, beside the PNG in colours that all pages were until version 0.2.
async fn bytes(connection: &mut Connection, link: &LinkId, what: &str) -> Outcome<Vec<Row>> {
    let path = format!("/v/{link}/pages/1?width={WIDTH}");
    connection.exchange(&http::get_picture(&path, false)).await?;
    let png = connection.body().to_vec();
    let before = colour_png(&png)?;
    connection.exchange(&http::get_picture(&path, true)).await?;
    let webp = connection.body().len();
    let row = |format: &str, bytes: usize, target| Row {
        figure: format!("bytes of a page, {what}, {WIDTH} pixels wide, {format}"),
        measured: kilobytes(bytes),
        baseline: format!("PNG in colours: {}", kilobytes(before)),
        ratio: bytes as f64 / before as f64,
        target,
    };
    Ok(vec![row("WebP", webp, "ratio ≤ 0.5"), row("PNG", png.len(), "")])
}

fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1e3)
}

/// How many bytes a picture has as a PNG in colours, as the renderer writes it by itself.
fn colour_png(png: &[u8]) -> Outcome<usize> {
    let image = image::load_from_memory(png)?.to_rgb8();
    let mut written = Vec::new();
    let mut encoder = Encoder::new(&mut written, image.width(), image.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header()?.write_image_data(&image)?;
    Ok(written.len())
}

/// The milliseconds from a request to the last byte of its answer.
pub async fn time(connection: &mut Connection, request: &[u8]) -> Outcome<f64> {
    let began = Instant::now();
    connection.exchange(request).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// Empties the page cache, which the server fills again.
pub fn clear_page_cache(data_dir: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(data_dir.join("pages")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
