//! Past visits and their readers, for the owner of their documents.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, LinkId},
    wire::Json,
};

/// The analytics of a link, a document or everything of the owner.
#[server(name = ReadAnalytics, endpoint = "analytics_page", input = Json, output = Json)]
pub async fn analytics_page(
    scope: model::HistoryScope,
    query: model::HistoryQuery,
) -> Result<model::AnalyticsPage, AppError> {
    use crate::server::http::context::*;
    services()?.history.page(scope, &query, &requester().await?).await
}

/// One visit, for the owner of its link.
#[server(name = ReadVisit, endpoint = "visit", input = Json, output = Json)]
pub async fn visit(link_id: LinkId, visit_id: model::VisitId) -> Result<model::VisitDetail, AppError> {
    use crate::server::http::context::*;
    services()?.history.visit(&link_id, visit_id, &requester().await?).await
}

/// Leaves a visit out of all numbers, or takes it back.
#[server(endpoint = "archive_visit")]
pub async fn archive_visit(
    link_id: LinkId,
    visit_id: model::VisitId,
    #[server(default)] archived: bool,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.history.archive(&link_id, visit_id, archived, &requester().await?).await?;
        let done = if archived { "Archived: it is in no number any more." } else { "Taken back." };
        Ok(Some(model::Done::new(done)))
    };
    let page = model::address::visit(&link_id, &visit_id);
    Form::of::<ArchiveVisit>().answer(done.await, &page, &page)
}

/// Removes all visits of the reader of a visit, and leads to the link.
#[server(endpoint = "erase_reader")]
pub async fn erase_reader(link_id: LinkId, visit_id: model::VisitId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let erased = services()?.history.erase_reader(&link_id, visit_id, &requester().await?).await?;
        Ok(Some(model::Done::erased(erased)))
    };
    Form::of::<EraseReader>().answer(
        done.await,
        &model::address::dashboard(&link_id),
        &model::address::visit(&link_id, &visit_id),
    )
}

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
