//! `/corrections`: what was left out of all numbers together.

use leptos::prelude::*;

use super::{
    analytics::AnalyticsStyle,
    form::{DoneNotice, form_of},
    shell::owner_page,
};
use crate::{
    api::{self, BringBack, argument},
    format,
    model::{Correction, CorrectionState, address},
};

/// What was left out together, each with a button that takes it back.
#[component]
pub fn CorrectionsPage() -> impl IntoView {
    owner_page("Left out together", api::corrections, |corrections| {
        view! { <Corrections corrections/> }.into_any()
    })
}

#[component]
fn Corrections(corrections: Vec<Correction>) -> impl IntoView {
    let form = form_of::<BringBack>();
    let list = if corrections.is_empty() {
        view! { <p class="part-text">"Nothing: all numbers count all visits, but for those that you archived one by one."</p> }
            .into_any()
    } else {
        let rows = corrections.into_iter().map(|correction| view! { <Row correction/> });
        view! { <ul class="keys" data-testid="corrections">{rows.collect_view()}</ul> }.into_any()
    };
    view! {
        <AnalyticsStyle/>
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=address::ANALYTICS>"← Analytics"</a></p>
                <h1>"Left out together"</h1>
                <p class="sheet-facts">"These visits are in no number. They come back together, whenever you like."</p>
            </div>
            <DoneNotice/>
            {form.notice()}
            {list}
        </main>
    }
    .into_any()
}

#[component]
fn Row(correction: Correction) -> impl IntoView {
    let Correction { correction_id, words, visits, state, made_at, .. } = correction;
    let form = form_of::<BringBack>();
    let facts = match state {
        CorrectionState::LeavingOut => "Being left out".to_owned(),
        CorrectionState::TakingBack => "Being brought back".to_owned(),
        CorrectionState::LeftOut => format::plural(visits, "visit", "visits"),
    };
    let button = (state != CorrectionState::LeavingOut).then(|| {
        view! {
            <form method="post" action=form.action>
                <input type="hidden" name=argument!(BringBack, correction_id) value=correction_id.to_string()/>
                <button type="submit" class="button">
                    "Bring back"<span class="visually-hidden">{format!(" {words}")}</span>
                </button>
            </form>
        }
    });
    view! {
        <li class="key-row">
            <span class="key-label" dir="auto">{words.clone()}</span>
            <span class="key-time">
                {facts}" · "<time datetime=format::iso(made_at)>{format::date(made_at)}</time>
            </span>
            {button}
        </li>
    }
    .into_any()
}
