//! `/settings/notices`: by which channels the owner is told of events.

use leptos::prelude::*;

use super::super::{
    form::{DoneNotice, FormState, form_of},
    shell::owner_page,
};
use crate::{
    api::{self, AddWebhook, DeleteWebhook, SetMails, argument},
    components::{Field, FieldNotes, described_by},
    error::AppError,
    model::{MailSettings, NoticeKind, VisitMails, Webhook, WebhookForm, WebhookKind, address},
};

/// The name of a setting, which the forms of a new webhook and of an existing one send alike.
macro_rules! setting {
    ($name:ident) => {{
        let _ = argument!(ChangeWebhook, settings.$name);
        argument!(AddWebhook, settings.$name)
    }};
}

const KIND: &str = argument!(AddWebhook, settings.kind);
const URL: &str = setting!(url);
const EVENTS: &str = setting!(events);
const DOCUMENTS: &str = setting!(documents);
/// A list in a form: each box sends the name with brackets.
const EVENTS_LIST: &str = "settings[events][]";

/// The owner's webhooks, and a form that makes one.
#[component]
pub fn NoticesPage() -> impl IntoView {
    owner_page("Notices", load, |(webhooks, mails)| view! { <NoticesSheet webhooks mails/> }.into_any())
}

async fn load() -> Result<(Vec<Webhook>, Option<MailSettings>), AppError> {
    Ok((api::webhooks().await?, api::mail_settings().await?))
}

#[component]
fn NoticesSheet(
    webhooks: Vec<Webhook>,
    /// What is set for mails about visits; `None` where the server sends none.
    mails: Option<MailSettings>,
) -> impl IntoView {
    let browser = webhooks.iter().find(|webhook| webhook.kind == WebhookKind::Browser).cloned();
    let others = webhooks.into_iter().filter(|webhook| webhook.kind != WebhookKind::Browser);
    let rows: Vec<_> = others.map(|webhook| view! { <WebhookRow webhook/> }.into_any()).collect();
    let empty = rows.is_empty().then(|| view! { <p class="part-text">"None yet."</p> });
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=address::SETTINGS>"← Settings"</a></p>
                <h1>"Notices"</h1>
                <p class="sheet-facts">"Be told when someone reads, without watching a page."</p>
            </div>
            <DoneNotice/>
            {mails.map(|mails| view! { <MailsForm mails/> })}
            <BrowserNotices webhook=browser/>
            <section class="part" aria-labelledby="webhooks">
                <h2 id="webhooks">"Webhooks and chats"</h2>
                {form_of::<DeleteWebhook>().notice()}
                {empty}
                <ul class="keys" data-testid="webhooks">{rows}</ul>
            </section>
            <NewWebhookForm/>
        </main>
    }
    .into_any()
}

/// Switches mails about visits on and off, and says what new links begin with: each link has the setting for itself.
#[component]
fn MailsForm(mails: MailSettings) -> impl IntoView {
    const ON: &str = argument!(SetMails, on);
    const NEW_LINKS: &str = argument!(SetMails, new_links);
    let form = form_of::<SetMails>();
    let on = !form.value(ON, if mails.on { "on" } else { "" }).is_empty();
    let chosen = form.value(NEW_LINKS, mails.new_links.as_str());
    let choices = VisitMails::ALL.map(|mails| {
        let name = mails.as_str();
        view! { <option value=name selected=name == chosen>{mails.words()}</option> }
    });
    let problem = form.problem(NEW_LINKS);
    let is_wrong = problem.is_some();
    view! {
        <section class="part" aria-labelledby="mails">
            <h2 id="mails">"By mail"</h2>
            <p class="part-text">
                "A mail says who reads, the moment they begin. Each link has a setting of its own; here you switch all on or off."
            </p>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <label class="check">
                    <input type="checkbox" name=ON checked=on/>
                    "Mail me about visits"
                </label>
                <div class="field">
                    <label class="field-label" for=NEW_LINKS>"New links"</label>
                    <select name=NEW_LINKS id=NEW_LINKS aria-describedby=described_by(NEW_LINKS, "", is_wrong)
                        aria-invalid=is_wrong.then_some("true")>{choices}</select>
                    <FieldNotes name=NEW_LINKS hint="" problem/>
                </div>
                <button type="submit" class="button">"Save"</button>
            </form>
        </section>
    }
    .into_any()
}

