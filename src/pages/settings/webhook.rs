//! `/settings/notices/{webhook}`: the settings of a webhook, and what was sent to it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    super::{
        form::{DoneNotice, done, form_of},
        shell::owner_page,
    },
    notices::{WebhookFields, host, kind_in_words},
};
use crate::{
    api::{self, ChangeWebhook, DeleteWebhook, RotateWebhook, SendAgain, TestWebhook, argument},
    components::ForGoodForm,
    error::AppError,
    format,
    model::{Delivery, DeliveryState, Webhook, WebhookForm, WebhookId, WebhookKind, WebhookLog, address},
};

/// A webhook of the owner.
#[component]
pub fn WebhookPage() -> impl IntoView {
    let named = use_params_map().read_untracked().get("webhook").unwrap_or_default();
    owner_page("Webhook", move || load(named.clone()), |log| view! { <WebhookSheet log/> }.into_any())
}

async fn load(named: String) -> Result<WebhookLog, AppError> {
    // A sign-in is asked for first, whatever the address.
    api::who_am_i().await?;
    let webhook: WebhookId = named.parse().map_err(|_| AppError::NotFound)?;
    api::webhook_log(webhook).await
}

#[component]
fn WebhookSheet(log: WebhookLog) -> impl IntoView {
    let WebhookLog { webhook, deliveries } = log;
    let name =
        if webhook.kind == WebhookKind::Browser { "Your browsers".to_owned() } else { host(&webhook.url) };
    let switched_off = webhook.switched_off.clone().map(|why| view! { <p class="notice">{why}</p> });
    let secret = done().and_then(|done| done.webhook_secret).map(|secret| {
        view! {
            <p class="part-text">"Copy the secret now, with which the receiver checks signatures: it is not shown again."</p>
            <p class="link-line"><code class="link-address" data-testid="webhook-secret">{secret}</code></p>
        }
    });
    let dropped = (webhook.dropped > 0).then(|| {
        view! { <p class="notice">{format!("{} events were dropped because too many waited.", webhook.dropped)}</p> }
    });
    let is_browser = webhook.kind == WebhookKind::Browser;
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=address::NOTICES>"← Notices"</a></p>
                <h1><bdi>{name}</bdi></h1>
                <p class="sheet-facts">
                    {kind_in_words(webhook.kind)} ", made on "
                    <time datetime=format::iso(webhook.created_at)>{format::date(webhook.created_at)}</time>
                </p>
            </div>
            <DoneNotice/>
            {switched_off}
            {dropped}
            {secret}
            <Actions webhook=webhook.clone()/>
            {(!is_browser).then(|| view! { <Deliveries webhook=webhook.webhook_id.clone() deliveries/> })}
            <Settings webhook/>
        </main>
    }
    .into_any()
}

#[component]
fn Actions(webhook: Webhook) -> impl IntoView {
    let id = webhook.webhook_id.to_string();
    let (test, rotate) = (form_of::<TestWebhook>(), form_of::<RotateWebhook>());
    let old = webhook.old_secret_until.map(|until| {
        view! {
            <p class="part-text">
                "The secret before this one signs too until "
                <time datetime=format::iso(until)>{format::utc(until)}</time> "."
            </p>
        }
    });
    let rotate_form = (webhook.kind == WebhookKind::Webhook).then(|| {
        view! {
            {rotate.notice()}
            {old}
            <details class="disclosure">
                <summary class="button">"New secret"</summary>
                <form class="form" method="post" action=rotate.action>
                    <input type="hidden" name=argument!(RotateWebhook, webhook_id) value=id.clone()/>
                    <p>"Both secrets sign for a day; then the one before ends."</p>
                    <button type="submit" class="button">"Make a new secret"</button>
                </form>
            </details>
        }
    });
    view! {
        <section class="part" aria-labelledby="try">
            <h2 id="try">"Try it"</h2>
            {test.notice()}
            <form method="post" action=test.action>
                <input type="hidden" name=argument!(TestWebhook, webhook_id) value=webhook.webhook_id.to_string()/>
                <button type="submit" class="button">"Send a test"</button>
            </form>
            {rotate_form}
        </section>
    }
    .into_any()
}

