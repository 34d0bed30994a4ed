//! How long the first viewer waits for a page that is not rendered yet, beside a cached page.

use std::{io, path::Path, time::Instant};

use sightline::model::LinkId;

use super::{
    Outcome,
    http::{self, Connection},
    program::Program,
    table::{Row, median},
};

/// How many pages the document has.
pub const PAGES: u32 = 36;
const ROUNDS: usize = 15;

/// Measures from the request to the last byte of the picture, on an open connection.
pub async fn measure(program: &Program, data_dir: &Path, link: &LinkId) -> Outcome<Vec<Row>> {
    let request = http::get(&format!("/v/{link}/pages/1"));
    let mut connection = Connection::open(program.address).await?;
    let (mut cold, mut cached) = (Vec::new(), Vec::new());
    // The first round only warms up.
    for round in 0..=ROUNDS {
        clear_page_cache(data_dir)?;
        let first = time(&mut connection, &request).await?;
        let second = time(&mut connection, &request).await?;
        eprintln!("first page, round {round}: {first:.1} ms, from the cache {second:.2} ms");
        if round > 0 {
            cold.push(first);
            cached.push(second);
        }
    }
    let (cold, cached) = (median(&cold), median(&cached));
    Ok(vec![Row {
        figure: format!("first page of a {PAGES}-page text PDF, not rendered before"),
        measured: format!("{cold:.0} ms"),
        baseline: format!("the same from the cache: {cached:.2} ms"),
        ratio: cold / cached,
        target: "≤ 300 ms",
    }])
}

async fn time(connection: &mut Connection, request: &[u8]) -> Outcome<f64> {
    let began = Instant::now();
    connection.exchange(request).await?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// Empties the page cache, which the server fills again.
fn clear_page_cache(data_dir: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(data_dir.join("pages")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
