//! `/documents/:document/analytics` and `/analytics`, and the part of `/dashboard/:link` below its widget: past visits.

use leptos::{nonce::use_nonce, prelude::*};
use leptos_router::hooks::use_query_map;

mod filter;
mod style;

use self::filter::{filter_form, range_form, ranges};
pub(super) use self::style::AnalyticsStyle;
use super::{form::DoneNotice, named::document_of_the_address, shell::titled_owner_page};
use crate::{
    api,
    components::{
        BreakdownChart, Choice, FilterBar, FilterChip, HourChart, NumberCards, PageChart, PerformanceTable,
        ViewsChart, VisitLink, VisitRow, VisitTable,
    },
    error::AppError,
    format,
    hooks::use_time_zone_note,
    model::{
        AnalyticsPage, CorrectionSubject, DocumentScope, HistoryQuery, HistoryScope, LinkId, ListedVisit,
        ReaderId, Visit, VisitSort, address,
    },
};

/// The analytics of a document, across its links.
#[component]
pub fn DocumentAnalyticsPage() -> impl IntoView {
    view! { <Page scope=document_of_the_address().map(HistoryScope::Document)/> }
}

/// The analytics of all documents of the owner.
#[component]
pub fn AllAnalyticsPage() -> impl IntoView {
    view! { <Page scope=Ok(HistoryScope::Everything)/> }
}

#[component]
fn Page(scope: Result<HistoryScope, AppError>) -> impl IntoView {
    let query = query_of_the_address();
    titled_owner_page(
        move || load(scope.clone(), query.clone()),
        |(page, ..)| title(page),
        |(page, query, history)| {
            view! {
                <main class="sheet">
                    <Head page=page.clone()/>
                    <DoneNotice/>
                    <Analytics page query history/>
                </main>
            }
            .into_any()
        },
    )
}

async fn load(
    scope: Result<HistoryScope, AppError>,
    query: Result<HistoryQuery, AppError>,
) -> Result<(AnalyticsPage, HistoryQuery, Option<u64>), AppError> {
    let (scope, query) = (scope?, query?);
    // Before the visits: a change between the two is noticed then.
    let history = match &scope {
        HistoryScope::Document(document) => {
            api::document(document.clone()).await?.document.sum(|link| link.history)
        }
        _ => None,
    };
    Ok((api::analytics_page(scope, query.clone()).await?, query, history))
}

/// What the address asks. [`AppError::Invalid`] names the parameter that is wrong.
pub(super) fn query_of_the_address() -> Result<HistoryQuery, AppError> {
    let parameters = use_query_map().get_untracked();
    let given: Vec<(String, String)> =
        parameters.into_iter().map(|(name, value)| (name.into_owned(), value)).collect();
    let parameter = |wanted: &str| given.iter().find(|(name, _)| name == wanted).map(|(_, value)| &**value);
    Ok(HistoryQuery::parse(parameter)?)
}

fn title(page: &AnalyticsPage) -> String {
    if page.title.is_empty() { "Analytics".to_owned() } else { format!("Analytics of {}", page.title) }
}

#[component]
fn Head(page: AnalyticsPage) -> impl IntoView {
    let crumbs = match &page.scope {
        HistoryScope::Document(document) => Some(view! {
            <p class="crumbs">
                <a href=address::document(document)>"← " <bdi>{page.title.clone()}</bdi></a>
            </p>
        }),
        _ => None,
    };
    let facts = match page.scope {
        HistoryScope::Everything => format::plural(page.documents.len() as u64, "document", "documents"),
        _ => format::plural(page.links.len() as u64, "link", "links"),
    };
    view! {
        <div class="sheet-head">
            {crumbs}
            <h1 dir="auto">{title(&page)}</h1>
            <p class="sheet-facts">{facts}</p>
        </div>
    }
}

