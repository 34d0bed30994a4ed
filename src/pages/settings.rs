//! `/settings`: the owner's API keys, time zone, e-mail address, password and sessions.

mod delete_account;
mod events;
mod keys;
mod notices;
mod passkeys;
mod profile;
mod second_factor;
mod sessions;
mod webhook;

use leptos::prelude::*;

pub use self::{
    delete_account::DeleteAccountPage, events::AccountEventsPage, notices::NoticesPage,
    passkeys::PasskeysPage, second_factor::SecondFactorPage, webhook::WebhookPage,
};
use self::{
    keys::ApiKeys,
    profile::{ChangeEmailForm, ChangePasswordForm},
    sessions::Sessions,
};
use super::{
    form::{DoneNotice, PasswordScript, form_of},
    shell::owner_page,
};
use crate::{
    api::{self, RevokeApiKey, SetTimeZone, SignOutEverywhere, argument},
    components::Field,
    error::AppError,
    model::{ApiKey, Owner, OwnerSession, SecondFactorState, address},
};

/// The owner's settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    owner_page("Settings", load, |settings| view! { <SettingsSheet settings/> }.into_any())
}

/// What the page shows.
struct Settings {
    owner: Owner,
    keys: Vec<ApiKey>,
    zone: Option<String>,
    sessions: Vec<OwnerSession>,
    second_factor: SecondFactorState,
    runs_server: bool,
}

async fn load() -> Result<Settings, AppError> {
    Ok(Settings {
        owner: api::who_am_i().await?,
        keys: api::api_keys().await?,
        zone: api::time_zone().await?,
        sessions: api::owner_sessions().await?,
        second_factor: api::second_factor().await?,
        runs_server: api::runs_server().await?,
    })
}

#[component]
fn SettingsSheet(settings: Settings) -> impl IntoView {
    const ZONE: &str = argument!(SetTimeZone, zone);
    let Settings { owner, keys, zone, sessions, second_factor, runs_server } = settings;
    let server = runs_server.then(|| view! { <li><a href=address::ADMIN>"State of the server"</a></li> });
    let second_factor = match second_factor {
        SecondFactorState::On { .. } => "It is on: each sign-in asks for a code.",
        SecondFactorState::Off { .. } => "It is off: the password alone opens the account.",
    };
    let time_zone = form_of::<SetTimeZone>();
    let zone_set = time_zone.value(ZONE, zone.unwrap_or_else(|| "UTC".to_owned()));
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Settings"</h1>
                <p class="sheet-facts">"Signed in as " <bdi>{owner.email.clone()}</bdi></p>
            </div>
            <DoneNotice/>
            {form_of::<RevokeApiKey>().notice()}
            {form_of::<SignOutEverywhere>().notice()}
            <ApiKeys keys/>
            <section class="part" aria-labelledby="time-zone">
                <h2 id="time-zone">"Time zone"</h2>
                {time_zone.notice()}
                <form class="form form-line" method="post" action=time_zone.action>
                    <Field label="Where days begin" name=ZONE value=zone_set required=true
                        hint="The name of the zone, such as Europe/Berlin" problem=time_zone.problem(ZONE)/>
                    <button type="submit" class="button">"Save the zone"</button>
                </form>
            </section>
            <section class="part" aria-labelledby="notices">
                <h2 id="notices">"Notices"</h2>
                <p class="part-text">"Be told when someone reads, without watching a page."</p>
                <p><a class="button" href=address::NOTICES>"Notices"</a></p>
            </section>
            <ChangeEmailForm/>
            <ChangePasswordForm owner/>
            <section class="part" aria-labelledby="second-factor">
                <h2 id="second-factor">"Two-factor sign-in"</h2>
                <p class="part-text">{second_factor}</p>
                <p><a class="button" href=address::SECOND_FACTOR>"Two-factor sign-in"</a></p>
            </section>
            <section class="part" aria-labelledby="passkeys">
                <h2 id="passkeys">"Passkeys"</h2>
                <p class="part-text">"Sign in with your fingerprint, face or PIN, without password and code."</p>
                <p><a class="button" href=address::PASSKEYS>"Passkeys"</a></p>
            </section>
            <Sessions sessions/>
            <section class="part" aria-labelledby="account">
                <h2 id="account">"Account"</h2>
                <ul class="account-links">
                    {server}
                    <li><a href=address::ACCOUNT_EVENTS>"What happened in the account"</a></li>
                    <li><a href=address::ACCOUNT_EXPORT download="">"Export the account"</a></li>
                    <li><a href=address::DELETE_ACCOUNT>"Delete the account"</a></li>
                </ul>
            </section>
            <PasswordScript/>
        </main>
    }
    .into_any()
}
