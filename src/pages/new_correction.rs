//! `/corrections/new`: what leaving visits out of all numbers would change, and the button that does it.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::{
    analytics::{AnalyticsStyle, UnreadableNotice, query_of_the_address},
    form::form_of,
    shell::owner_page,
};
use crate::{
    api::{self, LeaveOut, argument},
    error::AppError,
    format,
    model::{CorrectionPreview, CorrectionSubject, HistoryQuery, NewCorrection, PeakChange, address},
};

/// What leaving visits out would change, and the button that does it.
#[component]
pub fn NewCorrectionPage() -> impl IntoView {
    let (of, query) = (subject_of_the_address(), query_of_the_address());
    owner_page(
        "Leave visits out",
        move || load(of.clone(), query.clone()),
        |(new, preview)| view! { <Preview new preview/> }.into_any(),
    )
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
    let CorrectionPreview { words, visits, views, total_views, total_views_then, peaks, unreadable, as_of } =
        preview;
    let form = form_of::<LeaveOut>();
    let back = match &new.of {
        CorrectionSubject::Reader(reader) => address::reader(reader),
        CorrectionSubject::Scope(scope) => {
            format!("{}{}", address::analytics(scope), new.query.as_parameters())
        }
    };
    let ask = if visits == 0 {
        view! { <p class="part-text">"There is nothing to leave out: none of these visits is in the numbers."</p> }
            .into_any()
    } else {
        view! {
            <p class="part-text">
                {format::plural(visits, "visit is", "visits are")}" left out, "
                {if views == 0 { "no views".to_owned() } else { format::plural(views, "view", "views") }}" among them."
            </p>
            <Changes total_views=(total_views, total_views_then) peaks/>
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
                {ask}
            </section>
        </main>
    }
    .into_any()
}

/// The numbers before and after.
#[component]
fn Changes(total_views: (u64, u64), peaks: Vec<PeakChange>) -> impl IntoView {
    let of_many = peaks.len() > 1;
    let (shown, same): (Vec<PeakChange>, Vec<PeakChange>) = peaks
        .into_iter()
        .partition(|peak| !of_many || peak.peak_concurrent_viewers != peak.peak_concurrent_viewers_then);
    let row = |name: AnyView, (now, then): (u64, u64)| {
        let (now, then) = (format::count(now), format::count(then));
        view! { <tr><th scope="row">{name}</th><td>{now}</td><td>{then}</td></tr> }
    };
    let peaks = shown.into_iter().map(|peak| {
        let link = of_many.then(|| view! { ", "<span dir="auto">{peak.label}</span> });
        let name = view! { "Peak viewers"{link} }.into_any();
        row(name, (peak.peak_concurrent_viewers, peak.peak_concurrent_viewers_then))
    });
    let same = (!same.is_empty()).then(|| {
        let stay = format::plural(same.len() as u64, "link stay", "links stay");
        view! { <p class="part-text">{format!("The peak viewers of {stay} the same.")}</p> }
    });
    view! {
        <table class="changes" data-testid="correction-facts" aria-label="Numbers before and after">
            <thead><tr><td></td><th scope="col">"Now"</th><th scope="col">"Then"</th></tr></thead>
            <tbody>
                {row("Total views".into_any(), total_views)}
                {peaks.collect_view()}
            </tbody>
        </table>
        {same}
    }
    .into_any()
}
