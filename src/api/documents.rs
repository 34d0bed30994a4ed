//! Documents and their links, for their owner.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, DocumentId, LinkId},
    wire::Json,
};

/// Documents of the owner, with their links and numbers; without a scope the newest.
#[server(endpoint = "documents", input = Json, output = Json)]
pub async fn documents(
    #[server(default)] scope: model::DocumentScope,
) -> Result<model::DocumentList, AppError> {
    use crate::server::http::context::*;
    services()?.watching.documents(&scope, &requester().await?).await
}

/// One document of the owner, with its links and their numbers.
#[server(name = ReadDocument, endpoint = "document", input = Json, output = Json)]
pub async fn document(document_id: DocumentId) -> Result<model::DocumentState, AppError> {
    use crate::server::http::context::*;
    services()?.watching.document_state(&document_id, &requester().await?).await
}

/// One document of the owner, for a preview without a link.
#[server(endpoint = "preview_document", input = Json, output = Json)]
pub async fn preview_document(document_id: DocumentId) -> Result<model::ShownDocument, AppError> {
    use crate::server::http::context::*;
    services()?.library.preview(&document_id, &requester().await?).await
}

/// Gives a document another title.
#[server(endpoint = "rename_document")]
pub async fn rename_document(document_id: DocumentId, title: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.rename(&document_id, &title, &requester().await?).await?;
        Ok(Some(model::Done::new("Renamed.")))
    };
    let page = model::address::document(&document_id);
    Form::of::<RenameDocument>()
        .field(argument!(RenameDocument, title), "The title", &["title"], &title)
        .answer(done.await, &page, &page)
}

/// Says what the image of a document shows.
#[server(endpoint = "describe_image")]
pub async fn describe_image(document_id: DocumentId, alt: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.set_alt(&document_id, &alt, &requester().await?).await?;
        Ok(Some(model::Done::new("Saved.")))
    };
    let page = model::address::document(&document_id);
    Form::of::<DescribeImage>()
        .field(argument!(DescribeImage, alt), "The description", &["alt"], &alt)
        .answer(done.await, &page, &page)
}

/// Deletes a document with its file, its links and their numbers.
#[server(endpoint = "delete_document")]
pub async fn delete_document(document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.delete_document(&document_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The document is deleted.")))
    };
    Form::of::<DeleteDocument>().answer(
        done.await,
        model::address::HOME,
        &model::address::document(&document_id),
    )
}

/// One link of the owner.
#[server(name = ReadLink, endpoint = "link", input = Json, output = Json)]
pub async fn link(link_id: LinkId) -> Result<model::LinkSummary, AppError> {
    use crate::server::http::context::*;
    services()?.library.link(&link_id, &requester().await?).await
}

/// Makes a link with the usual settings at a random address.
#[server(name = MakeLink, endpoint = "new_link", input = Json, output = Json)]
pub async fn new_link(document_id: DocumentId) -> Result<model::LinkSummary, AppError> {
    use crate::server::http::context::*;
    services()?.library.add_link(&document_id, model::NewLink::default(), &requester().await?).await
}

/// Makes a link to a document; at a random address unless one is given.
#[server(endpoint = "add_link")]
pub async fn add_link(
    document_id: DocumentId,
    #[server(default)] address: String,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let new = settings.as_new_link(&address)?;
        let link = services()?.library.add_link(&document_id, new, &requester().await?).await?;
        let warnings = settings.warnings(&link);
        Ok(Some(model::Done { warnings, link: Some(link.link_id), ..model::Done::new("Link made.") }))
    };
    let page = model::address::document(&document_id);
    Form::of::<AddLink>()
        .field(argument!(AddLink, address), "The address", &["linkId", "taken"], &address)
        .field(argument!(AddLink, settings.label), "The label", &["label"], &settings.label)
        .field(argument!(AddLink, settings.email), "The e-mail address", &["email"], &settings.email)
        .password(argument!(AddLink, settings.password), "The password", &["password"])
        .field(argument!(AddLink, settings.expires_at), "The expiry", &["expiresAt"], &settings.expires_at)
        .keep(argument!(AddLink, settings.download), &settings.download)
        .keep(argument!(AddLink, settings.copying), &settings.copying)
        .field(argument!(AddLink, settings.busy), "The number of viewers", &["busy"], &settings.busy)
        .field(
            argument!(AddLink, settings.verify_email),
            "The code by mail",
            &["verifyEmail"],
            &settings.verify_email,
        )
        .field(argument!(AddLink, settings.allow), "The allow list", &["allow"], &settings.allow)
        .field(argument!(AddLink, settings.block), "The block list", &["block"], &settings.block)
        .field(argument!(AddLink, settings.mail), "The setting of mails", &["mail"], &settings.mail)
        .answer(done.await, &page, &page)
}

/// Changes the settings of a link.
#[server(endpoint = "change_link")]
pub async fn change_link(
    link_id: LinkId,
    #[server(default)] settings: model::LinkForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let change = settings.as_change()?;
        let link = services()?.library.change_link(&link_id, change, &requester().await?).await?;
        let warnings = settings.warnings(&link);
        Ok(Some(model::Done { warnings, ..model::Done::new("Saved.") }))
    };
    let page = model::address::link(&link_id);
    Form::of::<ChangeLink>()
        .field(argument!(ChangeLink, settings.label), "The label", &["label"], &settings.label)
        .keep(argument!(ChangeLink, settings.enabled), &settings.enabled)
        .field(argument!(ChangeLink, settings.email), "The e-mail address", &["email"], &settings.email)
        .keep(argument!(ChangeLink, settings.password_is), &settings.password_is)
        .password(argument!(ChangeLink, settings.password), "The password", &["password"])
        .field(argument!(ChangeLink, settings.expires_at), "The expiry", &["expiresAt"], &settings.expires_at)
        .keep(argument!(ChangeLink, settings.download), &settings.download)
        .keep(argument!(ChangeLink, settings.copying), &settings.copying)
        .field(argument!(ChangeLink, settings.busy), "The number of viewers", &["busy"], &settings.busy)
        .field(
            argument!(ChangeLink, settings.verify_email),
            "The code by mail",
            &["verifyEmail"],
            &settings.verify_email,
        )
        .field(argument!(ChangeLink, settings.allow), "The allow list", &["allow"], &settings.allow)
        .field(argument!(ChangeLink, settings.block), "The block list", &["block"], &settings.block)
        .field(argument!(ChangeLink, settings.mail), "The setting of mails", &["mail"], &settings.mail)
        .answer(done.await, &page, &page)
}

/// Deletes a link with its numbers, and leads to its document.
#[server(endpoint = "delete_link")]
pub async fn delete_link(link_id: LinkId, document_id: DocumentId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.library.delete_link(&link_id, &requester().await?).await?;
        Ok(Some(model::Done::new("The link is deleted.")))
    };
    Form::of::<DeleteLink>().answer(
        done.await,
        &model::address::document(&document_id),
        &model::address::link(&link_id),
    )
}
