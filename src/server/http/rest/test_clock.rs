//! Reads and sets the clock, for tests that would otherwise wait for minutes. Mounted only with `--test-clock`.

use axum::{Router, extract::State, routing::get};

use crate::{error::AppError, model::Invalid, server::http::AppState};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/test/clock", get(now).put(set))
}

async fn now(State(state): State<AppState>) -> String {
    state.services.health.now().to_string()
}

/// The body is the new time, in Unix milliseconds.
async fn set(State(state): State<AppState>, body: String) -> Result<(), AppError> {
    let now = body.trim().parse().map_err(|_| Invalid::new("clock", "must be Unix milliseconds"))?;
    state.services.health.set_clock(now);
    Ok(())
}
