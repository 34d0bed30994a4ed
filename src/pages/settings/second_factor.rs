//! `/settings/two-factor`: two-factor sign-in.

use leptos::prelude::*;

use super::super::{
    form::{DoneNotice, PasswordScript, form_of},
    shell::owner_page,
};
use crate::{
    api::{self, BeginSecondFactor, ConfirmSecondFactor, RemoveSecondFactor, argument},
    components::Field,
    error::AppError,
    format,
    model::{SecondFactorSetup, SecondFactorState, address},
};

/// Says whether two-factor sign-in is on, and sets it up or ends it.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    owner_page("Two-factor sign-in", load, |(state, setup)| {
        view! { <SecondFactorSheet state setup/> }.into_any()
    })
}

async fn load() -> Result<(SecondFactorState, Option<SecondFactorSetup>), AppError> {
    let state = api::second_factor().await?;
    let setup = match state {
        SecondFactorState::On { .. } => None,
        SecondFactorState::Off { .. } => api::second_factor_setup().await?,
    };
    Ok((state, setup))
}

#[component]
fn SecondFactorSheet(state: SecondFactorState, setup: Option<SecondFactorSetup>) -> impl IntoView {
    let part = match (state, setup) {
        (SecondFactorState::On { recovery_codes_left, opens }, _) => {
            view! { <IsOn recovery_codes_left opens/> }.into_any()
        }
        (SecondFactorState::Off { .. }, Some(setup)) => view! { <SetUp setup/> }.into_any(),
        (SecondFactorState::Off { is_required }, None) => view! { <IsOff is_required/> }.into_any(),
    };
    view! {
        <main class="sheet">
            <div class="sheet-head">
                <h1>"Two-factor sign-in"</h1>
                <p class="sheet-facts"><a href=address::SETTINGS>"Settings"</a></p>
            </div>
            <DoneNotice/>
            {part}
            <PasswordScript/>
        </main>
    }
    .into_any()
}

#[component]
fn IsOff(is_required: bool) -> impl IntoView {
    const PASSWORD: &str = argument!(BeginSecondFactor, current);
    let form = form_of::<BeginSecondFactor>();
    let required = is_required.then(|| {
        view! {
            <p class="notice notice-warning">
                "This server requires it. Set it up now; nothing else can be used before."
            </p>
        }
    });
    view! {
        {required}
        <p class="part-text">
            "With it a password alone opens nothing: each sign-in also asks for a code, which an authenticator app on \
             your phone makes."
        </p>
        {form.notice()}
        <form class="form" method="post" action=form.action>
            <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password" required=true
                problem=form.problem(PASSWORD)/>
            <button type="submit" class="button">"Set up"</button>
        </form>
    }
    .into_any()
}

#[component]
fn SetUp(setup: SecondFactorSetup) -> impl IntoView {
    const CODE: &str = argument!(ConfirmSecondFactor, code);
    let form = form_of::<ConfirmSecondFactor>();
    let SecondFactorSetup { secret, qr_code, recovery_codes } = setup;
    let codes = recovery_codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view();
    view! {
        <section class="part" aria-labelledby="app">
            <h2 id="app">"1. Add Sightline to your app"</h2>
            <p class="part-text">"Scan this code with it, or type the key below it."</p>
            <div class="qr-code" role="img" aria-label="QR code of the key" inner_html=qr_code></div>
            <p><code class="link-address" data-testid="second-factor-secret">{secret}</code></p>
        </section>
        <section class="part" aria-labelledby="recovery">
            <h2 id="recovery">"2. Keep the recovery codes"</h2>
            <p class="part-text">
                "Write them down or print them: they are not shown again. Each works once in place of a code, for \
                 the day when your phone is gone."
            </p>
            <ul class="recovery-codes" data-testid="recovery-codes">{codes}</ul>
        </section>
        <section class="part" aria-labelledby="confirm">
            <h2 id="confirm">"3. Turn it on"</h2>
            {form.notice()}
            <form class="form" method="post" action=form.action>
                <Field label="Code of the app" name=CODE autocomplete="one-time-code" required=true
                    hint="Six digits" problem=form.problem(CODE)/>
                <button type="submit" class="button button-main">"Turn on"</button>
            </form>
        </section>
    }
    .into_any()
}

#[component]
fn IsOn(recovery_codes_left: u64, opens: bool) -> impl IntoView {
    const PASSWORD: &str = argument!(RemoveSecondFactor, current);
    let form = form_of::<RemoveSecondFactor>();
    let left = format::plural(recovery_codes_left, "recovery code is", "recovery codes are");
    let closed = (!opens).then(|| {
        view! {
            <p class="notice notice-warning">
                "The server's secret has changed, so codes of your app cannot be checked any more. Turn two-factor sign-in \
                 off, and set it up again."
            </p>
        }
    });
    view! {
        {closed}
        <p class="part-text">"It is on. " {left} " left. To get new ones, turn it off and on again."</p>
        {form.notice()}
        <form class="form" method="post" action=form.action>
            <Field label="Password" name=PASSWORD kind="password" autocomplete="current-password" required=true
                problem=form.problem(PASSWORD)/>
            <button type="submit" class="button button-danger">"Turn off"</button>
        </form>
    }
    .into_any()
}
