//! The owner's API keys: a form that makes one, and a list.

use leptos::{prelude::*, server_fn::ServerFn};

use super::super::form::{done, form_of};
use crate::{
    api::{MakeApiKey, RevokeApiKey, argument},
    components::{CopyButton, Field, FieldNotes, ForGoodForm},
    format,
    hooks::use_clipboard,
    model::{ApiKey, KeyScope},
};

/// What a form offers: how many days a key lasts, and how that reads.
const LIVES: [(&str, &str); 4] =
    [("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("", "until it is revoked")];

#[component]
pub(super) fn ApiKeys(keys: Vec<ApiKey>) -> impl IntoView {
    let rows = keys.into_iter().map(|key| view! { <ApiKeyRow key/> }).collect_view();
    let made = done().and_then(|done| done.api_key).map(|key| {
        view! {
            <p class="link-line">
                <code class="link-address" data-testid="new-api-key">{key.clone()}</code>
                <CopyKey key/>
            </p>
        }
    });
    view! {
        <section class="part" aria-labelledby="keys">
            <h2 id="keys">"API keys"</h2>
            <p class="part-text">
                "For programs: send a key as " <code>"Authorization: Bearer …"</code> "."
            </p>
            {made}
            <NewKey/>
            <ul class="keys" id="api-keys">{rows}</ul>
        </section>
    }
    .into_any()
}

/// Copies the key that was just made.
#[island]
fn CopyKey(
    /// The key.
    key: String,
) -> impl IntoView {
    view! { <CopyButton text=key what="key" clipboard=use_clipboard()/> }
}

fn describe(scope: KeyScope) -> &'static str {
    match scope {
        KeyScope::Read => "may read",
        KeyScope::Write => "may read and change documents, links and readers",
        KeyScope::Manage => "may do all that you may, keys and password included",
    }
}

#[component]
fn NewKey() -> impl IntoView {
    const LABEL: &str = argument!(MakeApiKey, label);
    const SCOPE: &str = argument!(MakeApiKey, scope);
    const DAYS: &str = argument!(MakeApiKey, days);
    let form = form_of::<MakeApiKey>();
    let chosen_scope = form.value(SCOPE, KeyScope::Read.as_str());
    let scopes = KeyScope::ALL.map(|scope| {
        let name = scope.as_str();
        view! { <option value=name selected=name == chosen_scope>{describe(scope)}</option> }
    });
    let chosen_days = form.value(DAYS, "90");
    let lives = LIVES.map(|(days, words)| {
        view! { <option value=days selected=days == chosen_days>{words}</option> }
    });
    view! {
        {form.notice()}
        <form class="form" method="post" action=form.action>
            <Field label="What is the key for?" name=LABEL required=true value=form.value(LABEL, "")
                problem=form.problem(LABEL)/>
            <div class="field">
                <label class="field-label" for=SCOPE>"Rights"</label>
                <select name=SCOPE id=SCOPE>{scopes.collect_view()}</select>
                <FieldNotes name=SCOPE hint="" problem=form.problem(SCOPE)/>
            </div>
            <div class="field">
                <label class="field-label" for=DAYS>"Works for"</label>
                <select name=DAYS id=DAYS>{lives.collect_view()}</select>
                <FieldNotes name=DAYS hint="" problem=form.problem(DAYS)/>
            </div>
            <button type="submit" class="button">"Make a key"</button>
        </form>
    }
    .into_any()
}

#[component]
fn ApiKeyRow(key: ApiKey) -> impl IntoView {
    let ApiKey { key_id, label, hint, created_at, scope, expires_at, used_at } = key;
    let used =
        used_at.map_or_else(|| ", never used".to_owned(), |at| format!(", last used {}", format::date(at)));
    let expires = expires_at.map(|at| format!(", works until {}", format::date(at)));
    view! {
        <li class="key-row">
            <span class="key-label" dir="auto">{label}</span>
            <code class="key-hint">{format!("{hint}…")}</code>
            <span class="key-time">
                "made " <time datetime=format::iso(created_at)>{format::date(created_at)}</time>
                {used} {expires} ", " {describe(scope)}
            </span>
            <ForGoodForm opens="Revoke" does="Revoke for good" action=RevokeApiKey::PATH class="key-revoke">
                <input type="hidden" name=argument!(RevokeApiKey, key_id) value=key_id.to_string()/>
                <p>"Programs that use this key are refused from then on."</p>
            </ForGoodForm>
        </li>
    }
    .into_any()
}
