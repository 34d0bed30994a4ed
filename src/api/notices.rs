//! Webhooks and other channels by which an owner is told of events.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, DeliveryId, WebhookForm, WebhookId},
    wire::Json,
};

/// The webhooks of the owner.
#[server(name = ReadWebhooks, endpoint = "webhooks", input = Json, output = Json)]
pub async fn webhooks() -> Result<Vec<model::Webhook>, AppError> {
    use crate::server::http::context::*;
    services()?.notices.webhooks(&requester().await?).await
}

/// A webhook of the owner, with its latest deliveries.
#[server(name = ReadWebhookLog, endpoint = "webhook_log", input = Json, output = Json)]
pub async fn webhook_log(webhook_id: WebhookId) -> Result<model::WebhookLog, AppError> {
    use crate::server::http::context::*;
    services()?.notices.log(&webhook_id, &requester().await?).await
}

/// Makes a webhook, whose secret can be read only on the page that the form leads to.
#[server(endpoint = "add_webhook")]
pub async fn add_webhook(#[server(default)] settings: WebhookForm) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let made = async { services()?.notices.add(settings.as_new()?, &requester().await?).await };
    let made = made.await;
    let page = made
        .as_ref()
        .map_or(model::address::NOTICES.to_owned(), |made| model::address::webhook(&made.webhook.webhook_id));
    let done = made.map(|made| Some(model::Done::webhook("It is switched on.", made.secret)));
    Form::of::<AddWebhook>()
        .field(argument!(AddWebhook, settings.url), "The address", &["url"], &settings.url)
        .field(
            argument!(AddWebhook, settings.events),
            "The choice of events",
            &["events"],
            &settings.events.join(" "),
        )
        .field(
            argument!(AddWebhook, settings.documents),
            "The list of documents",
            &["documents"],
            &settings.documents,
        )
        .keep(argument!(AddWebhook, settings.kind), &settings.kind)
        .answer(done, &page, model::address::NOTICES)
}

/// Changes the settings of a webhook.
#[server(endpoint = "change_webhook")]
pub async fn change_webhook(
    webhook_id: WebhookId,
    #[server(default)] settings: WebhookForm,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.notices.change(&webhook_id, settings.as_change()?, &requester().await?).await?;
        Ok(Some(model::Done::new("Saved.")))
    };
    let page = model::address::webhook(&webhook_id);
    Form::of::<ChangeWebhook>()
        .field(argument!(ChangeWebhook, settings.url), "The address", &["url"], &settings.url)
        .field(
            argument!(ChangeWebhook, settings.events),
            "The choice of events",
            &["events"],
            &settings.events.join(" "),
        )
        .field(
            argument!(ChangeWebhook, settings.documents),
            "The list of documents",
            &["documents"],
            &settings.documents,
        )
        .answer(done.await, &page, &page)
}

/// Removes a webhook.
#[server(endpoint = "delete_webhook")]
pub async fn delete_webhook(webhook_id: WebhookId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.notices.remove(&webhook_id, &requester().await?).await?;
        Ok(Some(model::Done::new("It is deleted.")))
    };
    Form::of::<DeleteWebhook>().answer(
        done.await,
        model::address::NOTICES,
        &model::address::webhook(&webhook_id),
    )
}

/// Gives a webhook another secret, which can be read only on the page that the form leads to.
#[server(endpoint = "rotate_webhook")]
pub async fn rotate_webhook(webhook_id: WebhookId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let made = services()?.notices.rotate(&webhook_id, &requester().await?).await?;
        Ok(Some(model::Done::webhook("The secret before it signs for a day more.", made.secret)))
    };
    let page = model::address::webhook(&webhook_id);
    Form::of::<RotateWebhook>().answer(done.await, &page, &page)
}

/// Sends a test to a webhook.
#[server(endpoint = "test_webhook")]
pub async fn test_webhook(webhook_id: WebhookId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.notices.test(&webhook_id, &requester().await?).await?;
        Ok(Some(model::Done::new("A test is on its way. Reload the page to see how it went.")))
    };
    let page = model::address::webhook(&webhook_id);
    Form::of::<TestWebhook>().answer(done.await, &page, &page)
}

/// Sends a delivery again.
#[server(endpoint = "send_again")]
pub async fn send_again(webhook_id: WebhookId, delivery_id: DeliveryId) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        services()?.notices.send_again(&webhook_id, &delivery_id, &requester().await?).await?;
        Ok(Some(model::Done::new("It is on its way again. Reload the page to see how it went.")))
    };
    let page = model::address::webhook(&webhook_id);
    Form::of::<SendAgain>().answer(done.await, &page, &page)
}
