//! `/corrections`: what was left out of all numbers together. `/corrections/new`: what leaving visits out would change.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::{
    analytics::{AnalyticsStyle, UnreadableNotice, query_of_the_address},
    form::{DoneNotice, form_of},
    problem::problem,
    site_header::SiteHeader,
};
use crate::{
    api::{self, BringBack, LeaveOut, argument},
    error::AppError,
    format,
    model::{
        Correction, CorrectionPreview, CorrectionState, CorrectionSubject, HistoryQuery, NewCorrection,
        address,
    },
};

/// What was left out together, each with a button that takes it back.
#[component]
pub fn CorrectionsPage() -> impl IntoView {
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match api::corrections().await {
                    Err(error) => problem(&error),
                    Ok(corrections) => view! {
                        <Title text="Left out together"/>
                        <SiteHeader signed_in=true/>
                        <Corrections corrections/>
                    }
                    .into_any(),
                }
            })}
        </Suspense>
    }
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

/// What leaving visits out would change, and the button that does it.
#[component]
pub fn NewCorrectionPage() -> impl IntoView {
    let (of, query) = (subject_of_the_address(), query_of_the_address());
    view! {
        <Suspense>
            {move || {
                let (of, query) = (of.clone(), query.clone());
                Suspend::new(async move {
                    match load(of, query).await {
                        Err(error) => problem(&error),
                        Ok((new, preview)) => view! {
                            <Title text="Leave visits out"/>
                            <SiteHeader signed_in=true/>
                            <Preview new preview/>
                        }
                        .into_any(),
                    }
                })
            }}
        </Suspense>
    }
}

/// The `of` of the address; all documents without one.
fn subject_of_the_address() -> Result<CorrectionSubject, AppError> {
    let of = use_query_map().read_untracked().get("of");
    Ok(of.as_deref().unwrap_or("all").parse()?)
}

async fn load(
    of: Result<CorrectionSubject, AppError>,
    query: Result<HistoryQuery, AppError>,
) -> Result<(NewCorrection, CorrectionPreview), AppError> {
    let new = NewCorrection { of: of?, query: query?.first_page(), as_of: None };
    let preview = api::correction_preview(new.clone()).await?;
    Ok((new, preview))
}

#[component]
fn Preview(new: NewCorrection, preview: CorrectionPreview) -> impl IntoView {
    let CorrectionPreview { words, visits, views, total_views, total_views_then, unreadable, as_of } =
        preview;
    let form = form_of::<LeaveOut>();
    let back = match &new.of {
        CorrectionSubject::Reader(reader) => address::reader(reader),
        CorrectionSubject::Scope(scope) => {
            format!("{}{}", address::analytics(scope), new.query.as_parameters())
        }
    };
    let facts = [
        ("Visits", format::count(visits)),
        ("Views among them", format::count(views)),
        ("Total views now", format::count(total_views)),
        ("Total views then", format::count(total_views_then)),
    ];
    let facts = facts.map(|(name, value)| view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> });
    let ask = if visits == 0 {
        view! { <p class="part-text">"There is nothing to leave out: none of these visits is in the numbers."</p> }
            .into_any()
    } else {
        view! {
            <p class="part-text">
                "Cards, charts, lists and exports leave these visits out from then on, and so do the numbers of days, weeks \
                 and months and the peak in the widget. Nothing is deleted: you can bring them back together at any time. \
                 Viewers who read now are not among them, and later visits count."
            </p>
            <form class="form" method="post" action=form.action>
                <input type="hidden" name=argument!(LeaveOut, of) value=new.of.to_string()/>
                <input type="hidden" name=argument!(LeaveOut, query) value=new.query.as_parameters()/>
                <input type="hidden" name=argument!(LeaveOut, as_of) value=as_of.to_string()/>
                <button type="submit" class="button button-main">
                    {format!("Leave out {}", format::plural(visits, "visit", "visits"))}
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <AnalyticsStyle/>
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=back>"← Back, without a change"</a></p>
                <h1>"Leave visits out"</h1>
                <p class="sheet-facts" dir="auto">{words}</p>
            </div>
            {form.notice()}
            <UnreadableNotice visits=unreadable/>
            <section class="part" aria-labelledby="change">
                <h2 id="change">"What changes"</h2>
                <dl class="facts" data-testid="correction-facts">{facts}</dl>
                {ask}
            </section>
        </main>
    }
    .into_any()
}