/// Range and filter, cards, charts and the list of visits.
///
/// `history` counts the changes of the visits before they were read. With it a script keeps them current: those of a
/// link by the widget of the page, those of a document by its stream. It is no island, because every page loads the
/// program of all islands, and visitors need none of this.
#[component]
pub(super) fn Analytics(page: AnalyticsPage, query: HistoryQuery, history: Option<u64>) -> impl IntoView {
    let AnalyticsPage { scope, links, report, visits, next, documents, unreadable, has_zone, now, .. } = page;
    let path = address::analytics(&scope);
    let to = move |query: &HistoryQuery| format!("{path}{}", query.as_parameters());
    let label = |link: &LinkId| {
        let named = links.iter().find(|(id, _)| id == link);
        named.map_or_else(|| link.to_string(), |(_, label)| label.clone())
    };
    let parts: Vec<FilterChip> = query
        .filter_parts(label)
        .into_iter()
        .map(|part| FilterChip { label: part.text, href: to(&part.without) })
        .collect();
    let clear = if parts.is_empty() { String::new() } else { to(&query.unfiltered()) };
    let with_links = !matches!(scope, HistoryScope::Link(_));
    let rows = visits.into_iter().map(|listed| row(listed, &query, &to)).collect();
    let sorts = [(VisitSort::Time, "Time"), (VisitSort::Duration, "Duration")];
    let sorts = sorts.map(|(sort, label)| Choice {
        label: label.to_owned(),
        href: to(&query.sorted_by(sort)),
        is_current: query.sort == sort,
    });
    let stream = match &scope {
        HistoryScope::Document(document) => {
            Some(address::document_events(&DocumentScope::One(document.clone())))
        }
        _ => None,
    };
    let heading = if with_links { "Overview" } else { "Analytics" };
    let note = (!has_zone).then(|| view! { <TimeZoneNote/> });
    let table = matches!(scope, HistoryScope::Everything).then(|| {
        view! {
            <section class="part" aria-labelledby="documents">
                <h2 id="documents">"Documents"</h2>
                <PerformanceTable rows=documents query=query.clone() now/>
            </section>
        }
    });
    let pages = (!report.pages.is_empty()).then(|| view! { <PageChart pages=report.pages/> });
    let breakdowns =
        report.breakdowns.into_iter().map(|breakdown| view! { <BreakdownChart breakdown/> }).collect_view();
    let files = [
        ("visits.csv", "CSV"),
        ("visits.ndjson", "NDJSON"),
        ("visit-pages.csv", "Pages as CSV"),
        ("visit-pages.ndjson", "Pages as NDJSON"),
    ];
    let exports = files.map(|(file, label)| {
        let href = address::history(&scope, file, &query);
        view! { <a class="button" href=href download="">{label}</a> }
    });
    let leave_out = (!query.archived).then(|| {
        let of = CorrectionSubject::Scope(scope.clone());
        let href = address::new_correction(&of, &query.first_page().as_parameters());
        view! { <a class="button" href=href>"Leave these visits out"</a> }
    });
    view! {
        <AnalyticsStyle/>
        {history.map(|_| view! { <script type="module" src="/analytics/history.js" nonce=use_nonce()></script> })}
        <div id="history" class="history" data-history=history.map(|count| count.to_string()) data-stream=stream>
        <section class="part" aria-labelledby="analytics" data-testid="analytics">
            <h2 id="analytics">{heading}</h2>
            {note}
            <UnreadableNotice visits=unreadable/>
            <FilterBar range=report.range zone=report.zone.clone() compared_with=report.compared_with.clone()
                ranges=ranges(&query, &to) custom=range_form(&address::analytics(&scope), &query) parts clear=clear.clone()
                filter=filter_form(&scope, &links, &query)/>
            <NumberCards numbers=report.numbers compared_with=report.compared_with/>
            <div class="charts">
                <ViewsChart chart=report.views/>
                {pages}
                <HourChart hours=report.hours zone=report.zone/>
                {breakdowns}
            </div>
        </section>
        {table}
        <section class="part" aria-labelledby="visits">
            <h2 id="visits">"Visits"</h2>
            <p class="link-line"><span class="part-text">"Export these visits:"</span>{exports}</p>
            <p class="link-line">
                <span class="part-text">"Tests, or a colleague's visits?"</span>
                {leave_out}<a class="button" href=address::CORRECTIONS>"Left out together"</a>
            </p>
            <VisitTable rows now with_links sorts=sorts.into() clear
                older=next.map(|next| to(&query.next_page(next)))
                newest=query.after.is_some().then(|| to(&query.first_page()))/>
        </section>
        </div>
    }
    .into_any()
}

fn row(listed: ListedVisit, query: &HistoryQuery, to: impl Fn(&HistoryQuery) -> String) -> VisitRow {
    let ListedVisit { visit, started, link_label } = listed;
    VisitRow {
        name: reader_name(&visit),
        name_address: reader_address(&visit),
        started,
        address: address::visit(&visit.link, &visit.id),
        link: VisitLink { label: link_label, address: to(&query.with_link(visit.link.clone())) },
        visit,
    }
}

/// What the reader of a visit is called.
pub(super) fn reader_name(visit: &Visit) -> String {
    ReaderId::of(visit).map_or_else(|| "Anonymous".to_owned(), |reader| reader.label())
}

/// The page of the reader of a visit; `None`: nothing is known of them.
pub(super) fn reader_address(visit: &Visit) -> Option<String> {
    ReaderId::of(visit).map(|reader| address::reader(&reader))
}

/// Says how many visits cannot be read, if any.
#[component]
pub(super) fn UnreadableNotice(visits: u64) -> impl IntoView {
    (visits > 0).then(|| {
        let visits = format::plural(visits, "visit", "visits");
        view! {
            <p class="notice" role="status">{format!("{visits} cannot be read and are left out. The log names them.")}</p>
        }
    })
}

/// Takes the owner's time zone from the browser, once.
#[island]
fn TimeZoneNote() -> impl IntoView {
    use_time_zone_note();
}
