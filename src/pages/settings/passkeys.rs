//! `/settings/passkeys`: the owner's passkeys, a form that makes one, and one that removes one.

use leptos::prelude::*;

use super::super::{
    form::{DoneNotice, PasskeyScript, PasswordScript, form_of},
    shell::owner_page,
};
use crate::{
    api::{self, RemovePasskey, argument},
    components::Field,
    format,
    model::{Passkey, address},
};

/// Lists the passkeys. To make one takes a script, which shows the form where the browser can.
#[component]
pub fn PasskeysPage() -> impl IntoView {
    owner_page("Passkeys", api::passkeys, |passkeys| view! { <PasskeysSheet passkeys/> }.into_any())
}

#[component]
fn PasskeysSheet(passkeys: Vec<Passkey>) -> impl IntoView {
    let rows = passkeys.iter().cloned().map(|passkey| view! { <PasskeyRow passkey/> }).collect_view();
    let remove = (!passkeys.is_empty()).then(|| view! { <RemoveForm passkeys=passkeys.clone()/> });
    let none = passkeys.is_empty().then(|| view! { <p class="part-text">"You have none yet."</p> });
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Passkeys"</h1>
                <p class="sheet-facts"><a href=address::SETTINGS>"Settings"</a></p>
            </div>
            <DoneNotice/>
            <p class="part-text">
                "A passkey signs you in with your fingerprint, face or PIN, without password and code. It stays on your \
                 device or in your password manager, and works on this site alone, so a false site cannot get it."
            </p>
            {none}
            <ul class="keys">{rows}</ul>
            <AddForm/>
            {remove}
            <PasswordScript/>
            <PasskeyScript/>
        </main>
    }
    .into_any()
}

#[component]
fn PasskeyRow(passkey: Passkey) -> impl IntoView {
    let Passkey { name, created_at, used_at, .. } = passkey;
    let used = match used_at {
        Some(at) => {
            view! { ", last used " <time datetime=format::iso(at)>{format::date(at)}</time> }.into_any()
        }
        None => ", not used yet".into_any(),
    };
    view! {
        <li class="key-row" data-testid="passkey">
            <span class="key-label" dir="auto">{name}</span>
            <span class="key-time">
                "since " <time datetime=format::iso(created_at)>{format::date(created_at)}</time>
                {used}
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn AddForm() -> impl IntoView {
    const NAME: &str = argument!(AddPasskey, name);
    const PASSWORD: &str = argument!(BeginPasskey, current);
    view! {
        <section class="part" aria-labelledby="add-passkey">
            <h2 id="add-passkey">"New passkey"</h2>
            <p class="part-text" data-passkey-missing="">
                "This browser cannot make one here: that takes a current browser, JavaScript, and an https address with a \
                 name."
            </p>
            <form class="form" data-passkey="add" hidden=true>
                <Field label="Name" name=NAME required=true hint="Such as: my phone"/>
                <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password"
                    required=true/>
                <p class="notice" role="alert" hidden=true></p>
                <button type="submit" class="button button-main">"Make a passkey"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn RemoveForm(passkeys: Vec<Passkey>) -> impl IntoView {
    const PASSKEY: &str = argument!(RemovePasskey, passkey_id);
    const PASSWORD: &str = argument!(RemovePasskey, password);
    let form = form_of::<RemovePasskey>();
    let chosen = form.value(PASSKEY, "");
    let options = passkeys
        .into_iter()
        .map(|passkey| {
            let id = passkey.passkey_id.to_string();
            let selected = id == chosen;
            view! { <option value=id selected=selected>{passkey.name}</option> }
        })
        .collect_view();
    view! {
        <section class="part" aria-labelledby="remove-passkey">
            <h2 id="remove-passkey">"Remove a passkey"</h2>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <div class="field">
                    <label class="field-label" for=PASSKEY>"Passkey"</label>
                    <select id=PASSKEY name=PASSKEY>{options}</select>
                </div>
                <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password"
                    required=true problem=form.problem(PASSWORD)/>
                <button type="submit" class="button button-danger">"Remove"</button>
            </form>
        </section>
    }
    .into_any()
}
