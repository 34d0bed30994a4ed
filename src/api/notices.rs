//! Webhooks, mails and other channels by which an owner is told of events.

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

/// What the owner has set for mails about visits; `None` where the server sends no mail.
#[server(name = ReadMailSettings, endpoint = "mail_settings", input = Json, output = Json)]
pub async fn mail_settings() -> Result<Option<model::MailSettings>, AppError> {
    use crate::server::http::context::*;
    services()?.notices.mail_settings(&requester().await?).await
}

/// Sets whether the owner gets mails about visits, and what new links begin with.
#[server(endpoint = "set_mails")]
pub async fn set_mails(#[server(default)] on: String, new_links: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let settings = model::MailSettings { on: !on.is_empty(), new_links: new_links.parse()? };
        services()?.notices.change_mails(settings.into(), &requester().await?).await?;
        Ok(Some(model::Done::new("Saved.")))
    };
    Form::of::<SetMails>()
        .keep(argument!(SetMails, on), &on)
        .field(argument!(SetMails, new_links), "The setting of new links", &["mail"], &new_links)
        .answer(done.await, model::address::NOTICES, model::address::NOTICES)
}

/// What the address in a mail stops.
#[server(name = ReadStoppableMails, endpoint = "stoppable_mails", input = Json, output = Json)]
pub async fn stoppable_mails(token: String) -> Result<model::StoppableMails, AppError> {
    use crate::server::http::context::*;
    services()?.notices.stoppable(&token).await
}

/// Stops mails by the address in one of them: about its link, or about all links of the owner.
#[server(endpoint = "stop_mails")]
pub async fn stop_mails(token: String, #[server(default)] all: String) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let client = requester().await?.client;
        services()?.notices.stop_mails(&token, !all.is_empty(), &client).await?;
        Ok(Some(model::Done::new("Stopped.")))
    };
    let page = model::address::stop_mails(&token);
    Form::of::<StopMails>().answer(done.await, &page, &page)
}
