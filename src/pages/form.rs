//! What a page knows of its forms: where they are sent, and how the last one went.

use leptos::{nonce::use_nonce, prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use crate::model::{Done, Flash, FormOutcome, Refusal, address::COOKIE_CHECK};

/// The form of a server function on the page that is rendered.
#[derive(Clone)]
pub(super) struct FormState {
    /// The address that the form is sent to.
    pub(super) action: &'static str,
    refusal: Option<Refusal>,
}

/// The form of the server function `F`. Works on the server only, where pages are rendered.
pub(super) fn form_of<F: ServerFn>() -> FormState {
    let refusal =
        use_context::<Flash>().filter(|flash| flash.form == F::PATH).and_then(|flash| match flash.outcome {
            FormOutcome::Refused(refusal) => Some(refusal),
            FormOutcome::Done(_) => None,
        });
    FormState { action: F::PATH, refusal }
}

/// What a form that led to this page did.
pub(super) fn done() -> Option<Done> {
    match use_context::<Flash>()?.outcome {
        FormOutcome::Done(done) => Some(done),
        FormOutcome::Refused(_) => None,
    }
}

impl FormState {
    /// Whether the form was sent and refused.
    pub(super) fn is_refused(&self) -> bool {
        self.refusal.is_some()
    }

    /// What was typed into a field of a refused form, or `otherwise` what it begins with.
    pub(super) fn value(&self, name: &str, otherwise: impl Into<String>) -> String {
        let typed = self.refusal.as_ref().and_then(|refusal| {
            refusal.typed.iter().find(|(typed, _)| typed == name).map(|(_, text)| text.clone())
        });
        typed.unwrap_or_else(|| otherwise.into())
    }

    /// What was wrong with a field.
    pub(super) fn problem(&self, name: &str) -> Option<String> {
        let refusal = self.refusal.as_ref()?;
        (refusal.field.as_deref() == Some(name)).then(|| refusal.message.clone())
    }

    /// A notice of what was wrong with none of the fields.
    pub(super) fn notice(&self) -> Option<AnyView> {
        let refusal = self.refusal.as_ref().filter(|refusal| refusal.field.is_none())?;
        let message = refusal.message.clone();
        Some(view! { <p class="notice" role="alert" tabindex="-1" autofocus=true>{message}</p> }.into_any())
    }
}

/// Says what a form that led here did, and what of it its owner may not have wanted.
#[component]
pub(super) fn DoneNotice() -> impl IntoView {
    let Done { message, warnings, .. } = done()?;
    let class = if warnings.is_empty() { "notice notice-good" } else { "notice notice-warning" };
    let warnings = warnings.into_iter().map(|warning| view! { <p>{warning}</p> }).collect_view();
    Some(view! { <div class=class role="status"><p>{message}</p>{warnings}</div> }.into_any())
}

/// Says that the browser refuses cookies, where a form that needs one led here without it.
#[component]
pub(super) fn CookiesRefused() -> impl IntoView {
    use_query_map().read_untracked().get(COOKIE_CHECK)?;
    Some(
        view! {
            <p class="notice" role="alert">
                "Your browser refused the cookie that this page needs to remember you. Allow cookies for this site, \
                 then try again."
            </p>
        }
        .into_any(),
    )
}

/// The script that shows what is typed into password fields, and tells how strong a new password is. A page needs it once.
#[component]
pub(super) fn PasswordScript() -> impl IntoView {
    view! { <script type="module" src="/password.js" nonce=use_nonce()></script> }.into_any()
}

/// The script that asks the browser for passkeys. A page needs it once.
#[component]
pub(super) fn PasskeyScript() -> impl IntoView {
    view! { <script type="module" src="/passkey.js" nonce=use_nonce()></script> }.into_any()
}
