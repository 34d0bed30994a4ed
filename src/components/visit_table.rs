//! The list of visits.

use leptos::prelude::*;

use super::{Choice, charts::Meter, filter_bar::choices};
use crate::{format, model::Visit};

/// A visit as its row shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitRow {
    /// The visit.
    pub visit: Visit,
    /// What the row is called: the reader's e-mail address or short name, or the title of the document.
    pub name: String,
    /// Where the name leads: to the page of the reader or of the document.
    pub name_address: Option<String>,
    /// When it began, exactly, in the owner's time zone.
    pub started: String,
    /// The visit's page.
    pub address: String,
    /// The link that was read.
    pub link: VisitLink,
}

/// The link of a visit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitLink {
    /// Its name.
    pub label: String,
    /// Where the name leads, such as to the visits of this link alone.
    pub address: String,
}

/// Shows visits with the ways to sort them and to older ones.
#[component]
pub fn VisitTable(
    /// The visits, in their order.
    rows: Vec<VisitRow>,
    /// The time now, in Unix milliseconds.
    now: i64,
    /// Whether the link of each visit is shown.
    #[prop(optional)]
    with_links: bool,
    /// Whether all are by one reader: then rows are called by their documents.
    #[prop(optional)]
    of_one_reader: bool,
    /// The orders; none: they are sorted by time.
    sorts: Vec<Choice>,
    /// The page with older visits.
    #[prop(default = None)]
    older: Option<String>,
    /// The page with the newest visits, where these are not.
    #[prop(default = None)]
    newest: Option<String>,
    /// The page without the filter; empty: nothing is filtered.
    #[prop(optional, into)]
    clear: String,
) -> impl IntoView {
    let pages = (older.is_some() || newest.is_some()).then(|| {
        view! {
            <nav class="list-pages" aria-label="Pages of visits">
                <p>{newest.map(|href| view! { <a class="button" rel="first" href=href>"Newest visits"</a> })}</p>
                <p>{older.map(|href| view! { <a class="button" rel="next" href=href>"Older visits"</a> })}</p>
            </nav>
        }
    });
    if rows.is_empty() {
        return view! { <p class="empty">{nothing(clear)}</p>{pages} }.into_any();
    }
    let rows = rows.into_iter().map(|row| self::row(row, now, with_links, of_one_reader)).collect_view();
    let sorts = (!sorts.is_empty()).then(|| {
        view! { <nav class="list-sorts" aria-label="Sort visits by">{choices(sorts, "button")}</nav> }
    });
    let named_by = if of_one_reader { "Document" } else { "Reader" };
    // The roles are those of the elements; a browser drops these where the table is laid out as cards.
    view! {
        {sorts}
        <div class="visits-box"><table class="visits" role="table" aria-label="Visits">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{named_by}</th>
                    {with_links.then(|| view! { <th role="columnheader" scope="col" class="visit-link">"Link"</th> })}
                    <th role="columnheader" scope="col" class="visit-started">"Started"</th>
                    <th role="columnheader" scope="col" class="visit-time">"Time"</th>
                    <th role="columnheader" scope="col" class="visit-completion">"Completion"</th>
                    <th role="columnheader" scope="col" class="visit-device">"Device"</th>
                    <th role="columnheader" scope="col" class="visit-country">"Country"</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table></div>
        {pages}
    }
    .into_any()
}

/// Why there is no visit, and what to do next.
fn nothing(clear: String) -> AnyView {
    if clear.is_empty() {
        return "No visits here yet. Send the link to your readers, or choose a longer range.".into_any();
    }
    view! { "No visit matches the filter. "<a href=clear>"Show all visits"</a> }.into_any()
}

fn row(row: VisitRow, now: i64, with_links: bool, of_one_reader: bool) -> impl IntoView {
    let VisitRow { visit, name, name_address, started, address, link } = row;
    let name = match name_address {
        Some(href) => view! { <a class="visit-name" href=href dir="auto">{name}</a> }.into_any(),
        None => view! { <span class="visit-name" dir="auto">{name}</span> }.into_any(),
    };
    let link = with_links.then(|| {
        view! { <td role="cell" class="visit-link"><a href=link.address dir="auto">{link.label}</a></td> }
    });
    // By its id a row is known again when the list is brought up to date.
    let id = format!("visit-{}-{}", visit.link, visit.id);
    let unverified = (visit.email.is_some() && !of_one_reader)
        .then(|| view! { <Verification is_verified=visit.email_verified/> });
    let marks = marks(&visit);
    let completion = visit.completion();
    let furthest = visit.furthest_page().map(|page| match visit.page_count {
        Some(count) => format!("to page {page} of {count}"),
        None => format!("to page {page}"),
    });
    let client = visit.client.map(|client| format!("{}, {}", client.browser.label(), client.system.label()));
    let device = visit.client.map(|client| client.device.label().to_owned());
    let country = visit.country.map(|country| country.label());
    view! {
        <tr role="row" id=id class="visit" class:visit-archived=visit.archived title=format!("Started {started}")
            data-testid="visit-row">
            <td role="cell" class="visit-reader">
                {name}
                " "{unverified}
                {marks}
            </td>
            {link}
            <td role="cell" class="visit-started">
                <a class="visit-open" href=address>
                    <span class="visually-hidden">"Visit "</span>
                    <time datetime=format::iso(visit.joined_at)>{format::ago(visit.joined_at, now)}</time>
                </a>
            </td>
            <td role="cell" class="visit-time">{format::duration(visit.visible_ms / 1000)}</td>
            <td role="cell" class="visit-completion">
                <Meter percent_of_all=completion label="Completion"/>
                <span class="visit-furthest">{furthest}</span>
            </td>
            <td role="cell" class="visit-device" title=client>{or_dash(device)}</td>
            <td role="cell" class="visit-country">{or_dash(country)}</td>
        </tr>
    }
}

/// Says whether an e-mail address is the reader's own claim.
#[component]
pub fn Verification(
    /// Whether a code sent to the address showed that it is theirs.
    is_verified: bool,
) -> impl IntoView {
    let (words, title) = if is_verified {
        ("verified", "The reader gave a code that was sent to this address.")
    } else {
        ("not verified", "The reader typed this address; it is not verified.")
    };
    view! { <span class="visit-unverified" title=title>{words}</span> }
}

fn marks(visit: &Visit) -> impl IntoView + use<> {
    let opened = visit.clicked.len();
    let links = format::plural(opened as u64, "link opened", "links opened");
    let marks = [
        (visit.returning == Some(true), "Returning", "This browser was here before."),
        (visit.downloaded_at.is_some(), "Downloaded", "The file was downloaded in this visit."),
        (visit.printed, "Tried to print", "The reader asked the browser to print."),
        (opened > 0, &*links, "The reader opened links in the document."),
        (visit.archived, "Archived", "This visit is left out of all numbers."),
    ];
    let marks = marks.into_iter().filter(|(is_shown, ..)| *is_shown);
    let marks: Vec<_> = marks
        .map(|(_, text, title)| view! { <span class="mark" title=title>{text.to_owned()}</span> })
        .collect();
    (!marks.is_empty()).then(|| view! { <span class="visit-marks">{marks}</span> })
}

/// A text, or a dash with its reason.
fn or_dash(text: Option<String>) -> AnyView {
    match text {
        Some(text) => text.into_any(),
        None => view! {
            <span class="unknown" title="Not recorded">
                <span aria-hidden="true">"–"</span><span class="visually-hidden">"not recorded"</span>
            </span>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests;