/// Switches notifications of browsers on. The permission is asked for by a button that the script shows, in the browser that
/// is to show them.
#[component]
fn BrowserNotices(webhook: Option<Webhook>) -> impl IntoView {
    let form = form_of::<AddWebhook>();
    let switch = match webhook {
        Some(webhook) => view! {
            <p class="part-text">
                "They are on. They appear while a page of Sightline is open in a browser that you have allowed to show them."
            </p>
            <p class="link-line" data-notices="permission" hidden>
                <button type="button" class="button button-main">"Allow them in this browser"</button>
                <span class="field-hint" role="status"></span>
            </p>
            <p><a class="button" href=address::webhook(&webhook.webhook_id)>"Which events, or off"</a></p>
        }
        .into_any(),
        None => {
            let boxes = [NoticeKind::VisitStarted, NoticeKind::LinkDownloaded, NoticeKind::LinkBusy]
                .map(|kind| view! { <input type="hidden" name=EVENTS_LIST value=kind.as_str()/> })
                .collect_view();
            view! {
                <p class="part-text">"A notification when someone begins to read, while a page of Sightline is open."</p>
                <form method="post" action=form.action>
                    <input type="hidden" name=KIND value=WebhookKind::Browser.as_str()/>
                    {boxes}
                    <button type="submit" class="button">"Switch on"</button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <section class="part" aria-labelledby="browser">
            <h2 id="browser">"In your browsers"</h2>
            {switch}
        </section>
    }
    .into_any()
}

#[component]
fn WebhookRow(webhook: Webhook) -> impl IntoView {
    let state = match (&webhook.enabled, &webhook.switched_off) {
        (true, _) => format!("{} of {} events", webhook.events.len(), NoticeKind::choosable().count()),
        (false, Some(_)) => "switched off: the receiver is gone".to_owned(),
        (false, None) => "switched off".to_owned(),
    };
    view! {
        <li class="key-row">
            <a class="key-label" href=address::webhook(&webhook.webhook_id)><bdi>{host(&webhook.url)}</bdi></a>
            <span class="key-hint">{kind_in_words(webhook.kind)}</span>
            <span class="key-time">{state}</span>
        </li>
    }
    .into_any()
}

/// Scheme, host and port: the rest of an address may be a secret, as that of a chat.
pub(super) fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    format!("{scheme}://{}", rest.split(['/', '?', '#']).next().unwrap_or_default())
}

pub(super) fn kind_in_words(kind: WebhookKind) -> &'static str {
    match kind {
        WebhookKind::Webhook => "signed JSON",
        WebhookKind::Slack => "a chat",
        WebhookKind::Browser => "browsers",
    }
}

#[component]
fn NewWebhookForm() -> impl IntoView {
    let form = form_of::<AddWebhook>();
    let chosen = form.value(KIND, WebhookKind::Webhook.as_str());
    let kinds = [
        (WebhookKind::Webhook, "A program: signed JSON (Standard Webhooks)"),
        (WebhookKind::Slack, "A chat: an incoming webhook of Slack, Mattermost, Rocket.Chat or Discord (…/slack)"),
    ]
    .map(|(kind, words)| view! { <option value=kind.as_str() selected=kind.as_str() == chosen>{words}</option> })
    .collect_view();
    let all = NoticeKind::choosable().map(|kind| kind.as_str().to_owned()).collect();
    view! {
        <section class="part" aria-labelledby="new-webhook">
            <h2 id="new-webhook">"New webhook"</h2>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <div class="field">
                    <label class="field-label" for=KIND>"What listens there"</label>
                    <select name=KIND id=KIND>{kinds}</select>
                </div>
                <WebhookFields form=form.clone() settings=WebhookForm { events: all, ..WebhookForm::default() }/>
                <button type="submit" class="button button-main">"Add it"</button>
            </form>
        </section>
    }
    .into_any()
}

/// The fields that the forms of a new webhook and of an existing one share.
#[component]
pub(super) fn WebhookFields(
    /// The form that they belong to.
    form: FormState,
    /// The settings that they begin with.
    settings: WebhookForm,
    /// Whether there is no address: of browsers.
    #[prop(optional)]
    has_no_url: bool,
) -> impl IntoView {
    const DOCUMENTS_HINT: &str =
        "Ids of documents with blanks between them. Leave empty for all, also new ones.";
    let ticked: Vec<String> =
        form.value(EVENTS, settings.events.join(" ")).split_whitespace().map(str::to_owned).collect();
    let boxes = NoticeKind::choosable()
        .map(|kind| {
            let checked = ticked.iter().any(|name| name == kind.as_str());
            view! {
                <label class="check">
                    <input type="checkbox" name=EVENTS_LIST value=kind.as_str() checked=checked/>
                    {kind.words()} " " <code class="key-hint">{kind.as_str()}</code>
                </label>
            }
        })
        .collect_view();
    let problem = form.problem(EVENTS);
    let is_wrong = problem.is_some();
    let url = (!has_no_url).then(|| {
        view! {
            <Field label="Address" name=URL kind="url" required=true value=form.value(URL, settings.url)
                problem=form.problem(URL) hint="It begins with https:// and leads to a public address."/>
        }
    });
    view! {
        {url}
        <fieldset class="field" aria-describedby=described_by(EVENTS, "", is_wrong)>
            <legend class="field-label">"Events"</legend>
            {boxes}
            <FieldNotes name=EVENTS hint="" problem/>
        </fieldset>
        <Field label="Only these documents" name=DOCUMENTS value=form.value(DOCUMENTS, settings.documents)
            hint=DOCUMENTS_HINT problem=form.problem(DOCUMENTS)/>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn path_of_an_address_is_not_listed() {
        assert_eq!(host("https://hooks.slack.com/services/T0/B0/secret"), "https://hooks.slack.com");
        assert_eq!(host("http://10.0.0.7:8080?token=x"), "http://10.0.0.7:8080");
    }
}
