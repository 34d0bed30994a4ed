//! `/settings`: password, sessions and API keys of the owner.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_meta::Title;

use super::{
    form::{DoneNotice, form_of},
    problem::problem,
    site_header::SiteHeader,
};
use crate::{
    api::{self, ChangePassword, RevokeApiKey, SetTimeZone, SignOutEverywhere, argument},
    components::{CopyButton, ErrorNotice, Field, is_empty},
    error::AppError,
    format,
    hooks::{use_api_key_creation, use_clipboard},
    model::{ApiKey, MIN_PASSWORD_LENGTH, Owner},
};

/// The id of the list of keys.
const KEYS_ID: &str = "api-keys";
/// The id of the template of its rows.
const KEY_TEMPLATE_ID: &str = "api-key-row";

/// The owner's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match load().await {
                    Ok((owner, keys, zone)) => view! {
                        <Title text="Settings"/>
                        <SiteHeader signed_in=true/>
                        <SettingsSheet owner keys zone/>
                    }
                    .into_any(),
                    Err(error) => problem(&error),
                }
            })}
        </Suspense>
    }
}

async fn load() -> Result<(Owner, Vec<ApiKey>, Option<String>), AppError> {
    Ok((api::who_am_i().await?, api::api_keys().await?, api::time_zone().await?))
}

#[component]
fn SettingsSheet(owner: Owner, keys: Vec<ApiKey>, zone: Option<String>) -> impl IntoView {
    const OLD: &str = argument!(ChangePassword, old);
    const NEW: &str = argument!(ChangePassword, new);
    const ZONE: &str = argument!(SetTimeZone, zone);
    let (password, time_zone) = (form_of::<ChangePassword>(), form_of::<SetTimeZone>());
    let zone_set = time_zone.value(ZONE, zone.unwrap_or_else(|| "UTC".to_owned()));
    let rows = keys.into_iter().map(|key| view! { <ApiKeyRow key=Some(key)/> }).collect_view();
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Settings"</h1>
                <p class="sheet-facts">"Signed in as " <bdi>{owner.email.clone()}</bdi></p>
            </div>
            <DoneNotice/>
            {form_of::<RevokeApiKey>().notice()}
            {form_of::<SignOutEverywhere>().notice()}
            <section class="part" aria-labelledby="keys">
                <h2 id="keys">"API keys"</h2>
                <p class="part-text">
                    "For programs: send a key as " <code>"Authorization: Bearer …"</code>
                    ". A program with a key may do what you may."
                </p>
                <NewKey/>
                <ul class="keys" id=KEYS_ID>{rows}</ul>
                <template id=KEY_TEMPLATE_ID><ApiKeyRow key=None/></template>
            </section>
            <section class="part" aria-labelledby="time-zone">
                <h2 id="time-zone">"Time zone"</h2>
                {time_zone.notice()}
                <form class="form form-line" method="post" action=time_zone.action>
                    <Field label="Where days begin" name=ZONE value=zone_set required=true
                        hint="The name of the zone, such as Europe/Berlin" problem=time_zone.problem(ZONE)/>
                    <button type="submit" class="button">"Save the zone"</button>
                </form>
            </section>
            <section class="part" aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                {password.notice()}
                <form class="form" method="post" action=password.action>
                    // For password managers, which store it beside the new password.
                    <input type="hidden" name="email" value=owner.email autocomplete="username"/>
                    <Field label="Old password" name=OLD kind="password" autocomplete="current-password"
                        required=true problem=password.problem(OLD)/>
                    <Field label="New password" name=NEW kind="password" autocomplete="new-password"
                        required=true hint=format!("{MIN_PASSWORD_LENGTH} characters or more")
                        problem=password.problem(NEW)/>
                    <button type="submit" class="button">"Change password"</button>
                </form>
            </section>
            <section class="part" aria-labelledby="sessions">
                <h2 id="sessions">"Sessions"</h2>
                <p class="part-text">"Signs you out in every browser, this one included."</p>
                <form method="post" action=SignOutEverywhere::PATH>
                    <button type="submit" class="button">"Sign out everywhere"</button>
                </form>
            </section>
        </main>
    }
    .into_any()
}

/// Makes a key, shows it this once, and lists it.
#[island]
fn NewKey() -> impl IntoView {
    const LABEL: &str = argument!(MakeApiKey, label);
    let creation = use_api_key_creation(KEYS_ID, KEY_TEMPLATE_ID);
    let clipboard = use_clipboard();
    let key = Signal::derive(move || creation.key.get().unwrap_or_default());
    let make = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        creation.make.run(());
    };
    view! {
        <form class="form form-line needs-script" on:submit=make>
            <div class="field">
                <label class="field-label" for="api-key-label">"What is the key for?"</label>
                <input type="text" name=LABEL id="api-key-label" required=true autocomplete="off" dir="auto"
                    prop:value=creation.label
                    on:input:target=move |event| creation.set_label.run(event.target().value())/>
            </div>
            <button type="submit" class="button">"Make a key"</button>
        </form>
        <p class="without-script part-text">"Without script, make keys with: sightline key new EMAIL"</p>
        <ErrorNotice error=creation.error/>
        <div class="notice notice-good" role="status" hidden=is_empty(key)>
            <p>"Copy the key now: it is not shown again."</p>
            {move || {
                let key = key.get();
                (!key.is_empty()).then(|| view! {
                    <p class="link-line">
                        <code class="link-address" data-testid="new-api-key">{key.clone()}</code>
                        <CopyButton text=key what="key" clipboard/>
                    </p>
                })
            }}
        </div>
    }
    .into_any()
}

/// A key in the list; without one, the template of those that are made on the page.
#[component]
fn ApiKeyRow(key: Option<ApiKey>) -> impl IntoView {
    let (key_id, label, hint, created_at) =
        key.map(|key| (key.key_id.to_string(), key.label, key.hint, key.created_at)).unwrap_or_default();
    view! {
        <li class="key-row">
            <span class="key-label" dir="auto">{label}</span>
            <code class="key-hint">{format!("{hint}…")}</code>
            <time class="key-time" datetime=format::iso(created_at)>{format::date(created_at)}</time>
            <details class="disclosure key-revoke">
                <summary class="button button-danger">"Revoke"</summary>
                <form class="form" method="post" action=RevokeApiKey::PATH>
                    <input type="hidden" name=argument!(RevokeApiKey, key_id) value=key_id/>
                    <p>"Programs that use this key are refused from then on."</p>
                    <button type="submit" class="button button-danger">"Revoke for good"</button>
                </form>
            </details>
        </li>
    }
    .into_any()
}