#[component]
fn Settings(webhook: Webhook) -> impl IntoView {
    const ENABLED: &str = argument!(ChangeWebhook, settings.enabled);
    let (change, delete) = (form_of::<ChangeWebhook>(), form_of::<DeleteWebhook>());
    let documents = webhook.documents.unwrap_or_default();
    let settings = WebhookForm {
        kind: webhook.kind.as_str().to_owned(),
        url: webhook.url,
        events: webhook.events.iter().map(|kind| kind.as_str().to_owned()).collect(),
        documents: documents.iter().map(|document| document.as_str()).collect::<Vec<_>>().join(" "),
        enabled: if webhook.enabled { "on" } else { "" }.to_owned(),
    };
    let id = webhook.webhook_id.to_string();
    view! {
        <section class="part" aria-labelledby="webhook-settings">
            <h2 id="webhook-settings">"Settings"</h2>
            {change.notice()}
            <form class="form" method="post" action=change.action>
                <input type="hidden" name=argument!(ChangeWebhook, webhook_id) value=id.clone()/>
                <label class="check">
                    <input type="checkbox" name=ENABLED checked=webhook.enabled/>
                    "Switched on"
                </label>
                <WebhookFields form=change.clone() settings has_no_url=webhook.kind == WebhookKind::Browser/>
                <button type="submit" class="button button-main">"Save"</button>
            </form>
            <ForGoodForm opens="Delete" does="Delete for good" action=delete.action>
                <input type="hidden" name=argument!(DeleteWebhook, webhook_id) value=id/>
                <p>"Nothing is sent any more, and what was sent is no longer listed."</p>
            </ForGoodForm>
        </section>
    }
    .into_any()
}

#[component]
fn Deliveries(webhook: WebhookId, deliveries: Vec<Delivery>) -> impl IntoView {
    let empty = deliveries.is_empty().then(|| view! { <p class="part-text">"Nothing was sent yet."</p> });
    let rows = deliveries
        .into_iter()
        .map(|delivery| view! { <DeliveryRow webhook=webhook.clone() delivery/> })
        .collect_view();
    view! {
        <section class="part" aria-labelledby="deliveries">
            <h2 id="deliveries">"What was sent"</h2>
            {form_of::<SendAgain>().notice()}
            <p class="part-text">"The latest first; times are in UTC. Kept for a week."</p>
            {empty}
            <ul class="keys" data-testid="deliveries">{rows}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn DeliveryRow(webhook: WebhookId, delivery: Delivery) -> impl IntoView {
    let state = match (delivery.state, delivery.attempts) {
        (DeliveryState::Delivered, _) => "delivered".to_owned(),
        (DeliveryState::Failed, 1) => "given up after one attempt".to_owned(),
        (DeliveryState::Failed, attempts) => format!("given up after {attempts} attempts"),
        (DeliveryState::Waiting, 0) => "waits to be sent".to_owned(),
        (DeliveryState::Waiting, 1) => "failed once so far".to_owned(),
        (DeliveryState::Waiting, attempts) => format!("failed {attempts} times so far"),
    };
    let status = delivery.status.map(|status| format!(", status {status}"));
    let next = delivery.next_attempt_at.filter(|_| delivery.attempts > 0).map(|next| {
        view! { ", again at " <time datetime=format::iso(next)>{format::utc(next)}</time> }
    });
    let answer = (!delivery.answer.is_empty()).then(|| {
        view! {
            <details class="disclosure">
                <summary>"Answer"</summary>
                <pre class="delivery-answer" dir="auto" tabindex="0" role="group" aria-label="Answer of the receiver">
                    {delivery.answer.clone()}
                </pre>
            </details>
        }
    });
    let happened = delivery.happened_at;
    view! {
        <li class="key-row">
            <span class="key-label">{delivery.kind.as_str()}</span>
            <span class="key-time">
                <time datetime=format::iso(happened)>{format::utc(happened)}</time> ", " {state} {status} {next}
            </span>
            {answer}
            <form class="key-revoke" method="post" action=SendAgain::PATH>
                <input type="hidden" name=argument!(SendAgain, webhook_id) value=webhook.to_string()/>
                <input type="hidden" name=argument!(SendAgain, delivery_id) value=delivery.delivery_id.to_string()/>
                <button type="submit" class="button">"Send again"</button>
            </form>
        </li>
    }
    .into_any()
}
