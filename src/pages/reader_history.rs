//! `/readers/:reader`: one reader, and all their visits to the owner's documents.

use leptos::prelude::*;

use super::{
    analytics::{AnalyticsStyle, UnreadableNotice, query_of_the_address},
    form::{DoneNotice, form_of},
    named::reader_of_the_address,
    shell::titled_owner_page,
};
use crate::{
    api::{self, EraseVisitsOf, argument},
    components::{ForGoodForm, Verification, VisitLink, VisitRow, VisitTable},
    error::AppError,
    format,
    model::{
        CorrectionSubject, HistoryQuery, ReaderErasure, ReaderHistory, ReaderId, ReaderNumbers, ReaderVisit,
        address,
    },
};

/// One reader: sums, other names, visits, and how to erase them.
#[component]
pub fn ReaderPage() -> impl IntoView {
    let (reader, query) = (reader_of_the_address(), query_of_the_address());
    titled_owner_page(
        move || load(reader.clone(), query.clone()),
        |(history, _)| format!("Visits of {}", history.reader.label()),
        |(history, is_first_page)| view! { <ReaderSheet history is_first_page/> }.into_any(),
    )
}

/// The reader, and whether their list begins with the newest visit.
async fn load(
    reader: Result<ReaderId, AppError>,
    query: Result<HistoryQuery, AppError>,
) -> Result<(ReaderHistory, bool), AppError> {
    let after = query?.after;
    let is_first_page = after.is_none();
    Ok((api::reader(reader?, after).await?, is_first_page))
}

#[component]
fn ReaderSheet(history: ReaderHistory, is_first_page: bool) -> impl IntoView {
    let ReaderHistory {
        reader, erases, other_names, other_name_count, visits, next, unreadable, now, ..
    } = history.clone();
    let has_other_names = !other_names.is_empty();
    let is_address = matches!(reader, ReaderId::Email(_));
    // Those of these visits that were made with the address, and not only in a browser that once gave it.
    let mut with_address =
        visits.iter().map(|visit| &visit.visit).filter(|visit| visit.email.is_some()).peekable();
    let is_verified = with_address.peek().is_some() && with_address.all(|visit| visit.email_verified);
    let unverified = is_address.then(|| view! { " "<Verification is_verified/> });
    let facts = format!(
        "{} to {}",
        format::plural(erases.visits, "visit", "visits"),
        format::plural(erases.documents, "document", "documents"),
    );
    let rows = visits.into_iter().map(row).collect();
    let older = next.map(|next| address::older_visits_of_reader(&reader, &next));
    let leave_out = address::new_correction(&CorrectionSubject::Reader(reader.clone()), "range=all");
    let newest = (!is_first_page).then(|| address::reader(&reader));
    view! {
        <AnalyticsStyle/>
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=address::ANALYTICS>"← Analytics"</a></p>
                <h1><bdi>{reader.label()}</bdi>{unverified}</h1>
                <p class="sheet-facts">{facts}</p>
            </div>
            <DoneNotice/>
            <UnreadableNotice visits=unreadable/>
            <section class="part" aria-labelledby="sums">
                <h2 id="sums">"In all"</h2>
                <Sums history/>
                <OtherNames names=other_names count=other_name_count is_address/>
            </section>
            <section class="part" aria-labelledby="visits">
                <h2 id="visits">"Visits"</h2>
                <VisitTable rows now with_links=true of_one_reader=true sorts=Vec::new() older newest/>
            </section>
            <section class="part" aria-labelledby="keeping">
                <h2 id="keeping">"Keeping"</h2>
                <p><a class="button" href=leave_out>"Leave all these visits out of the numbers"</a></p>
                <Erase reader erases has_other_names/>
            </section>
        </main>
    }
    .into_any()
}

fn row(listed: ReaderVisit) -> VisitRow {
    let ReaderVisit { visit, started, link_label, document_title } = listed;
    VisitRow {
        name: document_title,
        name_address: Some(address::document_analytics(&visit.document)),
        started,
        address: address::visit(&visit.link, &visit.id),
        link: VisitLink { label: link_label, address: address::dashboard(&visit.link) },
        visit,
    }
}

#[component]
fn Sums(history: ReaderHistory) -> impl IntoView {
    let ReaderHistory { numbers, erases, first_started, last_started, now, .. } = history;
    let ReaderNumbers { visits, documents, visible_seconds, first_visit, last_visit } = numbers;
    let archived = erases.visits.saturating_sub(visits);
    let time = |time: Option<i64>, exact: Option<String>| match time {
        Some(time) => view! {
            <time datetime=format::iso(time) title=exact>{format::ago(time, now)}</time>
        }
        .into_any(),
        None => "–".into_any(),
    };
    let archived = (archived > 0).then(|| ("Archived", format::count(archived).into_any()));
    let facts = [
        ("Visits", format::count(visits).into_any()),
        ("Documents", format::count(documents).into_any()),
        ("Time", format::duration(visible_seconds).into_any()),
        ("First visit", time(first_visit, first_started)),
        ("Last visit", time(last_visit, last_started)),
    ];
    let facts = facts.into_iter().chain(archived);
    let facts = facts.map(|(name, value)| view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <dl class="facts" data-testid="reader-facts">{facts.collect_view()}</dl> }.into_any()
}

/// The other names that the visits carry, each with its page; `count` of them in all.
#[component]
fn OtherNames(names: Vec<ReaderId>, count: u64, is_address: bool) -> impl IntoView {
    if names.is_empty() {
        return None;
    }
    let intro = if is_address {
        "These visits were made with the browsers of:"
    } else {
        "E-mail addresses given in this browser:"
    };
    let more = count.saturating_sub(names.len() as u64);
    let more = (more > 0).then(|| view! { <li>{format!("and {} more", format::count(more))}</li> });
    let names = names
        .into_iter()
        .map(|name| view! { <li><a href=address::reader(&name)><bdi>{name.label()}</bdi></a></li> })
        .collect_view();
    Some(
        view! {
            <div class="other-names">
                <p class="part-text" id="other-names">{intro}</p>
                <ul aria-labelledby="other-names">{names}{more}</ul>
            </div>
        }
        .into_any(),
    )
}

/// Says what erasing removes, and asks.
#[component]
fn Erase(reader: ReaderId, erases: ReaderErasure, has_other_names: bool) -> impl IntoView {
    let form = form_of::<EraseVisitsOf>();
    let what = format!(
        "Removes {} to {} for good, archived ones too. Total views stay as they are: they hold no names.",
        format::plural(erases.visits, "visit", "visits"),
        format::plural(erases.documents, "document", "documents"),
    );
    let others = has_other_names.then(|| {
        let others = match reader {
            ReaderId::Email(_) => {
                "Visits of the same browsers without this address stay: their pages, above, erase them."
            }
            ReaderId::Mark(_) => {
                "Visits with the same addresses from other browsers stay: their pages, above, erase them."
            }
        };
        view! { <p>{others}</p> }
    });
    view! {
        {form.notice()}
        <ForGoodForm opens="Erase this person" does="Erase for good" action=form.action>
            <input type="hidden" name=argument!(EraseVisitsOf, reader) value=reader.to_string()/>
            <p>{what}</p>
            {others}
        </ForGoodForm>
    }
    .into_any()
}
