//! `/links/:link/visits/:visit`: one visit, page by page, for the owner of its link.

use leptos::prelude::*;

use super::{
    analytics::{AnalyticsStyle, reader_address, reader_name},
    form::{DoneNotice, form_of},
    named::{link_of_the_address, visit_of_the_address},
    shell::titled_owner_page,
};
use crate::{
    api::{self, ArchiveVisit, EraseReader, argument},
    components::{ForGoodForm, TimelinePage, Verification, VisitLink, VisitRow, VisitTable, VisitTimeline},
    error::AppError,
    format,
    model::{LinkId, ListedVisit, ReaderId, Visit, VisitDetail, VisitId, address},
};

/// One visit: its pages, where it came from, and the other visits of its reader.
#[component]
pub fn VisitPage() -> impl IntoView {
    let (link, visit) = (link_of_the_address(), visit_of_the_address());
    titled_owner_page(
        move || load(link.clone(), visit.clone()),
        |detail| format!("Visit to {}", detail.title),
        |detail| view! { <VisitSheet detail/> }.into_any(),
    )
}

async fn load(
    link: Result<LinkId, AppError>,
    visit: Result<VisitId, AppError>,
) -> Result<VisitDetail, AppError> {
    api::visit(link?, visit?).await
}

#[component]
fn VisitSheet(detail: VisitDetail) -> impl IntoView {
    let VisitDetail { listed: ListedVisit { visit, started, link_label }, title, medians, others, now } =
        detail;
    let (archive, erase) = (form_of::<ArchiveVisit>(), form_of::<EraseReader>());
    let name = view! { <bdi>{reader_name(&visit)}</bdi> };
    let name = match reader_address(&visit) {
        Some(href) => view! { <a class="plain" href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let unverified =
        visit.email.is_some().then(|| view! { " "<Verification is_verified=visit.email_verified/> });
    let pages = timeline(&visit, medians);
    let (link, id) = (visit.link.to_string(), visit.id.to_string());
    let (to, archive_label) =
        if visit.archived { ("false", "Take it back") } else { ("true", "Archive this visit") };
    let archived = visit.archived.then(|| {
        view! { <p class="notice" role="status">"Archived: this visit is in no number, list or export."</p> }
    });
    let clicked = clicked(&visit);
    let rows: Vec<VisitRow> = others.into_iter().map(other_row).collect();
    let theirs = rows.len() as u64 + 1;
    let others = if rows.is_empty() {
        view! { <p class="part-text">"None to this document."</p> }.into_any()
    } else {
        view! { <VisitTable rows now with_links=true sorts=Vec::new()/> }.into_any()
    };
    view! {
        <AnalyticsStyle/>
        <main class="sheet">
            <div class="sheet-head">
                <p class="crumbs"><a href=address::dashboard(&visit.link)>"← " <bdi>{link_label}</bdi></a></p>
                <h1>{name}{unverified}</h1>
                <p class="sheet-facts"><bdi>{title}</bdi>" · "{started}</p>
            </div>
            <DoneNotice/>
            {archived}
            <section class="part" aria-labelledby="reading">
                <h2 id="reading">"Reading"</h2>
                <Facts visit=visit.clone()/>
                <VisitTimeline pages/>
            </section>
            {clicked}
            <section class="part" aria-labelledby="others">
                <h2 id="others">"Other visits of this reader"</h2>
                {others}
                <ReaderLinks visit=visit.clone()/>
            </section>
            <section class="part" aria-labelledby="keeping">
                <h2 id="keeping">"Keeping"</h2>
                {archive.notice()}
                <form class="form" method="post" action=archive.action>
                    <input type="hidden" name=argument!(ArchiveVisit, link_id) value=link.clone()/>
                    <input type="hidden" name=argument!(ArchiveVisit, visit_id) value=id.clone()/>
                    <input type="hidden" name=argument!(ArchiveVisit, archived) value=to/>
                    <button type="submit" class="button">{archive_label}</button>
                </form>
                {erase.notice()}
                <ForGoodForm opens="Erase this person" does="Erase for good" action=erase.action>
                    <input type="hidden" name=argument!(EraseReader, link_id) value=link/>
                    <input type="hidden" name=argument!(EraseReader, visit_id) value=id/>
                    <p>
                        {format!(
                            "Removes {} to this document, and all others by the same browser or e-mail address to \
                             your documents, for good. Total views stay as they are: they hold no names.",
                            format::plural(theirs, "visit", "visits"),
                        )}
                    </p>
                </ForGoodForm>
            </section>
        </main>
    }
    .into_any()
}

/// The pages of the visit's reader, by e-mail address and by mark.
#[component]
fn ReaderLinks(visit: Visit) -> impl IntoView {
    let readers = ReaderId::all_of(visit.email.as_deref(), visit.reader);
    let links = readers.map(|reader| {
        view! { <p><a href=address::reader(&reader)>"All visits of "<bdi>{reader.label()}</bdi></a></p> }
    });
    links.collect_view()
}

#[component]
fn Facts(visit: Visit) -> impl IntoView {
    let unknown = || "Not recorded".to_owned();
    let client = visit.client.map_or_else(unknown, |client| {
        format!("{}, {} on {}", client.device.label(), client.browser.label(), client.system.label())
    });
    let country = visit.country.map_or_else(unknown, |country| country.label().to_owned());
    let referrer = match visit.referrer.as_deref() {
        None => unknown(),
        Some("") => "Direct".to_owned(),
        Some(host) => host.to_owned(),
    };
    let returning = match visit.returning {
        None => unknown(),
        Some(true) => "This browser was here before".to_owned(),
        Some(false) => "First visit of this browser".to_owned(),
    };
    let completion = visit.completion().map_or_else(unknown, |percent| format!("{percent} %"));
    let downloaded = visit.downloaded_at.map_or("No", |_| "Yes");
    let printed = if visit.printed { "Yes" } else { "No" };
    let facts = [
        ("Time", format::duration(visit.visible_ms / 1_000)),
        ("Completion", completion),
        ("Downloaded", downloaded.to_owned()),
        ("Tried to print", printed.to_owned()),
        ("Device", client),
        ("Country", country),
        ("Referrer", referrer),
        ("Returning", returning),
    ];
    let facts = facts.map(|(name, value)| view! { <div class="fact"><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <dl class="facts" data-testid="visit-facts">{facts}</dl> }.into_any()
}

/// The links in the document that the reader opened: text, because where they lead is not the owner's to vouch for.
fn clicked(visit: &Visit) -> Option<impl IntoView + use<>> {
    let addresses = visit.clicked.iter().map(|address| view! { <li><bdi>{address.clone()}</bdi></li> });
    let addresses = addresses.collect_view();
    (!visit.clicked.is_empty()).then(|| {
        view! {
            <section class="part" aria-labelledby="clicked">
                <h2 id="clicked">"Links opened"</h2>
                <ul class="clicked" data-testid="visit-clicked">{addresses}</ul>
            </section>
        }
    })
}

fn timeline(visit: &Visit, medians: Vec<Option<u64>>) -> Option<Vec<TimelinePage>> {
    let version = visit.version.clone().unwrap_or_default();
    let pages = visit.pages.as_ref()?.iter().zip(medians).map(|(time, median_seconds)| TimelinePage {
        page: time.page,
        visible_ms: time.visible_ms,
        thirds: time.thirds,
        median_seconds,
        picture: address::document_page(&visit.document, time.page, &version),
        is_exit: visit.exit_page == Some(time.page),
        address: String::new(),
    });
    Some(pages.collect())
}

fn other_row(listed: ListedVisit) -> VisitRow {
    let ListedVisit { visit, started, link_label } = listed;
    VisitRow {
        name: reader_name(&visit),
        name_address: reader_address(&visit),
        started,
        address: address::visit(&visit.link, &visit.id),
        link: VisitLink { label: link_label, address: address::dashboard(&visit.link) },
        visit,
    }
}
