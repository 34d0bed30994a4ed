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
mod tests {
    use super::*;
    use crate::{
        components::charts::html,
        model::{Browser, ClientKind, Device, PageTime, System},
    };

    const NOW: i64 = 1_795_597_471_600;

    fn visit() -> Visit {
        Visit {
            id: "1795597471600-0".parse().expect("an id"),
            link: "guide".parse().expect("a link"),
            document: "d".parse().expect("a document"),
            version: None,
            page_count: Some(8),
            reader: None,
            email: None,
            email_verified: false,
            active_after_ms: 0,
            joined_at: NOW - 2 * 3_600_000,
            ended_at: NOW - 3_600_000,
            visible_ms: 200_900,
            pages: Some(vec![PageTime::whole(1, 190_000), PageTime::whole(4, 10_900)]),
            exit_page: Some(4),
            downloaded_at: None,
            referrer: None,
            client: None,
            country: None,
            returning: None,
            archived: false,
            clicked: Vec::new(),
            printed: false,
        }
    }

    fn row_of(visit: Visit) -> VisitRow {
        let link = VisitLink { label: "Newsletter".to_owned(), address: "?link=guide".to_owned() };
        let started = "24 Nov 2026 08:04:31, Europe/Berlin".to_owned();
        VisitRow {
            name: visit.email.clone().unwrap_or_else(|| "Anonymous 3f9a".to_owned()),
            name_address: Some("/readers/3f9a".to_owned()),
            visit,
            started,
            address: "/visits/guide-1".to_owned(),
            link,
        }
    }

    #[test]
    fn visit_shows_what_was_recorded_and_dashes_for_the_rest() {
        let rows = vec![row_of(visit())];
        let page = html(|| view! { <VisitTable rows now=NOW sorts=Vec::new()/> });
        for part in [
            r#"title="Started 24 Nov 2026 08:04:31, Europe/Berlin""#,
            r#"href="/readers/3f9a" dir="auto" class="visit-name">Anonymous 3f9a</a>"#,
            r#"href="/visits/guide-1" class="visit-open">"#,
            r#"<time datetime="2026-11-25T07:04:31Z">2 h ago</time>"#,
            ">3m 20s<",
            ">25 %<",
            "to page 4 of 8",
            "not recorded",
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        for part in ["not verified", "Returning", "Tried to print", "opened", "Newsletter", "Older visits"] {
            assert!(!page.contains(part), "{part} is in {page}");
        }
    }

    #[test]
    fn visit_shows_address_marks_link_and_client() {
        let client = ClientKind { browser: Browser::Safari, system: System::Ios, device: Device::Phone };
        let visit = Visit {
            email: Some("ada@example.com".to_owned()),
            downloaded_at: Some(NOW),
            clicked: vec!["https://example.org".to_owned()],
            printed: true,
            client: Some(client),
            country: "DE".parse().ok(),
            returning: Some(true),
            archived: true,
            ..visit()
        };
        let sort = Choice { label: "Longest".to_owned(), href: "?sort=time".to_owned(), is_current: true };
        let rows = vec![row_of(visit)];
        let older = Some("?after=1-0".to_owned());
        let page = html(|| view! { <VisitTable rows now=NOW with_links=true sorts=vec![sort] older/> });
        for part in [
            ">ada@example.com</a>",
            "not verified",
            "Returning",
            "Downloaded",
            "Tried to print",
            "1 link opened",
            "Archived",
            r#"href="?link=guide" dir="auto">Newsletter</a>"#,
            r#"title="Safari, iOS" class="visit-device">Phone<"#,
            ">Germany<",
            r#"href="?sort=time" aria-current="true" class="button">Longest</a>"#,
            r#"href="?after=1-0" class="button">Older visits</a>"#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
    }

    #[test]
    fn visits_of_one_reader_are_called_by_their_documents() {
        let visit = Visit { email: Some("ada@example.com".to_owned()), ..visit() };
        let of_document = VisitRow { name: "Plans".to_owned(), ..row_of(visit) };
        let unknown = VisitRow { name_address: None, ..of_document.clone() };
        let rows = vec![of_document, unknown];
        let page = html(|| view! { <VisitTable rows now=NOW of_one_reader=true sorts=Vec::new()/> });
        for part in [">Document</th>", ">Plans</a>", ">Plans</span>"] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        for part in ["ada@example.com", "not verified", "Sort visits by"] {
            assert!(!page.contains(part), "{part} is in {page}");
        }
    }

    #[test]
    fn list_without_visits_says_what_to_do() {
        let page =
            html(|| view! { <VisitTable rows=Vec::new() now=NOW sorts=Vec::new() clear="/analytics"/> });
        assert!(page.contains(r#"<a href="/analytics">Show all visits</a>"#), "{page}");
        let page = html(|| view! { <VisitTable rows=Vec::new() now=NOW sorts=Vec::new()/> });
        assert!(page.contains("Send the link to your readers"), "{page}");
    }
}
