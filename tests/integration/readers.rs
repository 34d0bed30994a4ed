//! One reader across all documents of an owner.

mod erasing;

use axum::http::Method;
use serde_json::{Value, json};
use sightline::model::{LinkId, NewLink, ReaderId, ReaderName, address};

use crate::support::{
    browser::Browser,
    pdf::Pdf,
    storage::chunks,
    test_app::{PASSWORD, TestApp},
};

/// An owner with two documents, and another owner with one; the same people read all three.
struct Case {
    app: TestApp,
    /// A link to the owner's second document.
    plans: LinkId,
    /// A link to the other owner's document.
    elsewhere: LinkId,
    /// An API key of the other owner.
    other_key: String,
}

impl Case {
    async fn new() -> Self {
        let app = TestApp::with_config(|config| config.seal_from = 3).await;
        let plans = app.share_as("Plans", Pdf::with_pages(2).bytes()).await;
        let accounts = &app.state.stores.accounts;
        let other = accounts.add(&format!("other-{}", app.owner.email), PASSWORD).await.expect("an owner");
        let other_key =
            accounts.new_key(&other.owner_id, "theirs", Default::default()).await.expect("a key").key;
        let library = &app.state.services.library;
        let upload = chunks(Pdf::with_pages(2).bytes());
        let document = library.add_document(Some(&other.owner_id), "Elsewhere".to_owned(), upload).await;
        let document = document.expect("a valid file");
        let elsewhere = library.make_link(&document, NewLink::default()).await.expect("a link").id;
        Self { app, plans, elsewhere, other_key }
    }

    /// Ann reads all three, twice the first, once in another browser; Ben reads with Ann's browser once.
    async fn with_visits() -> Self {
        let case = Self::new().await;
        let (first, plans, elsewhere) = (&case.app.link, &case.plans, &case.elsewhere);
        let ann = json!({ "email": "ann@example.com", "fingerprint": "mark-of-ann" });
        case.visit(first, "a", &ann).await;
        case.visit(first, "b", &json!({ "email": "Ann@Example.com", "fingerprint": "phone-of-ann" })).await;
        case.visit(first, "c", &json!({ "email": "ben@example.com", "fingerprint": "mark-of-ann" })).await;
        case.visit(first, "d", &json!({ "email": "eve@example.com", "fingerprint": "mark-of-eve" })).await;
        case.visit(plans, "e", &ann).await;
        case.visit(plans, "f", &json!({})).await;
        case.visit(elsewhere, "g", &ann).await;
        case
    }

    /// A visit of 20 seconds.
    async fn visit(&self, link: &LinkId, session: &str, more: &Value) {
        let path = address::realtime(link);
        let mut join = json!({ "action": "join", "sessionId": session, "currentPage": 1 });
        join.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        self.app.send(Method::POST, &path, join.to_string()).await.ok();
        self.app.advance_ms(20_000);
        let leave = json!({ "action": "leave", "sessionId": session });
        self.app.send(Method::POST, &path, leave.to_string()).await.ok();
    }

    /// Seals what can no longer be resumed.
    async fn seal(&self) {
        self.app.advance(11);
        for link in [&self.app.link, &self.plans, &self.elsewhere] {
            let linked = self.app.state.stores.catalogue.link(link).await.expect("a link");
            self.app.state.stores.visits.tend(link, &linked.document.id).await.expect("they answer");
        }
    }

    async fn reader(&self, reader: &str) -> Value {
        self.app.get(&record(reader)).await.ok().json()
    }

    async fn erase(&self, reader: &str) -> Value {
        self.app.send(Method::DELETE, &record(reader), "").await.ok().json()
    }

    fn other_owner(&self) -> Browser<'_> {
        Browser::new(&self.app).with_key(&self.other_key)
    }
}

fn record(reader: &str) -> String {
    address::reader_record(&reader.parse().expect(reader))
}

/// The name of a mark.
fn name(mark: &str) -> String {
    ReaderName::of_text(mark).to_string()
}

#[tokio::test]
async fn reader_has_visits_of_all_own_documents() {
    let case = Case::with_visits().await;
    let (ann, phone, mark) = ("ann@example.com", name("phone-of-ann"), name("mark-of-ann"));
    for is_sealed in [false, true] {
        if is_sealed {
            case.seal().await;
        }
        let rows: [(&str, u64, u64, &[&str]); 4] = [
            (ann, 3, 2, &[&mark, &phone]),
            ("ANN@example.COM", 3, 2, &[&mark, &phone]),
            (&mark, 3, 2, &[ann, "ben@example.com"]),
            (&phone, 1, 1, &["Ann@Example.com"]),
        ];
        for (reader, visits, documents, other_names) in rows {
            let history = case.reader(reader).await;
            let numbers = &history["numbers"];
            assert_eq!(numbers["visits"], visits, "{reader}: {history}");
            assert_eq!(numbers["documents"], documents, "{reader}: {history}");
            assert_eq!(numbers["visibleSeconds"], 20 * visits, "{reader}: {history}");
            assert_eq!(history["erases"], json!({ "visits": visits, "documents": documents }), "{reader}");
            assert_eq!(history["visits"].as_array().map(Vec::len), Some(visits as usize), "{reader}");
            let mut expected = other_names.to_vec();
            expected.sort_by_key(|name| name.to_lowercase());
            assert_eq!(history["otherNames"], json!(expected), "{reader}");
        }
        let history = case.reader(ann).await;
        let titles: Vec<&str> = history["visits"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v["documentTitle"].as_str())
            .collect();
        assert_eq!(titles, ["Plans", "Twelve pages", "Twelve pages"], "the newest first");
        let of_other = case.other_owner().json("GET", &record(ann), &json!({})).await.ok().json();
        assert_eq!(of_other["numbers"]["visits"], 1);
        assert_eq!(of_other["visits"][0]["documentTitle"], "Elsewhere");
    }
}

