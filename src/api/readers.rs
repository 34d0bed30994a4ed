//! One reader of the owner's documents.

use leptos::prelude::*;

use crate::{error::AppError, model, wire::Json};

/// All visits of a reader to the owner's documents, a page of them behind a cursor.
#[server(name = ReadReader, endpoint = "reader", input = Json, output = Json)]
pub async fn reader(
    reader: model::ReaderId,
    after: Option<model::VisitCursor>,
) -> Result<model::ReaderHistory, AppError> {
    use crate::server::http::context::*;
    services()?.history.reader(&reader, after, &requester().await?).await
}

/// Removes all visits of a reader, and leads to the analytics of all documents.
#[server(endpoint = "erase_visits_of")]
pub async fn erase_visits_of(reader: model::ReaderId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let erased = services()?.history.erase_visits_of(&reader, &requester().await?).await?;
        Ok(Some(model::Done::erased(erased)))
    };
    Form::of::<EraseVisitsOf>().answer(
        done.await,
        model::address::ANALYTICS,
        &model::address::reader(&reader),
    )
}
