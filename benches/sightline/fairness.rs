//! How long an owner's page takes that is not rendered yet, while twenty visitors of another owner read pages that take
//! for ever.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use sightline::model::LinkId;
use tokio::task::JoinSet;

use super::{
    Outcome,
    first_page::{clear_page_cache, time},
    http::{self, Connection},
    pdf,
    program::{self, Program},
    table::{Row, median},
};

const ROUNDS: usize = 15;
const VISITORS: usize = 20;
const PAGES: u32 = 1_000;

/// Measures on an idle server first, then beside the visitors.
pub async fn measure(data_dir: &Path, redis_url: &str) -> Outcome<Row> {
    let [ours, theirs]: [LinkId; 2] = ["ours".parse()?, "theirs".parse()?];
    program::share(data_dir, redis_url, &ours, &pdf::of_dense_text(1)).await?;
    let endless = pdf::that_never_ends(PAGES);
    program::share_as("other@example.com", data_dir, redis_url, &theirs, &endless).await?;
    let program = Program::start(data_dir, redis_url).await?;
    let request = http::get_picture(&format!("/v/{ours}/pages/1?width=960"), true);
    let mut connection = Connection::open(program.address).await?;
    let idle = rounds(&mut connection, data_dir, &request, "idle").await?;
    let page = Arc::new(AtomicU32::new(2));
    let mut visitors = JoinSet::new();
    for _ in 0..VISITORS {
        let (page, theirs, address) = (page.clone(), theirs.clone(), program.address);
        visitors.spawn(async move {
            // Each goes on to a page that was not tried before.
            loop {
                let path = format!("/v/{theirs}/pages/{}?width=960", page.fetch_add(1, Relaxed).min(PAGES));
                // None is answered with a picture.
                if let Ok(mut connection) = Connection::open(address).await {
                    let _ = connection.exchange(&http::get_picture(&path, true)).await;
                }
            }
        });
    }
    let busy = rounds(&mut connection, data_dir, &request, "busy").await?;
    visitors.shutdown().await;
    Ok(Row {
        figure: format!(
            "an owner's page not made before, beside {VISITORS} visitors at endless pages of another"
        ),
        measured: format!("{busy:.0} ms"),
        baseline: format!("the same on an idle server: {idle:.0} ms"),
        ratio: busy / idle,
        target: "ratio ≤ 1.5, and one render",
    })
}

async fn rounds(connection: &mut Connection, data_dir: &Path, request: &[u8], what: &str) -> Outcome<f64> {
    let mut times = Vec::new();
    // The first round only warms up.
    for round in 0..=ROUNDS {
        clear_page_cache(data_dir)?;
        let took = time(connection, request).await?;
        eprintln!("page of another owner, {what}, round {round}: {took:.1} ms");
        times.extend((round > 0).then_some(took));
    }
    Ok(median(&times))
}
