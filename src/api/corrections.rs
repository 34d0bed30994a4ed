//! Visits that owners leave out of all numbers together.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, CorrectionId, CorrectionSubject},
    wire::Json,
};

/// What the owner left out together and may take back, the newest first.
#[server(name = ReadCorrections, endpoint = "corrections", input = Json, output = Json)]
pub async fn corrections() -> Result<Vec<model::Correction>, AppError> {
    use crate::server::http::context::*;
    services()?.history.corrections(&requester().await?).await
}

/// What a correction would change.
#[server(name = PreviewCorrection, endpoint = "correction_preview", input = Json, output = Json)]
pub async fn correction_preview(new: model::NewCorrection) -> Result<model::CorrectionPreview, AppError> {
    use crate::server::http::context::*;
    services()?.history.preview_correction(&new, &requester().await?).await
}

/// Leaves visits out of all numbers together. `query` is that of an analytics page, as an address has it; `as_of` is the time
/// of the preview.
#[server(endpoint = "leave_out")]
pub async fn leave_out(
    of: CorrectionSubject,
    #[server(default)] query: String,
    as_of: i64,
) -> Result<(), AppError> {
    use crate::server::{
        http::{context::*, forms::Form},
        services::history::query_of,
    };
    let page = model::address::new_correction(&of, &query);
    let done = async {
        let new = model::NewCorrection { of, query: query_of(&query)?, as_of: Some(as_of) };
        let made = services()?.history.correct(&new, &requester().await?).await?;
        Ok(Some(model::Done::left_out(made.visits)))
    };
    Form::of::<LeaveOut>().answer(done.await, model::address::CORRECTIONS, &page)
}

/// Takes back what was left out together.
#[server(endpoint = "bring_back")]
pub async fn bring_back(correction_id: CorrectionId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let visits = services()?.history.bring_back(&correction_id, &requester().await?).await?;
        Ok(Some(model::Done::brought_back(visits)))
    };
    let page = model::address::CORRECTIONS;
    Form::of::<BringBack>().answer(done.await, page, page)
}
