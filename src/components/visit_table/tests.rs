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
    let page = html(|| view! { <VisitTable rows=Vec::new() now=NOW sorts=Vec::new() clear="/analytics"/> });
    assert!(page.contains(r#"<a href="/analytics">Show all visits</a>"#), "{page}");
    let page = html(|| view! { <VisitTable rows=Vec::new() now=NOW sorts=Vec::new()/> });
    assert!(page.contains("Send the link to your readers"), "{page}");
}
