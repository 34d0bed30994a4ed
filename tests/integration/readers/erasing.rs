//! A reader is erased.

use axum::http::Method;
use serde_json::json;
use sightline::model::address;

use super::{Case, name, record};
use crate::support::{browser::Browser, storage::files_below};

impl Case {
    /// Where a text still is: in keys of the links, or in files.
    fn traces(&self, text: &str) -> Vec<String> {
        let holds =
            |bytes: &[u8]| bytes.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text.as_bytes()));
        let mut traces = Vec::new();
        for link in [&self.app.link, &self.plans] {
            for key in self.app.redis.query::<Vec<String>>(&format!("KEYS *{{{link}}}*")) {
                if holds(&self.app.redis.query::<Vec<u8>>(&format!("DUMP {key}"))) {
                    traces.push(key);
                }
            }
        }
        let of_elsewhere = format!("visits/{}", self.elsewhere);
        for file in
            files_below(self.app.data_dir()).into_iter().filter(|file| !file.starts_with(&of_elsewhere))
        {
            if holds(&std::fs::read(self.app.data_dir().join(&file)).expect("a file")) {
                traces.push(file);
            }
        }
        traces
    }
}

#[tokio::test]
async fn erased_reader_leaves_no_byte_in_own_documents() {
    for (reader, erased, traces, kept) in [
        (
            "ANN@example.com".to_owned(),
            3,
            ["ann@example.com".to_owned(), name("phone-of-ann")],
            "ben@example.com",
        ),
        (name("mark-of-ann"), 3, [name("mark-of-ann"), "ben@example.com".to_owned()], "Ann@Example.com"),
    ] {
        let case = Case::with_visits().await;
        case.seal().await;
        // In the tail as well as in files.
        let again = json!({ "email": "ann@example.com", "fingerprint": "mark-of-ann" });
        case.visit(&case.app.link, "again", &again).await;
        assert_eq!(case.app.stored::<u32>("HLEN", "sealed", ""), 1);
        assert_eq!(case.erase(&reader).await["erased"], erased + 1, "{reader}");
        for trace in traces {
            assert_eq!(case.traces(&trace), Vec::<String>::new(), "{trace} of {reader}");
        }
        // A file's columns are compressed: no old one is left, and the new one has no row of theirs.
        let file_of_link = format!("visits/{}/", case.app.link);
        let files = files_below(case.app.data_dir());
        assert_eq!(files.iter().filter(|file| file.starts_with(&file_of_link)).count(), 1, "{files:?}");
        assert_eq!(case.app.visits().await.len(), 2, "{kept} and eve@example.com");
        assert_eq!(case.reader(kept).await["numbers"]["visits"], 1, "{kept} is not theirs");
        case.app.send(Method::DELETE, &record(&reader), "").await.refused(404, "not_found");
        let of_other =
            case.other_owner().json("GET", &record("ann@example.com"), &json!({})).await.ok().json();
        assert_eq!(of_other["numbers"]["visits"], 1, "of another owner nothing is erased");
        let views = case.app.snapshot().await.metrics.total_views;
        assert_eq!(views, 5, "total views stay");
    }
}

/// Whatever the sealer does meanwhile.
#[tokio::test]
async fn erasing_while_visits_are_sealed_misses_none() {
    let case = Case::new().await;
    for round in 0..6 {
        for visit in 0..6 {
            let reader = if visit % 2 == 0 { "ann" } else { "ben" };
            let more =
                json!({ "email": format!("{reader}@example.com"), "fingerprint": format!("mark-{reader}") });
            case.visit(&case.app.link, &format!("{round}-{visit}"), &more).await;
        }
        case.app.advance(11);
        let visits = &case.app.state.stores.visits;
        let (erased, sealed) =
            tokio::join!(case.erase("ann@example.com"), visits.tend(&case.app.link, &case.app.document));
        sealed.expect("they answer");
        assert_eq!(erased["erased"], 3);
        let emails: Vec<_> = case.app.visits().await.into_iter().filter_map(|visit| visit.email).collect();
        assert_eq!(emails, vec!["ben@example.com"; 3 * (round + 1)]);
    }
}

#[tokio::test]
async fn reader_is_erased_from_their_page_without_script() {
    let case = Case::with_visits().await;
    let mut browser = Browser::signed_in(&case.app, &case.app.owner.owner_id).await;
    let page = browser.get(&address::reader(&"ann@example.com".parse().expect("a reader"))).await.ok().text();
    for part in [
        "not verified",
        "Removes 3 visits to 2 documents for good",
        "action=\"/sfn/erase_visits_of\"",
        &format!("href=\"/readers/{}\"", name("mark-of-ann")),
        "Plans",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let reply = browser.form("erase_visits_of", "reader=ann%40example.com").await;
    assert_eq!((reply.status, reply.header("location")), (302, address::ANALYTICS));
    let after = browser.get(address::ANALYTICS).await.ok().text();
    assert!(after.contains("3 visits are erased."), "{after}");
    let again = browser.form("erase_visits_of", "reader=ann%40example.com").await;
    assert_eq!((again.status, again.header("location")), (302, "/readers/ann%40example.com"));
}