#[tokio::test]
async fn reader_without_visits_is_not_found() {
    let case = Case::with_visits().await;
    for unknown in ["unknown@example.com", &name("no such mark"), "ann", "two@at@signs", "%FF"] {
        let encoded = if unknown == "%FF" { unknown.to_owned() } else { address::encode(unknown) };
        let path = format!("/api/readers/{encoded}");
        case.app.get(&path).await.refused(404, "not_found");
        case.app.send(Method::DELETE, &path, "").await.refused(404, "not_found");
        assert_eq!(case.app.get(&format!("/readers/{encoded}")).await.status, 404, "{unknown}");
    }
    // Another owner's reader alike.
    let mut other = case.other_owner();
    other.json("GET", &record("eve@example.com"), &json!({})).await.refused(404, "not_found");
    other.json("DELETE", &record("eve@example.com"), &json!({})).await.refused(404, "not_found");
    let wrong = format!("{}?after=x", record("ann@example.com"));
    case.app.get(&wrong).await.refused(400, "invalid_field");
}

#[tokio::test]
async fn archived_visits_are_listed_and_erased_but_not_counted() {
    let case = Case::with_visits().await;
    let history = case.reader("ann@example.com").await;
    for (archived, of) in history["visits"].as_array().expect("visits").iter().enumerate() {
        let visit = &of["visit"];
        let (link, id) = (visit["link"].as_str().expect("a link"), visit["id"].as_str().expect("an id"));
        let path = format!("/api/links/{link}/visits/{id}");
        case.app.send(Method::PATCH, &path, r#"{"archived":true}"#).await.ok();
        let now = case.reader("ann@example.com").await;
        assert_eq!(now["numbers"]["visits"], 2 - archived);
        assert_eq!(now["erases"]["visits"], 3);
        assert_eq!(now["visits"][archived]["visit"]["archived"], true);
    }
    let all_archived = case.reader("ann@example.com").await["numbers"].take();
    assert_eq!((&all_archived["documents"], &all_archived["firstVisit"]), (&json!(0), &Value::Null));
    assert!(case.app.get("/readers/ann@example.com").await.ok().text().contains("Archived"));
    assert_eq!(case.erase("ann@example.com").await["erased"], 3);
}

#[tokio::test]
async fn list_of_a_reader_pages_by_cursor_without_drift() {
    let case = Case::new().await;
    let (ann, begin) = (json!({ "email": "ann@example.com" }), case.app.now());
    let links = [&case.app.link, &case.plans];
    for visit in 0..70 {
        case.visit(links[visit % 2], &format!("s{visit}"), &ann).await;
    }
    let times = |page: &Value| -> Vec<i64> {
        let visits = page["visits"].as_array().expect("visits");
        visits.iter().map(|of| of["visit"]["joinedAt"].as_i64().expect("a time")).collect()
    };
    let first = case.reader("ann@example.com").await;
    case.visit(links[0], "newcomer", &ann).await;
    let after = first["next"].as_str().expect("a cursor");
    let path = format!("{}?after={}", record("ann@example.com"), address::encode(after));
    let second = case.app.get(&path).await.ok().json();
    let all = [times(&first), times(&second)].concat();
    let expected: Vec<i64> = (0..70).rev().map(|visit| begin + 20_000 * visit).collect();
    assert_eq!(all, expected);
    assert_eq!((&second["next"], &second["numbers"]["visits"]), (&Value::Null, &json!(71)));
    let html = case.app.get("/readers/ann%40example.com").await.ok().text();
    assert!(html.contains("Older visits") && !html.contains("Newest visits"));
}

#[tokio::test]
async fn every_address_of_a_reader_leads_to_their_page() {
    let case = Case::new().await;
    let emails =
        ["a/b+c@b.c", "100%25@b.c", "q?x=1#y@b.c", "\u{202e}rtl@b.c", "📈@b.c", "<b>&\"'@b.c", "=1+1@b.c"];
    for (session, email) in emails.iter().enumerate() {
        case.visit(&case.app.link, &format!("s{session}"), &json!({ "email": email })).await;
    }
    let listed = case.app.get(&address::dashboard(&case.app.link)).await.ok().text();
    for email in emails {
        let reader: ReaderId = email.parse().expect(email);
        let path = address::reader(&reader);
        assert!(listed.contains(&format!("href=\"{path}\"")), "{email} is no link in {listed}");
        let html = case.app.get(&path).await.ok().text();
        assert!(html.contains("Erase this person") && html.contains("1 visit to 1 document"), "{email}");
        assert_eq!(case.reader(email).await["reader"], *email);
        assert_eq!(case.erase(email).await["erased"], 1, "{email}");
        assert_eq!(case.app.get(&path).await.status, 404, "{email}");
    }
}
