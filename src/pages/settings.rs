//! `/settings`: password, sessions and API keys of the owner.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{
    form_problem::{FormProblem, is_done},
    problem::problem,
};
use crate::{
    api,
    components::{CopyButton, ErrorNotice, Field, SiteHeader},
    error::AppError,
    format,
    hooks::{use_api_key_creation, use_clipboard},
    model::{ApiKey, MIN_PASSWORD_LENGTH, Owner},
};

/// The owner's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match load().await {
                    Ok((owner, keys)) => view! {
                        <Title text="Settings"/>
                        <SiteHeader signed_in=true/>
                        <Sheet owner keys/>
                    }
                    .into_any(),
                    Err(error) => problem(&error),
                }
            })}
        </Suspense>
    }
}

async fn load() -> Result<(Owner, Vec<ApiKey>), AppError> {
    Ok((api::who_am_i().await?, api::api_keys().await?))
}

#[component]
fn Sheet(owner: Owner, keys: Vec<ApiKey>) -> impl IntoView {
    let changed = is_done("password").then(|| {
        view! { <p class="notice notice-good" role="status">"The password is changed. All other sessions have ended."</p> }
    });
    let rows = keys.into_iter().map(|key| view! { <KeyRow key/> }).collect_view();
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Settings"</h1>
                <p class="sheet-facts">{format!("Signed in as {}", owner.email)}</p>
            </div>
            <FormProblem/>
            {changed}
            <section class="part" aria-labelledby="keys">
                <h2 id="keys">"API keys"</h2>
                <p class="part-text">
                    "For programs: send a key as " <code>"Authorization: Bearer …"</code>
                    ". It may do what you may."
                </p>
                <ul class="keys">{rows}</ul>
                <NewKey/>
            </section>
            <section class="part" aria-labelledby="password">
                <h2 id="password">"Password"</h2>
                <form class="form" method="post" action="/sfn/change_password">
                    <input type="hidden" name="email" value=owner.email autocomplete="username"/>
                    <Field label="Old password" name="old" kind="password" autocomplete="current-password"
                        required=true/>
                    <Field label="New password" name="new" kind="password" autocomplete="new-password"
                        required=true hint=format!("{MIN_PASSWORD_LENGTH} characters or more")/>
                    <button type="submit" class="button">"Change password"</button>
                </form>
            </section>
            <section class="part" aria-labelledby="sessions">
                <h2 id="sessions">"Sessions"</h2>
                <p class="part-text">"Signs you out in every browser, this one included."</p>
                <form method="post" action="/sfn/sign_out_everywhere">
                    <button type="submit" class="button">"Sign out everywhere"</button>
                </form>
            </section>
        </main>
    }
    .into_any()
}

#[component]
fn KeyRow(key: ApiKey) -> impl IntoView {
    view! {
        <li class="key-row">
            <span class="key-label">{key.label}</span>
            <code class="key-hint">{format!("{}…", key.hint)}</code>
            <time class="key-time" datetime=format::iso(key.created_at)>{format::date(key.created_at)}</time>
            <form method="post" action="/sfn/revoke_api_key">
                <input type="hidden" name="key_id" value=key.key_id.to_string()/>
                <button type="submit" class="button button-danger">"Revoke"</button>
            </form>
        </li>
    }
    .into_any()
}

/// Makes a key and shows it, this once.
#[island]
fn NewKey() -> impl IntoView {
    let made = use_api_key_creation();
    let clipboard = use_clipboard();
    let label = RwSignal::new(String::new());
    let key = Signal::derive(move || made.key.get().unwrap_or_default());
    let make = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        made.make.run(label.get_untracked());
    };
    view! {
        <form class="form form-line needs-script" on:submit=make>
            <label class="field">
                <span class="field-label">"What is the key for?"</span>
                <input type="text" name="label" required=true autocomplete="off"
                    on:input:target=move |event| label.set(event.target().value())/>
            </label>
            <button type="submit" class="button">"Make a key"</button>
        </form>
        <p class="without-script part-text">"Without script, make keys with: sightline key new EMAIL"</p>
        <ErrorNotice error=made.error/>
        <div class="notice notice-good" role="status" hidden=move || key.read().is_empty()>
            <p>"This is the one time that the key can be read. Keep it where your program finds it."</p>
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
